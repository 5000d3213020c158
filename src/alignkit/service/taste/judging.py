"""How much written answers show attributes: asked of a model where it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.deciders.regression import level_request
from alignkit.deciders.trace import Trace
from alignkit.errors import DataError
from alignkit.models import Model
from alignkit.prompts import Prompts
from alignkit.schema import Attribute, WrittenAnswer
from alignkit.schema.taste import Levels

_TEMPLATE = "answer_level"


@dataclass(frozen=True)
class ToJudge:
    """An answer whose levels are wanted."""

    request: str | None
    answer: WrittenAnswer


def unknown(texts: Sequence[ToJudge], attributes: Sequence[Attribute]) -> bool:
    """Whether the level of some attribute in some of `texts` is not known."""
    return any(one.name not in text.answer.levels for text in texts for one in attributes)


async def judged(
    texts: Sequence[ToJudge],
    attributes: Sequence[Attribute],
    model: Model | None,
    prompts: Prompts,
) -> list[Levels]:
    """The levels of all `attributes` in each of `texts`, in their order.

    What is not known of a text is asked of `model`, all at once, so that it reads each text one
    time; its level is the mean of the scale (a `score` question).

    Raises:
        DataError: there is something to ask, but no model.
        UnsupportedCapability: the model does not answer typed questions.
        ModelError: it could not answer one of them.
    """
    pairs = [
        (place, one)
        for place, text in enumerate(texts)
        for one in attributes
        if one.name not in text.answer.levels
    ]
    if pairs and model is None:
        raise DataError(
            f"There is an answer without a level of {pairs[0][1].name!r}.",
            "Give its `levels`, or a model that judges it.",
        )
    trace = Trace(model, prompts)
    requests = [
        level_request(
            trace.render(
                _TEMPLATE,
                request=texts[place].request,
                answer=texts[place].answer.text,
                attribute=one,
            ),
            one,
        )
        for place, one in pairs
    ]
    answers = await trace.ask(requests) if requests else ()
    found: list[Levels] = [dict(text.answer.levels) for text in texts]
    for (place, one), answer in zip(pairs, answers, strict=True):
        found[place][one.name] = answer.mean
    return found
