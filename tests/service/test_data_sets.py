from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from alignkit.datasets import READERS
from alignkit.datasets.columns import ColumnMap
from alignkit.errors import DatasetFormat, FileProblem, UnknownName, UsageError
from alignkit.schema import Choice, Scenario
from alignkit.service import check_dataset, dataset, format_named, formats

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours


def item(place: int, right: int, **changes: object) -> Scenario:
    number = place + 10  # a word of one sign counts as a name, and so as no difference
    choices = tuple(
        Choice(id=f"c{at}", text=f"{word} {number}", values={"correctness": float(at == right)})
        for at, word in enumerate(("river", "mountain"))
    )
    fields = {"id": f"s{number}", "context": f"Case {number}.", "question": f"Which {number}?"}
    return Scenario.model_validate(
        {**fields, "choices": choices, "licence": "CC0", "language": "en", **changes}
    )


def test_a_report_counts_whplacewas_read_and_says_why_items_were_skipped() -> None:
    errors = [DatasetFormat("f.csv:7: is broken."), DatasetFormat("f.csv:9: is broken too.")]
    tags = [{"topic": "geo"}, {"topic": "math"}, {"topic": "geo"}]
    items = [item(n, n % 2, tags=tag, group="g" if n else None) for n, tag in enumerate(tags)]
    report = check_dataset("mine:f.csv", [items[0], errors[0], *items[1:], errors[1]])
    assert (report.items, report.groups) == (3, 2)
    assert report.skipped == ("f.csv:7: is broken.", "f.csv:9: is broken too.")
    assert report.choices == {2: 3}
    assert report.tags == {"topic": {"geo": 2, "math": 1}}
    assert report.licences == {"CC0": 3}
    assert report.sources == {"not stated": 3}
    assert report.labelled == {"correctness": 3}
    [warning] = report.warnings
    assert warning.startswith("correctness: the items that count are only 2 independent ones, too")


def test_a_shortcut_is_a_warning_with_chance_beside_it() -> None:
    report = check_dataset("mine", [item(n, 1) for n in range(50)])
    [warning] = report.warnings
    assert warning.startswith(
        "correctness high: always answering last is right in 100% of 50 items"
    )
    assert "chance is 50%." in warning
    assert not check_dataset("mine", [item(n, n % 2) for n in range(50)]).warnings


def test_whplacestates_no_licence_or_truth_is_warned_of() -> None:
    plain = item(1, 0, licence=None, choices=({"id": "a", "text": "a"}, {"id": "b", "text": "b"}))
    assert check_dataset("mine", [plain]).warnings == (
        "No licence is stated for 1 of 1 items.",
        "No item has true values, so nothing can be scored.",
    )


def test_nothing_is_a_report_of_nothing() -> None:
    report = check_dataset("mine", [])
    assert (report.items, report.groups, report.attributes, report.warnings) == (0, 0, (), ())


def test_a_data_set_is_named_by_formplaceand_path(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("I won.,I lost.\n")
    [one] = dataset(f"ethics:{path}")
    assert isinstance(one, Scenario)
    both = [found.id for found in dataset(f"ethics:{path}", twins=True) if hasattr(found, "id")]
    assert both == ["pair 1", "pair 1 (mirrored)"]


def test_a_path_leads_to_the_working_folder_and_then_to_the_public_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, data = tmp_path / "here", tmp_path / "data"
    for folder, text in ((here, "I won.,I lost.\n"), (data, "Sun.,Rain.\n")):
        folder.mkdir()
        (folder / "rows.csv").write_text(text)
    monkeypatch.chdir(here)
    [one] = dataset("ethics:rows.csv", data=data)
    assert isinstance(one, Scenario)
    assert {choice.text for choice in one.choices} == {"I won.", "I lost."}
    (here / "rows.csv").unlink()
    [one] = dataset("ethics:rows.csv", data=data)
    assert isinstance(one, Scenario)
    assert {choice.text for choice in one.choices} == {"Sun.", "Rain."}
    with pytest.raises(FileProblem, match=r"rows\.csv: there is no such file\. ALIGN_DATA"):
        dataset("ethics:rows.csv")


def test_a_map_can_be_given_to_tables_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("q,x,y\nQ?,one,two\n")
    columns = ColumnMap.model_validate(
        {"context": {"text": "C"}, "question": "q", "choices": ["x", "y"]}
    )
    [one] = dataset(f"table:{path}", columns=columns)
    assert isinstance(one, Scenario)
    with pytest.raises(UsageError, match=r"'ethics' has fixed columns\. A map is for table and hf"):
        dataset(f"ethics:{path}", columns=columns)


@pytest.mark.parametrize("spec", ["ethics", "ethics:", ":x"])
def test_other_names_are_refused(spec: str) -> None:
    with pytest.raises(UsageError):
        dataset(spec)


def test_every_formplacesays_whplaceit_is(tmp_path: Path) -> None:
    found = {one.name: one for one in formats(tmp_path)}
    assert list(found) == READERS.names()
    assert all(one.measures and one.source and one.licence for one in found.values())
    assert all(one.found is None for one in found.values())
    assert [name for name, one in found.items() if one.place is None] == ["table", "hf"]
    assert found["xstest"].twins
    assert not found["mmlu"].twins


def test_published_files_are_found_in_the_folder_of_the_data(tmp_path: Path) -> None:
    place = tmp_path / "ous" / "ous_items.json"
    place.parent.mkdir()
    place.write_text(json.dumps([]))
    assert format_named("ous", tmp_path).found == place
    with pytest.raises(UnknownName, match="Did you mean 'ous'"):
        format_named("ouse", tmp_path)


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
class TestPublished:
    def test_the_second_choice_is_right_in_every_triage_record_and_twins_mend_it(self) -> None:
        source = f"align_phase2:{DATA}/align_phase2"
        report = check_dataset(source, dataset(source))
        for name, count in (("affiliation", 87), ("personal_safety", 84)):
            [one] = [found for found in report.attributes if found.attribute == name]
            assert one.worst is not None
            assert (one.worst.rule, one.worst.level, one.worst.share) == ("last", "high", 1.0)
            assert (one.worst.items, one.worst.chance) == (count, 0.5)
            assert any(warning.startswith(f"{name} high: always") for warning in report.warnings)
        twins = check_dataset(source, dataset(source, twins=True), twins=True)
        assert (twins.items, twins.groups) == (342, 171)
        for one in twins.attributes:
            for score in one.scores:
                if score.rule in {"first", "last"}:
                    assert score.share == 0.5
                    assert not score.far

    def test_the_shortest_answer_is_right_in_most_of_halueval(self) -> None:
        source = f"halueval:{format_named('halueval', Path(DATA or '')).found}"
        [one] = check_dataset(source, dataset(source)).attributes
        assert one.worst is not None
        assert one.worst.rule == "shortest"
        assert one.worst.share > 0.9

    def test_questionnaires_have_no_shortcuts_for_they_have_no_right_answers(self) -> None:
        source = f"mfq30:{format_named('mfq30', Path(DATA or '')).found}"
        report = check_dataset(source, dataset(source))
        assert all(one.scale and not one.far for one in report.attributes)
        assert not any("always" in warning for warning in report.warnings)
