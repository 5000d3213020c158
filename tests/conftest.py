"""What holds for all tests: an empty home, no network, and a small real model for who asks."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import platformdirs
import pytest

if TYPE_CHECKING:
    from alignkit.models.llama import LlamaModel
    from alignkit.models.weights import WeightsFile

pytest.register_assert_rewrite("alignkit.testing.contract")
hypothesis.settings.register_profile("any-machine", deadline=None)  # slow is not wrong
hypothesis.settings.load_profile("any-machine")

SMALL = "smollm2-135m"
_OWN = ("ALIGN_", "OPENAI_", "ANTHROPIC_", "SYSTEMONE_", "TYPESAFE_")
"""How variables of the environment begin that say where to ask, and with which key."""


@pytest.fixture(scope="session")
def small_model_file() -> WeightsFile:
    """The weights of the small model, in the user's own folder: fetched once per machine."""
    from alignkit.models.weights import Weights  # noqa: PLC0415  most tests need no weights

    home = os.environ.get("ALIGN_HOME")
    cache = Path(home) if home else platformdirs.user_cache_path("alignkit")
    return Weights(cache / "models").pull(SMALL)


@pytest.fixture(scope="session")
def small_model(small_model_file: WeightsFile) -> Iterator[LlamaModel]:
    """The small model, open. Don't close it: the others use it too."""
    from alignkit.models.llama import LlamaModel, LlamaSettings  # noqa: PLC0415  loads the engine

    model = LlamaModel(
        small_model_file.path,
        name=SMALL,
        sha256=small_model_file.sha256,
        settings=LlamaSettings(context=2048),
    )
    yield model
    asyncio.run(model.aclose())


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the user's files nor the user's settings and keys have a say."""
    for name in list(os.environ):
        if name.startswith(_OWN) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ALIGN_HOME", str(tmp_path / "align-home"))


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections to this machine only, unless the test is marked `network` or `real_model`."""
    if any(map(request.node.get_closest_marker, ("network", "real_model"))):
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            pytest.fail(f"a test without the mark `network` connects to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _is_here(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback
