"""The suite over a real `transformers serve`: its chat endpoint and its System One endpoint.

Run by `make test-torch`; the name keeps this file out of the normal suite, which has no torch.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from alignkit.errors import BadModelOutput, ModelError
from alignkit.models.openai import OpenAIModel, OpenAISettings
from alignkit.models.protocols import AnswersQuestions, Model, Sampling
from alignkit.models.systemone import SystemOneModel, SystemOneSettings
from alignkit.schema import Request
from alignkit.testing.contract import TOPICS, BackendContract, choice_of, prompt_about

_SECONDS = 120


@pytest.fixture(scope="session")
def url(folder: Path) -> Iterator[str]:
    """The root of a server of the tiny model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [
        str(Path(sys.executable).with_name("transformers")),
        "serve",
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--device",
        "cpu",
    ]
    log = folder / "server.log"
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as server:
        root = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{root}/health", server, log)
            yield root
        finally:
            server.terminate()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    pytest.fail(f"The server does not answer: {log.read_text()[-2000:]}")


async def test_chat_streams_text(url: str, folder: Path) -> None:
    model = _chat(url, folder)
    pieces = [
        piece
        async for piece in model.generate_text(prompt_about(TOPICS[0]), Sampling(max_tokens=8))
    ]
    assert len(pieces) > 1
    await model.aclose()


async def test_nonsense_is_no_answer(url: str, folder: Path) -> None:
    """The chat endpoint shows no probabilities, and a random model names none of the options."""
    model = _chat(url, folder)
    with pytest.raises(BadModelOutput):
        await model.answer([Request(prompt=prompt_about(TOPICS[0]), question=choice_of(3))])
    await model.aclose()


def _chat(url: str, folder: Path) -> OpenAIModel:
    settings = OpenAISettings(base_url=f"{url}/v1", max_retries=0, samples=2)
    return OpenAIModel(str(folder), settings)


class TestSystemOne(BackendContract):
    # Nothing binds what a random model writes.
    test_an_object_fits_its_schema = None
    # The server knows no longest text: it would work on this one for many minutes.
    test_too_much_is_refused_or_answered = None
    tolerance: ClassVar[float] = 1e-3
    test_text_comes_in_pieces = None
    test_a_text_can_be_left_early = None

    @pytest.fixture(autouse=True)
    def _server(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def make_model(self) -> Model:
        settings = SystemOneSettings(base_url=self.url, max_retries=0)
        return SystemOneModel(str(self.folder), settings)

    def make_failing_model(self) -> Model:
        settings = SystemOneSettings(base_url="http://127.0.0.1:9", max_retries=0)
        return SystemOneModel(str(self.folder), settings)

    async def test_more_options_than_it_takes_are_told(self, model: AnswersQuestions) -> None:
        request = Request(prompt=prompt_about("a quiet day"), question=choice_of(60))
        with pytest.raises(ModelError, match="at most 26 options"):
            await model.answer([request])
