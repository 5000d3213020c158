"""`align injections`: planted instructions, and how often a model obeys them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from alignkit.cli.options import engine_options, model_option, names_of, settings

_set_names = names_of("injections")


@click.group()
def injections() -> None:
    """List planted instructions, and measure how often a model obeys them."""


@injections.command(
    "list",
    epilog="""\b
Examples:
  align injections list
  align injections list document persona
  align injections list --json""",
)
@click.argument("sets", nargs=-1, metavar="[SET...]", shell_complete=_set_names)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per attempt.")
def list_(sets: tuple[str, ...], *, as_json: bool) -> None:
    """List the attempts, all or those of some sets; sets of your own come before ours."""
    from alignkit.cli.injecting import show_attempts
    from alignkit.library import Library

    shelf = Library(settings({}).library_folder).injections
    show_attempts([shelf[name] for name in sets or shelf], as_json=as_json)


@injections.command(
    epilog="""\b
Examples:
  align injections run
  align injections run -m qwen2.5-coder-1.5b --limit 3
  align injections run --set document --set encoded --json > attempts.jsonl

What was answered once is kept and not asked again, so an interrupted run goes on where it
stopped."""
)
@model_option
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="NAME",
    shell_complete=_set_names,
    help="Only these sets, several times for several (default: all).",
)
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Only the first N attempts of each set."
)
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where answers are kept (default: in the user's cache).",
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object per set, then one for all together."
)
@engine_options
def run(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Try the attempts on a model, as they are and behind ALIGN's guard.

    Gives the share that succeeded on either side with its 95 % interval, the paired difference, the
    share of answers that do what the user asked, and the share that was withheld. Exit code 3 where
    the model answered none of them.
    """
    return asyncio.run(_run(options))


async def _run(options: dict[str, Any]) -> int:
    from alignkit.cli.injecting import Trying, show_resistance
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.errors import ModelError
    from alignkit.service.injecting import attempts, resist
    from alignkit.service.judging import answers_file

    chosen = settings(options)
    kept = options["answers"] or answers_file(chosen).with_name("attempts.jsonl")
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            sets = attempts(workbench, options["sets"], options["limit"])
            workbench.model()
            downloads.close()
            with Trying(2 * sum(len(one.injections) for one in sets)) as trying:
                found = await resist(workbench, sets, trying.tell, kept)
    show_resistance(found, as_json=options["as_json"])
    return 0 if found.plain.answered or found.guarded.answered else ModelError.exit_code
