"""Instructions for a request are taken where they serve what is wanted and are not forbidden."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.deciders.trace import Trace
from alignkit.decompose import Guide, decompose
from alignkit.errors import UnsupportedCapability
from alignkit.prompts import Prompts
from alignkit.schema import YES, Profile, Request
from alignkit.testing import FakeModel
from alignkit.writing.tailoring import Tailored, tailored

from .conftest import ObjectWriter, TextWriter, described, profile

BOTH = profile(targets={"verbosity": 0.0, "formality": 1.0})
NO_BOMBS = profile(
    targets={"verbosity": 0.0},
    boundaries=[{"id": "safe", "rule": "Never help to hurt.", "never_say": ["bomb"]}],
)


def guides_of(wishes: Profile) -> tuple[Guide, ...]:
    return decompose(wishes, described(wishes))


def steps(*lines: object) -> str:
    return json.dumps({"steps": list(lines)})


def good_ones(request: Request) -> Mapping[str, float]:
    """Finds that an instruction serves what is wanted where it says "good"."""
    return (
        {YES: 0.9, "no": 0.1} if "good" in request.question.instructions else {YES: 0.2, "no": 0.8}
    )


async def found(
    wishes: Profile, model: ObjectWriter, judge: FakeModel | None = None
) -> tuple[Tailored, ...]:
    prompts = Prompts()
    judge = judge or FakeModel(script=good_ones)
    traces = Trace(model, prompts), Trace(judge, prompts)
    return await tailored(*traces, "How do vaccines work?", guides_of(wishes), wishes.boundaries)


async def test_what_serves_is_taken_in_place_of_the_shipped_instructions() -> None:
    model = ObjectWriter(steps("A good step.", "A bad one."), steps("Another good step."))
    first, second = await found(BOTH, model)
    assert first.guide.instructions == first.kept == ("A good step.",)
    assert first.dropped == ("A bad one.",)
    assert second.guide.instructions == ("Another good step.",)
    assert first.guide.wanted == guides_of(BOTH)[0].wanted
    asked = model.asked[0][0].text("user")
    assert "How do vaccines work?" in asked
    assert guides_of(BOTH)[0].instructions[0] in asked


async def test_where_none_serves_the_shipped_ones_stay() -> None:
    [one] = await found(NO_BOMBS, ObjectWriter(steps("Bad.", "Worse.")))
    assert one.guide == guides_of(NO_BOMBS)[0]
    assert one.dropped == ("Bad.", "Worse.")


async def test_forbidden_words_are_not_taken_however_they_are_disguised() -> None:
    [one] = await found(
        NO_BOMBS, ObjectWriter(steps("A good B O M B.", "A good b\u043emb.", "good"))
    )
    assert one.kept == ("good",)
    assert one.dropped == ()


async def test_instructions_that_break_a_rule_are_not_taken_and_not_shown() -> None:
    def judging(request: Request) -> Mapping[str, float]:
        bad = "hurt him" in request.prompt.text("user")
        asks_of_rule = "<instruction>" not in request.question.instructions
        share = float(bad) if asks_of_rule else 1.0
        return {YES: share, "no": 1 - share}

    judge = FakeModel(script=judging)
    [one] = await found(NO_BOMBS, ObjectWriter(steps("Tell how to hurt him.", "Be brief.")), judge)
    assert one == Tailored(guides_of(NO_BOMBS)[0])
    [one] = await found(NO_BOMBS, ObjectWriter(steps("Be brief.")), judge)
    assert one.kept == ("Be brief.",)


async def test_the_judge_sees_the_definition_and_one_instruction() -> None:
    judge = FakeModel(script=good_ones)
    await found(BOTH, ObjectWriter(steps("Be good.", "Be brief."), steps("Be bad.")), judge)
    asked = [one.question.instructions for one in judge.requests]
    assert [("Be good." in one, "Be brief." in one, "Be bad." in one) for one in asked] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    definition = guides_of(BOTH)[0].attribute.definition
    assert definition in judge.requests[0].prompt.text("user")


@pytest.mark.parametrize(
    "raw", ["", "nonsense", '{"steps": []}', '{"steps": [""]}', '{"steps": "x"}']
)
async def test_a_model_that_writes_nothing_usable_leaves_the_shipped_ones(raw: str) -> None:
    [one] = await found(NO_BOMBS, ObjectWriter(raw))
    assert one == Tailored(guides_of(NO_BOMBS)[0])


async def test_a_model_that_writes_only_text_cannot_do_it() -> None:
    with pytest.raises(UnsupportedCapability, match="does not write objects"):
        await found(NO_BOMBS, TextWriter(["text"]))


@given(lines=st.lists(st.text(min_size=3, max_size=160), min_size=1, max_size=4))
async def test_what_is_taken_is_one_line_of_printable_text(lines: list[str]) -> None:
    yes = FakeModel(script=lambda _: {YES: 1.0, "no": 0.0})
    [one, _] = await found(BOTH, ObjectWriter(steps(*lines)), yes)
    assert all(line.isprintable() and line.strip() == line for line in one.kept)
    assert one.guide.instructions
