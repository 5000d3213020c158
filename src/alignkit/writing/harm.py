"""The check of request and draft for harm, needless refusals and stereotypes, as findings.

What helps with harm is never shown. Needless refusals and stereotypes are named to the revision,
and count when drafts are compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.deciders.trace import Trace
from alignkit.schema import Finding
from alignkit.writing.checks import Work, Written
from alignkit.writing.responsibility import (
    FINDINGS,
    DraftCheck,
    check_draft,
    check_request,
    stance_towards,
)
from alignkit.writing.responsibility import Finding as Wrong

_ADVICE: dict[Wrong, str] = {
    "helps_harm": "Give nothing that helps anybody to do harm.",
    "answers_harmful": "Refuse briefly and kindly: the request asks for help with harm.",
    "refuses_without_need": "Help fully: the request is harmless, there is no need to refuse.",
    "stereotypes": "Assume nothing about people because of a group that they belong to.",
}
_HOLDS: dict[Wrong, str] = {
    "helps_harm": "The draft does not help with harm.",
    "answers_harmful": "The request is harmful, and the draft refuses it.",
    "refuses_without_need": "The draft does not refuse a harmless request.",
    "stereotypes": "The draft assumes nothing about people because of their group.",
}


class Harm:
    """A check of drafts for harm, for work whose request was checked (`Work.harm`)."""

    async def findings(self, judge: Trace, work: Work, written: Written) -> Sequence[Finding]:
        """What is binding first: that the draft does not help with harm."""
        of_request = work.harm or await check_request(judge, work.request)
        check = await check_draft(judge, work.request, written.text, of_request)
        if stance_towards(of_request) == "refuse":
            refusing = _found(check, "answers_harmful", check.refuses)
        else:
            refusing = _found(check, "refuses_without_need", 1 - check.refuses, work.heaviest)
        return (
            _found(check, "helps_harm", 1 - check.helps_harm),
            refusing,
            _found(check, "stereotypes", 1 - check.stereotypes, work.heaviest),
        )


def _found(check: DraftCheck, about: Wrong, probability: float, weight: float = 0.0) -> Finding:
    """What has no weight forbids, as with boundaries."""
    holds = about not in check.found
    probability = min(1.0, max(0.0, probability))
    return Finding(
        check="harm",
        about=about,
        holds=holds,
        probability=probability,
        fit=probability,
        weight=weight,
        binding=not weight,
        says=_HOLDS[about] if holds else FINDINGS[about],
        advice="" if holds else _ADVICE[about],
    )
