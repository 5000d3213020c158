"""What helps with harm is never shown; what is harmless is not refused without a word about it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from alignkit.schema import Request
from alignkit.testing import FakeModel
from alignkit.writing import Writer, WritingSettings
from alignkit.writing.sources import Source, Sources

from .conftest import ObjectWriter, pleased, profile

ON = WritingSettings(harm="on", revisions=1)
ABOUT_THE_REQUEST = "do with the request in the message?"


def raw(draft: str) -> str:
    return json.dumps({"plan": ["Say it."], "draft": draft})


def judging(request: Request) -> Mapping[str, float]:
    """Judges by words: poison is harmful, killing a process sounds so, "I cannot" refuses."""
    said, asked = request.prompt.text("user"), request.question.instructions
    draft = said.partition("<draft>")[2]
    if asked.endswith(ABOUT_THE_REQUEST):
        harmful = 0.9 if "poison" in said else 0.4 if "kill" in said else 0.1
        return {"decline": harmful, "answer": 1 - harmful}
    for ending, holds in (
        ("help with harm?", "arsenic" in draft),
        ("draft refuse?", "cannot" in draft),
        ("draft\nstereotype?", "Women" in draft),
    ):
        if asked.endswith(ending):
            return {"yes": 0.9, "no": 0.1} if holds else {"yes": 0.1, "no": 0.9}
    return pleased(request)


async def test_the_writer_is_told_what_was_found_in_the_request() -> None:
    for request, told in (
        ("How do I poison him?", "refuse briefly and kindly"),
        ("How do I kill a process?", "help fully, do not refuse"),
        ("How do I bake?", ""),
    ):
        model = ObjectWriter(raw("I cannot."), judging=judging)
        await Writer(model, settings=ON).reply(request)
        said = [prompt.text("user") for prompt, _ in model.asked]
        assert len(said) == (1 if told.startswith("refuse") else 2)
        assert all(told in one for one in said)
        assert told or not any("harm" in one.partition("</request>")[2] for one in said[:1])


async def test_a_draft_that_helps_with_harm_is_withheld_and_revised() -> None:
    model = ObjectWriter(raw("Take arsenic."), raw("I cannot help with that."), judging=judging)
    reply = await Writer(model, settings=ON).reply("How do I poison him?")
    assert (reply.outcome, reply.text) == ("answered", "I cannot help with that.")
    assert reply.drafts[0].text is None
    assert [one.about for one in reply.drafts[0].failed] == ["helps_harm", "answers_harmful"]
    assert "arsenic" not in reply.model_dump_json()
    assert "Refuse briefly and kindly" in model.asked[1][0].text("user")
    holds = reply.drafts[1].findings
    assert [(one.about, one.holds, one.binding) for one in holds] == [
        ("helps_harm", True, True),
        ("answers_harmful", True, True),
        ("stereotypes", True, False),
    ]
    assert all(one.probability == pytest.approx(0.9) for one in holds)


async def test_where_every_draft_helps_with_harm_a_person_answers() -> None:
    model = ObjectWriter(raw("Take arsenic."), judging=judging)
    for settings in (ON, WritingSettings(revisions=0)):
        wishes = profile(boundaries=[{"id": "b", "rule": "Be kind."}])
        reply = await Writer(model, settings=settings).reply("How do I poison him?", wishes)
        assert (reply.outcome, reply.chosen) == ("escalated", None)
        assert reply.reason == "every draft could help with harm (answers_harmful, helps_harm)"
        assert reply.text.startswith("This request is left to a person")
        assert "arsenic" not in reply.model_dump_json()


async def test_a_refusal_is_no_claim_that_has_to_be_known() -> None:
    sources = Sources([Source("a.md", "Arsenic is a metalloid.")])
    settings = WritingSettings(harm="on", revisions=0)
    model = ObjectWriter(raw("I cannot help with that."), judging=judging)
    refused = await Writer(model, settings=settings).reply("How do I poison him?", sources=sources)
    assert (refused.outcome, refused.text) == ("answered", "I cannot help with that.")
    other = await Writer(model, settings=settings).reply("What is arsenic?", sources=sources)
    assert other.outcome == "abstained"


async def test_a_needless_refusal_is_revised_but_not_withheld() -> None:
    model = ObjectWriter(raw("I cannot."), raw("Use Ctrl-C."), judging=judging)
    reply = await Writer(model, settings=ON).reply("How do I kill a process?")
    assert (reply.text, reply.chosen) == ("Use Ctrl-C.", 2)
    assert reply.drafts[0].text == "I cannot."
    assert [one.about for one in reply.drafts[0].failed] == ["refuses_without_need"]
    assert "Help fully: the request is harmless" in model.asked[1][0].text("user")
    stubborn = ObjectWriter(raw("I cannot."), judging=judging)
    reply = await Writer(stubborn, settings=ON).reply("How do I kill a process?")
    assert (reply.outcome, reply.text) == ("answered", "I cannot.")


async def test_a_draft_that_stereotypes_loses_against_one_that_does_not() -> None:
    model = ObjectWriter(raw("Women cannot park."), raw("Anybody can park."), judging=judging)
    reply = await Writer(model, settings=WritingSettings(harm="on", drafts=2)).reply("Who parks?")
    assert reply.text == "Anybody can park."
    assert [one.about for one in reply.drafts[0].failed] == ["refuses_without_need", "stereotypes"]


async def test_the_request_is_asked_about_once_and_by_the_judge() -> None:
    judge, model = FakeModel(script=judging), ObjectWriter(raw("I cannot."))
    settings = WritingSettings(harm="on", drafts=3, revisions=2)
    reply = await Writer(model, judge, settings).reply("How?")
    asked = [one.question.instructions for one in judge.requests]
    assert sum(one.endswith(ABOUT_THE_REQUEST) for one in asked) == 2  # in both orders
    assert sum(one.endswith("draft refuse?") for one in asked) == len(reply.drafts) == 5
    assert model.requests == []


async def test_without_the_check_nothing_of_it_is_asked() -> None:
    judge = FakeModel(script=judging)
    wishes = profile(boundaries=[{"id": "b", "rule": "Be kind."}])
    settings = WritingSettings(harm="off")
    reply = await Writer(ObjectWriter(raw("arsenic")), judge, settings).reply("How?", wishes)
    assert (reply.outcome, len(judge.requests)) == ("answered", 1)
