from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from alignkit.datasets import READERS
from alignkit.errors import BadExperiment, FileProblem, InvalidSetting, UnknownName
from alignkit.evaluate.selection import labelled, selected
from alignkit.schema import Scenario
from alignkit.schema.experiment import Experiment, Sweep
from alignkit.service.experiments.reading import presets, read_experiment
from alignkit.stats.power import clusters_needed

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours

TEXT = """\
name: mine
data:
  - name: shipped
    scenarios: shipped
    limit: 3
  - name: own
    scenarios: [leg-or-chest]
profiles: [none, cautious-medic, {name: mine, targets: {care: 1}}, {sweep: {levels: [0, 0.5]}}]
deciders: [chooser_judge]
budget:
  calls: 10
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def changed(file: Path, *changes: str, **rest: Any) -> Experiment:
    return read_experiment(str(file), changes, **rest).experiment


def test_a_file_is_read_with_all_kinds_of_profiles(file: Path) -> None:
    read = read_experiment(str(file))
    assert read.folder == file.parent
    kinds = [type(one).__name__ for one in read.experiment.profiles]
    assert kinds == ["str", "str", "Profile", "Sweep"]
    sweep = read.experiment.profiles[3]
    assert isinstance(sweep, Sweep)
    assert (sweep.sweep.attributes, sweep.sweep.levels) == ("labelled", (0, 0.5))


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("data.0.limit=5", lambda one: one.data[0].limit == 5),
        ("data.own.limit=5", lambda one: one.data[1].limit == 5),
        ("seeds=[1, 2]", lambda one: one.seeds == (1, 2)),
        ("budget.calls=7", lambda one: one.budget.calls == 7),
        ("budget.minutes=0.5", lambda one: one.budget.minutes == 0.5),
        ("prices.fake.submitted=2", lambda one: one.prices["fake"].submitted == 2),
        ("prices.'a.b'.submitted=2", lambda one: one.prices["a.b"].submitted == 2),
        ('prices."m?x=1.5".submitted=2', lambda one: one.prices["m?x=1.5"].submitted == 2),
        ('data."own".limit=5', lambda one: one.data[1].limit == 5),
        (" data.0.limit = 5", lambda one: one.data[0].limit == 5),
        ("profiles.0=equal-care", lambda one: one.profiles[0] == "equal-care"),
        ("description=a=b", lambda one: one.description == "a=b"),
        ("data.shipped.only={part: x}", lambda one: one.data[0].only == {"part": ("x",)}),
    ],
)
def test_anything_can_be_changed(file: Path, change: str, value: Any) -> None:
    assert value(changed(file, change))


def test_of_two_changes_the_later_counts(file: Path) -> None:
    assert changed(file, "data.0.limit=5", "data.0.limit=6").data[0].limit == 6


def test_fields_and_a_limit_for_all_data_take_the_place_of_the_files(file: Path) -> None:
    found = changed(file, fields={"deciders": ["first"]}, limit=2)
    assert found.deciders == ("first",)
    assert [one.limit for one in found.data] == [2, 2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("seeds", "is not KEY=VALUE"),
        ("data..limit=1", "is not KEY=VALUE"),
        ('prices."a=1', "is not KEY=VALUE"),
        ("data.7.limit=1", "no place '7'"),
        ("data.nobody.limit=1", "no place 'nobody'"),
        ("name.x=1", "no place 'x'"),
    ],
)
def test_a_change_of_nothing_is_told(file: Path, change: str, said: str) -> None:
    with pytest.raises(InvalidSetting, match=said):
        changed(file, change)


@pytest.mark.parametrize("change", ["data.0.limt=1", "budget.calls=-1", "seeds=[a]"])
def test_a_change_to_what_cannot_be_is_told_as_a_change(file: Path, change: str) -> None:
    with pytest.raises(BadExperiment, match="changed by options"):
        changed(file, change)


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("    limit: 3", "    limt: 3", 5, "data.0.limt: there is no such field"),
        ("    limit: 3", "    limit: many", 5, "data.0.limit"),
        ("  calls: 10", "  calls: 0", 11, "budget.calls"),
        ("scenarios: shipped", "path: x.json", 3, "format and path go together"),
        ("scenarios: shipped", "half: first", 3, "either format and path, or scenarios"),
        ("{care: 1}", "{care: 3}", 8, "profiles.2.targets.care"),
        ("levels: [0, 0.5]", "levels: [0, 7]", 8, "profiles.3.sweep.levels"),
        ("levels: [0, 0.5]", "level: [0]", 8, "profiles.3.sweep.level: there is no such field"),
        ("name: own", "name: shipped", 1, "data: 'shipped' stands there twice"),
        ("budget:", "budjet:", 10, "budjet: there is no such field"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(
    file: Path, before: str, after: str, line: int, said: str
) -> None:
    file.write_text(TEXT.replace(before, after), encoding="utf-8")
    with pytest.raises(BadExperiment) as caught:
        read_experiment(str(file))
    message = str(caught.value)
    assert "\n" not in message
    assert f"mine.yaml:{line}" in message
    assert said in message


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'quick'"):
        read_experiment("quik")
    with pytest.raises(FileProblem, match="there is no such file"):
        read_experiment(str(tmp_path / "none.yaml"))


def test_every_preset_is_an_experiment_of_its_name_that_says_what_it_shows() -> None:
    assert set(presets()) == {
        "quick",
        "triage",
        "opinions",
        "retention",
        "moral-psychology",
        "reliability",
        "responsibility",
        "bias",
        "personalization",
    }
    for name in presets():
        found = read_experiment(name).experiment
        assert found.name == name
        assert found.description
        assert found.models
        assert found.deciders


def _limit(name: str) -> int:
    return min(source.limit or 0 for source in read_experiment(name).experiment.data)


def test_presets_ask_enough_to_show_the_effects_that_they_state() -> None:
    a_quarter_differs = math.sqrt(0.25 - 0.15**2)
    assert _limit("reliability") >= clusters_needed(0.15, a_quarter_differs, alpha=0.05 / 4)
    assert _limit("bias") >= clusters_needed(0.15, 0.7, alpha=0.05 / 2)
    retention = read_experiment("retention").experiment
    questions = sum(source.limit or 0 for source in retention.data)
    lost = clusters_needed(retention.margin, math.sqrt(0.04), alpha=2 * 0.025)
    assert questions > lost


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
@pytest.mark.parametrize(
    ("name", "fewest", "kinds"),
    [
        ("responsibility", clusters_needed(0.15, math.sqrt(0.2275), alpha=0.025), {"unsafe"}),
        ("personalization", clusters_needed(0.15, 0.31, alpha=0.025), {"verbosity", "complexity"}),
    ],
)
def test_limits_leave_enough_of_what_is_tested(name: str, fewest: int, kinds: set[str]) -> None:
    [source] = read_experiment(name).experiment.data
    read = READERS.load(str(source.format))
    rows = read(Path(DATA or "") / str(source.path))
    found = (one for one in rows if isinstance(one, Scenario))
    counts = Counter(
        kind
        for one in selected(found, source)
        for kind in (one.tags.get("label"), *labelled(one, source.attributes))
    )
    assert all(counts[kind] >= fewest for kind in kinds)


def test_an_experiment_survives_its_own_json(file: Path) -> None:
    for found in (read_experiment(str(file)).experiment, read_experiment("opinions").experiment):
        again = Experiment.model_validate_json(found.model_dump_json())
        assert again == found
