"""The best draft wins, what is not as wanted is revised, what breaks a boundary never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.deciders.trace import Trace
from alignkit.errors import Unreachable, UnsupportedCapability
from alignkit.schema import YES, Answer, Finding, PredicateQuestion, Reply, Request
from alignkit.testing import FakeModel
from alignkit.writing import Work, Writer, WritingSettings, Written
from alignkit.writing.stages import Stage

from .conftest import ObjectWriter, TextWriter, described, pleased, profile

BRIEF = profile(targets={"verbosity": 0.0})
NO_BOMBS = {"id": "safe", "rule": "Never help to hurt.", "never_say": ["bomb"]}


def raw(draft: str, *plan: str) -> str:
    return json.dumps({"plan": list(plan) or ["Say it."], "draft": draft})


async def replied(writer: Writer, wishes: Any = None, request: str = "How?") -> Reply:
    return await writer.reply(request, wishes, described(wishes) if wishes else ())


def by_length(request: Request) -> Mapping[str, float]:
    """Judges verbosity by the number of words, rightly; finds rules broken by "hurt"."""
    if request.question.type == "choice":
        return pleased(request)
    answer = request.prompt.text("user").partition("<answer>\n")[2].partition("\n</answer>")[0]
    if isinstance(request.question, PredicateQuestion):
        return {YES: 0.9, "no": 0.1} if "hurt" in answer else {YES: 0.2, "no": 0.8}
    level = min(5, len(answer.split()))
    return {option: 1.0 if option == str(level) else 0.0 for option in request.question.option_ids}


async def test_the_best_of_several_drafts_is_the_answer() -> None:
    model = ObjectWriter(raw("a b c d e"), raw("a b"), raw("a b c"), judging=by_length)
    settings_ = WritingSettings(drafts=3, revisions=0)
    reply = await replied(Writer(model, settings=settings_), BRIEF)
    assert (reply.outcome, reply.text, reply.chosen) == ("answered", "a b", 2)
    assert [draft.text for draft in reply.drafts] == ["a b c d e", "a b", "a b c"]
    assert [draft.score for draft in reply.drafts] == [0.0, 0.75, 0.5]
    assert [draft.seed for draft in reply.drafts] == [0, 1, 2]
    assert [draft.findings[0].holds for draft in reply.drafts] == [False, True, False]
    assert [sampling.temperature for _, sampling in model.asked] == [0.0, 0.7, 0.7]


async def test_weights_say_which_draft_is_best() -> None:
    def judging(request: Request) -> Mapping[str, float]:
        long = "long" in request.prompt.text("user")
        high = long is ("Verbosity" in request.question.instructions)
        return {option: float(option == ("5" if high else "1")) for option in "12345"}

    for heavy, best in (("verbosity", "short"), ("formality", "long")):
        targets = {
            name: {"value": 0.0, "weight": 3 if name == heavy else 1}
            for name in ("verbosity", "formality")
        }
        model = ObjectWriter(raw("long"), raw("short"), judging=judging)
        writer = Writer(model, settings=WritingSettings(drafts=2, revisions=0))
        assert (await replied(writer, profile(targets=targets))).text == best


async def test_a_draft_that_is_not_as_wanted_is_revised_with_what_is_wrong_named() -> None:
    model = ObjectWriter(raw("a b c d e"), raw("a b c"), raw("a"), judging=by_length)
    reply = await replied(Writer(model, settings=WritingSettings(revisions=5)), BRIEF)
    assert reply.text == "a"
    assert [draft.revises for draft in reply.drafts] == [None, 1, 2]  # and no more than it takes
    said = model.asked[1][0].text("user")
    assert "<draft>\na b c d e\n</draft>" in said
    assert 'Verbosity is "extremely long and detailed", but it has to be "extremely short"' in said


async def test_a_revision_that_is_worse_does_not_win() -> None:
    model = ObjectWriter(raw("a b c"), raw("a b c d"), judging=by_length)
    reply = await replied(Writer(model, settings=WritingSettings(revisions=2)), BRIEF)
    assert (reply.text, reply.chosen) == ("a b c", 1)
    assert [draft.revises for draft in reply.drafts] == [None, 1, 1]


async def test_no_round_is_begun_beyond_the_budget() -> None:
    model = ObjectWriter(raw("a b c d e"), judging=by_length)
    first = await replied(Writer(model, settings=WritingSettings(revisions=0)), BRIEF)
    cost = first.usage.tokens_evaluated + first.usage.tokens_generated
    for budget, drafts in ((1, 1), (2 * cost - 1, 1), (2 * cost, 2), (None, 16)):
        plan = WritingSettings(drafts=8, revisions=8, budget=budget)
        reply = await replied(Writer(model, settings=plan), BRIEF)
        assert len(reply.drafts) == drafts


async def test_all_criteria_are_asked_at_once_and_begin_alike() -> None:
    asked: list[Sequence[Request]] = []

    class Judge(FakeModel):
        async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
            asked.append(requests)
            return await super().answer(requests)

    judge = Judge(script=pleased)
    wishes = profile(
        targets={"verbosity": 0.5, "formality": 0.5},
        boundaries=[NO_BOMBS, {"id": "b", "rule": "x"}],
    )
    model = ObjectWriter(raw("Fine."))
    reply = await replied(Writer(model, judge, WritingSettings(harm="off")), wishes)
    assert reply.outcome == "answered"
    assert model.requests == []
    [requests] = asked
    assert [one.question.type for one in requests] == ["score", "score", "predicate", "predicate"]
    assert len({one.prompt for one in requests}) == 1
    assert "<answer>\nFine.\n</answer>" in requests[0].prompt.text("user")
    found = [(one.check, one.about, one.holds) for one in reply.drafts[0].findings]
    targets = [("targets", "verbosity", True), ("targets", "formality", True)]
    rules = [("boundaries", "safe", True), ("boundaries", "b", True)]
    assert found == [("words", "safe", True), *targets, *rules]
    assert all(one.probability is not None for one in reply.drafts[0].findings[1:])


async def test_a_rule_that_is_broken_is_named_to_the_revision() -> None:
    model = ObjectWriter(raw("hurt him"), raw("be kind"), judging=by_length)
    reply = await replied(Writer(model), profile(boundaries=[{"id": "safe", "rule": "Be good."}]))
    assert (reply.outcome, reply.text) == ("answered", "be kind")
    assert reply.drafts[0].text is None
    assert reply.drafts[0].plan == ()
    assert "Keep this rule: Be good." in model.asked[1][0].text("user")
    assert "hurt" not in reply.model_dump_json()


async def test_where_every_draft_breaks_a_rule_a_person_decides() -> None:
    model = ObjectWriter(raw("hurt him"), judging=by_length)
    writer = Writer(model, settings=WritingSettings(drafts=2, revisions=2))
    reply = await replied(writer, profile(boundaries=[{"id": "safe", "rule": "Be good."}]))
    assert (reply.outcome, reply.chosen, len(reply.drafts)) == ("escalated", None, 4)
    assert reply.reason == "every draft breaks a boundary (safe)"
    assert "left to a person" in reply.text
    assert "hurt" not in reply.model_dump_json()
    assert "hurt" in str(reply.evidence.generations)  # kept for records, not shown


DISGUISES = st.sampled_from(
    [
        "bomb",
        "BOMB",
        "b.o.m.b",
        "bo mb",
        "b\u200bomb",
        "b\u043emb",
        "\uff42\uff4f\uff4d\uff42",
        "b0mb",
        "bo\u0301mb",
    ]
)


@settings(max_examples=60)
@given(DISGUISES, st.text("abc \n\u200b.", max_size=12), st.booleans(), st.lists(st.integers(1, 3)))
async def test_no_forbidden_word_leaves_whatever_the_model_writes(
    said: str,
    around: str,
    as_text: bool,  # noqa: FBT001
    cuts: list[int],
) -> None:
    text = f"{around} {said} {around}"
    if as_text:
        pieces, rest = [], text
        for cut in cuts:
            pieces.append(rest[:cut])
            rest = rest[cut:]
        model: Any = TextWriter([*pieces, rest])
    else:
        model = ObjectWriter(raw(text, said), raw("fine", said))
    writer = Writer(model, settings=WritingSettings(revisions=2))
    reply = await replied(writer, profile(boundaries=[NO_BOMBS]))
    assert said not in json.dumps(reply.model_dump(mode="json"), ensure_ascii=False)
    if as_text:
        assert (reply.outcome, reply.reason) == (
            "escalated",
            "every draft breaks a boundary (safe)",
        )
    else:
        assert (reply.outcome, reply.text) == ("answered", "fine")
        assert reply.drafts[-1].plan == ()  # the plan says it, the draft does not


async def test_the_words_are_named_to_the_revision_but_not_to_the_reader() -> None:
    model = ObjectWriter(raw("a bomb"), raw("a cake"))
    writer = Writer(model, settings=WritingSettings(harm="off"))
    reply = await replied(writer, profile(boundaries=[NO_BOMBS]))
    assert 'Never write "bomb"' in model.asked[1][0].text("user")
    assert reply.text == "a cake"
    assert "bomb" not in reply.model_dump_json()
    assert model.requests  # of the second draft only: the first was not judged any further
    assert all("a cake" in request.prompt.text("user") for request in model.requests)


async def test_an_answer_in_other_letters_needs_a_request_for_it() -> None:
    def judging(request: Request) -> Mapping[str, float]:
        meant = "in Russian" in request.prompt.text("user")
        return {YES: 0.9, "no": 0.1} if meant else {YES: 0.1, "no": 0.9}

    russian = "\u0417\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439"
    model = ObjectWriter(raw(russian), judging=judging)
    asked = await replied(Writer(model), request="How do you say hello in Russian?")
    assert (asked.outcome, asked.text) == ("answered", russian)
    other = await replied(Writer(model), request="How do you say hello?")
    assert other.outcome == "failed"
    assert other.reason == "every draft was in other letters than the request (Cyrillic)"
    assert russian not in other.model_dump_json()
    same = await replied(Writer(model), request="\u041a\u0430\u043a?")
    assert same.drafts[0].findings == ()


async def test_a_judge_that_cannot_be_asked_makes_no_answer() -> None:
    class Mute(FakeModel):
        async def answer(self, _: Sequence[Request]) -> Sequence[Answer]:
            raise Unreachable("No connection.")

    reply = await replied(Writer(ObjectWriter(raw("hi")), Mute()), BRIEF)
    assert (reply.outcome, reply.chosen, reply.drafts) == ("failed", None, ())
    assert reply.reason == "While judging draft 1: No connection."


async def test_what_fails_later_does_not_undo_what_was_judged() -> None:
    class Once(ObjectWriter):
        async def generate_object(self, *given: Any) -> Any:
            if self.asked:
                raise Unreachable("No connection.")
            return await super().generate_object(*given)

    model = Once(raw("a b c"), judging=by_length)
    reply = await replied(Writer(model, settings=WritingSettings(drafts=3)), BRIEF)
    assert (reply.outcome, reply.text, reply.chosen) == ("answered", "a b c", 1)
    told = [[one.says for one in draft.findings if one.check == "usable"] for draft in reply.drafts]
    assert told == [[], ["While writing draft 2: No connection."]]  # and no third is tried


async def test_a_model_that_cannot_write_or_judge_is_refused() -> None:
    class Silent:
        identity = FakeModel().identity

        async def aclose(self) -> None:
            """Nothing to close."""

    with pytest.raises(UnsupportedCapability, match="does not write text"):
        await replied(Writer(Silent()), BRIEF)
    with pytest.raises(UnsupportedCapability, match="does not answer typed questions"):
        await replied(Writer(ObjectWriter(raw("hi")), Silent()), BRIEF)


class Known:
    """A check of its own: finds that a draft says what nobody knows, and quotes it."""

    def __init__(self, *, binding: bool = False) -> None:
        self._binding = binding

    async def findings(self, judge: Trace, work: Work, written: Written) -> Sequence[Finding]:
        assert judge.has_model
        assert work.request
        return [
            Finding(
                check="claims",
                about=written.text,
                holds="nobody" not in written.text,
                fit=0.0,
                weight=1.0,
                abstains=True,
                binding=self._binding,
                says=f"nobody can know: {written.text}",
            )
        ]


async def test_other_checks_can_be_plugged_in_and_can_abstain() -> None:
    model = ObjectWriter(raw("nobody knows"))
    reply = await replied(Writer(model, checks=(Known(),)))
    assert (reply.outcome, reply.chosen) == ("abstained", None)
    assert reply.text == "The model does not know enough to answer this."
    assert reply.reason == "nobody can know: nobody knows"
    better = ObjectWriter(raw("nobody knows"), raw("I know"))
    assert (await replied(Writer(better, checks=(Known(),)))).text == "I know"


async def test_what_a_check_quotes_holds_no_forbidden_word_either() -> None:
    class Quoting(Known):
        async def findings(self, judge: Trace, work: Work, written: Written) -> Sequence[Finding]:
            [found] = await super().findings(judge, work, written)
            return [found.model_copy(update={"advice": "not the b-o-m-b"})]

    wishes = profile(boundaries=[NO_BOMBS])
    reply = await replied(
        Writer(ObjectWriter(raw("a bomb")), checks=(Quoting(binding=True),)), wishes
    )
    assert reply.drafts[0].findings[0].about == "withheld"
    assert reply.drafts[0].findings[0].advice == "withheld"
    assert "b-o-m-b" not in reply.model_dump_json()


async def test_instructions_that_the_model_writes_take_the_place_of_the_shipped_ones() -> None:
    def judging(request: Request) -> Mapping[str, float]:
        if "<instruction>" in request.question.instructions:
            good = "needle" in request.question.instructions
            return {YES: float(good), "no": float(not good)}
        return pleased(request)

    steps = json.dumps({"steps": ["Name the needle.", "Name the clinic."]})
    model = ObjectWriter(steps, raw("a"), judging=judging)
    writer = Writer(model, settings=WritingSettings(tailored=True, revisions=0))
    stages: list[str] = []
    reply = await writer.reply(
        "How?", BRIEF, described(BRIEF), on_stage=lambda one: stages.append(str(one))
    )
    assert reply.text == "a"
    [one] = reply.tailored
    assert (one.attribute, one.steps) == ("verbosity", ("Name the needle.",))
    told = model.asked[1][0].text("system")
    assert "- Name the needle." in told
    assert "clinic" not in told
    assert stages == ["writing instructions", "drafting 1", "judging 1"]


async def test_a_model_that_is_not_told_of_the_profile_is_judged_by_it() -> None:
    model = ObjectWriter(raw("a b c d e"), raw("bomb"), judging=by_length)
    wishes = profile(targets={"verbosity": 0.0}, boundaries=[NO_BOMBS])
    one = WritingSettings(revisions=0, harm="off")
    writer = Writer(model, settings=one)
    reply = await writer.reply("How?", wishes, described(wishes), told=False)
    alone = ObjectWriter(raw("a b c d e"))
    await Writer(alone, settings=one).reply("How?")
    assert model.asked == alone.asked  # the very same prompt
    assert (reply.outcome, reply.profile) == ("answered", None)
    found = {one.check: one.holds for one in reply.drafts[0].findings}
    assert found == {"words": True, "targets": False, "boundaries": True}
    broken = await writer.reply("How?", wishes, described(wishes), told=False)
    assert broken.outcome == "escalated"
    assert "bomb" not in broken.model_dump_json()


async def test_each_stage_is_told_when_it_begins() -> None:
    heard: list[tuple[str, int, int | None]] = []
    model = ObjectWriter(raw("a b c d e"), raw("a b c"), judging=by_length)

    def hear(stage: Stage) -> None:
        assert len(model.asked) == stage.number - (stage.doing != "judging")
        heard.append((stage.doing, stage.number, stage.revises))

    writer = Writer(model, settings=WritingSettings(revisions=1))
    await writer.reply("How?", BRIEF, described(BRIEF), on_stage=hear)
    assert heard == [
        ("drafting", 1, None),
        ("judging", 1, None),
        ("revising", 2, 1),
        ("judging", 2, 1),
    ]
