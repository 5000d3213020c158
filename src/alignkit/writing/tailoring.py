"""Instructions for one request, written by the model and kept where they serve what is wanted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from alignkit.deciders.trace import Trace
from alignkit.decompose import Criterion, Guide
from alignkit.errors import BadModelOutput
from alignkit.models.protocols import Sampling
from alignkit.schema import YES, Boundary, PredicateQuestion, Request
from alignkit.words import ForbiddenWords
from alignkit.writing.checks import question_about

_MOST = 4
"""So many instructions for each target."""
_LONGEST = 160
"""Characters of one."""
_TOKENS = 60
"""Room for one."""
_LIKELIER = 0.5
"""An instruction is kept where it is at least as likely as not that it serves what is wanted."""


@dataclass(frozen=True)
class Tailored:
    """What became of the instructions for one target."""

    guide: Guide
    """With the instructions that are kept; the shipped ones where none is."""
    kept: tuple[str, ...] = ()
    """Those that the model wrote and the judge found to serve what is wanted."""
    dropped: tuple[str, ...] = ()
    """Those that the model wrote and that were not taken, but for what must not be said."""


async def tailored(  # noqa: PLR0913, PLR0917  the last is seldom given
    writing: Trace,
    judging: Trace,
    request: str,
    guides: Sequence[Guide],
    boundaries: Sequence[Boundary] = (),
    seed: int = 0,
) -> tuple[Tailored, ...]:
    """Each of `guides` with instructions for `request` in place of those for any request.

    One is taken where a typed question finds that it serves what is wanted by the attribute's
    definition, and where it says no forbidden word. Where what is written breaks the rule of a
    boundary, nothing of it is.

    Args:
        writing: asks the model that writes.
        judging: asks the model that judges.
        request: what the instructions are for.
        guides: the targets.
        boundaries: what must not be said or done.
        seed: of what is written.

    Raises:
        UnsupportedCapability: the one does not write objects, or the other answers no questions.
        ModelError: one of them could not be asked.
    """
    words = ForbiddenWords(boundaries)
    with writing.step("writing instructions for the request"):
        written = await writing.each(guides, lambda one, to: _written(one, request, to, seed))
    pairs = [(guide, step) for guide, steps in zip(guides, written, strict=True) for step in steps]
    with judging.step("checking the instructions for the request"):
        answers = await judging.ask([_question(judging, request, *pair) for pair in pairs])
    serving = {
        (guide.attribute.name, step)
        for (guide, step), answer in zip(pairs, answers, strict=True)
        if answer.probabilities[YES] >= _LIKELIER and not words.find(step)
    }
    speakable = {step for _, step in pairs if not words.find(step)}
    if await _breaks_a_rule(judging, request, boundaries, speakable):
        return tuple(map(Tailored, guides))
    return tuple(_sorted_out(*pair, serving, words) for pair in zip(guides, written, strict=True))


async def _breaks_a_rule(
    trace: Trace, request: str, boundaries: Sequence[Boundary], steps: Collection[str]
) -> bool:
    """Whether the `steps`, taken together, say what a boundary forbids."""
    text = "\n".join(sorted(steps))
    rules = boundaries if text else ()
    asked = [question_about(trace, Criterion(one), request, text) for one in rules]
    answers = await trace.ask(asked) if asked else []
    return any(answer.probabilities[YES] >= _LIKELIER for answer in answers)


async def _written(trace: Trace, request: str, guide: Guide, seed: int) -> tuple[str, ...]:
    """What the model writes for one target; nothing where it writes nothing usable."""
    prompt = trace.render("tailor", request=request, guide=guide, most=_MOST).prompt
    sampling = Sampling(seed=seed, max_tokens=_MOST * _TOKENS)
    try:
        output = await trace.write(prompt, _SCHEMA, sampling)
    except BadModelOutput:
        return ()
    lines = (" ".join(str(one).split()) for one in output["steps"])
    return tuple(dict.fromkeys(line for line in lines if line.isprintable() and line))[:_MOST]


def _question(trace: Trace, request: str, guide: Guide, step: str) -> Request:
    asked = trace.render("tailor_check", request=request, guide=guide, step=step)
    return Request(prompt=asked.prompt, question=PredicateQuestion(instructions=asked.question))


def _sorted_out(
    guide: Guide, steps: Sequence[str], serving: set[tuple[str, str]], words: ForbiddenWords
) -> Tailored:
    kept = tuple(one for one in steps if (guide.attribute.name, one) in serving)
    dropped = tuple(one for one in steps if one not in kept and not words.find(one))
    return Tailored(replace(guide, instructions=kept) if kept else guide, kept, dropped)


_SCHEMA = {
    "type": "object",
    "properties": {
        "steps": {
            "type": "array",
            "items": {"type": "string", "minLength": 3, "maxLength": _LONGEST},
            "minItems": 1,
            "maxItems": _MOST,
        }
    },
    "required": ["steps"],
    "additionalProperties": False,
}
