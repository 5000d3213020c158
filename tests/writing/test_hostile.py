"""Ten thousand outputs that cannot be read, and a model that always says what is forbidden."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.deciders.trace import Trace
from alignkit.models.protocols import Sampling
from alignkit.prompts import Prompts
from alignkit.schema import Finding, Generation, Prompt, Reply, Request, Usage
from alignkit.words import ForbiddenWords
from alignkit.writing import Work, Writer, WritingSettings, Written
from alignkit.writing.checks import SHIPPED
from alignkit.writing.sources import Source, Sources

from .conftest import ObjectWriter, TextWriter, pleased, profile

GOOD = {"plan": ["Say it."], "draft": "It is so."}
CONTROL = [chr(code) for code in (*range(9), *range(14, 32), 127, 155)] + ["\ufffd", "\u202e"]
BLANK = " \n\t\u200b\u2060\ufeff\u3000"
RUSSIAN = "\u041e\u0442\u0432\u0435\u0442 \u043d\u0430 \u0432\u043e\u043f\u0440\u043e\u0441 "
CHINESE = "\u8fd9\u662f\u7b54\u6848\u3002"
NO_ANSWER = "There is no answer: the model failed."

Make = Callable[[random.Random], str]


def whole(draft: str) -> str:
    return json.dumps({**GOOD, "draft": draft})


def cut(rng: random.Random) -> str:
    text = whole("word " * rng.randint(1, 30))
    return text[: rng.randrange(len(text))]


def wrong(rng: random.Random) -> str:
    many: list[object] = [
        rng.random(),
        [GOOD],
        {"draft": "x"},
        {"plan": ["x"]},
        {**GOOD, "plan": []},
        {**GOOD, "plan": ["x"] * rng.randint(7, 20)},
        {**GOOD, "draft": rng.choice([None, 1, ["x"], {"text": "x"}, True])},
        {**GOOD, f"more{rng.randint(0, 99)}": "x"},
    ]
    return json.dumps(rng.choice(many))


def noise(rng: random.Random) -> str:
    signs = rng.choices('{}[]":,\\ \x00ab1\ud800', k=rng.randint(0, 40))
    return rng.choice("{[\"'") + "".join(signs)


def empty(rng: random.Random) -> str:
    return "".join(rng.choices(BLANK, k=rng.randint(0, 9)))


def endless(rng: random.Random) -> str:
    word = "".join(rng.choices("abcde ", k=rng.randint(1, 12))) + rng.choice(",x")
    return word * rng.randint(150, 600)


def foreign(rng: random.Random) -> str:
    return rng.choice([RUSSIAN, CHINESE]) + str(rng.random())


def steered(rng: random.Random) -> str:
    return f"It is {rng.choice(CONTROL)} {rng.random()}."


def in_object(make: Make) -> Make:
    return lambda rng: whole(make(rng))


DRAFTS: tuple[Make, ...] = (empty, endless, foreign, steered)
OBJECTS: tuple[Make, ...] = (cut, wrong, noise, *map(in_object, DRAFTS))
TEXTS: tuple[Make, ...] = (cut, *DRAFTS)
"""What is malformed where a bare text is wanted: any whole JSON can be an answer there."""


def suspicious(request: Request) -> Mapping[str, float]:
    """Finds that no request asked for other letters, and none harmful."""
    return {one: 0.9 if one in {"no", "answer"} else 0.1 for one in request.question.option_ids}


@pytest.mark.parametrize(
    ("kind", "make", "count"),
    [
        *((ObjectWriter, make, 1000) for make in OBJECTS),
        *((TextWriter, make, 600) for make in TEXTS),
    ],
)
async def test_of_ten_thousand_malformed_outputs_none_is_an_answer(
    kind: Any, make: Make, count: int
) -> None:
    rng = random.Random(count)  # noqa: S311  damage for a test
    outputs = [make(rng) for _ in range(count)]
    model = kind(*outputs, judging=suspicious)
    plan = WritingSettings(revisions=0, drafts=3, tokens=100)
    prompts = Prompts()
    tries = 0
    async with asyncio.timeout(600):
        while len(model.asked) < count:
            reply = await Writer(model, settings=plan, prompts=prompts).reply("How?")
            assert (reply.outcome, reply.chosen, reply.text) == ("failed", None, NO_ANSWER)
            assert all(draft.text is None and not draft.plan for draft in reply.drafts)
            # Three tries at each unusable draft, one at each in other letters, and not one more.
            tries += plan.drafts * (1 if reply.drafts else 3)
            assert len(model.asked) == tries


BOUNDARY = {"id": "safe", "rule": "Never help to hurt.", "never_say": ["bomb", "napalm"]}
SAYS = st.sampled_from(
    [
        *("bomb", "BOMB", "b.o.m.b", "bo mb", "b\u200bomb", "b\u043emb", "b0mb", "bo\u0301mb"),
        *("napalm", "n-a-p-a-l-m", "\uff4eapalm", "NAPALM"),
    ]
)


class Hostile(ObjectWriter):
    """Says it in every text that it writes, drawn answers too, and judges at random."""

    def __init__(self, said: str, seed: int, clean: str | None) -> None:
        rng = random.Random(seed)  # noqa: S311  judges for a test

        def judging(request: Request) -> Mapping[str, float]:
            return {one: rng.random() + 1e-9 for one in request.question.option_ids}

        drafts = [f"The pool opens. Take a {said}; it is good. The pool {said}.", said]
        if clean is not None:
            drafts.insert(rng.randrange(3), clean)
        super().__init__(*map(whole, drafts), judging=judging)
        self._said = said

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        if "answer" in schema["properties"]:
            output = {"answer": f"It is {self._said}."}
            return Generation(prompt=prompt, output=output, usage=Usage(calls=1))
        found = await super().generate_object(prompt, schema, sampling)
        update = {"output": {**found.output, "plan": [f"Say {self._said}."]}}
        return found.model_copy(update=update)


class Quoting:
    """A check that quotes the draft in all that it says."""

    async def findings(self, judge: Trace, work: Work, written: Written) -> Sequence[Finding]:
        del judge, work
        quote, plan = written.text, " ".join(written.plan)
        return [Finding(check="own", about=quote, holds=False, fit=0, says=plan, advice=quote)]


def texts_in(value: object) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from texts_in(one)


@settings(max_examples=60)
@given(
    said=SAYS,
    seed=st.integers(0, 10**6),
    clean=st.sampled_from([None, "The pool opens at b. The pool has slides. Omb is deep.", "Hm."]),
    with_sources=st.booleans(),
    plan=st.builds(
        WritingSettings,
        drafts=st.integers(1, 3),
        revisions=st.integers(0, 2),
        claims=st.sampled_from(["on", "off"]),
        harm=st.sampled_from(["on", "off"]),
        unsupported=st.sampled_from(["mark", "remove", "keep"]),
    ),
    order=st.permutations([*SHIPPED, Quoting()]),
)
async def test_what_is_forbidden_is_in_no_text_of_a_reply(  # noqa: PLR0913  all that differs
    *,
    said: str,
    seed: int,
    clean: str | None,
    with_sources: bool,
    plan: WritingSettings,
    order: list[Any],
) -> None:
    """Whatever is checked, in whatever order, and also where the documents say it."""
    wishes = profile(boundaries=[BOUNDARY])
    text = f"The pool opens at b. Slides {said}.\n\nThe pool opens at {said}. Omb is deep."
    sources = Sources([Source(f"{said}.md", text)], size=60) if with_sources else None
    model = Hostile(said, seed, clean)
    writer = Writer(model, settings=plan, checks=order)
    reply: Reply = await writer.reply("When does the pool open?", wishes, (), sources)
    words = ForbiddenWords(wishes.boundaries)
    for one in texts_in(reply.model_dump(mode="json")):
        assert words.find(one) is None
    if clean is None:
        assert reply.outcome in {"escalated", "failed"}
        assert all(draft.text is None for draft in reply.drafts)


async def test_a_judge_that_never_answers_is_not_waited_for() -> None:
    class Hanging(TextWriter):
        async def answer(self, _: Sequence[Request]) -> Any:
            await asyncio.sleep(3600)

    wishes = profile(boundaries=[{"id": "b", "rule": "Be kind."}])
    for harm, doing in (("on", "checking the request for harm"), ("off", "judging draft 1")):
        plan = WritingSettings(seconds=0.05, harm=harm)
        writer = Writer(ObjectWriter(whole("So."), judging=pleased), Hanging(), plan)
        reply = await writer.reply("How?", wishes)
        assert reply.outcome == "failed"
        assert reply.reason == f"While {doing}: The model answered for more than 0.05 s."
