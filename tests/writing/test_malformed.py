"""What cannot be read never becomes an answer, and never keeps anyone waiting."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alignkit.errors import BadModelOutput
from alignkit.schema import Generation
from alignkit.writing import Writer, WritingSettings
from alignkit.writing.usable import read_object, read_text

from .conftest import ObjectWriter, TextWriter

GOOD = {"plan": ["Say it."], "draft": "It is so."}
CONTROL = [chr(code) for code in (*range(9), *range(14, 32), 127, 155)] + ["\ufffd", "\u202e"]
WORDS = st.text("abc de\n", min_size=1, max_size=20).filter(str.strip)


def fitting(draft: str = "It is so.", **changes: object) -> dict[str, object]:
    return {**GOOD, "draft": draft, **changes}


CUT = st.builds(lambda text, n: json.dumps(fitting(text))[: -1 - n], WORDS, st.integers(0, 20))
OTHER = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
WRONG = st.one_of(
    OTHER,
    OTHER.map(lambda plan: fitting(plan={"points": plan})),
    OTHER.filter(lambda one: not isinstance(one, str)).map(lambda draft: {**GOOD, "draft": draft}),
    st.text(min_size=1, max_size=5).map(lambda name: {**GOOD, f"x{name}": 1}),
    st.sampled_from(
        [{"plan": ["a"]}, {"draft": "a"}, {**GOOD, "plan": []}, {**GOOD, "plan": ["a"] * 9}]
    ),
).map(json.dumps)
INVISIBLE = (
    " \n\t\u00ad\u034f\u115f\u1160\u180e\u200b\u2060\u2800\u3000\u3164\ufe0f\ufeff\uffa0\U000e0041"
)
EMPTY = st.text(INVISIBLE, max_size=9).map(lambda text: json.dumps(fitting(text)))
ENDLESS = st.builds(
    lambda text, n: json.dumps(fitting((text + " ") * n)),
    WORDS.filter(lambda text: len(text) < 15),
    st.integers(60, 3000),
)
STEERED = st.builds(
    lambda text, sign: json.dumps(fitting(f"{text}{sign}{text}")), WORDS, st.sampled_from(CONTROL)
)
MALFORMED = st.one_of(CUT, WRONG, EMPTY, ENDLESS, STEERED, st.binary(max_size=30).map(bytes.hex))


@settings(max_examples=35)
@given(st.lists(MALFORMED, min_size=60, max_size=60))
async def test_thousands_of_malformed_objects_make_no_answer(raws: list[str]) -> None:
    model = ObjectWriter(*raws)
    writer = Writer(model)
    for _ in range(len(raws) // 3):
        reply = await writer.reply("How?")
        assert (reply.outcome, reply.drafts) == ("failed", ())
        assert reply.text == "There is no answer: the model failed."
        assert reply.reason == "While writing draft 1: it wrote nothing usable"
    assert len(model.asked) == len(raws)  # three tries each, and not one more


@pytest.mark.parametrize("seed", range(4))
async def test_ten_thousand_damaged_texts_are_never_taken_for_whole(seed: int) -> None:
    """A good object with one part damaged is refused, or what is left of it is a good one."""
    rng = random.Random(seed)  # noqa: S311  damage for a test
    whole = json.dumps(fitting("It is so, and that is all there is to say about it."))
    for _ in range(2500):
        chars = list(whole)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(chars))
            chars[place] = rng.choice(['"', "{", "]", "\\", ",", "\x00", "\ud800", "\ufffd", ""])
        try:
            output = json.loads("".join(chars))
        except ValueError:
            continue
        try:
            found = read_object(output, 400)
        except BadModelOutput:
            continue
        assert found.text == output["draft"].strip()
        assert not set(found.text + "".join(found.plan)) & set("\x00\ud800\ufffd")


TEXTS = st.one_of(
    st.text(INVISIBLE, max_size=9),
    st.builds(lambda a, sign: a + sign, WORDS, st.sampled_from(CONTROL)),
    st.builds(lambda a, n: a * n, WORDS, st.integers(7000, 8000)),
    CUT.filter(lambda text: text.startswith("{")),
)


@settings(max_examples=40)
@given(TEXTS, st.integers(1, 50))
async def test_malformed_texts_make_no_answer(text: str, size: int) -> None:
    pieces = [text[place : place + size] for place in range(0, len(text), size)]
    model = TextWriter(pieces)
    reply = await Writer(model).reply("How?")
    assert (reply.outcome, reply.drafts) == ("failed", ())
    assert len(model.asked) == 3


@given(WORDS)
async def test_what_can_be_read_is_taken_as_it_is(text: str) -> None:
    assume(text.strip())
    assert read_object(fitting(text), 400).text == text.strip()

    async def pieces() -> AsyncIterator[str]:
        for sign in text:
            yield sign

    assert await read_text(pieces(), 400) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2]}',
        '```json\n{"a": 1}\n```',
        '```json\n{"a": "```"}\n```',
        '```json {"a": 1}```',
        "[1] is a source.",
        "{x}",
    ],
)
async def test_a_text_that_is_json_or_only_looks_like_it_is_an_answer(text: str) -> None:
    assert (await Writer(TextWriter([text])).reply("JSON?")).text == text


@pytest.mark.parametrize("sign", INVISIBLE)
async def test_signs_that_nobody_sees_are_no_answer(sign: str) -> None:
    reply = await Writer(TextWriter([sign * 3])).reply("How?")
    assert (reply.outcome, reply.drafts) == ("failed", ())


@pytest.mark.parametrize(
    "text", ["\U0001f44d\ufe0f", "\u1112\u1161\u11ab", "42", "\u2192", "!", "\u0e01\u0e33"]
)
async def test_a_single_sign_that_is_seen_is_an_answer(text: str) -> None:
    async def pieces() -> AsyncIterator[str]:
        yield text

    assert await read_text(pieces(), 400) == text


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"a": 1}\n```\nThis is the object.',
        '```json\n{"a": 1, ...}\n```\nWhat the dots stand for differs.',
        '{"a": 1}\n\nThis object has a key.',
        '{"a": "}"} and ["b"] are values.',
        "{{ user }} prints the name.",
        "[[Link]] is how wikis link.",
        '["a", "b"] is a list in Python.',
        '{"name"} is a set in Python.',
        '{"a": 1}\n{"b": 2}',
    ],
)
async def test_a_text_that_begins_with_json_and_goes_on_is_an_answer(text: str) -> None:
    assert (await Writer(TextWriter([text])).reply("JSON?")).text == text


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1',
        '["a", ',
        '{"a": "what goes on and on',
        "[[1, 2], [3, 4]",
        '```json\n{"a": 1}',
        '```json\n{"a"\n```',
        '{"a": 1} {"b',
        '{"a": 1}, ["b"',
        '{"a": 1},',
        '{"a": 1}\n}',
        '{"a": "he said "hi" and left"}',
        "{{",
        '{"' + '\\"' * 6000,
    ],
)
async def test_json_that_is_cut_off_or_broken_is_no_answer(text: str) -> None:
    reply = await Writer(TextWriter([text]), settings=WritingSettings(tokens=8000)).reply("JSON?")
    assert reply.outcome == "failed"


@given(WORDS, st.integers(1, 20))
async def test_of_a_text_around_json_only_what_is_cut_off_is_refused(said: str, cut: int) -> None:
    async def pieces(text: str) -> AsyncIterator[str]:
        yield text

    value = json.dumps({"said": said})
    whole = f"{value}\n\nThat is {said.strip()}."
    assert await read_text(pieces(whole), 400) == whole
    with pytest.raises(BadModelOutput, match="broken JSON"):
        await read_text(pieces(value[:-cut] or "{"), 400)


@pytest.mark.parametrize("piece", ["more ", ""])
async def test_a_stream_without_an_end_is_left(piece: str) -> None:
    left: list[bool] = []

    class Endless(TextWriter):
        async def generate_text(self, *_: object) -> AsyncIterator[str]:
            try:
                while True:
                    yield piece
            finally:
                left.append(True)

    reply = await Writer(Endless([])).reply("How?")
    assert reply.outcome == "failed"
    assert left == [True] * 3
    assert reply.usage.tokens_generated > 1000


@pytest.mark.parametrize("kind", [ObjectWriter, TextWriter])
async def test_a_model_that_never_answers_is_not_waited_for(kind: Any) -> None:
    class Hanging(kind):  # type: ignore[misc]  # either of two
        async def generate_object(self, *_: object) -> Generation:
            await asyncio.sleep(3600)
            raise AssertionError

        async def generate_text(self, *_: object) -> AsyncIterator[str]:
            await asyncio.sleep(3600)
            yield ""

    reply = await Writer(Hanging("{}"), settings=WritingSettings(seconds=0.05)).reply("How?")
    assert reply.outcome == "failed"
    assert reply.reason == "While writing draft 1: The model wrote for more than 0.05 s."


async def test_a_later_try_that_can_be_read_is_taken() -> None:
    model = ObjectWriter("{", json.dumps(fitting("\x00")), json.dumps(GOOD))
    reply = await Writer(model).reply("How?")
    assert (reply.outcome, reply.text) == ("answered", "It is so.")
    assert [sampling.seed for _, sampling in model.asked] == [0, 1, 3]
