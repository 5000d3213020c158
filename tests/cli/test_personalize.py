"""`align personalize`: from files and at a terminal, shown, exported, erased."""

from __future__ import annotations

import json
import random
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from alignkit.models.fake import FakeModel

from .terminal import Terminal

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

WISHES = {"verbosity": 0.2, "formality": 0.8}


def likes(levels: dict[str, float]) -> float:
    """How much somebody likes an answer who wants `WISHES`."""
    return -sum((levels[name] - wish) ** 2 for name, wish in WISHES.items())


def answers(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Answers with random levels."""
    draws = random.Random(seed)  # noqa: S311  a test draws what it likes
    return [
        {"text": f"Answer {place}.", "levels": {name: round(draws.random(), 3) for name in WISHES}}
        for place in range(count)
    ]


@pytest.fixture
def compared(write: Write) -> Path:
    """Forty comparisons by somebody who never errs."""
    found = answers(80)
    rows = [
        {
            "request": "How long do eggs boil?",
            "a": one,
            "b": other,
            "better": "a" if likes(one["levels"]) > likes(other["levels"]) else "b",
        }
        for one, other in zip(found[::2], found[1::2], strict=True)
    ]
    return write("compared.jsonl", "\n".join(map(json.dumps, rows)))


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the person at the terminal types."""
    typed: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: typed.pop(0))
    yield typed
    assert typed == []


def test_comparisons_of_a_file_become_a_profile(align: Align, compared: Path, home: Path) -> None:
    ran = align("personalize", "learn", compared)
    assert (ran.code, ran.err) == (0, "Kept: 40 comparisons, 0 ratings.\n")
    [facts] = align("personalize", "show", "--json").decisions
    assert facts["comparisons"] == 40
    for one in facts["attributes"]:
        assert one["interval"][0] <= WISHES[one["attribute"]] <= one["interval"][1]
        assert not one["flat"]
        assert one["more"] > 0
    ran = align("personalize", "export", "mine")
    path = home / "library" / "profiles" / "mine.yaml"
    assert (ran.code, ran.err) == (0, f"The profile: {path}\n")
    assert set(yaml.safe_load(path.read_text(encoding="utf-8"))["targets"]) == set(WISHES)
    assert align("validate", path).code == 0
    assert align("profiles", "show", "mine").code == 0
    refused = align("personalize", "export", "mine")
    assert refused.code == 4
    assert "exists already. Take another name, or give --force." in refused.err
    assert align("personalize", "export", "mine", "--force").code == 0


def test_no_text_is_kept_and_nobody_else_can_read_it(
    align: Align, compared: Path, home: Path
) -> None:
    align("personalize", "learn", compared, "--person", "Ágnes")
    [path] = (home / "tastes").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = path.read_text(encoding="utf-8")
    assert "eggs" not in kept
    assert "Answer" not in kept
    [facts] = align("personalize", "show", "--person", "Ágnes", "--json").decisions
    assert facts["person"] == "Ágnes"


def test_the_same_file_is_not_counted_twice(align: Align, compared: Path) -> None:
    align("personalize", "learn", compared)
    align("personalize", "learn", compared)
    [facts] = align("personalize", "show", "--json").decisions
    assert facts["comparisons"] == 40


def test_of_what_is_said_twice_of_the_same_answers_the_last_counts(
    align: Align, write: Write
) -> None:
    one, other = answers(2)
    rows = [
        {"a": one, "b": other, "better": "a"},
        {"a": one, "b": other, "better": "b"},
        {"a": other, "b": one, "better": "a"},
        {"answer": one, "rating": 1},
        {"answer": one, "rating": 5},
    ]
    ran = align("personalize", "learn", write("said.yaml", rows), "--json")
    said = "Kept: 1 comparison, 1 rating. Of 3 more on the same answers, what was said last counts."
    assert ran.err == f"{said}\n"
    [facts] = ran.decisions
    assert (facts["comparisons"], facts["ratings"]) == (1, 1)
    assert [each["comparisons"] for each in facts["attributes"]] == [1, 1]


def test_ratings_and_edits_teach_as_well(align: Align, write: Write) -> None:
    rated = [
        {"answer": one, "rating": round(5 * (1 + likes(one["levels"])))} for one in answers(30)
    ]
    best = {"text": "Six.", "levels": WISHES}
    edits = [{"answer": one, "edited": best} for one in answers(20, seed=1)]
    paths = write("rated.yaml", rated), write("edits.json", edits)
    ran = align("personalize", "learn", *paths, "--json")
    assert "Kept: 20 comparisons, 30 ratings." in ran.err
    [facts] = ran.decisions
    for one in facts["attributes"]:
        assert one["estimate"] == pytest.approx(WISHES[one["attribute"]], abs=0.15)


def test_levels_that_are_missing_are_judged(
    align: Align, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answer = FakeModel.answer

    async def counted(self: FakeModel, requests: Any) -> Any:
        asked.extend(request.prompt.text("user") for request in requests)
        return await answer(self, requests)

    monkeypatch.setattr(FakeModel, "answer", counted)
    one = {"request": "Why?", "a": "Because.", "b": {"text": "So.", "levels": {"verbosity": 0}}}
    path = write("one.yaml", {**one, "better": "equal"})
    ran = align("personalize", "learn", path, "--attributes", "verbosity,formality", "--json")
    assert ran.code == 0
    assert len(asked) == 3
    assert all("<request>\nWhy?\n</request>" in text for text in asked)
    assert [each["comparisons"] for each in ran.decisions[0]["attributes"]] == [1, 1]


@pytest.fixture
def measured(write: Write, monkeypatch: pytest.MonkeyPatch, align: Align) -> dict[str, Any]:
    """How well the made-up model judges verbosity, held against six prompts' rated answers."""
    marks = {"helpfulness": 1, "correctness": 1, "coherence": 1, "complexity": 1}
    prompts = [
        {
            "prompt": f"What is {number}?",
            "responses": [f"Answer {number} {turn}" for turn in (1, 2)],
            "labels": [{**marks, "verbosity": 0.5 * turn} for turn in (1, 2)],
        }
        for number in range(6)
    ]
    write("data/helpsteer2_steerable/train.json", prompts)
    monkeypatch.setenv("ALIGN_DATA", "data")
    [ratings] = align("bench", "judge", "--part", "ratings", "--json").decisions
    return ratings


ONE = {"a": "Because.", "b": "So.", "better": "a"}
LEARN = ("personalize", "learn", "one.yaml", "--attributes", "verbosity,formality")


def test_how_well_its_judge_judges_stands_below_what_was_learnt(
    align: Align, write: Write, measured: dict[str, Any]
) -> None:
    write("one.yaml", ONE)
    [figure, *_] = measured["qualities"][0]["figures"]
    line = f"  verbosity: rank correlation {figure['value']:.2f}, 95 % {figure['low']:.2f} to"
    for ran in (align(*LEARN), align("personalize", "show")):
        assert "Levels were judged by fake.\nHow well this model judges, held against" in ran.out
        assert line in ran.out
        assert "formality:" not in ran.out  # nobody rated it
    [facts] = align("personalize", "show", "--json").decisions
    [judge] = facts["judged_by"]
    assert judge["judge"] == "fake"
    assert judge["measured"][0]["qualities"] == measured["qualities"]
    assert "verbosity:" not in align("personalize", "show", "--attributes", "formality").out


def test_of_a_judge_that_was_not_measured_it_says_so(align: Align, write: Write) -> None:
    write("one.yaml", ONE)
    said = "Levels were judged by fake.\nHow well this model judges was not measured; `align bench"
    assert said in align(*LEARN).out
    [facts] = align("personalize", "show", "--json").decisions
    assert facts["judged_by"] == [{"judge": "fake", "measured": []}]


@pytest.mark.usefixtures("measured")
def test_levels_that_were_given_have_no_judge(align: Align, compared: Path) -> None:
    ran = align("personalize", "learn", compared)
    assert "judge" not in ran.out
    [facts] = align("personalize", "show", "--json").decisions
    assert facts["judged_by"] == []


@pytest.mark.usefixtures("measured")
def test_at_a_terminal_too_one_is_told_how_well_the_judge_judges(
    align: Align, write: Write, replies: list[str]
) -> None:
    path = write("answers.yaml", {"request": "Eggs?", "answers": ["Six.", "Six minutes.", "6"]})
    replies += ["a", "q"]
    ran = align("personalize", "--answers", path, "--attributes", "verbosity")
    assert "verbosity: rank correlation" in ran.out


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"a": "x", "b": "y"}, "says nothing about an answer. Give one of: a, b and better"),
        ({"a": "x", "b": "y", "better": "c"}, "better: "),
        ({"a": "x", "better": "a"}, "b: this field is missing."),
        ({"answer": "x", "rating": "good"}, "rating: "),
        ({"answer": "x", "rating": 3, "person": "me"}, "person: there is no such field."),
        ({"answer": "x", "edited": "y", "rating": 3}, "edited: there is no such field."),
        ({"answer": {"text": "x", "levels": {"verbosity": 2}}, "rating": 3}, "levels.verbosity: "),
        ({"answer": "", "rating": 3}, "must not be empty"),
        ("x", "says nothing about an answer."),
    ],
)
def test_a_mistake_is_told_with_its_place(
    align: Align, write: Write, row: object, said: str
) -> None:
    ran = align("personalize", "learn", write("bad.jsonl", json.dumps(row)))
    assert ran.code == 2
    assert "bad.jsonl:1" in ran.err
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_at_a_terminal_pairs_are_shown_until_one_stops(
    align: Align, write: Write, replies: list[str]
) -> None:
    path = write("answers.yaml", {"request": "Eggs?", "answers": answers(5)})
    replies += ["x", "a", "s", "e", "b", "q"]
    ran = align("personalize", "--answers", path)
    assert ran.code == 0
    assert ran.out.count("Eggs?") == 5
    assert "│ Answer" in ran.out.replace("┃", "│")
    assert "3 comparisons kept." in ran.err
    [facts] = align("personalize", "show", "--json").decisions
    assert facts["comparisons"] == 3


def test_no_pair_is_asked_twice_and_the_end_is_told(
    align: Align, write: Write, replies: list[str]
) -> None:
    path = write("answers.yaml", {"request": "Eggs?", "answers": answers(3)})
    replies += ["a", "a"]
    assert "2 comparisons kept." in align("personalize", "--answers", path, "--limit", 2).err
    replies += ["b"]
    ran = align("personalize", "--answers", path)
    assert "There is no further pair to compare." in ran.err
    assert "1 comparison kept." in ran.err


def test_the_model_writes_answers_under_other_levels_each(
    align: Align, replies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    async def said(_: FakeModel, prompt: Any, sampling: Any) -> Any:
        seen.append(prompt.text("system"))
        assert prompt.text("user") == "How long do eggs boil?"
        yield f"Six \x1b[2Jminutes, {sampling.seed}."

    monkeypatch.setattr(FakeModel, "generate_text", said)
    replies += ["a", "q"]
    ran = align("personalize", "--request", "How long do eggs boil?", "--each", 4)
    assert (ran.code, len(seen), len(set(seen))) == (0, 4, 4)
    assert all("Verbosity" in text and "Formality" in text for text in seen)
    assert "minutes, " in ran.out
    assert "\x1b[2J" not in ran.out
    assert "1 comparison kept." in ran.err


def test_a_model_that_always_writes_the_same_is_an_error(
    align: Align, replies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def said(*_: object) -> Any:
        yield "Six."

    monkeypatch.setattr(FakeModel, "generate_text", said)
    ran = align("personalize", "--request", "Eggs?")
    assert ran.code == 3
    assert "wrote 1 different answers" in ran.err
    assert replies == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Say what to compare: --answers FILE, or --request TEXT"),
        (["--request", "Eggs?"], "There is nobody to ask. Use: align personalize learn FILE."),
        (["show"], "is not known. Begin with: align personalize --answers FILE"),
        (["export", "mine"], "is not known. Begin with"),
        (["learn", "none.yaml"], "none.yaml: there is no such file."),
    ],
)
def test_what_cannot_be_done_is_said(align: Align, arguments: list[str], said: str) -> None:
    ran = align("personalize", *arguments)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize(
    ("before", "command"),
    [
        (["-m", "fake"], ["export", "mine"]),
        (["--answers", "answers.yaml"], ["learn", "said.yaml"]),
        (["--limit", 3], ["show"]),
        (["--each", 6], ["show"]),
        (["--attributes", "verbosity"], ["erase", "--yes"]),
    ],
)
def test_an_option_before_a_command_that_does_not_have_it_is_refused(
    align: Align, before: list[object], command: list[str]
) -> None:
    ran = align("personalize", *before, *command)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert f"has no effect on: align personalize {command[0]}. Leave it out" in ran.err


def test_an_option_before_a_command_that_has_it_is_heard(align: Align, compared: Path) -> None:
    align("personalize", "--person", "Ann", "learn", compared)
    ran = align("personalize", "--person", "Ann", "--attributes", "formality", "show", "--json")
    [facts] = ran.decisions
    assert facts["person"] == "Ann"
    assert [one["attribute"] for one in facts["attributes"]] == ["formality"]


def test_too_little_makes_no_profile(align: Align, write: Write) -> None:
    one, other = answers(2)
    align("personalize", "learn", write("one.yaml", {"a": one, "b": other, "better": "a"}))
    ran = align("personalize", "export", "mine")
    assert ran.code == 2
    assert "Nothing shows yet what" in ran.err
    assert "Compare more answers: align personalize --answers FILE --person " in ran.err
    assert "not sure" in align("personalize", "show").out


def test_it_is_erased_once_it_is_confirmed(
    align: Align, compared: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    align("personalize", "learn", compared)
    refused = align("personalize", "erase")
    assert refused.code == 2
    assert "Give --yes, as there is nobody to ask." in refused.err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    assert "Nothing was erased." in align("personalize", "erase").err
    assert list((home / "tastes").iterdir()) != []
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "y")
    assert align("personalize", "erase").code == 0
    assert list((home / "tastes").iterdir()) == []
    assert "Nothing is kept of" in align("personalize", "erase", "--yes").err


def test_before_it_is_erased_one_is_told_where_a_link_leads(
    align: Align, compared: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    align("personalize", "learn", compared)
    [path] = (home / "tastes").iterdir()
    target = path.rename(tmp_path / "moved.json")
    path.symlink_to(target)
    refused = align("personalize", "erase")
    assert f"It is a link to {target}, which goes as well. Give --yes" in refused.err
    assert target.exists()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "y")
    assert align("personalize", "erase").code == 0
    assert list((home / "tastes").iterdir()) == []
    assert not target.exists()
    assert "Nothing is kept of" in align("personalize", "erase", "--yes").err


def test_what_is_broken_can_be_erased(align: Align, compared: Path, home: Path) -> None:
    align("personalize", "learn", compared)
    [path] = (home / "tastes").iterdir()
    path.write_text("{}", encoding="utf-8")
    ran = align("personalize", "show")
    assert ran.code == 2
    assert "Erase it: align personalize erase" in ran.err
    assert align("personalize", "erase", "--yes").code == 0


def test_it_asks_at_a_real_terminal(write: Write, home: Path) -> None:
    path = write("answers.yaml", {"request": "Eggs?", "answers": answers(4)})
    with closing(Terminal("personalize", "--answers", str(path))) as terminal:
        for reply in ("a\n", "E\n"):
            terminal.until("Which is better?")
            terminal.type(reply)
        terminal.until("Which is better?")
        terminal.interrupt()
        terminal.until("2 comparisons kept.")
        assert terminal.ended() == 0
    assert len(list((home / "tastes").iterdir())) == 1
