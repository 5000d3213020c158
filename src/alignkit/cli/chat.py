"""`align chat`: a conversation in which every answer is verified before it is shown."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from alignkit.cli.options import (
    model_option,
    model_options,
    profile_option,
    settings,
)
from alignkit.cli.writing_options import asking_from, writing_options


@click.command(
    epilog="""\b
Examples:
  align chat --profile plain-language
  align chat -p truthful-and-harmless --judge openai:gpt-5-mini --show-work
  align chat --sources handbook/ --unsupported remove
  printf 'What is a quark?\\nWho named it?\\n' | align chat -p plain-language --json"""
)
@profile_option
@model_option
@writing_options
@click.option("--show-work", is_flag=True, help="Also every draft, and what was found in it.")
@click.option("--json", "as_json", is_flag=True, help="Each reply as one JSON object a line.")
@model_options
def chat(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Talk with a model under a profile; every answer is verified before it is shown.

    At a terminal it asks for one request after another: `/help` lists what else it does, Ctrl-C
    stops an answer, Ctrl-D ends. Without one, each line of standard input is a request.
    """
    from alignkit.cli.chatting import AtTerminal, Lines, Talking
    from alignkit.cli.progress import Downloads
    from alignkit.service import Workbench, profile_to_follow
    from alignkit.service.talking import Talk

    asking = asking_from(options)
    with Downloads() as downloads, asyncio.Runner() as runner:
        workbench = Workbench(settings(options), downloads)
        try:
            name = options["profile"]
            profile = None if name is None else profile_to_follow(name, workbench.library)
            workbench.model()
            if asking.judge is not None:
                workbench.model(options["judge"])
            downloads.close()
            typed = sys.stdin.isatty()
            talking = Talking(
                Talk(workbench, profile, asking),
                runner,
                show_work=options["show_work"],
                as_json=options["as_json"],
                more="/work" if typed else "--show-work",
            )
            if typed:
                return AtTerminal(talking, workbench).run()
            return Lines(talking).run(sys.stdin.buffer)
        finally:
            # After an interrupt it does not wait for a model that is busy with a long prompt.
            if not isinstance(sys.exception(), KeyboardInterrupt):
                runner.run(workbench.aclose())
