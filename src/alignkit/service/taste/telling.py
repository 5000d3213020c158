"""What somebody says of answers, turned into what is kept: levels instead of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alignkit.models import Model
from alignkit.prompts import Prompts
from alignkit.schema import (
    Attribute,
    ComparedAnswers,
    EditedAnswer,
    KeptComparison,
    KeptRating,
    RatedAnswer,
    WrittenAnswer,
)
from alignkit.schema.taste import Levels
from alignkit.service.taste.given import Judgement
from alignkit.service.taste.judging import ToJudge, judged, unknown
from alignkit.service.taste.kept import last_comparisons, last_ratings, mark


@dataclass(frozen=True)
class Told:
    """What is to be kept: of the same answers what was said last."""

    comparisons: tuple[KeptComparison, ...]
    ratings: tuple[KeptRating, ...]


def texts_of(judgements: Sequence[Judgement]) -> list[ToJudge]:
    """Every answer that `judgements` speak of, one or two of each, in their order."""
    return [text for one in judgements for text in _texts(one)]


def mentioned(texts: Sequence[ToJudge]) -> tuple[str, ...]:
    """Attributes of which a level is given for some text, in the order of first mention."""
    return tuple(dict.fromkeys(name for text in texts for name in text.answer.levels))


async def told(
    judgements: Sequence[Judgement],
    attributes: Sequence[Attribute],
    model: Model | None,
    prompts: Prompts,
    when: datetime,
) -> Told:
    """What `judgements` say of `attributes`, with levels that are missing judged by `model`.

    Raises:
        DataError: a level is missing, and there is no model.
        ModelError: the model could not judge one of the answers.
    """
    texts = texts_of(judgements)
    levels = iter(await judged(texts, attributes, model, prompts))
    comparisons: list[KeptComparison] = []
    ratings: list[KeptRating] = []
    for one in judgements:
        own = _texts(one)
        judge = model.identity.name if model is not None and unknown(own, attributes) else None
        if isinstance(one, RatedAnswer):
            ratings.append(_rating(one, next(levels), when, judge))
        else:
            comparisons.append(_comparison(one, levels, when, judge))
    return Told(last_comparisons(comparisons), last_ratings(ratings))


def _texts(one: Judgement) -> tuple[ToJudge, ...]:
    answers: tuple[WrittenAnswer, ...]
    if isinstance(one, RatedAnswer):
        answers = (one.answer,)
    elif isinstance(one, EditedAnswer):
        answers = (one.edited, one.answer)
    else:
        answers = (one.a, one.b)
    return tuple(ToJudge(one.request, answer) for answer in answers)


def _rating(one: RatedAnswer, levels: Levels, when: datetime, judge: str | None) -> KeptRating:
    text = mark(one.request, one.answer.text)
    return KeptRating(when=when, levels=levels, rating=one.rating, text=text, judge=judge)


def _comparison(
    one: ComparedAnswers | EditedAnswer, levels: Iterator[Levels], when: datetime, judge: str | None
) -> KeptComparison:
    first, second = (mark(text.request, text.answer.text) for text in _texts(one))
    return KeptComparison(
        when=when,
        how="compared" if isinstance(one, ComparedAnswers) else "edited",
        a=next(levels),
        b=next(levels),
        better=one.better if isinstance(one, ComparedAnswers) else "a",
        pair=(first, second),
        judge=judge,
    )
