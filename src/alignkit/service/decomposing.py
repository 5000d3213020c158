"""What a profile comes to for one request: instructions, and criteria of a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from alignkit.deciders.trace import Trace
from alignkit.decompose import Criterion, Guide
from alignkit.library import attributes_of
from alignkit.models import Model
from alignkit.schema import Boundary, Profile, Question
from alignkit.service.asking import opened, request_from
from alignkit.service.workbench import Workbench
from alignkit.writing import Work
from alignkit.writing.checks import question_about
from alignkit.writing.tailoring import Tailored, tailored


@dataclass(frozen=True)
class Posed:
    """A criterion with the typed question that it is put as."""

    criterion: Criterion
    question: Question


@dataclass(frozen=True)
class Decomposed:
    """What a profile comes to for one request."""

    request: str
    guides: tuple[Guide, ...]
    boundaries: tuple[Boundary, ...]
    posed: tuple[Posed, ...]
    tailored: tuple[Tailored, ...] = ()
    """What the model wrote for this request, in the order of the guides, where it was asked."""

    def as_json(self) -> dict[str, Any]:
        """The same as an object for programs."""
        return {
            "request": self.request,
            "instructions": [
                {
                    "attribute": guide.attribute.name,
                    "wanted": guide.wanted,
                    "level": guide.level,
                    "steps": list(guide.instructions),
                    "dropped": list(dropped),
                }
                for guide, dropped in self.with_dropped
            ],
            "boundaries": [one.model_dump(mode="json") for one in self.boundaries],
            "criteria": [
                {
                    "about": one.criterion.name,
                    "kind": "boundary" if isinstance(one.criterion.about, Boundary) else "target",
                    "weight": one.criterion.weight,
                    "wanted": list(one.criterion.levels) or ["no"],
                    "question": one.question.model_dump(mode="json"),
                }
                for one in self.posed
            ],
        }

    @property
    def with_dropped(self) -> list[tuple[Guide, tuple[str, ...]]]:
        """Each guide, and what the model wrote for it that was not taken."""
        dropped = [one.dropped for one in self.tailored] or [()] * len(self.guides)
        return list(zip(self.guides, dropped, strict=True))


def decomposed(workbench: Workbench, request: str, profile: Profile) -> Decomposed:
    """`profile` as instructions and criteria for `request`; no model is asked.

    Raises:
        UsageError: the request is empty.
        UnknownName: the profile names an attribute that is not described.
    """
    work = Work(
        request_from(request), profile, attributes_of(workbench.library.attributes, profile)
    )
    trace = Trace(None, workbench.prompts)
    posed = tuple(
        Posed(one, question_about(trace, one, work.request, "").question) for one in work.criteria
    )
    return Decomposed(work.request, work.guides, work.boundaries, posed)


async def decomposed_for(
    workbench: Workbench,
    request: str,
    profile: Profile,
    model: Model | str | None = None,
    seed: int = 0,
) -> Decomposed:
    """`profile` as instructions that `model` writes for `request`, and as criteria.

    Raises:
        UsageError: the request is empty, or the model does not write objects or answer questions.
        UnknownName: the profile names an attribute that is not described.
        ModelError: the model cannot be had, or could not be asked.
    """
    found = decomposed(workbench, request, profile)
    trace = Trace(opened(workbench, model), workbench.prompts)
    own = await tailored(trace, trace, found.request, found.guides, found.boundaries, seed)
    return replace(found, guides=tuple(one.guide for one in own), tailored=own)
