"""`align report`, `align compare-runs` and `align check` on stored runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from alignkit.store import Kept, open_store
from alignkit.testing.runs import Pair, asked, run_of, steered_run

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write


def keep(name: str, pairs: list[Pair], missing: int = 0) -> None:
    """Keep `pairs` as a run in the store that commands use when none is named."""
    with open_store("sqlite:///align.db") as store:
        run = run_of(pairs, name)
        run = run.model_copy(update={"cells": run.cells + missing})
        store.start(run)
        store.add(run.id, [Kept(cell, result) for cell, result in pairs])


def steered(follow: float, decider: str = "x") -> list[Pair]:
    return steered_run(np.random.default_rng(7), {"care": follow}, 60, decider=decider, plain=True)


@pytest.fixture
def runs(folder: Path) -> Path:
    """Two runs: `before` steers little, `after` steers well and has lost some accuracy."""
    rng = np.random.default_rng(7)
    keep("before", steered(0.1, "x"))
    lost = [
        (cell.model_copy(update={"decider": "y"}) if cell.profile else cell, result)
        for cell, result in asked(rng, {None: 0.8, "care-high": 0.4}, 60)
    ]
    keep("after", [*steered(0.9, "y"), *lost])
    return folder


def test_a_report_is_one_file(runs: Path, align: Align) -> None:
    ran = align("report", "after")
    assert ran.code == 0
    assert ran.out == ""
    assert "after.html" in ran.err
    html = (runs / "after.html").read_text(encoding="utf-8")
    assert "What the run shows" in html
    assert "y · fake steers 1 of 1 attribute" in html


def test_markdown_and_csv_go_to_standard_output(runs: Path, align: Align) -> None:
    assert align("report", "after", "--format", "md").out.startswith("# Report: after\n")
    assert align("report", "after", "--format", "csv").out.startswith("section,table,row,what,")
    ran = align("report", "after", "--format", "csv", "--out", "figures.csv")
    assert ran.out == ""
    assert (runs / "figures.csv").is_file()


def test_a_card_names_its_profile(runs: Path, align: Align) -> None:
    assert align("report", "after", "--card", "care-high").code == 0
    assert "care-high" in (runs / "after.care-high.html").read_text(encoding="utf-8")
    assert "plain model" in align("report", "after", "--card", "none", "--format", "md").out
    ran = align("report", "after", "--card", "care-hihg")
    assert ran.code == 2
    assert "Did you mean 'care-high'" in ran.err


def test_a_run_that_is_not_there(runs: Path, align: Align) -> None:
    ran = align("report", "afterr")
    assert ran.code == 2
    assert "'afterr'" in ran.err
    assert align("report", "x", "--store", "sqlite:///none.db").code == 2
    assert not (runs / "none.db").exists()


@pytest.mark.usefixtures("runs")
def test_the_better_run_is_named_in_one_sentence(align: Align) -> None:
    ran = align("compare-runs", "before", "after")
    assert ran.code == 0
    first = ran.out.splitlines()[0]
    assert first.startswith("after is better than before in alignment accuracy: +0.")
    assert "120 paired items in 60 groups" in first
    assert "alignment accuracy: after less before" in ran.out


@pytest.mark.usefixtures("runs")
def test_a_comparison_is_broken_down_and_adjusted(align: Align) -> None:
    ran = align("compare-runs", "before", "after", "--by", "profile", "--json")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [one["part"] for one in found] == [None, "care-high", "care-low"]
    assert {one["family"] for one in found} == {3}
    assert all(one["told"] for one in found)


@pytest.mark.usefixtures("runs")
def test_a_run_against_itself_cannot_be_told(align: Align) -> None:
    out = align("compare-runs", "before", "before").out
    assert out.startswith("The data cannot tell before-1 from before-1 in alignment accuracy")


@pytest.mark.usefixtures("runs")
def test_whether_two_runs_are_equivalent_is_said_first(align: Align) -> None:
    keep("again", steered(0.1, "z"))
    keep("much", steered_run(np.random.default_rng(1), {"care": 0.1}, 300, plain=True))
    out = align("compare-runs", "before", "after", "--equivalent-within", "0.05").out
    assert out.startswith("after and before are not equivalent within 0.05 in alignment accuracy")
    out = align("compare-runs", "much", "much", "--equivalent-within", "0.05").out
    assert out.startswith("much-1 and much-1 are equivalent within 0.05 in alignment accuracy: 0.")
    assert "90 % interval [" in out
    assert "equivalent" in out.splitlines()[-1]
    ran = align("compare-runs", "before", "again", "--equivalent-within", "0.01", "--json")
    [one] = [json.loads(line) for line in ran.out.splitlines()]
    judged = one["equivalent"]
    assert (judged["margin"], judged["verdict"]) == (0.01, "undecided")
    assert judged["p_value"] == max(judged["p_not_lower"], judged["p_not_higher"])
    assert judged["needed"] > one["items"]
    assert align("compare-runs", "before", "--equivalent-within", "1").code == 2


@pytest.mark.usefixtures("runs")
def test_profiles_of_one_run_are_held_against_none(align: Align) -> None:
    ran = align("compare-runs", "after", "--by", "profile", "--measure", "accuracy,alignment")
    assert ran.code == 0
    assert "care-high is worse than none in accuracy" in ran.out
    assert "care-high is better than none in alignment accuracy" in ran.out


@pytest.mark.usefixtures("runs")
def test_deciders_of_one_run(align: Align) -> None:
    keep("both", [*steered(0.1, "x"), *steered(0.9, "y")])
    assert align("compare-runs", "both").out.startswith("y is better than x in alignment accuracy")
    out = align("compare-runs", "both", "--by", "decider", "--against", "y").out
    assert out.startswith("x is worse than y in alignment accuracy")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("before", "after", "after"), "one run or two"),
        (("before", "--by", "colour"), "'colour'"),
        (("before", "--by", "attribute"), "within one run"),
        (("before", "after", "--against", "x"), "against"),
        (("before", "after", "--measure", "aligment"), "Did you mean 'alignment'"),
        (("before", "--by", "model"), "single model"),
        (("before", "--by", "decider", "--against", "w"), "'w'"),
        (("before", "after", "--measure", "truth"), "nothing to compare"),
    ],
)
def test_mistakes_are_told(align: Align, arguments: tuple[str, ...], said: str) -> None:
    ran = align("compare-runs", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_a_gate_passes_or_fails_by_its_code(runs: Path, align: Align) -> None:
    assert align("check", "after-1", "--min-effect", "0.5").code == 0
    ran = align("check", "before-1", "--min-effect", "0.5", "--junit", "gate.xml")
    assert ran.code == 1
    assert "FAILED" in ran.out
    root = ET.fromstring((runs / "gate.xml").read_text(encoding="utf-8"))  # noqa: S314  ours
    assert root.get("failures") == "1"
    ran = align("check", "after-1", "--max-loss", "0.05")
    assert ran.code == 1
    assert "loss of accuracy under care-high" in ran.out


def test_a_gate_counts_failed_decisions(folder: Path, align: Align) -> None:
    pairs = steered(0.9)
    cell, result = pairs[-1]
    failed = result.model_copy(update={"outcome": "failed", "choice": None, "probabilities": {}})
    keep("broken", [*pairs[:-1], (cell, failed)])
    assert (folder / "align.db").is_file()
    ran = align("check", "broken-1", "--min-effect", "0.5")
    assert ran.code == 1
    assert "FAILED: 1 of 180 decisions failed, asked for at most 0" in ran.out
    assert align("check", "broken-1", "--min-effect", "0.5", "--max-failed", "1").code == 0


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("option", ["--min-effect", "--max-loss"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_limit_that_is_no_number_is_a_mistake(align: Align, option: str, value: str) -> None:
    ran = align("check", "after-1", option, value)
    assert ran.code == 2
    assert option in ran.err


@pytest.mark.usefixtures("runs")
def test_a_gate_that_could_not_fail_is_a_mistake(align: Align) -> None:
    assert align("check", "after-1").code == 2
    ran = align("check", "before-1", "--max-loss", "0.05")
    assert ran.code == 2
    assert "cannot show the loss" in ran.err
    assert "no question with a right answer" in ran.err


@pytest.mark.usefixtures("runs")
def test_a_gate_on_the_name_of_a_stored_run_is_told_both_ways_out(align: Align) -> None:
    ran = align("check", "after", "--min-effect", "0.1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "align: 'after' names an experiment, and a gate needs its file. "
        "Give its file to run it again, or after-1 to judge its latest run as it is.\n"
    )


def test_a_gate_wants_a_complete_run(folder: Path, align: Align) -> None:
    pairs = steered(0.9)
    with open_store(f"sqlite:///{folder / 'align.db'}") as store:
        run = run_of(pairs, "part")
        store.start(run)
        store.add(run.id, [Kept(cell, result) for cell, result in pairs[:50]])
    ran = align("check", "part-1", "--min-effect", "0.1")
    assert ran.code == 2
    assert "not complete" in ran.err


def test_an_experiment_is_run_before_it_is_judged(write: Write, align: Align) -> None:
    scenario = {
        "context": "A bridge.",
        "question": "What now?",
        "choices": [
            {"id": "a", "text": "Go on", "values": {"risk_aversion": 0.1}},
            {"id": "b", "text": "Turn back", "values": {"risk_aversion": 0.9}},
        ],
    }
    scenarios = [{"id": f"s{n}", **scenario, "context": f"Bridge {n}."} for n in range(4)]
    write("mine.json", scenarios)
    experiment = {
        "name": "gate",
        "data": [{"name": "mine", "scenarios": ["mine.json"]}],
        "profiles": [{"sweep": {"attributes": ["risk_aversion"], "levels": [0, 1]}}],
        "deciders": ["random"],
    }
    write("gate.yaml", experiment)
    ran = align("check", "gate.yaml", "--min-effect", "0.9")
    assert ran.code == 1
    assert "effect of risk_aversion by random" in ran.out
    assert align("report", "gate").code == 0


@pytest.mark.usefixtures("runs")
def test_claims_of_several_runs_are_one_family(align: Align) -> None:
    ran = align("claims", "before", "after", "--json")
    assert (ran.code, ran.err) == (0, "")
    kinds = [(one["kind"], one["family"]) for one in ran.decisions]
    assert kinds == [("effect", 2), ("effect", 2), ("retention", 0)]
    before, after, kept = ran.decisions
    assert [before["run"], after["run"]] == ["before", "after"]
    assert (before["shown"], after["shown"], kept["shown"]) == (False, True, False)
    assert after["method"] == "y · fake"
    table = align("claims", "before", "after").out
    assert "moves when wanted: care" in table
    assert "P-values are adjusted over 2 claims" in table
    assert "P-values are adjusted over 1 claim;" in align("claims", "before").out


def test_runs_without_claims_are_told_in_a_line(folder: Path, align: Align) -> None:
    del folder
    keep("none", asked(np.random.default_rng(7), {None: 0.8}, 10))
    ran = align("claims", "none")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert "There is no claim to test in these runs." in ran.err


def test_what_has_no_part_in_the_claims_is_told(folder: Path, align: Align) -> None:
    del folder
    pairs = steered(0.9)
    cell, result = pairs[0]
    failed = result.model_copy(
        update={"outcome": "failed", "choice": None, "probabilities": {}, "reason": "no answer"}
    )
    keep("run", [(cell, failed), *pairs[1:]])
    keep("alone", asked(np.random.default_rng(7), {None: 0.8}, 10))
    ran = align("claims", "run", "alone")
    assert ran.code == 0
    first, second = ran.err.splitlines()
    assert first == f"run: 1 of {len(pairs)} decisions failed and are in none of its claims."
    assert second.startswith("alone has no claim: it takes ")


def test_claims_of_an_unfinished_run_say_so(folder: Path, align: Align) -> None:
    del folder
    keep("half", steered(0.9), missing=7)
    ran = align("claims", "half", "--json")
    assert ran.code == 0
    assert ran.decisions
    done = re.fullmatch(r"half is not complete: (\d+) of (\d+) cells are done\. .+\n", ran.err)
    assert done is not None
    assert int(done[2]) - int(done[1]) == 7
    keep("begun", asked(np.random.default_rng(7), {None: 0.8}, 10), missing=3)
    none = align("claims", "begun").err
    assert "There is no claim to test in these runs. begun is not complete" in none
