"""`align calibrate`: learn from labelled examples how far a method with a model can be believed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from alignkit.cli.options import (
    at_once_option,
    decider_names,
    listed,
    model_option,
    model_options,
    names_of,
    profile_names,
    settings,
    store_option,
)


@click.command(
    epilog="""\b
Examples:
  align calibrate --examples cases/ -m qwen2.5-coder-1.5b
  align calibrate --examples mine.yaml -a fairness,care -d direct_regression
  align calibrate --examples persona_statements:statements.csv -a openness --limit 100
  align calibrate --examples mine.yaml -p my-values.yaml --report reliability.html
  align calibrate --reviews --store sqlite:///align.db
  align calibrate --answers judged.jsonl -p careful.yaml
  align calibrate --answers judged.jsonl --sources handbook/
  align calibrate --list"""
)
@click.option(
    "--examples",
    metavar="FILE|FOLDER|FORMAT:PATH",
    help="Scenarios whose choices carry true `values`.",
)
@click.option(
    "--reviews",
    is_flag=True,
    help="Learn from what people decided in the store, alone or beside --examples.",
)
@click.option(
    "--answers",
    metavar="FILE",
    help="Answers that people judged (request, answer, right, perhaps source): when `align ask` "
    "should abstain.",
)
@click.option(
    "--sources",
    multiple=True,
    type=click.Path(),
    metavar="PATH",
    help="With --answers: what they are checked against, as in `align ask`; repeatable.",
)
@store_option
@click.option(
    "--attributes",
    "-a",
    metavar="NAME,...",
    shell_complete=names_of("attributes"),
    callback=listed,
    help="What to learn about (default: the profile's targets, or all with enough labels).",
)
@click.option(
    "--profile",
    "-p",
    "profiles",
    multiple=True,
    metavar="NAME|PATH",
    shell_complete=profile_names,
    help="Find the confidence that keeps its error rate; several times for several.",
)
@click.option(
    "--decider",
    "-d",
    metavar="NAME[?KEY=VALUE&...]",
    shell_complete=decider_names,
    help="Method (default: chooser_judge).",
)
@model_option
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a page with reliability diagrams.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Of all draws.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="At most N scenarios an attribute, drawn."
)
@at_once_option
@click.option("--list", "listed", is_flag=True, help="List what is known, and in which files.")
@model_options
def calibrate(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Make probabilities mean what they say, by labelled examples.

    What is learned belongs to one model with one decider and its settings, to the wording of the
    attribute and of the prompts, and is used with these only. `--uncalibrated` decides without it.
    What --answers teach belongs to one model and way of checking, and serves one profile's wish.
    """
    if options["listed"]:
        return _list(as_json=options["as_json"])
    from alignkit.cli.judged_answers import refuse_mixed

    refuse_mixed(options)
    if options["examples"] is None and not options["reviews"] and options["answers"] is None:
        raise click.UsageError(
            "Name the labelled scenarios with --examples, or give --reviews or --answers."
        )
    return asyncio.run(_calibrate(options))


def _list(*, as_json: bool) -> int:
    from alignkit.cli.calibrating import show_known
    from alignkit.cli.judged_answers import show_answers
    from alignkit.service.calibration.kept import calibrations_in
    from alignkit.service.calibration.kept_answers import abstentions_in

    folder = settings({}).calibrations_folder
    known, answers = list(calibrations_in(folder)), list(abstentions_in(folder))
    for path, found in known:
        show_known(path, found, as_json=as_json)
    for path, learned in answers:
        show_answers(path, learned, as_json=as_json)
    if not known and not answers:
        click.echo(
            "Nothing is known yet: align calibrate --examples FILE, or --answers FILE", err=True
        )
    return 0


async def _calibrate(options: dict[str, Any]) -> int:
    from alignkit.cli.calibrating import Results
    from alignkit.cli.judged_answers import calibrate_answers
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.service import keep_apart, profile_to_follow
    from alignkit.service.calibration.calibrating import calibrate as calibrated
    from alignkit.service.calibration.plan import Lesson

    chosen = settings(options)
    keep_apart(
        options["report"],
        [Path(name) for name in (options["examples"], *options["profiles"]) if name],
    )
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            if options["answers"] is not None:
                return await calibrate_answers(options, workbench, downloads)
            library = workbench.library
            lesson = Lesson(
                labelled=_labelled(options, library, chosen),
                attributes=options["attributes"],
                profiles=[profile_to_follow(name, library) for name in options["profiles"]],
                decider=options["decider"],
                seed=options["seed"],
                limit=options["limit"],
            )
            with Results(as_json=options["as_json"]) as results:
                async with aclosing(calibrated(lesson, workbench)) as steps:
                    async for step in steps:
                        downloads.close()
                        results.show(step)
                return results.finish(options["report"], library.attributes)


def _labelled(options: dict[str, Any], library: Any, chosen: Any) -> Any:  # noqa: ANN401  loaded late
    """The examples that were named, and those that people's verdicts make."""
    from alignkit.service.calibration.labelled import labelled_in

    named = options["examples"] and labelled_in(options["examples"], library, chosen.data)
    if not options["reviews"]:
        return named
    from alignkit.service import existing_store
    from alignkit.service.calibration.reviewed import both, labelled_by_people

    with existing_store(chosen) as store:
        found = labelled_by_people(store)
    return both(named, found) if named else found
