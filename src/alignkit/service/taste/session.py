"""Somebody is asked about one pair of answers after another; each reply is kept at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from alignkit.schema import Attribute, CandidateAnswers, KeptComparison
from alignkit.schema.taste import Which
from alignkit.service.taste.asking import Pair, Shown, next_pair
from alignkit.service.taste.judging import ToJudge, judged, unknown
from alignkit.service.taste.kept import keep, read_taste
from alignkit.service.taste.learning import Learned, learned
from alignkit.service.workbench import Workbench


class Session:
    """What a person is asked, and what is learnt on the way."""

    def __init__(
        self,
        folder: Path,
        person: str,
        attributes: Sequence[str],
        candidates: Sequence[Shown],
        judge: str | None = None,
    ) -> None:
        """Ask `person`, of whom something may be kept in `folder`, about `candidates`.

        Their levels of `attributes` were judged by the model called `judge`, or given.
        """
        self._folder = folder
        self._person = person
        self._attributes = tuple(attributes)
        self._candidates = tuple(candidates)
        self._judge = judge
        taste = read_taste(folder, person)
        self._asked = {frozenset(one.pair) for one in taste.comparisons}
        self.found: Learned = learned(taste, attributes)
        """All that is known so far."""

    def next(self, rng: np.random.Generator) -> Pair | None:
        """The pair to show; None where all were asked."""
        return next_pair(self.found, self._candidates, self._asked, rng)

    def skip(self, pair: Pair) -> None:
        """Don't show `pair` again in this session."""
        self._asked.add(frozenset(pair.marks))

    def tell(self, pair: Pair, better: Which, when: datetime) -> None:
        """Keep which of `pair` the person likes better, and learn from it.

        Raises:
            CannotWrite: no space, no permission.
        """
        kept = KeptComparison(
            when=when,
            how="compared",
            a=pair.a.levels,
            b=pair.b.levels,
            better=better,
            pair=pair.marks,
            judge=self._judge,
        )
        self._asked.add(frozenset(pair.marks))
        self.found = learned(keep(self._folder, self._person, [kept]), self._attributes)


async def session_over(
    candidates: Sequence[CandidateAnswers],
    attributes: Sequence[Attribute],
    person: str,
    workbench: Workbench,
) -> Session:
    """A session about `candidates`, of which a model judges what is not known.

    The model is opened only where there is something to judge.

    Raises:
        ModelError: it could not be had, or could not judge one of the answers.
        DataError: what is kept of the person cannot be read.
    """
    texts = [ToJudge(one.request, answer) for one in candidates for answer in one.answers]
    model = workbench.model() if unknown(texts, attributes) else None
    levels = await judged(texts, attributes, model, workbench.prompts)
    shown = {
        (text.request, text.answer.text): Shown(text.request or "", text.answer.text, found)
        for text, found in zip(texts, levels, strict=True)
    }
    return Session(
        workbench.settings.tastes_folder,
        person,
        [one.name for one in attributes],
        list(shown.values()),
        model.identity.name if model is not None else None,
    )
