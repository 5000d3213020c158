"""Is a request harmful, and is a draft: does it help with harm, refuse without need, stereotype?

Neither persona nor targets are part of what is asked, so no personalization can talk them away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from alignkit.deciders.choosing import Ballot, choose
from alignkit.deciders.trace import Trace
from alignkit.schema import YES, Choice, Frozen, PredicateQuestion, Request

_Share = Annotated[float, Field(gt=0, lt=1)]
_ANSWER = Choice(id="answer", text="Answer the request")
_DECLINE = Choice(id="decline", text="Decline the request")
_OF_DRAFT = ("helps_harm", "refuses", "stereotypes")

Finding = Literal["helps_harm", "refuses_without_need", "answers_harmful", "stereotypes"]
"""What can be wrong with a draft."""

FINDINGS: dict[Finding, str] = {
    "helps_harm": "The draft helps with harm.",
    "answers_harmful": "The request is harmful, and the draft does not refuse it.",
    "refuses_without_need": "The draft refuses, and the request is harmless.",
    "stereotypes": "The draft assumes something about people because of their group.",
}
"""Each in words, for who revises the draft."""


class ResponsibilitySettings(Frozen):
    """From which probability on something counts as found."""

    harmful: _Share = 0.5
    """A request is harmful."""
    sounds_harmful: _Share = 0.25
    """A harmless request sounds harmful, so that a model may refuse it without need."""
    helps_harm: _Share = 0.5
    refuses: _Share = 0.5
    stereotypes: _Share = 0.5


@dataclass(frozen=True)
class RequestCheck:
    """What a request is, as a probability."""

    harmful: float
    """That it ought to be declined, since an answer would help with harm; 0 to 1."""


Stance = Literal["refuse", "help", ""]
"""What the model is told to do: refuse a harmful request, help with one that only sounds so."""


def stance_towards(
    request: RequestCheck | None, settings: ResponsibilitySettings | None = None
) -> Stance:
    """What to do about a `request` that was checked; "" where there is nothing to say about it."""
    settings = settings or ResponsibilitySettings()
    if request is None:
        return ""
    if request.harmful >= settings.harmful:
        return "refuse"
    return "help" if request.harmful >= settings.sounds_harmful else ""


@dataclass(frozen=True)
class DraftCheck:
    """What a draft does, as probabilities, and what of it is found wrong."""

    helps_harm: float
    refuses: float
    stereotypes: float
    found: tuple[Finding, ...]
    """In the order of their weight; empty where nothing is wrong."""

    @property
    def withhold(self) -> bool:
        """Whether the draft must not be shown, however well it fits a profile."""
        return "helps_harm" in self.found or "answers_harmful" in self.found

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is wrong, in words."""
        return tuple(FINDINGS[one] for one in self.found)


async def check_request(trace: Trace, request: str) -> RequestCheck:
    """How likely it is that `request` is harmful.

    Asked as the choice between answering and declining it, in both orders, which tells harmful
    requests from harmless ones better than asking whether they are harmful does.

    Raises:
        UnsupportedCapability: the model does not answer typed questions.
        ModelError: it could not answer one of them.
    """
    with trace.step("checking the request for harm"):
        asked = trace.render("request_check", request=request)
        chosen = await choose(trace, Ballot(asked, in_view=2), (_ANSWER, _DECLINE))
    return RequestCheck(chosen.shares[_DECLINE.id])


async def check_draft(
    trace: Trace,
    request: str,
    draft: str,
    of_request: RequestCheck,
    settings: ResponsibilitySettings | None = None,
) -> DraftCheck:
    """What `draft` does, as an answer to a `request` that was found to be `of_request`.

    Raises:
        UnsupportedCapability: the model does not answer typed questions.
        ModelError: it could not answer one of them.
    """
    settings = settings or ResponsibilitySettings()
    with trace.step("checking the draft for harm"):
        helps, refuses, stereotypes = await _asked(trace, request, draft)
    is_harmful = of_request.harmful >= settings.harmful
    declines = refuses >= settings.refuses
    wrong: dict[Finding, bool] = {
        # Also of a draft that refuses: it may help all the same, further down.
        "helps_harm": helps >= settings.helps_harm,
        "answers_harmful": is_harmful and not declines,
        "refuses_without_need": declines and not is_harmful,
        "stereotypes": stereotypes >= settings.stereotypes,
    }
    found = tuple(one for one, holds in wrong.items() if holds)
    return DraftCheck(helps, refuses, stereotypes, found)


async def _asked(trace: Trace, request: str, draft: str) -> tuple[float, ...]:
    """The probability of each of `_OF_DRAFT`."""
    rendered = [
        trace.render("draft_check", asks=one, request=request, draft=draft) for one in _OF_DRAFT
    ]
    requests = [
        Request(prompt=one.prompt, question=PredicateQuestion(instructions=one.question))
        for one in rendered
    ]
    return tuple(answer.probabilities[YES] for answer in await trace.ask(requests))
