"""The command group: loads commands when they are used, turns errors into a line and a code."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from alignkit.errors import AlignkitError

_COMMANDS = {
    "decide": "decide:decide",
    "compare": "compare:compare",
    "replay": "replay:replay",
    "models": "models:models",
    "attributes": "library:attributes",
    "profiles": "library:profiles",
    "scenarios": "library:scenarios",
    "deciders": "deciders:deciders",
    "validate": "validate:validate",
    "doctor": "doctor:doctor",
    "completion": "completion:completion",
}
_SHORT = {
    "decide": "Decide scenarios under a profile.",
    "compare": "Decide one scenario in several ways, side by side.",
    "replay": "Decide again from a record and say what differs.",
    "models": "List, fetch and remove models.",
    "attributes": "List, show and start attributes.",
    "profiles": "List, show and start profiles.",
    "scenarios": "List, show and start scenarios.",
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
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run `align` with `arguments`; gives the exit code."""
    debug = "--debug" in arguments
    try:
        # Given anywhere, as people do; the group itself only knows it before the command.
        code: Any = cli.main(
            [a for a in arguments if a != "--debug"], "align", standalone_mode=False
        )
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except AlignkitError as error:
        if debug:
            raise
        click.echo(f"align: {error}", err=True)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is wrong with it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _interrupted() -> int:
    click.echo("align: interrupted.", err=True)
    return 130
