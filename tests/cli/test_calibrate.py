from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Align

Write = Callable[[str, object], Path]


def case(number: int) -> dict[str, Any]:
    """A scenario with true values; the fair choice stands now first, now last."""
    choices = [
        {"id": sign, "text": f"Way {sign}", "values": {"fairness": (number + place) % 2}}
        for place, sign in enumerate("ab")
    ]
    text = {"context": f"Situation {number}.", "question": "What now?"}
    return {"id": f"s{number}", **text, "choices": choices}


@pytest.fixture
def examples(write: Write) -> Path:
    """Labelled scenarios, enough for maps."""
    return write("mine.json", [case(number) for number in range(40)])


DIRECT = ("-d", "direct_regression")


def test_a_table_says_what_was_learned_and_where_it_is_kept(
    align: Align, examples: Path, home: Path
) -> None:
    ran = align("calibrate", "--examples", examples.name, *DIRECT)
    assert ran.code == 0
    heading, row, kept = ran.out.splitlines()
    assert heading.split()[:5] == ["attribute", "scenarios", "kind", "temp.", "direction"]
    assert row.split()[:3] == ["fairness", "40", "temperature"]
    assert row.split()[4] in {"rising", "falling"}
    assert row.count(" -> ") == 2
    [path] = (home / "calibrations").iterdir()
    assert kept == f"Kept in {path}"


def test_it_is_used_by_decide_unless_that_is_not_wanted(
    align: Align, examples: Path, write: Write
) -> None:
    write("p.json", {"name": "p", "targets": {"fairness": 1}})
    decide = ("decide", "mine.json", "-p", "p.json", *DIRECT, "--json")
    before = align(*decide).decisions
    assert align("calibrate", "--examples", examples.name, *DIRECT).code == 0
    after = align(*decide).decisions
    assert after[0]["probabilities"] != before[0]["probabilities"]
    plain = align(*decide, "--uncalibrated").decisions
    assert plain[0]["probabilities"] == before[0]["probabilities"]


def test_results_as_json_are_one_object_a_line(align: Align, examples: Path) -> None:
    ran = align("calibrate", "--examples", examples.name, *DIRECT, "--json", "--limit", "35")
    learned, kept = ran.decisions
    assert (learned["attribute"], learned["scenarios"]) == ("fairness", 35)
    assert {"brier", "calibration_error", "bins"} == learned["before"].keys()
    assert kept["decider"] == "direct_regression"
    assert Path(kept["file"]).is_file()


def test_a_page_is_written(align: Align, examples: Path, folder: Path) -> None:
    ran = align("calibrate", "--examples", examples.name, *DIRECT, "--report", "out/page.html")
    assert ran.out.splitlines()[-1] == "The page: out/page.html"
    text = (folder / "out" / "page.html").read_text(encoding="utf-8")
    assert '<h2 id="attribute-1-title">Fairness</h2>' in text
    quiet = align("calibrate", "--examples", examples.name, *DIRECT, "--report", "p.html", "--json")
    assert len(quiet.decisions) == 2
    assert quiet.err == "The page: p.html\n"


def test_what_cannot_be_promised_is_a_negative_verdict(align: Align, write: Write) -> None:
    write("many.json", [case(number) for number in range(70)])
    escalate = {"error_rate": 0.1, "confidence": 0.9}
    write("p.json", {"name": "strict", "targets": {"fairness": 1}, "escalate": escalate})
    ran = align("calibrate", "--examples", "many.json", *DIRECT, "-p", "p.json")
    assert ran.code == 1
    assert "Profile strict leaves every decision to a person, because no threshold keeps" in ran.out
    as_json = align("calibrate", "--examples", "many.json", *DIRECT, "-p", "p.json", "--json")
    _, verdict, _ = as_json.decisions
    assert (verdict["profile"], verdict["confidence"]) == ("strict", None)
    assert verdict["reason"].startswith("no threshold keeps errors at 0.1 or less")


def test_a_threshold_is_told_with_its_guarantee(align: Align, write: Write) -> None:
    write("many.json", [case(number) for number in range(70)])
    escalate = {"error_rate": 0.8, "confidence": 0.5}
    write("p.json", {"name": "easy", "targets": {"fairness": 1}, "escalate": escalate})
    ran = align("calibrate", "--examples", "many.json", *DIRECT, "-p", "p.json")
    assert ran.code == 0
    assert "Profile easy decides alone from a confidence of" in ran.out
    assert "provided that later scenarios are drawn like these examples" in ran.out
    listed = align("calibrate", "--list")
    assert "for an error rate of 0.8 with certainty 0.5" in listed.out


def test_what_is_known_is_listed(align: Align, examples: Path) -> None:
    assert align("calibrate", "--list").out == ""
    align("calibrate", "--examples", examples.name, "-d", "direct_regression?temperature=0.2")
    path, method, attribute = align("calibrate", "--list").out.splitlines()
    assert Path(path).is_file()
    assert method.startswith("  direct_regression?temperature=0.2, fake, 20")
    assert attribute == "  fairness: temperature from 40 scenarios of mine.json"
    [found] = align("calibrate", "--list", "--json").decisions
    assert (found["file"], found["attributes"], found["profiles"]) == (path, ["fairness"], [])


def test_an_ensemble_prints_its_best_weights_as_a_name(align: Align, examples: Path) -> None:
    spec = "ensemble?members=direct_regression,statement_judge"
    ran = align("calibrate", "--examples", examples.name, "-d", spec, "-m", "fake?seed=1")
    [line] = [one for one in ran.out.splitlines() if one.startswith("The weights that fit best: ")]
    name = line.partition(": ")[2]
    assert name.startswith(f"{spec}&weights=")
    assert align("decide", "last-antivenom", "-p", "equal-care", "-d", name).code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Name the labelled scenarios with --examples, or give --reviews or --answers."),
        (("--examples", "none.json"), "align: none.json: there is no such file."),
        (("--examples", "last-antivenom"), "needs at least 30 labelled scenarios, and there is 1."),
        (("--examples", "mine.json", "-a", "fairnes"), "Did you mean 'fairness'"),
        (("--examples", "mine.json", "-d", "first"), "there is nothing to calibrate"),
        (("--examples", "mtta:x.json"), "Dataset 'mtta' is not known"),
    ],
)
def test_mistakes_are_one_line_with_the_way_out(
    arguments: tuple[str, ...], message: str, align: Align, examples: Path
) -> None:
    assert json.loads(examples.read_text())
    ran = align("calibrate", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


def test_a_row_is_one_line_in_a_terminal_of_80_columns(
    align: Align, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, row, _ = align("calibrate", "--examples", examples.name, *DIRECT).out.splitlines()
    assert row.startswith("fairness")
    assert row.count(" -> ") == 2


def test_the_page_does_not_take_the_place_of_the_examples(align: Align, examples: Path) -> None:
    before = examples.read_text(encoding="utf-8")
    ran = align("calibrate", "--examples", examples.name, *DIRECT, "--report", examples.name)
    assert (ran.code, ran.out) == (2, "")
    assert examples.read_text(encoding="utf-8") == before


def test_where_nothing_is_known_the_list_says_how_to_learn(align: Align) -> None:
    ran = align("calibrate", "--list")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "Nothing is known yet: align calibrate --examples FILE, or --answers FILE\n"


def judged(count: int, **more: Any) -> list[dict[str, Any]]:
    """Answers of which every third is wrong."""
    return [
        {"request": f"When does pool {n} open?", "answer": f"Pool {n} opens at {n}.", **more}
        | {"right": n % 3 > 0}
        for n in range(count)
    ]


def test_judged_answers_teach_when_to_abstain(align: Align, write: Write, home: Path) -> None:
    write("judged.json", judged(80, source="The pool opens at six."))
    wish = {"error_rate": 0.1, "confidence": 0.8}
    write("sure.json", {"name": "sure", "persona": "You.", "escalate": wish})
    ran = align("calibrate", "--answers", "judged.json")
    assert ran.code == 0
    first, brier, ece, kept = ran.out.splitlines()
    assert first == "80 answers, checked against sources: temperature"
    assert (brier.split()[0], ece.split()[0]) == ("Brier", "ECE")
    [path] = (home / "calibrations" / "answers").iterdir()
    assert kept == f"Kept in {path}"
    ran = align("calibrate", "--answers", "judged.json", "-p", "sure.json")
    assert ran.code == 1
    assert "Profile sure abstains wherever something is claimed, because" in ran.out
    listed = align("calibrate", "--list").out
    assert "checked against sources: temperature from 40 answers of judged.json" in listed
    [told] = map(json.loads, align("calibrate", "--list", "--json").out.splitlines())
    assert (told["file"], told["check"], told["threshold"]) == (str(path), "sources", None)


def test_a_threshold_is_told_with_what_it_promises(align: Align, write: Write) -> None:
    right = [one | {"right": True} for one in judged(80, source="The pool opens at six.")]
    Path("judged.jsonl").write_text("\n".join(map(json.dumps, right)))
    wish = {"error_rate": 0.4, "confidence": 0.8}
    write("sure.json", {"name": "sure", "persona": "You.", "escalate": wish})
    ran = align("calibrate", "--answers", "judged.jsonl", "-p", "sure.json")
    assert ran.code == 0
    assert "Profile sure gives answers whose weakest claim has a probability of" in ran.out
    assert "at most 0.4 of the answers given that claim something are wrong" in ran.out
    [told] = map(
        json.loads,
        align(
            "calibrate", "--answers", "judged.jsonl", "-p", "sure.json", "--json"
        ).out.splitlines(),
    )
    assert (told["profile"], told["reason"], told["threshold"]["errors"]) == ("sure", None, 0)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--examples", "mine.json"), "--examples is about decisions"),
        (("-a", "fairness"), "--attributes is about decisions"),
        (("--report", "page.html"), "--report is about decisions"),
        (("-p", "truthful-and-harmless", "-p", "patient-teacher"), "takes one --profile"),
    ],
)
def test_what_is_about_decisions_does_not_go_with_answers(
    align: Align, write: Write, more: tuple[str, ...], said: str
) -> None:
    write("judged.json", judged(40))
    ran = align("calibrate", "--answers", "judged.json", *more)
    assert ran.code == 2
    assert said in ran.err


def test_sources_that_cannot_be_used_are_told(align: Align, write: Write) -> None:
    write("judged.json", judged(40))
    assert "nowhere" in align("calibrate", "--answers", "judged.json", "--sources", "nowhere").err
    alone = align("calibrate", "--sources", "nowhere", "--examples", "mine.json")
    assert (alone.code, "--sources belongs to --answers." in alone.err) == (2, True)
    assert "--answers has no name." in align("calibrate", "--answers", "").err
