"""A command at a terminal, as somebody who types there meets it."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time

PATIENCE = 120


class Terminal:
    """The command at a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process, self._end = pty.fork()
        if self.process == 0:  # pragma: no cover  the child becomes the command
            os.environ["TERM"] = "xterm"
            os.execv(sys.executable, [sys.executable, "-m", "alignkit", *arguments])  # noqa: S606
        self.shown = ""
        self._ahead = ""
        """What was read and not looked at yet."""

    def until(self, text: str) -> str:
        """What is shown up to `text`, from where it was looked at last."""
        end = time.monotonic() + PATIENCE
        while text not in self._ahead:
            ready, _, _ = select.select([self._end], [], [], max(0, end - time.monotonic()))
            assert ready, f"{text!r} never came, but {self._ahead!r}"
            piece = os.read(self._end, 4096).decode(errors="replace")
            self._ahead += piece
            self.shown += piece
        seen, found, self._ahead = self._ahead.partition(text)
        return seen + found

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C at a prompt."""
        time.sleep(1)  # Python's line editor hears it only once it waits for the next key
        self.type("\x03")

    def ended(self) -> int:
        """The exit code, once everything that is shown was read."""
        try:
            while piece := os.read(self._end, 4096):
                self.shown += piece.decode(errors="replace")
        except OSError:  # Linux tells so that nobody writes any more
            pass
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """Leave nothing behind, whatever came of it."""
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        os.close(self._end)
