"""Conversations of `align chat`: at a terminal with commands, or line by line from elsewhere."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path

import click

from alignkit.cli.asking import answer_of, work_of
from alignkit.cli.printable import printable
from alignkit.cli.progress import Working
from alignkit.errors import (
    AlignkitError,
    CannotWrite,
    ContextTooLong,
    InvalidSetting,
    ModelError,
    UsageError,
)
from alignkit.schema import Reply
from alignkit.service import Workbench, profile_to_follow, write_text
from alignkit.service.talking import Done, Talk
from alignkit.writing import Stage

_PART_FAILED = 5
_PLAIN = "-"


class Talking:
    """Says requests, shows how far their answers are, and prints these."""

    def __init__(
        self, talk: Talk, runner: asyncio.Runner, *, show_work: bool, as_json: bool, more: str
    ) -> None:
        """Say them in `talk`, whose work is done in `runner`; `more` shows an answer's drafts."""
        self.talk = talk
        self._runner = runner
        self._show_work = show_work
        self.as_json = as_json
        self._more = more

    def say(self, text: str) -> Reply:
        """The answer to `text`, once it is printed.

        Raises:
            AlignkitError: it cannot be asked.
            KeyboardInterrupt: it was stopped; the conversation is as it was before.
        """
        replies = self.talk.replies
        left_out = replies[-1].turns_left_out if replies else 0
        reply = self._runner.run(self._answered(text))
        if reply.turns_left_out > left_out:
            said = (
                f"The first {reply.turns_left_out} turns no longer fit; the model reads the rest."
            )
            click.echo(said, err=True)
        self._print(reply)
        return reply

    async def _answered(self, text: str) -> Reply:
        with Working("writing ...") as working:
            async with aclosing(self.talk.stream(text)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        return event.reply
                    if isinstance(event, Stage):
                        working.say(f"{event} ...")
        raise AssertionError("a stream ends with its reply")

    def _print(self, reply: Reply) -> None:
        if self.as_json:
            click.echo(reply.model_dump_json())
            return
        if self._show_work:
            show_work(reply)
        answer_of(reply, None if self._show_work else self._more)


def show_work(reply: Reply) -> None:
    """Print every draft of `reply` and what was found in it."""
    from rich.console import Console

    Console().print(work_of(reply))


class Lines:
    """A conversation whose requests are lines."""

    def __init__(self, talking: Talking) -> None:
        """Say them with `talking`."""
        self._talking = talking
        self._codes: list[int] = []

    def run(self, lines: Iterable[bytes]) -> int:
        """Say every line that is not empty; gives the exit code."""
        for line in lines:
            text = line.decode("utf-8", "surrogateescape").strip()
            if text:
                self._codes.append(self._said(text))
        failed = [code for code in self._codes if code]
        if failed and len(failed) == len(self._codes):
            return failed[0]
        return _PART_FAILED if failed else 0

    def _said(self, text: str) -> int:
        try:
            reply = self._talking.say(text)
        except (InvalidSetting, ContextTooLong) as error:  # of this line alone
            click.echo(f"align: {printable(str(error))}", err=True)
            if self._talking.as_json:
                click.echo(json.dumps({"error": str(error)}))
            return error.exit_code
        return ModelError.exit_code if reply.outcome == "failed" else 0


class AtTerminal:
    """A conversation with somebody at a terminal."""

    def __init__(self, talking: Talking, workbench: Workbench) -> None:
        """Say what is typed with `talking`; profiles come from `workbench`."""
        self._talking = talking
        self._talk = talking.talk
        self._workbench = workbench
        self._commands: dict[str, tuple[Callable[[str], None], str]] = {
            "/help": (self._help, "list these commands"),
            "/profile": (self._profile, "NAME: go on under this profile; - for the plain model"),
            "/work": (self._work, "show the drafts of the last answer, and what was found in them"),
            "/save": (self._save, "FILE: write the conversation; .jsonl with all of the work"),
            "/quit": (self._quit, "end, as Ctrl-D does"),
        }

    def run(self) -> int:
        """Talk until the person ends it; gives the exit code."""
        model = printable(self._workbench.model().identity.name)
        click.echo(f"{model}, {self._under}. /help lists commands, Ctrl-D ends.", err=True)
        with _interrupts_stop_one_thing(), suppress(EOFError):
            while True:
                try:
                    self._take(_typed())
                except KeyboardInterrupt:
                    click.echo("\nStopped. Ctrl-D ends.", err=True)
                except UnicodeDecodeError:
                    click.echo("align: that is no UTF-8 text.", err=True)
                except AlignkitError as error:
                    click.echo(f"align: {printable(str(error))}", err=True)
        return 0

    @property
    def _under(self) -> str:
        profile = self._talk.profile
        return f"profile {profile.name}" if profile else "no profile"

    def _take(self, line: str) -> None:
        text = line.strip()
        if not text.startswith("/"):
            if text:
                self._talking.say(text)
            return
        name, _, rest = text.partition(" ")
        if name not in self._commands:
            raise UsageError(f"There is no command {name!r}.", "/help lists them.")
        self._commands[name][0](rest.strip())

    def _help(self, _: str) -> None:
        for name, command in self._commands.items():
            click.echo(f"{name:10} {command[1]}", err=True)

    def _profile(self, name: str) -> None:
        if name:
            library = self._workbench.library
            self._talk.profile = None if name == _PLAIN else profile_to_follow(name, library)
        click.echo(f"Answers are written under {self._under}.", err=True)

    def _work(self, _: str) -> None:
        if not self._talk.replies:
            raise UsageError("There is no answer yet.")
        show_work(self._talk.replies[-1])

    def _save(self, name: str) -> None:
        if not name:
            raise UsageError("There is no file named.", "Use: /save FILE")
        path = Path(name).expanduser()
        if path.exists():
            raise CannotWrite(f"{path}: exists already.", "Take another name.")
        if not path.parent.is_dir():  # a name that was mistyped makes no folders
            raise CannotWrite(
                f"{path.parent}: there is no such folder.", "Make it, or name another."
            )
        replies = self._talk.replies
        as_objects = path.suffix == ".jsonl"
        texts = (one.model_dump_json() if as_objects else _transcript(one) for one in replies)
        write_text(path, "".join(f"{text}\n" for text in texts))
        click.echo(
            f"{printable(str(path))}: {len(replies)} answer{'s' * (len(replies) != 1)}.", err=True
        )

    def _quit(self, _: str) -> None:
        raise EOFError


def _transcript(reply: Reply) -> str:
    who = "Answer" if reply.outcome == "answered" else f"No answer ({reply.outcome})"
    return f"You: {reply.request}\n\n{who}: {reply.text}\n"


def _typed() -> str:
    """The next line that is typed, with the keys for editing where output is a terminal, too."""
    if sys.stdout.isatty():
        with suppress(ImportError):
            import readline  # noqa: F401  `input` uses it from now on
        return input("> ")
    click.echo("> ", nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


@contextmanager
def _interrupts_stop_one_thing() -> Iterator[None]:
    """Lets an interrupt cancel the work that goes on, as asyncio does it, and not the program."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
