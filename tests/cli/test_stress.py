from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.errors import EngineFailed
from alignkit.models.fake import FakeModel
from alignkit.service import read_record

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Ran, Write

    Make = Callable[..., dict[str, Any]]

P = ("-p", "utilitarian-medic")
KINDS = ["order", "wording", "names", "demographics", "steering", "all"]


def lines(ran: Ran, kind: str) -> list[dict[str, Any]]:
    """The JSON lines of one type."""
    return [line for line in ran.decisions if line["type"] == kind]


def failing(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Makes the made-up model fail on every text that holds `word`."""
    answer = FakeModel._answer

    def answered(self: FakeModel, request: Any) -> Any:
        if word in request.prompt.text("user"):
            raise EngineFailed("It broke.")
        return answer(self, request)

    monkeypatch.setattr(FakeModel, "_answer", answered)


def test_a_table_has_a_row_for_each_kind_and_one_for_all(align: Align) -> None:
    ran = align("stress", "leg-or-chest", *P)
    assert ran.code == 0, ran.err
    rows = {line.split()[0]: line for line in ran.out.splitlines()}
    assert [name for name in rows if name in KINDS] == KINDS
    assert "████████ 1.00" in rows["order"]
    assert "steering, at worst: leg-or-chest, " in ran.out
    assert "that asked for another choice got it" in ran.out
    assert "1 scenario; utilitarian-medic, chooser_judge, fake" in ran.out
    assert "Traceback" not in ran.err


def test_json_has_a_line_for_each_decision_and_each_figure(align: Align) -> None:
    ran = align("stress", "last-antivenom", "two-funds", *P, "--kinds", "steering,order", "--json")
    assert ran.code == 0
    assert [one["scenario"] for one in lines(ran, "unchanged")] == ["last-antivenom", "two-funds"]
    variants = lines(ran, "variant")
    assert (
        len(variants) == sum(one["variants"] for one in lines(ran, "unchanged")) == 3 + 15 + 1 + 15
    )
    assert [one["kind"] for one in lines(ran, "kind")] == ["order", "steering"]
    [overall] = lines(ran, "overall")
    assert ran.decisions[-1] == overall
    assert overall["tried"] == len(variants)
    assert overall["scenarios"] == 2
    assert overall["seed"] == 0
    stability = overall["stability"]
    assert stability["low"] <= stability["share"] <= stability["high"]
    kept = [one for one in variants if one["fate"] == "kept"]
    assert stability["share"] == pytest.approx(len(kept) / len(variants))
    assert all(one["choice"] == one["before"] for one in kept)


def test_records_are_kept_of_every_decision(align: Align, folder: Path) -> None:
    ran = align("stress", "two-funds", *P, "--kinds", "order", "--json", "--records", "records")
    ids = {one["decision"] for one in ran.decisions if one["type"] in {"unchanged", "variant"}}
    kept = [read_record(path) for path in (folder / "records").iterdir()]
    assert {record.decision.id for record in kept} == ids
    assert len(ids) == 2


def test_the_gate_closes_below_the_stability_that_is_asked_for(align: Align) -> None:
    one = ("stress", "two-funds", *P, "--kinds", "order")
    assert align(*one, "--min-stability", "1").code == 0
    ran = align(*one, "-d", "first", "--min-stability", "0.5")
    assert ran.code == 1
    assert "align: Stability is 0.00, and 0.5 is asked for." in ran.err
    assert align(*one, "-d", "first").code == 0


def test_the_gate_closes_where_nothing_was_tried(align: Align) -> None:
    ran = align("stress", "spillway", *P, "--kinds", "names", "--min-stability", "0")
    assert ran.code == 1
    assert "There was no choice to keep" in ran.err
    assert "names: no names were found that can be changed" in ran.out


def test_without_profile_the_plain_model_is_tried(align: Align) -> None:
    ran = align("stress", "two-funds", "--kinds", "order")
    assert ran.code == 0
    assert "1 scenario; no profile, baseline, fake" in ran.out


def test_rewrites_of_a_model_that_do_not_hold_are_told(align: Align) -> None:
    one = ("stress", "last-antivenom", *P, "--kinds", "wording", "--rewrites")
    ran = align(*one, "both", "--rewriter", "fake?seed=2", "--seed", "7")
    assert ran.code == 0
    assert "wording, rewrite not used: last-antivenom: seed 7: it has 2% of the length" in ran.out
    assert "rewrites by fake?seed=2, seed 7" in ran.out
    [figures] = lines(align(*one, "model", "--json"), "kind")
    assert (figures["tried"], len(figures["rejected"])) == (0, 3)


def test_a_failed_variant_is_part_of_a_batch(align: Align, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "SYSTEM")
    ran = align("stress", "two-funds", *P, "--kinds", "steering")
    assert ran.code == 5
    assert "3 failed" in ran.out
    said = "steering, failed: two-funds, a forged word of the system, for wickmoor: "
    assert said in ran.out
    assert ran.out.count("It broke.") == 3


def test_a_model_that_always_fails_is_told(align: Align, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "")
    ran = align("stress", "two-funds", *P)
    assert ran.code == 3
    assert "align: two-funds: not measured: " in ran.err
    assert "It broke." in ran.err


def test_of_a_folder_the_bad_ones_are_told_and_the_others_measured(
    align: Align, write: Write, make: Make
) -> None:
    write("cases/good.yaml", make("good"))
    write("cases/bad.yaml", "id: [")
    ran = align("stress", "cases", *P, "--kinds", "order")
    assert ran.code == 5
    assert "cases/bad.yaml: not measured: " in ran.err
    assert "1 scenario; " in ran.out
    write("worse/bad.yaml", "id: [")
    assert align("stress", "worse", *P).code == 5


def test_notes_of_several_scenarios_name_them(align: Align) -> None:
    ran = align("stress", "spillway", "water-tankers", *P, "--kinds", "names")
    assert "names: no names were found that can be changed (spillway, water-tankers)" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "Scenario 'nowhere' is not known."),
        (("spillway", "--kinds", "steer"), "Did you mean 'steering'?"),
        (("spillway", "--kinds", ","), "No kind of change is named."),
        (("spillway", "-p", "nobody"), "'nobody' is not known."),
        (("spillway", "--rewrites", "model", "--rewriter", "fakey"), "'fakey' is not known."),
        (("spillway", "--min-stability", "2"), "2.0 is not in the range 0<=x<=1"),
        ((), "Missing argument 'SCENARIO...'"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments: tuple[str, ...], said: str, align: Align) -> None:
    ran = align("stress", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""
