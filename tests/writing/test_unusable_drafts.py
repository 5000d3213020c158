"""A draft that cannot be used does not end the others; who looks at the work sees that it was."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from alignkit.schema import Draft, Reply, Request
from alignkit.writing import Writer, WritingSettings

from .conftest import ObjectWriter, TextWriter, described, pleased, profile

NO_BOMBS = {"id": "safe", "rule": "Be good.", "never_say": ["bomb"]}
RUSSIAN = "\u041f\u0440\u0438\u0432\u0435\u0442"
UNUSABLE = ("",) * 3
"""So many tries has a model at each draft."""


def raw(draft: str) -> str:
    return json.dumps({"plan": ["Say it."], "draft": draft})


def longish(request: Request) -> Mapping[str, float]:
    """Finds every text longer than wanted."""
    if request.question.type == "choice":
        return pleased(request)
    return {option: float(option == "4") for option in request.question.option_ids}


def suspicious(request: Request) -> Mapping[str, float]:
    """Finds that no request asked for other letters."""
    return {option: float(option == "no") for option in request.question.option_ids}


async def written(*texts: str, drafts: int, revisions: int = 0) -> Reply:
    plan = WritingSettings(drafts=drafts, revisions=revisions)
    return await Writer(TextWriter(*([text] for text in texts)), settings=plan).reply("How?")


def why(draft: Draft) -> str | None:
    """Why nothing of `draft` could be used."""
    return next((one.says for one in draft.failed if one.check == "usable"), None)


async def test_a_draft_that_cannot_be_used_does_not_end_the_others() -> None:
    reply = await written("It opens.", *UNUSABLE, "At six.", "Each day.", drafts=4)
    assert (reply.outcome, reply.text, reply.chosen) == ("answered", "It opens.", 1)
    assert [draft.text for draft in reply.drafts] == ["It opens.", None, "At six.", "Each day."]
    assert [draft.number for draft in reply.drafts] == [1, 2, 3, 4]
    assert [draft.seed for draft in reply.drafts] == [0, 1, 2, 3]
    assert why(reply.drafts[1]) == "While writing draft 2: it wrote nothing usable"


async def test_an_unusable_first_draft_leaves_the_answer_to_a_later_one() -> None:
    reply = await written(*UNUSABLE, "It opens.", drafts=2)
    assert (reply.outcome, reply.text, reply.chosen) == ("answered", "It opens.", 2)


async def test_an_unusable_revision_leaves_the_best_draft_and_the_next_revision() -> None:
    wishes = profile(targets={"verbosity": 0.0})
    model = ObjectWriter(raw("a"), *UNUSABLE, raw("b"), judging=longish)
    plan = WritingSettings(revisions=2)
    reply = await Writer(model, settings=plan).reply("How?", wishes, described(wishes))
    assert (reply.outcome, reply.text, reply.chosen) == ("answered", "a", 1)
    assert [draft.revises for draft in reply.drafts] == [None, 1, 1]
    assert [draft.text for draft in reply.drafts] == ["a", None, "b"]


async def test_a_draft_that_breaks_a_rule_is_revised_rather_than_one_that_is_not_there() -> None:
    wishes = profile(boundaries=[NO_BOMBS])
    model = ObjectWriter(*UNUSABLE, raw("a bomb"), raw("a cake"))
    plan = WritingSettings(drafts=2, harm="off")
    reply = await Writer(model, settings=plan).reply("How?", wishes)
    assert (reply.text, [one.revises for one in reply.drafts]) == ("a cake", [None, None, 2])


async def test_where_no_draft_can_be_used_the_reply_says_why_as_for_one() -> None:
    reply = await written(*UNUSABLE, drafts=3, revisions=2)
    assert (reply.outcome, reply.drafts) == ("failed", ())
    assert reply.reason == "While writing draft 1: it wrote nothing usable"


async def test_drafts_that_cannot_be_used_count_against_the_budget() -> None:
    model = ObjectWriter(raw("\x00"))
    await Writer(model, settings=WritingSettings(drafts=9, budget=40)).reply("How?")
    assert len(model.asked) == 3


async def test_what_is_no_object_costs_what_it_costs() -> None:
    model = ObjectWriter('{"plan": [')
    reply = await Writer(model, settings=WritingSettings(drafts=9, budget=40)).reply("How?")
    assert (reply.outcome, len(model.asked)) == ("failed", 3)
    assert (reply.usage.calls, reply.usage.tokens_generated) == (3, 30)


@given(st.lists(st.booleans(), min_size=1, max_size=6))
async def test_there_is_an_answer_wherever_one_draft_can_be_used(good: list[bool]) -> None:
    texts = [text for one in good for text in (("So.",) if one else UNUSABLE)]
    reply = await written(*texts, drafts=len(good))
    assert reply.outcome == ("answered" if any(good) else "failed")
    if any(good):
        assert reply.chosen == good.index(True) + 1
        assert [draft.text for draft in reply.drafts] == ["So." if one else None for one in good]


async def test_drafts_that_fail_for_different_reasons_are_told_apart() -> None:
    model = ObjectWriter(raw("a bomb"), raw(RUSSIAN), *UNUSABLE, judging=suspicious)
    plan = WritingSettings(drafts=3, revisions=0, harm="off")
    reply = await Writer(model, settings=plan).reply("How?", profile(boundaries=[NO_BOMBS]))
    assert reply.outcome == "escalated"
    assert reply.reason == (
        "of 3 drafts, 1 broke a boundary (safe), "
        "1 came in other letters than the request (Cyrillic), 1 held nothing usable"
    )


async def test_where_no_draft_breaks_a_boundary_none_is_said_to() -> None:
    model = ObjectWriter(raw(RUSSIAN), *UNUSABLE, judging=suspicious)
    plan = WritingSettings(drafts=2, revisions=0)
    reply = await Writer(model, settings=plan).reply("How?")
    assert (reply.outcome, reply.text) == ("failed", "There is no answer: the model failed.")
    assert reply.reason == (
        "of 2 drafts, 1 came in other letters than the request (Cyrillic), 1 held nothing usable"
    )
