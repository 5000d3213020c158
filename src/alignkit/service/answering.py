"""Questions about a text, answered by a model under a profile: what a request of a service means.

A profile acts on a question as on a scenario: the text is the context, the wording the question,
the options the choices. Of a predicate they are yes and no, of a score its levels in order. Without
a profile the plain model answers: a choice as `baseline` does, a predicate or a score by itself in
one call.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from alignkit.catalog import shown_spec, shown_specs
from alignkit.deciders.base import Decider, unheard
from alignkit.deciders.making import named
from alignkit.errors import ModelError, UnknownName
from alignkit.models import Model, check_model
from alignkit.models.together import together
from alignkit.schema import (
    MAX_LEVELS,
    NO,
    YES,
    Choice,
    Decision,
    Profile,
    Record,
    Scenario,
    Usage,
)
from alignkit.service.deciding import record_of
from alignkit.service.settings import Settings
from alignkit.service.workbench import Workbench

Form = Literal["choice", "predicate", "score"]

_FITS = re.compile(r"(?!.*[\x00-\x1f\x7f-\x9f\ud800-\udfff])\w(?:.{0,98}\S)?")
"""What may be the id of a choice."""


@dataclass(frozen=True)
class Offer:
    """One option of a question."""

    name: str
    """Short; it becomes the choice's id where it can."""
    text: str
    """What a model reads."""


YES_NO = (Offer(YES, "Yes"), Offer(NO, "No"))
"""The options of a predicate."""


@dataclass(frozen=True)
class Ask:
    """One question about a text."""

    form: Form
    question: str
    offers: tuple[Offer, ...] = YES_NO
    """Two or more; of a score the levels, low to high."""


@dataclass(frozen=True)
class Way:
    """Who answers, and by whose values."""

    name: str
    """As it was asked for: `MODEL` or `MODEL@PROFILE`."""
    model: str
    profile: Profile | None


@dataclass(frozen=True)
class Asked:
    """A question and its answer."""

    ask: Ask
    decision: Decision
    record: Record

    @property
    def shares(self) -> tuple[float, ...]:
        """A probability for every offer, in their order; none when the decision failed."""
        return tuple(self.decision.probabilities.values())

    @property
    def place(self) -> int | None:
        """Which offer was chosen, counted from 0; None unless it was decided."""
        choice = self.decision.choice
        return None if choice is None else self.record.scenario.choice_ids.index(choice)

    @property
    def mean(self) -> float:
        """The mean of the places of the offers, from 0: where a score lies on its scale."""
        return math.fsum(place * share for place, share in enumerate(self.shares))


class Answering:
    """Answers questions with the models that are served."""

    def __init__(
        self, workbench: Workbench, models: Sequence[str] = (), decider: str | None = None
    ) -> None:
        """Serve `models`, the default first, or the one of the settings; ask with `decider`.

        Raises:
            InvalidSetting: two of them could not be told apart by what may be shown.
        """
        given = models or (workbench.settings.model,)
        self.models = workbench.shown(given)
        """As they may be shown: without user, password and query of an address."""
        self._known = dict(zip((*given, *self.models), self.models * 2, strict=True))
        self._workbench = workbench
        self._decider = decider
        self._deciders: dict[tuple[str, str], Decider] = {}
        self._opening = asyncio.Lock()
        self._opened: dict[str, Model] = {}

    def way(self, name: str | None) -> Way:
        """Who answers for `name`: `MODEL@PROFILE`, split at the last `@`, or `MODEL` alone.

        Without a model it is the default one. A model is known by what is shown of it, and by its
        whole name.

        Raises:
            UnknownName: the model is not served, or there is no such profile.
        """
        name = name or self.models[0]
        whole = self.known(name)
        if whole is not None:  # an @ may be part of a model's name
            return Way(whole, whole, None)
        model, at, profile = name.rpartition("@")
        if not at:
            model, profile = name, ""
        served = self.known(model or self.models[0])
        if served is None:
            hint = f"Served here: {', '.join(self.models)}; MODEL@PROFILE names a profile, too."
            # What is before the last @ may be half an address, up to its password.
            told = shown_spec(name)
            raise UnknownName("Model", told.rpartition("@")[0] or told, self.models, hint)
        if at and not profile:
            raise UnknownName("Profile", profile, (), "Leave the @ out for the plain model.")
        return Way(
            f"{served}@{profile}", served, self._workbench.library.profiles[profile] if at else None
        )

    def known(self, name: str) -> str | None:
        """What is shown of the served model that a client calls `name`; None if none is served."""
        # The name must be equal: the query of an address, which is not shown, may end in @PROFILE.
        return self._known.get(name)

    async def model(self, name: str) -> Model:
        """The served model called `name`, opened at its first use, on a thread of its own.

        Raises:
            ModelError: it cannot be had or started.
        """
        if name not in self._opened:
            async with self._opening:
                if name not in self._opened:
                    found = await asyncio.to_thread(self._workbench.model, name)
                    self._opened[name] = found
        return self._opened[name]

    async def answer(
        self,
        way: Way,
        text: str,
        asks: Sequence[Ask],
        on_failure: Callable[[ModelError], None] = unheard,
    ) -> list[Asked]:
        """The answers to `asks` about `text`, in their order; all are asked together.

        A model that fails makes `failed` decisions; `on_failure` is told why.

        Raises:
            UsageError: the decider cannot work with this profile or model.
            ModelError: the model cannot be had or started.
        """
        model = await self.model(way.model)
        if len(asks) == 1:
            return [await self._answered(way, model, text, asks[0], on_failure)]
        return await together(self._answered(way, model, text, ask, on_failure) for ask in asks)

    async def _answered(
        self,
        way: Way,
        model: Model,
        text: str,
        ask: Ask,
        on_failure: Callable[[ModelError], None],
    ) -> Asked:
        scenario = scenario_of(text, ask)
        decider = self._asked_with(way, model, ask)
        decision = await decider.decide(scenario, way.profile, on_failure=on_failure)
        return Asked(ask, decision, record_of(decider, scenario, way.profile, decision))

    def _asked_with(self, way: Way, model: Model, ask: Ask) -> Decider:
        """The decider for `ask`; each is made once, with the calibration of that moment."""
        spec = self._decider or "" if way.profile else _plain(ask)
        key = (way.model, spec or "default")
        if key not in self._deciders:
            self._deciders[key] = self._workbench.decider(spec or None, model)
        return self._deciders[key]


def check_named(settings: Settings, models: Sequence[str], decider: str | None) -> None:
    """Fail where `models` or the `decider` cannot be what is meant; no model is opened.

    Raises:
        UnknownName: there is no such model or decider.
        InvalidSetting: a model's name lacks a part, two models could not be told apart, or the
            decider has no such setting.
        FileProblem: there is no such file of weights.
    """
    shown_specs(models)
    for name in models:
        check_model(name, settings.models_folder)
    if decider is not None:
        named(decider)


def _plain(ask: Ask) -> str:
    """The decider that asks the plain model as `ask` wants it."""
    if ask.form == "choice" or len(ask.offers) > MAX_LEVELS:
        return "baseline"
    return f"baseline?form={ask.form}"


def scenario_of(text: str, ask: Ask) -> Scenario:
    """`ask` about `text` as a scenario; equal questions make equal scenarios."""
    names = [offer.name for offer in ask.offers]
    texts = _told_apart([offer.text for offer in ask.offers])
    ids = names if _are_ids(names) else [f"option-{n}" for n in range(1, len(names) + 1)]
    content = "\x1f".join((text, ask.question, *texts))
    digest = hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()
    return Scenario(
        id=f"asked-{digest[:16]}",
        context=text,
        question=ask.question,
        choices=tuple(Choice(id=id_, text=said) for id_, said in zip(ids, texts, strict=True)),
    )


def _are_ids(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names) and all(map(_FITS.fullmatch, names))


def _told_apart(texts: Sequence[str]) -> list[str]:
    """`texts`, all numbered where two say the same but for blanks and case: `true`, `True`."""
    if len({" ".join(text.split()).casefold() for text in texts}) == len(texts):
        return list(texts)
    return [f"{text} (option {place})" for place, text in enumerate(texts, start=1)]


def total(asked: Sequence[Asked]) -> Usage:
    """What all answers cost together."""
    return sum((one.decision.usage for one in asked), Usage())
