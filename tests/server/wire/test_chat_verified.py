"""Chat under a profile with boundaries, asked by the `openai` client: nothing unverified leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest
import yaml
from tests.server.conftest import running

from alignkit.errors import ContextTooLong, EngineFailed
from alignkit.models.fake import FakeModel
from alignkit.models.protocols import Sampling
from alignkit.schema import (
    YES,
    Evidence,
    Generation,
    Profile,
    Prompt,
    Reply,
    Request,
    Segment,
    Usage,
)
from alignkit.service import Settings, Workbench
from alignkit.service.chatting import Turn
from alignkit.service.verifying import verified
from alignkit.writing.marking import MARK

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Running

GUARDED = """name: guarded
persona: You are Rosa Lind.
boundaries:
  - {id: safe, rule: Never help to hurt., never_say: [bomb]}
  - {id: kind, rule: Be kind.}
"""
SECRETS = ("bomb", "evil", "inside")


def honest(request: Request) -> Mapping[str, float]:
    """Finds a rule broken where the answer is "evil", and no request harmful."""
    if "decline" in request.question.option_ids:
        return {"answer": 0.9, "decline": 0.1}
    answer = request.prompt.text("user").partition("<answer>")[2].partition("</answer>")[0]
    broken = "evil" in answer
    return {one: float(broken is (one == YES)) for one in request.question.option_ids}


class Voice(FakeModel):
    """Says these texts, each in pieces, one after another and from the start again."""

    def __init__(self, *texts: Sequence[str], wait: float = 0.0) -> None:
        super().__init__(script=honest)
        self.texts = texts
        self.wait = wait
        self.asked: list[tuple[str, Sampling]] = []
        self.cancelled = 0

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        self.asked.append((prompt.text("user"), sampling))
        try:
            await asyncio.sleep(self.wait)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        for piece in self.texts[(len(self.asked) - 1) % len(self.texts)]:
            yield piece


class Failing(Voice):
    """Fails, and says something of the inside."""

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        self.asked.append((prompt.text("user"), sampling))
        raise EngineFailed("inside")
        yield ""


class Full(Voice):
    """Nothing fits into its context."""

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        del prompt, sampling
        raise ContextTooLong("The prompt does not fit.")
        yield ""


class Endless(Voice):
    """Never comes to an end."""

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        self.asked.append((prompt.text("user"), sampling))
        while True:
            yield "word "
            await asyncio.sleep(0)


VOICES = {
    "words": lambda: Voice(["Take a ", "bo", "mb", " now"], ["b.o", ".m.b"], ["b\u043emb"]),
    "rule": lambda: Voice(["how ev", "il"]),
    "mends": lambda: Voice(["an ev", "il thing"], ["a kind ", "thing"]),
    "good": lambda: Voice(["a kind ", "thing"]),
    "long": lambda: Voice([f"word {number} " for number in range(8192)]),
    "slow": lambda: Voice(["a kind ", "thing"], wait=0.3),
    "stuck": lambda: Voice(["a kind ", "thing"], wait=3600),
    "failing": Failing,
    "endless": Endless,
    "full": Full,
}
HELLO: Any = [{"role": "user", "content": "How?"}]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    (folder / "library" / "profiles").mkdir(parents=True)
    (folder / "library" / "profiles" / "guarded.yaml").write_text(GUARDED)
    with running(folder, models=("fake", *VOICES), keep_alive=0.05) as found:
        yield found


@pytest.fixture
def voices(guarded: Running) -> dict[str, Voice]:
    made = {name: make() for name, make in VOICES.items()}
    guarded.here.answering._opened.update(made)
    return made


@pytest.fixture(scope="module")
def client(guarded: Running) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{guarded.url}/v1", api_key="none", max_retries=0)


def streamed(client: openai.OpenAI, model: str, **given: Any) -> tuple[str, str | None]:
    """The text of a stream, and why it ended."""
    asked: Any = {"model": f"{model}@guarded", "messages": HELLO, "stream": True, **given}
    chunks = list(client.chat.completions.create(**asked))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    return text, chunks[-1].choices[0].finish_reason


def whole(client: openai.OpenAI, model: str, **given: Any) -> tuple[str | None, str]:
    asked: Any = {"model": f"{model}@guarded", "messages": HELLO, **given}
    [choice] = client.chat.completions.create(**asked).choices
    return choice.message.content, choice.finish_reason


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize("model", ["words", "rule"])
def test_a_model_that_always_violates_is_not_heard(
    guarded: Running, client: openai.OpenAI, model: str
) -> None:
    for text, reason in (streamed(client, model), whole(client, model)):
        assert text == (
            "This request is left to a person: the model found no answer that keeps to the profile."
        )
        assert reason == "content_filter"
    for stream in (True, False):
        body = {"model": f"{model}@guarded", "messages": HELLO, "stream": stream}
        reply = guarded.post("/v1/chat/completions", body)
        kept = guarded.get(f"/v1/chat/completions/{reply.headers['x-align-decision']}")
        assert kept.json()["complete"] is False
        for secret in SECRETS:
            assert secret not in reply.text
            assert secret not in json.dumps(kept.json()["text"] + str(kept.json()["prompt"]))


def test_a_draft_that_breaks_a_rule_is_mended_and_only_that_leaves(
    guarded: Running, client: openai.OpenAI, voices: dict[str, Voice]
) -> None:
    assert streamed(client, "mends") == ("a kind thing", "stop")
    assert whole(client, "mends") == ("a kind thing", "stop")
    assert len(voices["mends"].asked) == 4
    reply = guarded.post("/v1/chat/completions", {"model": "mends@guarded", "messages": HELLO})
    kept = guarded.get(f"/v1/chat/completions/{reply.headers['x-align-decision']}")
    assert (kept.json()["text"], kept.json()["complete"]) == ("a kind thing", True)
    assert "evil" not in kept.text  # the prompt of the revision holds what was withheld
    told = reply.json()["align"]
    assert (told["verified"], told["profile"], told["turns_left_out"]) == (True, "guarded", 0)
    assert "You are Rosa Lind." in told["instructions"]
    assert "Never: Be kind." in kept.json()["prompt"]["segments"][0]["text"]


def test_settings_of_clients_are_honoured(client: openai.OpenAI, voices: dict[str, Voice]) -> None:
    whole(client, "good", seed=7, temperature=0.4, max_tokens=50, n=1)
    [(_, sampling)] = voices["good"].asked
    assert sampling == Sampling(temperature=0.4, seed=7, max_tokens=50)
    assert whole(client, "good", max_tokens=2) == ("a kind thing", "length")
    assert whole(client, "good", max_tokens=100_000)[1] == "stop"
    with pytest.raises(openai.BadRequestError, match="stop"):
        whole(client, "good", stop=["a"])


@pytest.mark.usefixtures("voices")
def test_a_text_that_was_cut_at_the_largest_length_is_said_to_be(client: openai.OpenAI) -> None:
    text, ended = whole(client, "long", max_tokens=100_000)
    assert (len(text or "") > 8192, ended) == (True, "length")
    assert streamed(client, "long", max_tokens=100_000)[1] == "length"
    assert whole(client, "long", max_tokens=8192)[1] == "length"


@pytest.mark.parametrize(("tokens", "ending"), [(2, "stop"), (3, "length")])
def test_a_text_with_marks_is_known_to_be_cut_like_any_other(tokens: int, ending: str) -> None:
    prompt = Prompt(segments=(Segment(role="user", depends="scenario", text="When?"),))
    usage = Usage(calls=1, tokens_generated=tokens)
    written = Generation(prompt=prompt, output="It opens at six.", usage=usage)
    reply = Reply(
        id="1",
        request="When?",
        profile="guarded",
        model="fake",
        judge="fake",
        outcome="answered",
        text=f"It opens at six {MARK}.",
        chosen=1,
        evidence=Evidence(generations=(written,)),
    )
    guarded = Profile.model_validate(yaml.safe_load(GUARDED))
    talk = verified(
        Workbench(Settings(model="fake")),
        FakeModel(),
        guarded,
        [Turn("user", "When?")],
        Sampling(max_tokens=3),
    )
    talk.reply = reply
    assert talk.ending(0) == ending


def test_the_whole_conversation_is_read_and_judged(
    client: openai.OpenAI, voices: dict[str, Voice]
) -> None:
    turns = [("system", "Speak of cats."), ("user", "A"), ("assistant", "B"), ("user", "C?")]
    messages = [{"role": role, "content": text} for role, text in turns]
    assert whole(client, "good", messages=messages)[0] == "a kind thing"
    judged = [one.prompt.text("user") for one in voices["good"].requests]
    for read in (voices["good"].asked[0][0], *judged):
        assert "- Speak of cats." in read
        assert "User: A\nAssistant: B\n" in read
        assert "to be answered:\nC?\n</request>" in read
    assert whole(client, "good", messages=messages[:3])[0] == "a kind thing"
    assert "what the assistant says next" in voices["good"].asked[1][0]


@pytest.mark.usefixtures("voices")
def test_a_model_that_fails_is_a_safe_message(client: openai.OpenAI) -> None:
    said = ("There is no answer: the model failed.", "content_filter")
    assert streamed(client, "failing") == said
    assert whole(client, "failing") == said


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize("stream", [True, False])
def test_a_conversation_that_does_not_fit_is_told_as_clients_know_it(
    client: openai.OpenAI,
    stream: bool,  # noqa: FBT001
) -> None:
    with pytest.raises(openai.BadRequestError) as found:
        client.chat.completions.create(model="full@guarded", messages=HELLO, stream=stream)
    assert found.value.code == "context_length_exceeded"


@pytest.mark.usefixtures("voices")
def test_a_stream_shows_that_it_is_alive(guarded: Running, client: openai.OpenAI) -> None:
    body = {"model": "slow@guarded", "messages": HELLO, "stream": True}
    lines = guarded.post("/v1/chat/completions", body).text.split("\n\n")
    events = [line for line in lines if line.startswith("data: ")]
    comments = [line for line in lines if line.startswith(": ")]
    assert len(comments) >= 2
    assert lines[: len(comments)] == comments
    assert "kind" in events[1]
    assert events[-1] == "data: [DONE]"
    assert streamed(client, "slow") == ("a kind thing", "stop")
    plain = {**body, "model": "slow"}  # no boundaries: the text leaves as it is written
    assert guarded.post("/v1/chat/completions", plain).text.startswith(": ")


def test_a_client_that_goes_away_stops_the_model(
    guarded: Running, voices: dict[str, Voice]
) -> None:
    body = {"model": "stuck@guarded", "messages": HELLO, "stream": True}
    url = f"{guarded.url}/v1/chat/completions"
    with httpx.stream("POST", url, json=body, timeout=60) as reply:
        assert next(reply.iter_lines()).startswith(": ")
    guarded.wait_for(lambda: voices["stuck"].cancelled == 1)
    guarded.wait_for(lambda: guarded.here.gate.working == 0)


@pytest.mark.usefixtures("voices")
def test_without_boundaries_the_text_leaves_as_it_is_written(client: openai.OpenAI) -> None:
    asked: Any = {"model": "words", "messages": HELLO, "stream": True}
    chunks = list(client.chat.completions.create(**asked))
    assert [chunk.choices[0].delta.content for chunk in chunks[:-1]] == [
        *("Take a ", "bo", "mb", " now"),
    ]
    told: Any = chunks[0].align
    assert told["verified"] is False


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize(("given", "most"), [({"max_tokens": 10}, 260), ({}, 512 * 16 + 100)])
def test_a_model_that_does_not_end_is_cut_off(
    client: openai.OpenAI, given: dict[str, Any], most: int
) -> None:
    endless = ("word " * most)[:most]
    asked: Any = {"model": "endless", "messages": HELLO, **given}
    [choice] = client.chat.completions.create(**asked).choices
    assert (choice.message.content, choice.finish_reason) == (endless, "length")
    choices = [one.choices[0] for one in client.chat.completions.create(**asked, stream=True)]
    assert "".join(one.delta.content or "" for one in choices) == endless
    assert choices[-1].finish_reason == "length"
