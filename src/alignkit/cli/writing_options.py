"""Options of the commands that write under a profile, and what they come to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from alignkit.cli.options import model_names

if TYPE_CHECKING:
    from alignkit.service import Asking
    from alignkit.writing.sources import Sources

F = TypeVar("F", bound=Callable[..., Any])


def writing_options(command: F) -> F:
    """Who judges, how much is done for an answer, and what is checked of it."""
    for option in reversed(
        (
            click.option(
                "--judge",
                metavar="NAME",
                shell_complete=model_names,
                help="Model that judges the drafts (default: the one that writes).",
            ),
            click.option(
                "--drafts",
                type=click.IntRange(1, 64),
                metavar="N",
                help="New drafts, of which the best wins (default 1).",
            ),
            click.option(
                "--revisions",
                type=click.IntRange(0, 16),
                metavar="K",
                help="How often the best draft is revised, at most (default 1).",
            ),
            click.option(
                "--budget",
                type=click.IntRange(1),
                metavar="TOKENS",
                help="Begin no draft or revision beyond so many tokens, judging included.",
            ),
            click.option(
                "--tokens",
                type=click.IntRange(16, 8192),
                metavar="N",
                help="The most that a draft may have (default 400).",
            ),
            click.option(
                "--seed", type=int, metavar="N", help="Seed of the first draft (default 0)."
            ),
            click.option(
                "--tailored",
                is_flag=True,
                help="Let the model write the instructions for this request; each is checked.",
            ),
            click.option(
                "--sources",
                multiple=True,
                type=click.Path(),
                metavar="PATH",
                help="File or folder (.txt, .md) that facts may come from,"
                " and no others; repeatable.",
            ),
            click.option(
                "--claims/--no-claims",
                default=None,
                help="Check what is stated "
                "(default: with sources, or where the profile wants truth).",
            ),
            click.option(
                "--unsupported",
                type=click.Choice(["mark", "remove", "keep"]),
                help="What is done about claims that nothing supports (default mark); "
                "checks claims.",
            ),
            click.option(
                "--harm/--no-harm",
                default=None,
                help="Check for harm and needless refusals "
                "(default: where the profile has boundaries, or wants no harm or no stereotypes).",
            ),
        )
    ):
        command = option(command)
    return command


def asking_from(options: dict[str, Any]) -> Asking:
    """What the options come to.

    Raises:
        InvalidSetting: one of them has a value that it cannot have.
        FileProblem: there is nothing to read, or a file that is no text.
    """
    from alignkit.errors import InvalidSetting
    from alignkit.service import Asking
    from alignkit.service.asking import wanted, writing_settings

    named = ("drafts", "revisions", "budget", "tokens", "seed", "tailored", "unsupported")
    claims = options["claims"]
    if options["unsupported"] is not None:
        if claims is False:
            raise InvalidSetting(
                "--unsupported says what to do about claims that are checked.",
                "Leave out --no-claims.",
            )
        claims = True
    checks = {"claims": wanted(claims), "harm": wanted(options["harm"])}
    return Asking(
        judge=options["judge"],
        settings=writing_settings({name: options[name] for name in named} | checks),
        sources=sources_given(options["sources"]),
    )


def sources_given(paths: Sequence[str]) -> Sources | None:
    """The documents at `paths`; what is left out of folders is told.

    Raises:
        FileProblem: there is nothing to read, or a file that is no text.
    """
    from alignkit.cli.printable import printable
    from alignkit.service.asking import sources_from

    found = sources_from(paths)
    if found is not None and found.left_out:
        names = printable(", ".join(found.left_out))
        click.echo(f"Not read, as the name begins with a dot: {names}", err=True)
    return found


def request_given(given: str) -> str:
    """The request itself, or for `-` what stands on standard input.

    Raises:
        InvalidSetting: that is no text in UTF-8.
    """
    from alignkit.errors import InvalidSetting

    if given != "-":
        return given
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidSetting("Standard input is not text in UTF-8.") from error
