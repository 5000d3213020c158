from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from alignkit.errors import DataError, ModelError, UsageError
from alignkit.schema import Answer, Escalation, Profile, Request
from alignkit.schema.abstention import LabelledAnswer
from alignkit.service import Workbench
from alignkit.service.asking import learned_about
from alignkit.service.calibration.answers import (
    AnswerLesson,
    AnswersLearned,
    answers_in,
    learn_from_answers,
)
from alignkit.testing import FakeModel, FakeSettings
from alignkit.writing.sources import Source, Sources

HANDBOOK = Sources([Source("a.md", "The pool opens at six.\n\nThe sauna closes at nine.")])
SURE = Profile(name="sure", persona="You.", escalate=Escalation(error_rate=0.4, confidence=0.8))

STRICT = Profile(name="s", persona="You.", escalate=Escalation(error_rate=0.01, confidence=0.8))


def answers(count: int, *, source: str | None = None, each: int = 1) -> list[LabelledAnswer]:
    """Answers of which every third is wrong."""
    return [
        LabelledAnswer(
            request=f"When does pool {number} open?",
            answer=f"Pool {number} opens at {6 + place}.",
            right=(number + place) % 3 > 0,
            source=source,
        )
        for number in range(count)
        for place in range(each)
    ]


async def learned(lesson: AnswerLesson, workbench: Workbench) -> AnswersLearned:
    """What it comes to, with a step for each answer."""
    steps = [step async for step in learn_from_answers(lesson, workbench)]
    total = len(lesson.answers)
    assert [step.done for step in steps] == [*range(1, total + 1), total]
    assert {step.total for step in steps} == {total}
    found = steps[-1].learned
    assert found is not None
    return found


@pytest.mark.parametrize("own", [True, False])
async def test_what_is_learned_against_sources_is_used_where_there_are_sources(
    workbench: Workbench,
    own: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    given = answers(40, source="The pool opens at six." if own else None)
    lesson = AnswerLesson(given, "judged.jsonl", None if own else HANDBOOK)
    found = await learned(lesson, workbench)
    assert (found.abstention.check, found.abstention.examples) == ("sources", 40)
    model = workbench.model()
    assert learned_about(workbench, model, model, HANDBOOK) == found.abstention
    assert learned_about(workbench, model, model, None) is None
    other = FakeModel(FakeSettings(seed=9))
    assert learned_about(workbench, model, other, HANDBOOK) is None


async def test_without_sources_the_model_says_what_it_knows(workbench: Workbench) -> None:
    lesson = AnswerLesson(answers(30, each=2), "judged.jsonl")
    found = await learned(lesson, workbench)
    assert (found.abstention.check, found.abstention.examples) == ("knowledge", 60)
    model = workbench.model()
    assert learned_about(workbench, model, model, None) == found.abstention
    again = await learned(lesson, workbench)
    same = again.abstention.model_copy(update={"created": found.abstention.created})
    assert same == found.abstention


async def test_an_error_rate_is_promised_or_it_is_said_why_not(workbench: Workbench) -> None:
    right = [one.model_copy(update={"right": True}) for one in answers(80)]
    found = await learned(AnswerLesson(right, "judged.jsonl", HANDBOOK, SURE), workbench)
    threshold = found.abstention.threshold
    assert threshold is not None
    assert (threshold.errors, found.missed) == (0, "")
    wrong = [one.model_copy(update={"right": False}) for one in answers(80)]
    found = await learned(AnswerLesson(wrong, "judged.jsonl", HANDBOOK, SURE), workbench)
    assert found.abstention.threshold is None
    assert "no threshold keeps errors at 0.4" in found.missed


async def test_what_claims_nothing_teaches_nothing(workbench: Workbench) -> None:
    silent = [one.model_copy(update={"answer": "Really?"}) for one in answers(35)][:5]
    lesson = AnswerLesson([*silent, *answers(40)[5:]], "judged.jsonl", HANDBOOK)
    found = await learned(lesson, workbench)
    assert found.abstention.examples == 35
    assert "Left out, because nothing in them can be checked: 5." in found.notes


async def test_a_profile_without_an_error_rate_is_told(workbench: Workbench) -> None:
    plain = Profile(name="plain", persona="You.")
    found = await learned(AnswerLesson(answers(30), "j", HANDBOOK, plain), workbench)
    assert found.notes[-1] == "Profile 'plain' asks for no error rate, so none was sought."


@pytest.mark.parametrize(
    ("lesson", "message"),
    [
        (AnswerLesson(answers(29, each=2), "j", HANDBOOK), "29 judged questions are too few"),
        (AnswerLesson(answers(58), "j", HANDBOOK, SURE), "58 judged questions are too few"),
        (AnswerLesson(answers(80), "j", HANDBOOK, STRICT), "40 questions .* 161 are needed"),
        (AnswerLesson(answers(40, source="It is so."), "j", HANDBOOK), "sources of their own"),
        (AnswerLesson(answers(9) + answers(30, source="So."), "j"), "30 of 39 answers have a"),
    ],
)
async def test_nothing_is_asked_where_it_cannot_teach(
    workbench: Workbench, lesson: AnswerLesson, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        await anext(learn_from_answers(lesson, workbench))


async def test_a_model_that_cannot_check_ends_it_and_keeps_nothing(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Sequence[Request]) -> Sequence[Answer]:
        raise ModelError("It is broken.")

    monkeypatch.setattr(workbench.model(), "answer", broken)
    lesson = AnswerLesson(answers(40), "j", HANDBOOK)
    with pytest.raises(ModelError, match=r"first 8 answers cannot be checked: It is broken\."):
        _ = [step async for step in learn_from_answers(lesson, workbench)]
    assert not list(workbench.settings.calibrations_folder.rglob("*.json"))


def test_answers_are_read_with_a_place_for_every_mistake(tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    rows = [one.model_dump(mode="json", exclude_none=True) for one in answers(2)]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert answers_in(path) == answers(2)
    listed = tmp_path / "judged.yaml"
    listed.write_text(json.dumps(rows))
    assert answers_in(listed) == answers(2)
    path.write_text(json.dumps(rows[0]) + '\n{"request": "Why?", "answer": "So."}\n')
    with pytest.raises(DataError, match=r"judged.jsonl:2: right: this field is missing"):
        answers_in(path)
    path.write_text(json.dumps(rows[0] | {"right": "maybe"}))
    with pytest.raises(DataError, match=r"judged.jsonl:1: right: should be true or false"):
        answers_in(path)
    path.write_text("")
    with pytest.raises(DataError, match="holds no answers"):
        answers_in(path)


async def test_a_threshold_that_is_lost_is_told(workbench: Workbench) -> None:
    right = [one.model_copy(update={"right": True}) for one in answers(80)]
    found = await learned(AnswerLesson(right, "j", HANDBOOK, SURE), workbench)
    assert found.abstention.threshold is not None
    found = await learned(AnswerLesson(right, "j", HANDBOOK), workbench)
    assert "The threshold for an error rate of 0.4 is gone" in found.notes[-1]
    again = await learned(AnswerLesson(right, "j", HANDBOOK, SURE), workbench)
    assert not any("is gone" in note for note in again.notes)


async def test_where_too_few_are_left_it_is_said_why(workbench: Workbench) -> None:
    silent = [one.model_copy(update={"answer": "Really?"}) for one in answers(31)]
    lesson = AnswerLesson([*silent, *answers(60)[31:]], "j", HANDBOOK)
    with pytest.raises(UsageError, match=r"29 judged .* too few\. Left out, .* checked: 31\."):
        await learned(lesson, workbench)
