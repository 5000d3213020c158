"""`align decompose`: what a profile comes to for a request."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from alignkit.cli.options import engine_options, model_option, profile_names, settings
from alignkit.cli.writing_options import request_given

if TYPE_CHECKING:
    from alignkit.service.decomposing import Decomposed


@click.command(
    epilog="""\b
Examples:
  align decompose "How do vaccines work?" --profile plain-language
  align decompose "Is this mole dangerous?" -p truthful-and-harmless --json
  align decompose "Explain inflation." -p expert-briefing --tailored --model openai:gpt-5-mini"""
)
@click.argument("request", metavar="REQUEST")
@click.option(
    "--profile",
    "-p",
    required=True,
    metavar="NAME|PATH",
    shell_complete=profile_names,
    help="Whose wishes are taken apart.",
)
@click.option(
    "--tailored",
    is_flag=True,
    help="Let the model write the instructions for this request; each is checked.",
)
@model_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@engine_options
def decompose(**options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Show a profile as instructions and criteria for a request; `-` reads it from standard input.

    No model is asked, but with --tailored.

    Instructions are what a model is told before it writes. Criteria are the typed questions that
    its drafts are put to, with the answers that are wanted.
    """
    found = asyncio.run(_decomposed(options))
    if options["as_json"]:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
        return
    from rich.console import Console

    from alignkit.cli.asking import decomposition

    Console().print(decomposition(found))


async def _decomposed(options: dict[str, Any]) -> Decomposed:
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads, Working
    from alignkit.service import Workbench, decomposed, decomposed_for, profile_to_follow

    request, name = request_given(options["request"]), options["profile"]
    if not options["tailored"]:
        workbench = Workbench(settings(options))
        return decomposed(workbench, request, profile_to_follow(name, workbench.library))
    with Downloads() as downloads:
        async with opened(settings(options), downloads) as workbench:
            profile = profile_to_follow(name, workbench.library)
            workbench.model()
            downloads.close()
            with Working("writing instructions ..."):
                return await decomposed_for(workbench, request, profile)
