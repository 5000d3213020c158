"""The suite over the embedded engine, in this process and through the engine's own HTTP server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import ClassVar

import pytest
import pytest_asyncio

from alignkit.errors import ContextTooLong
from alignkit.models.llama import LlamaModel, LlamaSettings
from alignkit.models.openai import OpenAIModel, OpenAISettings
from alignkit.models.protocols import AnswersQuestions, Model, Sampling
from alignkit.models.weights import WeightsFile
from alignkit.schema import Request
from alignkit.testing.contract import (
    PREDICATE,
    SCORE,
    TOPICS,
    BackendContract,
    choice_of,
    prompt_about,
)

pytestmark = pytest.mark.real_model


def opened(file: WeightsFile) -> LlamaModel:
    settings = LlamaSettings(context=2048)
    return LlamaModel(file.path, name="smollm2-135m", sha256=file.sha256, settings=settings)


@pytest.fixture(scope="module")
def engine(small_model_file: WeightsFile) -> Iterator[LlamaModel]:
    """A model whose server is asked: it then no longer knows what its slot holds."""
    model = opened(small_model_file)
    yield model
    asyncio.run(model.aclose())


def through_http(engine: LlamaModel, **settings: int) -> OpenAIModel:
    url, key = engine.engine.address
    return OpenAIModel(
        "smollm2-135m",
        OpenAISettings(base_url=f"{url}/v1", timeout=300, max_retries=0, **settings),
        api_key=key,
    )


class TestInProcess(BackendContract):
    @pytest.fixture(autouse=True)
    def _file(self, small_model_file: WeightsFile) -> None:
        self.file = small_model_file

    @pytest.fixture
    def model(self, small_model: LlamaModel) -> LlamaModel:
        return small_model

    def make_model(self) -> Model:
        return opened(self.file)

    def make_failing_model(self) -> Model:
        model = opened(self.file)
        model.engine.close()
        return model


class TestThroughHttp(BackendContract):
    # Answers are read off the first token; draws write the label into an object, and differ.
    test_shares_of_draws_agree_with_probabilities = None
    tolerance: ClassVar[float] = 0.05
    """The server keeps what prompts share, and small batches round differently."""

    @pytest.fixture(autouse=True)
    def _engine(self, engine: LlamaModel) -> None:
        self.engine = engine

    @pytest_asyncio.fixture
    async def model(self) -> AsyncIterator[AnswersQuestions]:
        model = self.make_model()
        yield model
        await model.aclose()

    def make_model(self) -> OpenAIModel:
        return through_http(self.engine)

    def make_failing_model(self) -> OpenAIModel:
        nobody = OpenAISettings(base_url="http://127.0.0.1:9/v1", max_retries=0)
        return OpenAIModel("smollm2-135m", nobody)


async def test_both_ways_give_the_same_probabilities(engine: LlamaModel) -> None:
    """In process only the labels are allowed; the server shows the likeliest of all tokens.

    Letters and digits agree to four digits. Yes and No differ a little more, because the server's
    tokens include other ways of writing them, which are added.
    """
    questions = (choice_of(2), choice_of(5), SCORE, PREDICATE)
    requests = [Request(prompt=prompt_about(TOPICS[1]), question=q) for q in questions]
    inside = await engine.answer(requests)
    remote = through_http(engine, top_logprobs=200, concurrency=1)
    outside = await remote.answer(requests)
    await remote.aclose()
    for one, other in zip(inside, outside, strict=True):
        assert other.readout == "labels"
        assert one.probabilities == pytest.approx(other.probabilities, abs=0.01)


async def test_the_letter_of_an_examination_stands_behind_an_answer_that_is_begun(
    small_model: LlamaModel,
) -> None:
    exam = choice_of(4).model_copy(update={"instructions": "Answer:", "lettered": True})
    about = prompt_about("Which is a colour?\nA. Two\nB. Green\nC. Slow\nD. Under")
    tokens, letters = small_model.asked(Request(prompt=about, question=exam))
    tokenise = small_model.engine.tokenise
    begun = tokenise("Answer:", special=False)
    assert tokens == (*small_model.tokens(about), *begun)
    assert [*begun, letters[1]] == list(tokenise("Answer: B", special=False))
    assert len(set(letters)) == 4


async def test_the_server_is_found_to_guide_a_choice_by_a_grammar(engine: LlamaModel) -> None:
    remote = through_http(engine, logprobs=False, samples=2)
    request = Request(prompt=prompt_about(TOPICS[1]), question=choice_of(3))
    [answer] = await remote.answer([request])
    assert remote.identity.answers_by == "samples (grammar)"
    assert (answer.samples, answer.inside) == (2, 1)
    await remote.aclose()


def test_the_engine_stops_when_no_more_is_wanted(small_model: LlamaModel) -> None:
    pieces: list[str] = []

    def take(piece: str) -> bool:
        pieces.append(piece)
        return len(pieces) < 3

    small_model.engine.complete({"prompt": "Once upon a time", "n_predict": 500}, take)
    assert len(pieces) == 3


def test_errors_come_out_of_a_stream(small_model: LlamaModel) -> None:
    with pytest.raises(ContextTooLong):
        small_model.engine.complete({"prompt": [1] * 3000, "n_predict": 5}, lambda _: True)


async def test_a_long_text_is_read_beside_the_event_loop(small_model: LlamaModel) -> None:
    asking = asyncio.ensure_future(small_model.answer([about_many("The fox jumps. ", 10_000)]))
    turns = 0
    while not asking.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
    with pytest.raises(ContextTooLong, match=r"has \d+ tokens"):
        await asking


async def test_a_text_that_cannot_fit_is_not_read(
    small_model: LlamaModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = small_model.most_characters
    assert most is not None
    monkeypatch.setattr(small_model.engine, "tokenise", None)
    with pytest.raises(ContextTooLong, match="more than") as caught:
        await small_model.answer([about_many("x", 3 * most)])
    assert caught.value.times == pytest.approx(3, abs=0.1)


def about_many(text: str, times: int) -> Request:
    return Request(prompt=prompt_about(text * times), question=choice_of(2))


async def test_a_text_that_nobody_reads_keeps_nobody_waiting(small_model: LlamaModel) -> None:
    request = Request(prompt=prompt_about("a text that is left"), question=PREDICATE)
    text = small_model.generate_text(prompt_about("a saga"), Sampling(max_tokens=1800))
    await anext(text)
    await text.aclose()
    async with asyncio.timeout(20):  # the whole text takes longer
        await small_model.answer([request])


def test_event_loops_of_several_threads(small_model: LlamaModel) -> None:
    found: dict[int, dict[str, float]] = {}

    def ask(number: int) -> None:
        request = Request(prompt=prompt_about(TOPICS[number % 2]), question=choice_of(3))
        for _ in range(5):
            [answer] = asyncio.run(small_model.answer([request] * 3))[:1]
            found[number] = answer.probabilities

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[2]
    assert found[1] == found[3]


@pytest.mark.parametrize("seed", [-1, 2**32 - 1, 2**32, 2**63])
async def test_any_seed_draws_equally_each_time(small_model: LlamaModel, seed: int) -> None:
    """The engine takes -1, the largest number of 32 bits, for leave to chance."""
    request = Request(prompt=prompt_about(TOPICS[2]), question=choice_of(9))
    drawn = await small_model.draw([request] * 8, [seed] * 8)
    assert len({tuple(answer.probabilities.values()) for answer in drawn}) == 1
    sampling = Sampling(temperature=1.5, seed=seed, max_tokens=8)
    texts = [
        "".join([piece async for piece in small_model.generate_text(request.prompt, sampling)])
        for _ in range(2)
    ]
    assert texts[0] == texts[1]
