"""`align personalize`: what you like of answers, learnt from comparisons, ratings and edits."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from alignkit.cli.options import engine_options, listed, model_option, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alignkit.library import Library
    from alignkit.schema import Attribute, CandidateAnswers
    from alignkit.service import Settings, Workbench
    from alignkit.service.taste.learning import Learned
    from alignkit.service.taste.session import Session

_FILE = click.Path(path_type=Path, dir_okay=False)
_person = click.option("--person", metavar="NAME", help="Whose taste (default: your user name).")
_attributes = click.option(
    "--attributes",
    metavar="A,B",
    callback=listed,
    help="Only these (default: those that answers have levels of, else those of style).",
)
_level = click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    metavar="P",
    help="Probability that an interval is to hold (default 0.95).",
)


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  align personalize --request "How do I descale a kettle?"
  align personalize --answers answers.yaml --attributes verbosity,formality
  align personalize learn ratings.jsonl
  align personalize show
  align personalize export my-style""",
)
@click.option(
    "--answers",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="Answers to compare: YAML, JSON or JSON lines, each with request and answers.",
)
@click.option(
    "--request",
    "requests",
    multiple=True,
    metavar="TEXT",
    help="The model writes answers to this, in different styles.",
)
@click.option(
    "--each",
    type=click.IntRange(2, 50),
    default=6,
    metavar="N",
    help="So many answers to each --request (default 6).",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N comparisons.")
@_attributes
@_person
@model_option
@engine_options
@click.pass_context
def personalize(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Learn what you like of answers, and make a profile of it.

    At a terminal it shows two answers side by side and asks which is better; always the two that
    tell the most. What was learnt is kept on this machine, without any text.
    """
    if context.invoked_subcommand is not None:
        _check_heard(context, personalize.commands[context.invoked_subcommand])
        context.obj = options
        return
    if not options["answers"] and not options["requests"]:
        raise click.UsageError(
            "Say what to compare: --answers FILE, or --request TEXT to which the model writes some."
        )
    if not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask. Use: align personalize learn FILE.")
    from alignkit.cli.personalizing import ask_all

    chosen = settings(options)
    session = asyncio.run(_session(options, chosen))
    ask_all(session, options["limit"], chosen)


def _check_heard(context: click.Context, command: click.Command) -> None:
    """Fail where an option stands before the name of a `command` that has none of that name."""
    from alignkit.errors import UsageError

    known = {one.name for one in command.params}
    for one in context.command.params:
        given = context.get_parameter_source(one.name or "") is ParameterSource.COMMANDLINE
        if given and one.name not in known:
            raise UsageError(
                f"{one.opts[0]} has no effect on: align personalize {command.name}.",
                f"Leave it out, or see: align personalize {command.name} --help",
            )


async def _session(options: dict[str, Any], chosen: Settings) -> Session:
    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads, Working
    from alignkit.service.taste.given import candidates
    from alignkit.service.taste.session import session_over

    found = candidates(options["answers"])
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            given = [name for one in found for answer in one.answers for name in answer.levels]
            attributes = _described(options["attributes"] or given, workbench.library)
            with Working("the model writes and judges answers ..."):
                found += await _written(options, attributes, workbench)
                return await session_over(found, attributes, _name(options), workbench)


async def _written(
    options: dict[str, Any], attributes: Sequence[Attribute], workbench: Workbench
) -> list[CandidateAnswers]:
    from alignkit.service.asking import request_from
    from alignkit.service.taste.writing import written_candidates

    requests = [request_from(one) for one in options["requests"]]
    return [
        await written_candidates(workbench, workbench.model(), request, attributes, options["each"])
        for request in requests
    ]


@personalize.command(
    epilog="""\b
Examples:
  align personalize learn ratings.jsonl
  align personalize learn edits.yaml comparisons.yaml --attributes verbosity,complexity

\b
Each entry has an optional request and one of:
  {a: TEXT, b: TEXT, better: a}         better is a, b or equal
  {answer: TEXT, rating: 4}             more is better; only the order counts
  {answer: TEXT, edited: TEXT}          the edited answer is preferred"""
)
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE...")
@_attributes
@_person
@model_option
@engine_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all that is known.")
def learn(files: tuple[Path, ...], *, as_json: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Learn from files of comparisons, ratings and edits.

    A text may be written as {text: ..., levels: {ATTRIBUTE: 0..1}}; a model judges the levels that
    are missing. What is learnt joins what is known.
    """
    options = _options(options)
    chosen = settings(options)
    counts = asyncio.run(_learn(files, options, chosen))
    _print(_known(options, chosen), chosen, as_json=as_json)
    click.echo(f"Kept: {counts}.", err=True)


async def _learn(files: tuple[Path, ...], options: dict[str, Any], chosen: Settings) -> str:
    from datetime import UTC, datetime

    from alignkit.cli.opening import opened
    from alignkit.cli.progress import Downloads, Working
    from alignkit.service.taste.given import judgements
    from alignkit.service.taste.judging import unknown
    from alignkit.service.taste.kept import keep
    from alignkit.service.taste.telling import mentioned, texts_of, told

    said = judgements(files)
    texts = texts_of(said)
    with Downloads() as downloads:
        async with opened(chosen, downloads) as workbench:
            names = options["attributes"] or mentioned(texts)
            attributes = _described(names, workbench.library)
            model = workbench.model() if unknown(texts, attributes) else None
            with Working("the model judges answers ..."):
                found = await told(said, attributes, model, workbench.prompts, datetime.now(UTC))
    keep(chosen.tastes_folder, _name(options), found.comparisons, found.ratings)
    counts = {"comparison": len(found.comparisons), "rating": len(found.ratings)}
    kept = ", ".join(f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items())
    repeated = len(said) - sum(counts.values())
    if not repeated:
        return kept
    return f"{kept}. Of {repeated} more on the same answers, what was said last counts"


@personalize.command(epilog="Example: align personalize show --level 0.8")
@_attributes
@_person
@_level
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(*, as_json: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Show what is known, how sure it is, and how many comparisons would halve an interval."""
    options = _options(options)
    chosen = settings(options)
    _print(_known(options, chosen), chosen, as_json=as_json)


@personalize.command(
    epilog="""\b
Examples:
  align personalize export my-style
  align personalize export my-style --out my-style.yaml --level 0.8"""
)
@click.argument("name", metavar="NAME")
@click.option("--out", type=_FILE, metavar="FILE", help="Write it there, not into your library.")
@click.option("--force", is_flag=True, help="In place of a profile that is there.")
@_attributes
@_person
@_level
@click.option("--json", "as_json", is_flag=True, help="Print the profile as JSON.")
def export(name: str, *, out: Path | None, force: bool, as_json: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Make the profile NAME of what is known, for --profile NAME.

    Attributes of which nothing shows yet that they count are left out; comments say so.
    """
    from alignkit.errors import CannotWrite
    from alignkit.service import write_text
    from alignkit.service.taste.learning import learned_profile

    options = _options(options)
    chosen = settings(options)
    profile, text = learned_profile(_known(options, chosen), name)
    path = out or chosen.library_folder / "profiles" / f"{name}.yaml"
    if path.exists() and not force:
        raise CannotWrite(f"{path}: exists already.", "Take another name, or give --force.")
    write_text(path, text)
    if as_json:
        click.echo(json.dumps(profile.model_dump(mode="json", exclude_defaults=True)))
    click.echo(f"The profile: {path}", err=True)


@personalize.command(epilog="Example: align personalize erase --yes")
@_person
@click.option("--yes", is_flag=True, help="Don't ask.")
def erase(*, yes: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Erase all that is kept of what you said and like, for good.

    Where your file is a link, what it leads to is erased with it. Profiles that you exported are
    files of their own and stay.
    """
    from alignkit.errors import UsageError
    from alignkit.service.taste.kept import erase as erase_taste
    from alignkit.service.taste.kept import files_of

    options = _options(options)
    folder, person = settings(options).tastes_folder, _name(options)
    files = files_of(folder, person)
    if not files:
        click.echo(f"Nothing is kept of {person}.", err=True)
        return
    question = f"Erase for good all that is kept of what {person} likes?"
    if files[-1].is_symlink():
        question += f" It is a link to {files[-1].resolve()}, which goes as well."
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(question, "Give --yes, as there is nobody to ask.")
        if not click.confirm(question, err=True):
            click.echo("Nothing was erased.", err=True)
            return
    erase_taste(folder, person)
    click.echo("Erased.", err=True)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of the subcommand, and those that stood before its name."""
    before = click.get_current_context().obj or {}
    return {**before, **{name: value for name, value in given.items() if value}}


def _name(options: dict[str, Any]) -> str:
    from alignkit.service.who import user_name

    return options.get("person") or user_name()


def _described(names: Sequence[str], library: Library) -> tuple[Attribute, ...]:
    """The attributes called so; without names those of style."""
    if not names:
        every = (library.attributes[name] for name in library.attributes)
        return tuple(one for one in every if one.family == "personalization")
    return tuple(library.attributes[name] for name in dict.fromkeys(names))


def _known(options: dict[str, Any], chosen: Settings) -> Learned:
    """What is known of the person.

    Raises:
        UnknownName: nothing is kept of them.
    """
    from alignkit.errors import UnknownName
    from alignkit.service.taste.kept import people, read_taste
    from alignkit.service.taste.learning import attributes_in, learned

    person = _name(options)
    taste = read_taste(chosen.tastes_folder, person)
    known = attributes_in(taste)
    if not known:
        who = f"--person {shlex.quote(person)}"
        hint = f"Begin with: align personalize --answers FILE {who}, or learn FILE {who}"
        raise UnknownName("The taste of", person, people(chosen.tastes_folder), hint)
    for name in options.get("attributes") or ():
        if name not in known:
            raise UnknownName(
                "attribute", name, known, f"Answers were judged by {', '.join(known)}."
            )
    return learned(taste, options.get("attributes") or known, options.get("level") or 0.95)


def _print(found: Learned, chosen: Settings, *, as_json: bool) -> None:
    from alignkit.cli.personalizing import facts, print_known

    if as_json:
        click.echo(json.dumps(facts(found, chosen), ensure_ascii=False))
    else:
        print_known(found, chosen)
