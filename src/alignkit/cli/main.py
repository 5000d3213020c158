"""The command group: loads commands when they are used, turns errors into a line and a code."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

import click

from alignkit.cli.printable import printable
from alignkit.errors import AlignkitError, StoreError

_INTERRUPTED = 130
_SHOW_CURSOR = "\x1b[?25h"
"""A progress line hides it; an interrupt may come before anyone could bring it back."""
_COMPLETE = "_ALIGN_COMPLETE"
_UNHEARD = 1.0
"""Seconds after which an interrupt that ended nothing comes again."""

_COMMANDS = {
    "decide": "decide:decide",
    "ask": "ask:ask",
    "chat": "chat:chat",
    "decompose": "decompose:decompose",
    "compare": "compare:compare",
    "explain": "explain:explain",
    "replay": "replay:replay",
    "stress": "stress:stress",
    "realign": "realign:realign",
    "calibrate": "calibrate:calibrate",
    "bench": "bench:bench",
    "datasets": "datasets:datasets",
    "run": "run:run",
    "plan": "plan:plan",
    "report": "report:report",
    "compare-runs": "compare_runs:compare_runs",
    "claims": "claims:claims",
    "check": "check:check",
    "runs": "runs:runs",
    "show": "show:show",
    "export": "export:export",
    "records": "records:records",
    "review": "review:review",
    "personalize": "personalize:personalize",
    "keys": "keys:keys",
    "serve": "serve:serve",
    "models": "models:models",
    "attributes": "library:attributes",
    "profiles": "library:profiles",
    "scenarios": "library:scenarios",
    "injections": "injections:injections",
    "deciders": "deciders:deciders",
    "validate": "validate:validate",
    "doctor": "doctor:doctor",
    "completion": "completion:completion",
}
_SHORT = {
    "decide": "Decide scenarios under a profile.",
    "ask": "Answer a request under a profile, checked and revised.",
    "chat": "Talk under a profile; every answer is verified before it is shown.",
    "decompose": "Show a profile as instructions and criteria for a request.",
    "compare": "Decide one scenario in several ways, side by side.",
    "explain": "Say why a decision came out so, and what would flip it.",
    "replay": "Decide again from a record and say what differs.",
    "stress": "Measure how decisions move when what should not matter is changed.",
    "realign": "Decide recorded decisions again by what all together look like.",
    "calibrate": "Make probabilities mean what they say, by labelled examples.",
    "bench": "Measure methods, models and judges on labelled items.",
    "datasets": "List formats of data sets, and check what a data set holds.",
    "run": "Run an experiment; what is stored is never decided again.",
    "plan": "Estimate what an experiment costs, or how many items an effect takes.",
    "report": "Write a run as a report: verdicts, figures, plots, records.",
    "compare-runs": "Say which of two runs, deciders or profiles is better, and how sure that is.",
    "claims": "Say which claims about steering runs show, and at what cost.",
    "check": "A gate: fail unless a run shows enough effect and little enough loss.",
    "runs": "List the runs of a store.",
    "show": "Show a decision of a store, with its prompts.",
    "export": "Write runs as rows for other tools.",
    "records": "Verify and erase what a store holds.",
    "review": "Decide what the machine left to a person.",
    "personalize": "Learn what you like of answers, and make a profile of it.",
    "keys": "Make, list and revoke the keys of a server.",
    "serve": "Serve decisions over HTTP, to clients that exist already.",
    "models": "List, fetch and remove models.",
    "attributes": "List, show and start attributes.",
    "profiles": "List, show and start profiles.",
    "scenarios": "List, show and start scenarios.",
    "injections": "List planted instructions, and measure how often a model obeys them.",
    "deciders": "List the methods that decide, with their settings.",
    "validate": "Check attribute, profile and scenario files.",
    "doctor": "Say what is installed, what answers, and what is missing.",
    "completion": "Print the shell completion script.",
}


class _Lazy(click.Group):
    """A group that imports a command when it is used, so that `align --help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"alignkit.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_SHORT.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            import difflib

            near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"align {version('alignkit')}")
        ctx.exit()


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: align decide last-antivenom --profile utilitarian-medic",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:  # noqa: FBT001
    """ALIGN: any language model decides by the values you set, and you see that it does."""


def main() -> None:
    """Run the command line and exit with the code of `contracts`: 0, 1, 2, 3, 4, 5 or 130."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # JSON is UTF-8 whatever the locale says, and a file's name may be no text at all.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    code = run(sys.argv[1:])
    if code == _INTERRUPTED:
        os._exit(code)  # without waiting for a model that is busy with a long prompt
    sys.exit(code)


def _interrupt(*_: object) -> None:
    """Interrupt at once; asyncio's own handler would let a download finish first.

    Where Python can only ignore an exception (it comes while an object is cleared away, as it does
    in the middle of an import), the interrupt would be lost. So it comes again until it is heard.
    """
    main_thread = threading.main_thread().ident or 0
    again = threading.Timer(_UNHEARD, signal.pthread_kill, (main_thread, signal.SIGINT))
    again.daemon = True
    again.start()
    raise KeyboardInterrupt


def run(arguments: list[str]) -> int:
    """Run `align` with `arguments`; gives the exit code."""
    debug = "--debug" in arguments
    try:
        # Given anywhere, as people do; the group itself only knows it before the command.
        code = _invoke([a for a in arguments if a != "--debug"])
    except (KeyboardInterrupt, click.Abort) as error:
        _say_stopped(error)
        return _INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except AlignkitError as error:
        if debug:
            import traceback

            traceback.print_exc()
        else:
            click.echo(f"align: {printable(str(error))}", err=True)
        return error.exit_code
    except (BrokenPipeError, SystemExit):  # the latter is what rich makes of the former
        # Whoever read our output has gone; nothing is wrong with it.
        _drop_output()
        return 0
    except OSError as error:
        if debug or error.filename is not None:
            raise  # not the output, but a file of which we should have known
        _drop_output()
        click.echo(f"align: the output cannot be written: {error.strerror}.", err=True)
        return StoreError.exit_code
    return code if isinstance(code, int) else 0


def _say_stopped(error: BaseException) -> None:
    """Say that the user ended it: by an interrupt, or by a no where a command asked."""
    # At a question click makes of an interrupt what it makes of a no.
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it was heard
    if sys.stderr.isatty():
        click.echo(_SHOW_CURSOR, err=True, nl=False)
    said = "align: stopped." if isinstance(error, click.Abort) else "\nalign: interrupted."
    click.echo(said, err=True)


def _invoke(arguments: list[str]) -> Any:  # noqa: ANN401  whatever the command returns
    """What the command returns; as `cli.main`, which would deal with a broken pipe by itself."""
    instruction = os.environ.get(_COMPLETE)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "align", _COMPLETE, instruction)
    try:
        with cli.make_context("align", arguments) as context:
            return cli.invoke(context)
    except click.exceptions.Exit as left:
        return left.exit_code


def _drop_output() -> None:
    """Forget what is not written yet, so that Python does not try again at its end."""
    with suppress(OSError, ValueError):  # standard output that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
