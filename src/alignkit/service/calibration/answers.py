"""Learns from judged answers what a checked answer is worth: `align calibrate --answers`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alignkit.deciders.trace import Trace
from alignkit.errors import DataError, ModelError, UsageError
from alignkit.library import read_documents
from alignkit.models.together import together
from alignkit.schema import Escalation, Profile
from alignkit.schema.abstention import Abstention, LabelledAnswer
from alignkit.service.calibration.abstaining import (
    Check,
    JudgedAnswer,
    check_enough,
    check_testable,
    learn_abstention,
    way_of,
)
from alignkit.service.calibration.kept_answers import (
    ANSWERS,
    abstention_for,
    write_abstention,
)
from alignkit.service.records import check_folder
from alignkit.service.workbench import Workbench
from alignkit.writing.reliability import Reliable, check_reliability
from alignkit.writing.sources import Source, Sources


@dataclass(frozen=True)
class AnswerLesson:
    """What is to be learned, and from what."""

    answers: Sequence[LabelledAnswer]
    source: str
    """Where they come from, as it is kept."""
    sources: Sources | None = None
    """The documents they are checked against, where they don't bring a source of their own."""
    profile: Profile | None = None
    """Where it asks for an error rate, the probability is sought from which on it holds."""
    seed: int = 0
    """How they are dealt into parts."""

    @property
    def check(self) -> Check:
        """How the answers are checked.

        Raises:
            UsageError: not all of them in the same way.
        """
        own = sum(one.source is not None for one in self.answers)
        if self.sources is not None and own:
            raise UsageError(
                "The answers bring sources of their own.", "Leave out --sources, or their `source`."
            )
        if 0 < own < len(self.answers):
            raise UsageError(
                f"{own} of {len(self.answers)} answers have a `source`.",
                "Give all of them one, or none: they are checked in one way.",
            )
        return "sources" if own or self.sources is not None else "knowledge"

    @property
    def wish(self) -> Escalation | None:
        """What the profile says about answers that are not sure enough."""
        return self.profile.escalate if self.profile else None


@dataclass(frozen=True)
class AnswersLearned:
    """What was learned, and where it is kept."""

    abstention: Abstention
    path: Path
    missed: str
    """Why no threshold keeps the profile's error rate; "" where one does, or none is asked."""
    notes: tuple[str, ...]
    """What else the user should know, a line each."""


@dataclass(frozen=True)
class AnswersStep:
    """How far the learning is."""

    done: int
    """Answers that were checked."""
    total: int
    learned: AnswersLearned | None = None
    """What came of it, at the end."""


@dataclass(frozen=True)
class _Checked:
    judged: JudgedAnswer | None = None
    """None where the answer claims nothing, or the check failed."""
    failed: str = ""


def answers_in(path: Path) -> list[LabelledAnswer]:
    """The answers in a file: YAML or JSON with a list, or JSON lines.

    Raises:
        DataError: it cannot be read, has a mistake (with file, line and field) or holds none.
    """
    found = [one.parse(LabelledAnswer, DataError) for one in read_documents(path)]
    if not found:
        raise DataError(f"{path}: holds no answers.", "Give each request, answer and right.")
    return found


async def learn_from_answers(
    lesson: AnswerLesson, workbench: Workbench
) -> AsyncGenerator[AnswersStep, None]:
    """Check every answer as `align ask` does, learn what the labels say of it, and keep that.

    A step is given for every answer; the last one says what was learned. It takes the place of
    what was known of this model and way of checking.

    Raises:
        UsageError: there are too few, or the model lacks what this takes.
        ModelError: the model cannot be had, or failed too often.
        CannotWrite: it cannot be kept; mostly told before anything is checked.
    """
    check = lesson.check
    groups: dict[str, list[LabelledAnswer]] = {}
    for one in lesson.answers:
        groups.setdefault(one.request, []).append(one)
    check_enough(groups, lesson.wish)
    check_testable(groups, lesson.wish)
    folder = workbench.settings.calibrations_folder
    check_folder(folder / ANSWERS)
    model, questions = workbench.model(), list(groups.values())
    found: list[_Checked] = []
    for start in range(0, len(questions), workbench.settings.at_once):
        part = questions[start : start + workbench.settings.at_once]
        for checked in await together(_checked(workbench, lesson, group) for group in part):
            for each in checked:
                found.append(each)
                yield AnswersStep(len(found), len(lesson.answers))
        if all(one.failed for one in found):
            raise ModelError(f"The first {len(found)} answers cannot be checked: {found[0].failed}")
    judged = [one.judged for one in found if one.judged is not None]
    way, left_out = way_of(model, check), list(_left_out(found))
    before = abstention_for(folder, model, check, way.settings, workbench.prompts)
    try:
        abstention, missed = learn_abstention(
            judged, way, workbench.prompts, lesson.source, wish=lesson.wish, seed=lesson.seed
        )
    except UsageError as error:
        raise UsageError(" ".join([error.message, *left_out]), error.hint) from error
    path = write_abstention(folder, abstention)
    notes = (*left_out, *_notes(lesson, before, abstention))
    learned = AnswersLearned(abstention, path, missed, notes)
    yield AnswersStep(len(found), len(lesson.answers), learned)


async def _checked(
    workbench: Workbench, lesson: AnswerLesson, group: Sequence[LabelledAnswer]
) -> list[_Checked]:
    """What the check finds in the answers to one request; others are drawn for all of them once."""
    found: list[_Checked] = []
    drawn: Sequence[str] = ()
    texts = {one.source for one in group if one.source is not None}
    own = {text: Sources([Source("source.txt", text)]) for text in texts}  # answers share them
    for one in group:
        sources = lesson.sources if one.source is None else own[one.source]
        trace = Trace(workbench.model(), workbench.prompts)
        try:
            checked = await check_reliability(
                trace, one.request, one.answer, sources, answers=drawn
            )
        except ModelError as error:
            found.append(_Checked(failed=error.message))
            continue
        drawn = checked.answers or drawn
        found.append(_Checked(_judged(one, checked)))
    return found


def _judged(one: LabelledAnswer, checked: Reliable) -> JudgedAnswer | None:
    """What the check says of an answer; None where it claims nothing."""
    claims = checked.supported or checked.known
    if not claims:
        return None
    stands = [each.standing == "supported" for each in checked.supported]
    return JudgedAnswer(
        checked.weakest,
        one.right,
        one.request,
        supported=any(stands) if stands else None,
        strongest=max(each.probability for each in claims),
    )


def _left_out(found: Sequence[_Checked]) -> Iterator[str]:
    """Answers that teach nothing, and why."""
    failed = [one.failed for one in found if one.failed]
    if failed:
        count = f"{len(failed)} of {len(found)}"
        yield f"{count} answers could not be checked, the first because: {failed[0]}"
    silent = sum(one.judged is None and not one.failed for one in found)
    if silent:
        yield f"Left out, because nothing in them can be checked: {silent}."


def _notes(
    lesson: AnswerLesson, before: Abstention | None, abstention: Abstention
) -> Iterator[str]:
    """What else there is to know; `before` is what was learned earlier."""
    if abstention.after.brier > abstention.before.brier:
        yield "On answers that had no part in it the calibration did not help."
    if lesson.profile is not None and (lesson.wish is None or lesson.wish.rates is None):
        yield f"Profile {lesson.profile.name!r} asks for no error rate, so none was sought."
    gone, kept = before.threshold if before else None, abstention.threshold
    if gone and not (kept and kept.keeps(gone.error_rate, gone.certainty)):
        yield (
            f"The threshold for an error rate of {gone.error_rate:g} is gone, for it rested on "
            "what was now learned anew: calibrate once more with its profile (-p) to have one."
        )
