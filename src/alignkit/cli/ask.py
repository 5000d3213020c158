"""`align ask`: a request in, an answer out that was checked against the profile."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from alignkit.cli.options import (
    model_option,
    model_options,
    profile_option,
    settings,
)
from alignkit.cli.writing_options import asking_from, request_given, writing_options


@click.command(
    epilog="""\b
Examples:
  align ask "How do vaccines work?" --profile plain-language
  align ask "Is this mole dangerous?" -p truthful-and-harmless --drafts 3 --revisions 2
  align ask "Explain inflation." -p expert-briefing --judge openai:gpt-5-mini --show-work
  align ask "When does the pool open?" --sources handbook/ --unsupported remove
  echo "What is a quark?" | align ask - -p plain-language --budget 4000 --json"""
)
@click.argument("request", metavar="REQUEST")
@profile_option
@model_option
@writing_options
@click.option("--show-work", is_flag=True, help="Also every draft, and what was found in it.")
@click.option("--json", "as_json", is_flag=True, help="The whole reply as one JSON object.")
@model_options
def ask(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Answer a request under a profile; `-` reads it from standard input.

    The answer is drafted by the profile's instructions, judged by typed questions about every
    target and boundary, and revised where it is not as wanted. A draft that breaks a boundary is
    never shown: where none is left, the request is left to a person. What a draft states can be
    checked, too: against your documents, or by whether the model knows it.
    """
    return asyncio.run(_ask(options))


async def _ask(options: dict[str, Any]) -> int:
    from alignkit.cli.asking import answer_of, work_of
    from alignkit.cli.judging import show_quality
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads, Working
    from alignkit.errors import ModelError
    from alignkit.service import ask as answered
    from alignkit.service import profile_to_follow
    from alignkit.service.asking import request_from
    from alignkit.service.judge_words import looked_at
    from alignkit.service.judging import judge_quality

    asking = asking_from(options)
    request = request_from(request_given(options["request"]))
    with Downloads() as downloads:
        async with opened(settings(options), downloads) as workbench:
            name = options["profile"]
            profile = None if name is None else profile_to_follow(name, workbench.library)
            workbench.model()
            downloads.close()
            with Working("writing ..."):
                reply = await answered(workbench, request, profile, asking)
            if options["as_json"]:
                click.echo(reply.model_dump_json())
            else:
                from rich.console import Console

                console = Console()
                if options["show_work"]:
                    console.print(work_of(reply))
                answer_of(reply, None if options["show_work"] else "--show-work")
                if options["show_work"]:
                    judged = judge_quality(workbench, options["judge"])
                    show_quality(judged, looked_at(reply))
    return ModelError.exit_code if reply.outcome == "failed" else 0
