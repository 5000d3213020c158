"""The application in this process, as it is on loopback and as it is for others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from alignkit.server.app import create_app
from alignkit.server.serving import Serving
from alignkit.service import Settings, store_of
from alignkit.service.keys import create_key

Serve = Callable[..., TestClient]
MakeKey = Callable[..., str]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(model="fake", home=tmp_path, store=f"sqlite:///{tmp_path}/align.db")


@pytest.fixture
def key(settings: Settings) -> MakeKey:
    """Makes a key and gives its text."""

    def make(name: str = "ann", *scopes: str, rate: int | None = None) -> str:
        with store_of(settings) as store:
            return create_key(store, name, scopes or ("read",), rate, "ida").text

    return make


@pytest.fixture
def revoke(settings: Settings) -> Callable[[str], None]:
    """Revokes the keys of this name."""

    def gone(name: str) -> None:
        with store_of(settings) as store:
            store.keys.revoke(name, "ida")

    return gone


@pytest.fixture
def serve(settings: Settings) -> Iterator[Serve]:
    """Starts the application for clients on this machine, or for others."""
    with ExitStack() as stack:

        def start(host: str = "127.0.0.1", url: str = "http://127.0.0.1:8000") -> TestClient:
            serving = Serving(settings=settings, host=host, pages=False)
            client = TestClient(
                create_app(serving),
                base_url=url,
                follow_redirects=False,
                raise_server_exceptions=False,
            )
            return stack.enter_context(client)

        yield start


@pytest.fixture
def public(serve: Serve) -> TestClient:
    """The application as others reach it."""
    return serve("0.0.0.0", "http://align.example")  # noqa: S104  what is tested


@pytest.fixture
def local(serve: Serve) -> TestClient:
    """The application as this machine reaches it."""
    return serve()
