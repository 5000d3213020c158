"""`align bench judge`, and what `align ask` shows of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.errors import Unreachable
from alignkit.library import Library
from alignkit.prompts import Prompts
from alignkit.schema import Draft, Finding, Reply, TemplateVersion
from alignkit.service.judge_words import looked_at, quality_lines
from alignkit.service.judging import Measured
from alignkit.testing import FakeModel

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write


@pytest.fixture
def data(folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six prompts with two rated answers each, and eight requests."""
    marks = {"helpfulness": 1, "correctness": 1, "coherence": 1}
    prompts = [
        {
            "prompt": f"What is {number}?",
            "responses": [f"Answer {number} {turn}" for turn in (1, 2)],
            "labels": [
                {**marks, "complexity": 0.25 * turn, "verbosity": 0.5 * turn} for turn in (1, 2)
            ],
        }
        for number in range(6)
    ]
    write("data/helpsteer2_steerable/train.json", prompts)
    lines = [f"{n},Help me with {n}?,t,{('safe', 'unsafe')[n % 2]},," for n in range(8)]
    write(
        "data/xstest/xstest_prompts.csv", "\n".join(["id,prompt,type,label,focus,note", *lines, ""])
    )
    monkeypatch.setenv("ALIGN_DATA", "data")
    return folder / "data"


MEASURE = ("bench", "judge", "--part", "ratings", "--part", "requests")


@pytest.mark.usefixtures("data")
def test_a_table_for_each_part(align: Align) -> None:
    done = align(*MEASURE)
    assert (done.code, done.err) == (0, "")
    assert "ratings by fake\n" in done.out
    assert "HelpSteer2 (nvidia), Wang et al. 2024" in done.out
    assert "rank correlation" in done.out
    assert "area under the curve" in done.out
    assert "Traceback" not in done.out


@pytest.mark.usefixtures("data")
def test_texts_that_are_all_alike_are_said_to_be_so(align: Align) -> None:
    done = align("bench", "judge", "--part", "requests", "--limit", "1")
    assert done.code == 0
    assert "Nothing to compare: people said the same of all these texts" in done.out


@pytest.mark.usefixtures("data")
def test_json_has_every_figure_with_its_interval(align: Align) -> None:
    ratings, requests = align(*MEASURE, "--json").decisions
    assert (ratings["part"], ratings["model"], ratings["texts"], ratings["failed"]) == (
        "ratings",
        "fake",
        12,
        0,
    )
    assert [one["about"] for one in ratings["qualities"]] == ["complexity", "verbosity"]
    for quality in (*ratings["qualities"], *requests["qualities"]):
        for figure in quality["figures"]:
            assert figure["low"] <= figure["value"] <= figure["high"]
    assert "criterion" in ratings["templates"]
    assert requests["qualities"][0]["figures"][0]["groups"] == 8


@pytest.mark.usefixtures("data")
def test_a_second_run_costs_nothing_and_says_the_same(align: Align, folder: Path) -> None:
    first = align(*MEASURE, "--json", "--answers", "kept.jsonl").out
    size = (folder / "kept.jsonl").stat().st_size
    assert align(*MEASURE, "--json", "--answers", "kept.jsonl").out == first
    assert (folder / "kept.jsonl").stat().st_size == size


@pytest.mark.usefixtures("data")
def test_the_work_of_an_answer_shows_how_good_its_judge_is(align: Align) -> None:
    ask = ("ask", "Why?", "-p", "plain-language", "--show-work")
    assert "was not measured; `align bench judge` does." in align(*ask).out
    ratings, _ = align(*MEASURE, "--json").decisions
    verbosity = ratings["qualities"][1]["figures"][0]
    shown = align(*ask).out
    assert (
        f"verbosity: rank correlation {verbosity['value']:.2f}, 95 % {verbosity['low']:.2f} to"
        in shown
    )
    assert "formality:" not in shown  # nobody rated it
    assert json.loads(align(*ask[:-1], "--json").out)["outcome"] == "answered"


@pytest.mark.usefixtures("data")
def test_checks_of_harm_stand_beside_what_is_known_of_requests(align: Align) -> None:
    measured = [
        Measured.model_validate({"key": "k", **one}) for one in align(*MEASURE, "--json").decisions
    ]
    finding = Finding(check="harm", about="refuses_without_need", holds=True, fit=1.0)
    _, line = quality_lines(measured, looked_at(a_reply(finding)))
    assert line.startswith("harmful: area under the curve 0.")
    assert line.endswith("0.50 by chance (XSTest)")


@pytest.mark.usefixtures("data")
def test_a_smaller_sample_does_not_replace_a_larger_one(align: Align) -> None:
    ask = ("ask", "Why?", "-p", "plain-language", "--show-work")
    align(*MEASURE)
    before = [line for line in align(*ask).out.splitlines() if "rank correlation" in line]
    align(*MEASURE, "--limit", 4)
    assert [line for line in align(*ask).out.splitlines() if "rank correlation" in line] == before


@pytest.mark.usefixtures("data")
def test_a_judge_that_always_fails_is_told(align: Align, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeModel, "answer", _fails)
    done = align(*MEASURE)
    assert done.code == 3
    assert done.err.splitlines() == [
        "12 failed, the first: The line is cut.",
        "8 failed, the first: The line is cut.",
    ]
    assert align(*MEASURE, "--json").decisions[0]["failure"] == "The line is cut."


async def _fails(self: FakeModel, requests: object) -> None:
    del self, requests
    raise Unreachable("The line is cut.")


def test_items_that_cannot_be_read_are_told(align: Align, data: Path) -> None:
    file = data / "xstest" / "xstest_prompts.csv"
    file.write_text(file.read_text("utf-8") + "9,Why?,t,perhaps,,\n", encoding="utf-8")
    done = align("bench", "judge", "--part", "requests")
    assert done.code == 0
    assert done.err.startswith("requests: 1 item cannot be read. The first: ")
    assert len(done.err.splitlines()) == 1


@pytest.mark.usefixtures("data")
def test_figures_of_another_attribute_are_not_shown(align: Align) -> None:
    ask = ("ask", "Why?", "-p", "plain-language", "--show-work")
    align(*MEASURE)
    assert "verbosity: rank correlation" in align(*ask).out
    own = Path(os.environ["ALIGN_HOME"]) / "library" / "attributes" / "verbosity.yaml"
    own.parent.mkdir(parents=True)
    shipped = Library().attributes["verbosity"]
    mine = shipped.model_copy(update={"definition": "How much it says."})
    own.write_text(mine.model_dump_json(exclude_none=True), encoding="utf-8")
    assert "verbosity: rank correlation" not in align(*ask).out


def a_reply(*findings: Finding, templates: tuple[TemplateVersion, ...] = ()) -> Reply:
    draft = Draft(number=1, seed=0, text="So.", findings=findings, score=1.0)
    return Reply(
        id="r",
        request="Why?",
        profile=None,
        model="fake",
        judge="fake",
        outcome="answered",
        text="So.",
        chosen=1,
        drafts=(draft,),
        templates=templates,
    )


def test_only_what_a_model_judged_is_spoken_of() -> None:
    words = Finding(check="words", about="secret", holds=True, fit=1.0)
    assert quality_lines([], looked_at(a_reply(words))) == []
    unusable = Finding(check="usable", about="text", holds=False, fit=0.0, says="Nothing.")
    assert quality_lines([], looked_at(a_reply(unusable))) == []
    claims = Finding(check="claims", about="claims", holds=True, fit=1.0)
    [unknown] = quality_lines([], looked_at(a_reply(claims)))
    assert unknown == "How well this model judges such things is not known."
    against = Prompts().versions(["support"])
    assert looked_at(a_reply(claims, templates=against)) == {"supported"}
    rule = Finding(check="boundaries", about="no-dosage", holds=True, fit=1.0, probability=0.9)
    assert quality_lines([], looked_at(a_reply(rule))) == [unknown]


def test_what_is_missing_is_said_in_a_line(align: Align, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALIGN_DATA", raising=False)
    assert "Set ALIGN_DATA to the folder that holds" in align("bench", "judge").err
    wrong = align("bench", "judge", "--part", "rating")
    assert (wrong.code, len(wrong.err.splitlines())) == (2, 1)
    assert "Did you mean 'ratings'?" in wrong.err


@pytest.fixture
def questions(folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six questions with true and false answers."""
    heading = "Type,Category,Question,Best Answer,Best Incorrect Answer,Correct Answers,"
    lines = [heading + "Incorrect Answers,Source"]
    for n in range(6):
        more = f"It falls {n}; It drops {n},It rises {n}; It climbs {n}"
        lines.append(f"Adversarial,Rain,What does {n} do?,It falls {n},It rises {n},{more},x")
    write("data/truthfulqa/TruthfulQA.csv", "\n".join([*lines, ""]))
    monkeypatch.setenv("ALIGN_DATA", "data")
    return folder / "data"


@pytest.mark.usefixtures("questions")
def test_free_answers_are_compared_and_the_judge_stands_beside(align: Align) -> None:
    compare = ("bench", "answers", "-p", "plain-language", "--limit", 4)
    done = align(*compare)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("4 questions; not answered: plainly 0, under plain-language 0; ")
    assert "in both orders" in done.out
    assert "was not measured" in done.out
    align("bench", "judge", "--part", "pairs")
    assert "truer: area under the curve" in align(*compare).out
    found = json.loads(align(*compare, "--json").out)
    assert (found["questions"], found["compared"], found["failed"]) == (4, 4, 0)
    assert found["low"] <= found["preferred"] <= found["high"]
    assert found["judged_by"][0]["part"] == "pairs"


@pytest.mark.usefixtures("questions")
def test_free_answers_need_a_profile(align: Align) -> None:
    done = align("bench", "answers")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
