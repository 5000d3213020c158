"""`align profiles fit|from-group|diff`: profiles that come from people, and how two differ."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alignkit.cli.options import (
    decider_names,
    listed,
    model_names,
    model_options,
    profile_names,
    scenario_names,
    settings,
)

if TYPE_CHECKING:
    from alignkit.service import FitPlan, Settings

_FILE = click.Path(path_type=Path, dir_okay=False)


_attributes = click.option("--attributes", metavar="A,B", callback=listed, help="Only these.")
_name = click.option("--name", metavar="NAME", help="Name of the profile.")
_out = click.option("--out", type=_FILE, metavar="FILE", help="Write the profile to FILE.")


@click.command(
    epilog="""\b
Examples:
  align profiles fit --examples past.yaml
  align profiles fit --examples past.yaml --person Ana --out ana.yaml
  align profiles fit --examples records/*.json --attributes fairness,care --kind range"""
)
@click.argument("more", nargs=-1, type=_FILE, metavar="")
@click.option(
    "--examples",
    "-e",
    multiple=True,
    required=True,
    type=_FILE,
    metavar="FILE...",
    help="Past choices: YAML, JSON, JSON lines, or records of decisions.",
)
@_attributes
@click.option("--person", metavar="NAME", help="Only the choices of this person.")
@click.option(
    "--kind",
    type=click.Choice(["value", "range", "samples", "logit"]),
    help="What targets become (default: samples for several people; else value or range).",
)
@click.option(
    "--against",
    metavar="ATTRIBUTE",
    help="With --kind logit: what attributes are weighed against (default: medical_urgency).",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="P",
    help="Probability that an interval is to hold (default 0.95).",
)
@_name
@_out
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all that was found.")
def fit(**options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Fit a profile to what a person or a group chose.

    The scenarios need `values` of their choices. What was chosen is compared with what else was on
    offer; no model is asked. Without --out the profile is printed.
    """
    if options["against"] and options["kind"] != "logit":
        raise click.UsageError("--against goes with --kind logit.")
    from alignkit.library import Library
    from alignkit.service import fit_profile, keep_apart, past_choices, write_text

    files, out = (*options["examples"], *options["more"]), options["out"]
    keep_apart(out, files)
    library = Library(settings({}).library_folder)
    past = past_choices(files, library)
    past = past if options["person"] is None else past.of(options["person"])
    name = options["name"] or (out.stem if out else None)
    found = fit_profile(past, options["attributes"], _plan(options), name)
    text = found.text([str(path) for path in files])
    if out is not None:
        write_text(out, text)
    if options["as_json"]:
        from alignkit.cli.fitting import as_json

        click.echo(as_json(found))
    elif out is None:
        click.echo(text, nl=False)
    else:
        from rich.console import Console

        from alignkit.cli.fitting import table

        Console().print(table(found))
    _say(out, found.profile.targets, library)
    if past.undecided:
        click.echo(f"{past.undecided} records without a choice were left aside.", err=True)


@click.command(
    "from-group",
    epilog="""\b
Examples:
  align profiles from-group survey.yaml --group "Night nurses" --out nurses.yaml
  align profiles from-group opinionqa_align:opinions/ --group "INCOME_Less than $30,000\"""",
)
@click.argument("source", metavar="FORMAT:PATH|FILE")
@click.option("--group", metavar="NAME", help="Which group, where there are several.")
@_attributes
@click.option("--description", metavar="TEXT", help="Who these people are, in your words.")
@_name
@_out
def from_group(source: str, out: Path | None, **options: Any) -> None:  # noqa: ANN401
    """Make the profile of a group from a survey.

    The survey is a file with the shares of answers, or a data set of opinions
    (opinionqa_align:PATH). The comments of the profile say what can be inferred from it and what
    not. Without --out it is printed.
    """
    from alignkit.library import Library
    from alignkit.service import GroupPlan, group_profile, keep_apart, write_text

    chosen = settings({})
    library = Library(chosen.library_folder)
    keep_apart(out, [Path(source)])
    found = group_profile(source, library, GroupPlan(**options), chosen.data)
    if out is None:
        click.echo(found.text(), nl=False)
    else:
        write_text(out, found.text())
    _say(out, found.profile.targets, library)


@click.command(
    epilog="""\b
Examples:
  align profiles diff cautious-medic bold-medic
  align profiles diff utilitarian-medic steadfast-medic last-antivenom --decider oracle"""
)
@click.argument("one", metavar="A", shell_complete=profile_names)
@click.argument("other", metavar="B", shell_complete=profile_names)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO...]", shell_complete=scenario_names)
@click.option(
    "--decider",
    "-d",
    metavar="NAME[?KEY=VALUE&...]",
    shell_complete=decider_names,
    help="Method (default: chooser_judge).",
)
@click.option(
    "--model", "-m", metavar="NAME", shell_complete=model_names, help="The model that is asked."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@model_options
def diff(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Say where two profiles disagree.

    Their wishes are compared side by side. With scenarios, each is decided under both profiles;
    without, no model is asked. That they disagree is no failure: the exit code is 0.
    """
    return asyncio.run(_diff(options, settings(options)))


async def _diff(options: dict[str, Any], chosen: Settings) -> int:
    from alignkit.cli.differing import Differences
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads
    from alignkit.service import batch, decision_differences, profile_to_follow

    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            names = (options["one"], options["other"])
            one, other = (profile_to_follow(name, workbench.library) for name in names)
            shown = Differences(names, (one, other), as_json=options["as_json"])
            if not options["scenarios"]:
                shown.wishes()
                return 0
            found = batch(options["scenarios"], workbench.library)
            items = list(found.items)
            decider = workbench.decider(options["decider"])
            downloads.close()
            shown.wishes()
            pairs = decision_differences(items, decider, (one, other), chosen.at_once)
            return await shown.decisions(pairs, len(items), single=found.single)


def _plan(options: dict[str, Any]) -> FitPlan:
    from alignkit.service import FitPlan

    given = {name: options[name] for name in ("kind", "level", "against")}
    return FitPlan(**{name: value for name, value in given.items() if value is not None})


def _say(out: Path | None, targets: Any, library: Any) -> None:  # noqa: ANN401  loaded late
    """Say where the profile is, and what it needs before anything can be decided by it."""
    if out is not None:
        click.echo(f"The profile: {out}", err=True)
    unknown = [name for name in targets if name not in library.attributes]
    if unknown:
        click.echo(
            f"Not described yet: {', '.join(unknown)}. "
            f"Before deciding: align attributes new {unknown[0]}",
            err=True,
        )
