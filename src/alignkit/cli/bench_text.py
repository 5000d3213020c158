"""`align bench judge` and `align bench answers`: how good a judge of text is, and what it finds."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from alignkit.cli.options import (
    engine_options,
    model_names,
    model_option,
    models_option,
    profile_option,
    settings,
)


@click.command(
    epilog="""\b
Examples:
  align bench judge
  align bench judge -m qwen2.5-coder-1.5b --limit 40
  align bench judge --part requests --limit 0 --json > judge.jsonl

ALIGN_DATA names the folder of the public data. What was judged once is kept and not judged again,
so an interrupted run goes on where it stopped."""
)
@models_option("Model that judges, several times for several.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="NAME",
    help="ratings, claims, requests, pairs or rules, several times for several (default: all).",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    metavar="N",
    help="About so many fixed texts a part, 0 for all.",
)
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where what a judge says is kept (default: in the user's cache).",
)
@click.option("--at-once", type=click.IntRange(1, 1000), metavar="N", help="Texts together.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a part.")
@engine_options
def judge(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Measure how well a model judges, wherever people have said what is right.

    Ratings of answers (HelpSteer2), right and made-up answers (HaluEval), safe and unsafe requests
    (XSTest), each by the questions that `align ask` checks drafts with, one text at a time; and
    true against false answers (TruthfulQA), as `align bench answers` compares them. `align ask
    --show-work` shows what was found beside what the judge says. Actions that break a rule or keep
    it (MoralChoice) are judged as decisions under a profile's boundaries judge them.
    """
    return asyncio.run(_judge(options))


async def _judge(options: dict[str, Any]) -> int:
    from alignkit.cli.judging import JudgeBoard
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.errors import ModelError
    from alignkit.evaluate.judging.texts import PARTS
    from alignkit.service.judging import JudgeBench, answers_file, bench_judge

    chosen = settings({**options, "model": None})
    wanted = JudgeBench(
        models=options["models"] or (None,),
        parts=options["parts"] or tuple(PARTS),
        limit=options["limit"] or None,
        answers=options["answers"] or answers_file(chosen),
    )
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            with JudgeBoard(as_json=options["as_json"]) as board:
                async with aclosing(bench_judge(wanted, workbench)) as steps:
                    async for step in steps:
                        downloads.close()
                        board.show(step)
    return 0 if board.answered else ModelError.exit_code


@click.command(
    epilog="""\b
Examples:
  align bench answers -p truthful-and-harmless
  align bench answers -p truthful-and-harmless -m qwen2.5-coder-1.5b --limit 20 --tokens 150
  align bench answers -p my-profile.yaml --judge openai:gpt-5-mini --json > answers.json

ALIGN_DATA names the folder of the public data. What was written and judged once is kept, so an
interrupted run goes on where it stopped."""
)
@profile_option
@model_option
@click.option(
    "--judge",
    metavar="NAME",
    shell_complete=model_names,
    help="Model that compares the answers (default: the one that writes).",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=40,
    show_default=True,
    metavar="N",
    help="Fixed questions of TruthfulQA, 0 for all.",
)
@click.option(
    "--revisions",
    type=click.IntRange(0, 16),
    metavar="K",
    help="How often the best draft is revised, at most (default 1).",
)
@click.option(
    "--tokens",
    type=click.IntRange(16, 8192),
    default=150,
    show_default=True,
    metavar="N",
    help="The most that a draft may have.",
)
@click.option(
    "--claims/--no-claims",
    default=None,
    help="Check what is stated (default: where the profile wants truth); draws other answers.",
)
@click.option(
    "--harm/--no-harm",
    default=None,
    help="Check for harm and needless refusals "
    "(default: where the profile has boundaries, or wants no harm or no stereotypes).",
)
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where answers are kept (default: in the user's cache).",
)
@click.option("--at-once", type=click.IntRange(1, 1000), metavar="N", help="Questions together.")
@click.option("--json", "as_json", is_flag=True, help="The figures as one JSON object.")
@engine_options
def answers(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Compare free answers under a profile with those of the plain model: which is truer?

    Both answer questions of TruthfulQA. The judge is shown both answers with true and false
    references, in both orders, and never which is which. How good it is at that, `align bench judge
    --part pairs` measures, and is shown below.
    """
    return asyncio.run(_answers(options))


async def _answers(options: dict[str, Any]) -> int:
    from alignkit.cli.judging import AnswerBoard, show_answers
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.errors import ModelError, UsageError
    from alignkit.service import profile_to_follow
    from alignkit.service.asking import wanted as checked
    from alignkit.service.asking import writing_settings
    from alignkit.service.free_text import AnswerBench, bench_answers
    from alignkit.service.judging import answers_file, judge_quality

    if options["profile"] is None:
        raise UsageError("There is no profile to compare with the plain model.", "Name one: -p.")
    chosen = settings(options)
    given = {name: options[name] for name in ("revisions", "tokens")}
    given |= {name: checked(options[name]) for name in ("claims", "harm")}
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            wanted = AnswerBench(
                profile=profile_to_follow(options["profile"], workbench.library),
                judge=options["judge"],
                limit=options["limit"] or None,
                settings=writing_settings(given),
                kept=options["answers"] or answers_file(chosen).with_name("answers.jsonl"),
            )
            with AnswerBoard() as board:
                async with aclosing(bench_answers(wanted, workbench)) as steps:
                    async for step in steps:
                        downloads.close()
                        board.show(step)
            judged = judge_quality(workbench, options["judge"])
    found = step.figures
    show_answers(found, judged, as_json=options["as_json"])
    return ModelError.exit_code if found and found.failed == found.questions else 0
