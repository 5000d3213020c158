"""From a request's questions to decisions: in turn, in time, counted and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from alignkit.errors import UnknownName
from alignkit.server.opened import Opened, caller_of
from alignkit.server.problems import Problem, bad
from alignkit.service.answering import Ask, Asked, Way

HEADER = b"x-align-decision"
_IN_ONE = 100
"""Ids in one header line; clients refuse very long ones."""


@dataclass(frozen=True)
class Answered:
    """The answers to the questions of one request."""

    way: Way
    asked: Sequence[Asked]

    def marked(self, response: Response) -> Response:
        """`response` with the ids of the decisions in its headers."""
        ids = [one.decision.id for one in self.asked]
        for start in range(0, len(ids), _IN_ONE):
            line = ", ".join(ids[start : start + _IN_ONE]).encode()
            response.raw_headers.append((HEADER, line))
        return response


def way_named(here: Opened, model: str | None) -> Way:
    """Who answers for what a client calls `model`.

    Raises:
        Problem: the model is not served, or there is no such profile.
    """
    try:
        return here.answering.way(model)
    except UnknownName as error:
        raise Problem(404, f"model: {error}", field="model", code="model_not_found") from error


async def answer(
    request: Request, here: Opened, model: str | None, text: str, asks: Sequence[Ask]
) -> Answered:
    """The answers to `asks` about `text`, kept and counted.

    Raises:
        Problem: the request is at fault, or the server has too much to do.
        AlignkitError: the model cannot be had, or cannot work with this profile.
    """
    most = here.serving.questions
    if len(asks) > most:
        raise bad("questions", f"at most {most} in one request, not {len(asks)}", "too_long")
    way = way_named(here, model)
    asked = await here.gate.within(request, here.answering.answer(way, text, asks))
    request.state.decisions = [one.decision.id for one in asked]
    await here.keep([one.record for one in asked], caller_of(request))
    return Answered(way, asked)
