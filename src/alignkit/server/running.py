"""Runs the application until it is told to stop."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn

from alignkit.errors import InvalidSetting
from alignkit.server.app import create_app
from alignkit.server.logs import start_logging
from alignkit.server.serving import Serving
from alignkit.service import store_of
from alignkit.service.answering import check_named

if TYPE_CHECKING:
    from alignkit.server.opened import Opened

_LOG = logging.getLogger("alignkit.server")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_INTERRUPTED = 130
_SWITCHING = 0.001
"""Seconds after which a thread that writes to the store lets requests go on; Python's 0.005 would
be felt in each of them."""
_KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than clients keep theirs, so that none is closed
at the moment when it is used again."""


class Server(uvicorn.Server):
    """Ends after what is in flight at the first signal, and at once at the second."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None] = lambda: None) -> None:
        """Run as `config` says; `on_start` is called once requests can come."""
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open everything, listen, and say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  uvicorn's
        """Take note of a signal."""
        if self.should_exit:
            # Not uvicorn's `force_exit`: with uvloop it still waits for open connections.
            _LOG.warning("broken off", extra={"signal": signal.Signals(sig).name})
            logging.shutdown()
            os._exit(_INTERRUPTED)
        _LOG.info("stopping", extra={"signal": signal.Signals(sig).name})
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear the signals; unlike uvicorn's own they are not raised again when all is done."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in _SIGNALS}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def serve(serving: Serving, on_start: Callable[[str], None] = lambda _: None) -> int:
    """Serve until a signal comes; what is in flight is finished first, unless another one comes.

    `on_start` is given the address once requests can come. Gives the exit code: 0, or 1 where
    decisions could not be stored; at the second signal the process ends with 130.

    Raises:
        InvalidSetting: the address cannot be listened at, or a setting is not one of the model's or
            of the decider's.
        UnknownName: there is no such model or decider.
        StoreError: the store cannot be opened.
    """
    start_logging()
    sys.setswitchinterval(_SWITCHING)
    with bound(serving) as listening:
        _check(serving)
        address = address_of(listening)
        config = config_of(serving)

        def started() -> None:
            # What is there now stays: requests need not wait until it is looked through.
            gc.collect()
            gc.freeze()
            on_start(address)

        Server(config, started).run(sockets=[listening])
    lost = _unstored(config)
    if lost:
        _LOG.error("decisions are lost", extra={"count": lost})
    return 1 if lost else 0


def _unstored(config: uvicorn.Config) -> int:
    """How many decisions could not be stored to the end."""
    app: Any = config.app
    opened: Opened | None = getattr(app.state, "opened", None)  # None where it did not start
    return opened.served.waiting if opened and opened.served else 0


def _check(serving: Serving) -> None:
    """Fail where a name is mistyped or the store cannot be opened: no request could be answered."""
    check_named(serving.settings, serving.served, serving.decider)
    if serving.keep or not serving.on_loopback:
        store_of(serving.settings).close()


def config_of(serving: Serving) -> uvicorn.Config:
    """How uvicorn runs the application."""
    return uvicorn.Config(
        create_app(serving),
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        backlog=2048,
        timeout_keep_alive=_KEEP_ALIVE,
        # Headers of the client are believed from nobody: who is behind a proxy is the proxy's word.
        proxy_headers=False,
    )


def address_of(listening: socket.socket) -> str:
    """The URL of the server that listens at a socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def bound(serving: Serving) -> socket.socket:
    """A socket that is bound where `serving` says.

    Raises:
        InvalidSetting: that is not possible; another program may do so already.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            serving.host, serving.port, type=socket.SOCK_STREAM
        )[0]
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InvalidSetting(f"host {serving.host!r}: {error.strerror}.") from error
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError as error:
        found.close()
        raise InvalidSetting(
            f"Cannot listen at {serving.host} port {serving.port}: {error.strerror}.",
            "Name another with --port.",
        ) from error
    return found
