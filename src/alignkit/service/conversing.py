"""A conversation for Python programs, with and without an event loop of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Self

from alignkit.errors import UsageError
from alignkit.schema import Profile, Reply
from alignkit.service.asking import Asking
from alignkit.service.talking import Event, Talk
from alignkit.service.workbench import Workbench


class Chat:
    """A conversation under a profile, every answer of which is verified before it is shown.

    A context manager, for `with` and `async with`, that closes the models it opened. Make one with
    `alignkit.chat`.
    """

    def __init__(self, workbench: Workbench, profile: Profile | None, asking: Asking) -> None:
        """Talk under `profile`; `asking` says who writes. The `workbench` is closed at the end."""
        self._workbench = workbench
        self._talk = Talk(workbench, profile, asking)
        self._runner = asyncio.Runner()
        self._closed = False

    @property
    def replies(self) -> Sequence[Reply]:
        """Every answer so far, with its request."""
        return self._talk.replies

    def say(self, text: str) -> Reply:
        """The answer to `text`, which continues the conversation.

        Where there is no answer, the outcome says so, and the reply's text is a message. An
        interrupt stops the model and leaves the conversation as it was.

        Raises:
            UsageError: called where an event loop runs (use `astream` there), the conversation is
                closed, `text` is empty, or the model cannot write or judge.
            ContextTooLong: `text` does not fit into the model's context, even alone. Earlier turns
                that do not fit any more are left out; the reply says how many.
            ModelError: a model cannot be had or started.
        """
        no_loop("Chat.say", "Use: async for event in talk.astream(text)")
        self._must_be_open()
        return self._runner.run(self._talk.say(text))

    async def astream(self, text: str) -> AsyncGenerator[Event, None]:
        """What happens until `text` is answered: `Stage`, `LeftOut`, `Piece`, and last `Done`.

        Pieces are those of an answer that has passed every check; where there is none, only `Done`
        comes, with the reply. Closing the stream stops the models and leaves the conversation as it
        was.

        Raises:
            UsageError, ContextTooLong, ModelError: as `say`.
        """
        self._must_be_open()
        async with aclosing(self._talk.stream(text)) as events:
            async for event in events:
                yield event

    def close(self) -> None:
        """Close the models that were opened; calling it twice does no harm."""
        if not self._closed:
            self._closed = True
            with self._runner as runner:
                runner.run(self._workbench.aclose())

    async def aclose(self) -> None:
        """The same where an event loop runs."""
        self._closed = True
        await self._workbench.aclose()

    def _must_be_open(self) -> None:
        if self._closed:
            raise UsageError("The conversation is closed.", "Begin a new one: alignkit.chat(...)")

    def __enter__(self) -> Self:
        no_loop("chat", "Use: async with alignkit.chat(...) as talk")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def no_loop(name: str, hint: str) -> None:
    """Fail where an event loop runs, which would have to wait for itself."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise UsageError(f"alignkit.{name}() cannot be used where an event loop runs.", hint)
