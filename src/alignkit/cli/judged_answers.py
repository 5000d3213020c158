"""What `align calibrate --answers` takes and prints."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from alignkit.cli.printable import printable
from alignkit.cli.progress import Downloads, Working
from alignkit.cli.writing_options import sources_given
from alignkit.errors import InvalidSetting
from alignkit.schema.abstention import Abstention
from alignkit.service import profile_to_follow
from alignkit.service.calibration.answers import (
    AnswerLesson,
    AnswersLearned,
    answers_in,
    learn_from_answers,
)
from alignkit.service.workbench import Workbench

_MISSED = 1
"""Exit code where no threshold keeps the error rate: a negative verdict."""
_OF_DECISIONS = ("examples", "reviews", "attributes", "decider", "report", "limit")
_CHECKS = {"sources": "checked against sources", "knowledge": "checked by what the model knows"}


def refuse_mixed(options: dict[str, Any]) -> None:
    """Fail where what is about decisions is asked for beside answers, or sources without them.

    Raises:
        UsageError: names the option.
    """
    if options["answers"] is None:
        if options["sources"]:
            raise click.UsageError("--sources belongs to --answers.")
        return
    for name in _OF_DECISIONS:
        if options[name]:
            raise click.UsageError(f"--{name} is about decisions, --answers is not.")
    if len(options["profiles"]) > 1:
        raise click.UsageError("--answers takes one --profile: what is learned serves one wish.")


async def calibrate_answers(
    options: dict[str, Any], workbench: Workbench, downloads: Downloads
) -> int:
    """Learn what the judged answers teach and print it; gives the exit code."""
    if not options["answers"]:
        raise InvalidSetting("--answers has no name.", "Name the file of judged answers.")
    path = Path(options["answers"])
    profiles = [profile_to_follow(name, workbench.library) for name in options["profiles"]]
    lesson = AnswerLesson(
        answers=answers_in(path),
        source=path.name,
        sources=sources_given(options["sources"]),
        profile=profiles[0] if profiles else None,
        seed=options["seed"],
    )
    learned = None
    with Working("calibrating ...") as working:
        async with aclosing(learn_from_answers(lesson, workbench)) as steps:
            async for step in steps:
                downloads.close()
                working.say(f"calibrating ... {step.done} of {step.total} answers")
                learned = step.learned
    if learned is None:
        raise ValueError("nothing was learned")
    if options["as_json"]:
        _print_json(learned, lesson)
    else:
        _print(learned, lesson)
    for note in learned.notes:
        click.echo(printable(note), err=True)
    return _MISSED if learned.missed else 0


def show_answers(path: Path, found: Abstention, *, as_json: bool) -> None:
    """Print what is kept in the file `path`."""
    if as_json:
        kept = found.model_dump(mode="json", exclude={"schema_version", "templates"})
        click.echo(json.dumps({"file": str(path), **kept}, ensure_ascii=False))
        return
    click.echo(printable(str(path)))
    click.echo(f"  answers, {found.model.name}, {found.created:%Y-%m-%d}")
    source = printable(found.source)
    click.echo(f"  {_CHECKS[found.check]}: {found.kind} from {found.examples} answers of {source}")
    if (rate := found.threshold) is not None:
        click.echo(
            f"  given from a probability of {rate.probability:.3f} on, for an error rate of "
            f"{rate.error_rate:g} with certainty {rate.certainty:g}"
        )


def _print(learned: AnswersLearned, lesson: AnswerLesson) -> None:
    found = learned.abstention
    click.echo(f"{found.examples} answers, {_CHECKS[found.check]}: {found.kind}")
    for name, before, after in (
        ("Brier", found.before.brier, found.after.brier),
        ("ECE", found.before.calibration_error, found.after.calibration_error),
    ):
        click.echo(f"{name:5} {before:.3f} -> {after:.3f}")
    if lesson.profile is not None and learned.missed:
        click.echo(
            f"Profile {lesson.profile.name} abstains wherever something is claimed, because "
            f"{learned.missed}."
        )
    elif lesson.profile is not None and (rate := found.threshold) is not None:
        click.echo(
            f"Profile {lesson.profile.name} gives answers whose weakest claim has a probability of "
            f"{rate.probability:.3f} or more. Of {rate.examples} questions kept for the test that "
            f"have a supported answer this answers {rate.kept}; wrong answers: {rate.errors}, "
            "which bounds the error rate of this threshold, taken by itself, at "
            f"{rate.bound:.3f}.\n"
            f"With certainty {rate.certainty:g}, at most {rate.error_rate:g} of the answers given "
            "that claim something are wrong, provided that later questions are drawn like these, "
            "that these are independent of each other, and that their labels are right."
        )
    click.echo(f"Kept in {printable(str(learned.path))}")


def _print_json(learned: AnswersLearned, lesson: AnswerLesson) -> None:
    profile = lesson.profile.name if lesson.profile else None
    given = learned.abstention.model_dump(mode="json", exclude={"schema_version", "templates"})
    facts = {"file": str(learned.path), "profile": profile, "reason": learned.missed or None}
    click.echo(json.dumps({**facts, **given}, ensure_ascii=False))
