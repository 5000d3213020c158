"""How well a judge of free text agrees with people: what `align bench judge` measures.

What was found is kept, so that figures that a judge made can be shown beside how good it is.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alignkit.datasets.helpsteer2 import MARKS
from alignkit.errors import DataError, UnknownName, UsageError
from alignkit.evaluate.judging.asking import Judge, Judged, Said, judged, thresholds
from alignkit.evaluate.judging.quality import Quality, qualities
from alignkit.evaluate.judging.texts import PARTS, Labelled, Part, Text, texts_of
from alignkit.evaluate.lines import Kept, Lines, hash_of
from alignkit.prompts import Prompts
from alignkit.report.wording import counted
from alignkit.schema import Usage
from alignkit.service.settings import Settings
from alignkit.service.workbench import Workbench

_ANSWERS = "answers of judges"
_QUALITY = "figures of judges"


class Measured(Kept):
    """How well one model judges one kind of thing."""

    model: str
    """As it was asked for."""
    sha256: str | None
    """Of its weights, for embedded models."""
    part: Part
    source: str
    """Whose labels it was held against."""
    texts: int
    failed: int
    failure: str = ""
    """Why the first that failed did."""
    qualities: tuple[Quality, ...]
    usage: Usage
    """Of all texts, also where what was said of them was known."""


@dataclass(frozen=True)
class JudgeBench:
    """What is to be measured."""

    models: Sequence[str | None] = (None,)
    parts: Sequence[str] = tuple(PARTS)
    limit: int | None = 100
    """About so many texts a part; None for all."""
    answers: Path | None = None
    """The file that keeps what judges say."""
    keep: bool = True
    """Whether the figures are kept, to be shown beside what the judge says of drafts."""


@dataclass(frozen=True)
class JudgeStep:
    """How far the measuring is."""

    done: int
    total: int
    measured: Measured | None = None
    """The part that is now complete, if one is."""
    notes: tuple[str, ...] = ()
    """What the user should know before it begins, a line each: items that cannot be read."""


def answers_file(settings: Settings) -> Path:
    """The file in the user's cache that keeps what judges said of labelled texts."""
    return settings.models_folder.parent / "bench" / "judged.jsonl"


def quality_file(settings: Settings) -> Path:
    """The file in the user's cache that keeps how good judges are."""
    return settings.models_folder.parent / "bench" / "judges.jsonl"


async def bench_judge(wanted: JudgeBench, workbench: Workbench) -> AsyncGenerator[JudgeStep, None]:
    """Measure what is `wanted`, part after part; a step is given for every text.

    Raises:
        UsageError: there is no such part, or no folder of data.
        FileProblem: the data is not there.
        ModelError: a model cannot be had or started.
        CannotWrite: what was found cannot be kept.
    """
    broken: dict[str, list[str]] = {}
    texts = _texts(wanted, workbench.settings.data, broken)
    said = Lines(Said, _ANSWERS, wanted.answers)
    kept = Lines(Measured, _QUALITY, quality_file(workbench.settings) if wanted.keep else None)
    total = len(wanted.models) * sum(map(len, texts.values()))
    done = 0
    if broken:
        notes = tuple(unreadable(part, found) for part, found in broken.items())
        yield JudgeStep(done, total, notes=notes)
    for name in wanted.models:
        model = workbench.model(name)
        judge = Judge(model, workbench.prompts, workbench.library.attributes)
        for part, ours in texts.items():
            found: list[Judged] = []
            async for one in judged(judge, ours, said, workbench.settings.at_once):
                found.append(one)
                done += 1
                yield JudgeStep(done, total)
            measured = _measured(judge, PARTS[part], found)
            known = kept.find(measured.key, workbench.prompts)
            if known is None or known.texts - known.failed <= measured.texts - measured.failed:
                kept.add(measured)
            yield JudgeStep(done, total, measured)


def judge_quality(workbench: Workbench, name: str | None = None) -> list[Measured]:
    """What is known of how well the model called `name` judges, with the wordings in use.

    Args:
        workbench: with the model, which is opened where it is not.
        name: None for the default model.

    Raises:
        FileProblem: the file of figures cannot be read.
        ModelError: the model cannot be had or started.
    """
    judge = Judge(workbench.model(name), workbench.prompts, workbench.library.attributes)
    kept = Lines(Measured, _QUALITY, quality_file(workbench.settings))
    found = (kept.find(_key(judge, part), workbench.prompts) for part in PARTS)
    return [one for one in found if one is not None]


def quality_of(settings: Settings, name: str) -> list[Measured]:
    """What is known of how well the model called `name` judges; it is not opened.

    Of several models that were called so (other weights, other settings) that is the last one.

    Raises:
        FileProblem: the file of figures cannot be read.
    """
    kept = Lines(Measured, _QUALITY, quality_file(settings))
    every = kept.every(Prompts(settings.templates_folder))
    return list({one.part: one for one in every if one.model == name}.values())


def unreadable(what: str, found: Sequence[str]) -> str:
    """That items of `what` were passed over, and why the first was."""
    return f"{what}: {counted(len(found), 'item')} cannot be read. The first: {found[0]}"


def _texts(
    wanted: JudgeBench, data: Path | None, broken: dict[str, list[str]]
) -> dict[Part, list[Text]]:
    """By part: its texts; why items cannot be read goes into `broken`."""
    parts: dict[str, Labelled] = {one.part: one for one in PARTS.values()}
    for name in wanted.parts:
        if name not in parts:
            raise UnknownName("part", name, parts, f"There are: {', '.join(parts)}.")
    if data is None:
        raise UsageError(
            "Labelled texts are needed to measure a judge.",
            "Set ALIGN_DATA to the folder that holds helpsteer2_steerable/, halueval/, xstest/, "
            "truthfulqa/ and moralchoice/.",
        )

    def told(name: str, error: DataError) -> None:
        broken.setdefault(name, []).append(str(error))

    return {
        parts[name].part: texts_of(parts[name], data, wanted.limit, partial(told, name))
        for name in wanted.parts
    }


def _measured(judge: Judge, labelled: Labelled, found: Sequence[Judged]) -> Measured:
    said = [one.said for one in found if one.said is not None]
    model = judge.model
    return Measured(
        key=_key(judge, labelled.part),
        templates={name: hashed for one in said for name, hashed in one.templates.items()},
        model=model.identity.name,
        sha256=model.identity.sha256,
        part=labelled.part,
        source=labelled.source,
        texts=len(found),
        failed=len(found) - len(said),
        failure=next((one.failure for one in found if one.failure), ""),
        qualities=tuple(qualities(found)),
        usage=sum((one.usage for one in said), Usage()),
    )


def _key(judge: Judge, part: Part) -> str:
    """The hash of all that the figures of a `part` depend on, but for wordings and texts."""
    rated = [judge.attributes[name] for name in MARKS if name in judge.attributes]
    parts = [
        judge.model.identity.model_dump(mode="json"),
        part,
        thresholds(part),
        [one.model_dump(mode="json") for one in rated] if part == "ratings" else [],
    ]
    return hash_of(parts)
