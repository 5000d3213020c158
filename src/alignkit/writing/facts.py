"""The check of what a draft states, as a finding with quotes, and what of it may be given."""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.deciders.trace import Trace
from alignkit.schema import CheckedClaim, Finding, SourceQuote, Standing
from alignkit.schema.abstention import Abstention
from alignkit.writing.checks import Judged, Work, Written
from alignkit.writing.marking import treated
from alignkit.writing.reliability import ReliabilitySettings, Reliable, check_reliability
from alignkit.writing.sources import Passage

_MOST = 5
"""So many claims are named to a revision."""
_WRONG: dict[Standing, str] = {
    "contradicted": "The sources say otherwise",
    "disputed": "The sources disagree on this",
    "unsupported": "Nothing supports this",
}


class Facts:
    """What the drafts for one request state.

    Without sources, the other answers of the model are drawn once, for all of its drafts.
    """

    def __init__(
        self, settings: ReliabilitySettings | None = None, abstention: Abstention | None = None
    ) -> None:
        """Check as `settings` say; `abstention` is what judged answers taught about this way."""
        self._settings = settings or ReliabilitySettings()
        self._abstention = abstention
        self._answers: Sequence[str] = ()

    async def judged(self, writer: Trace, judge: Trace, work: Work, written: Written) -> Judged:
        """`written` with what nothing supports treated; one finding for all of its claims.

        Sources are put to the `judge`; what a model knows only the `writer` itself can say.

        Raises:
            UnsupportedCapability: the model lacks what this takes.
            ModelError: it could not be asked.
        """
        checked = await check_reliability(
            judge if work.sources else writer,
            work.request,
            written.text,
            work.sources,
            self._settings,
            work.profile.escalate if work.profile else None,
            self._abstention,
            self._answers,
        )
        self._answers = checked.answers or self._answers
        found = _claims_of(checked)
        text = checked.text
        if checked.outcome == "abstained":  # for those who look at the drafts: never the answer
            keeps = self._settings.unsupported == "keep"
            text = treated(written.text, checked.unsupported, "keep" if keeps else "mark")
        return Judged(
            text,
            (_finding(checked, found, work),),
            found,
            shortened=len(text) < len(written.text),
        )


def _finding(checked: Reliable, found: Sequence[CheckedClaim], work: Work) -> Finding:
    wrong = [one for one in found if one.standing != "supported"]
    abstains = checked.outcome == "abstained"
    by = "supported by the sources" if work.sources else "known well enough"
    claims = "claim is" if len(found) == 1 else "claims are"
    says = f"{len(found) - len(wrong)} of {len(found)} {claims} {by}"
    if abstains:
        says = checked.reason
    elif not found:
        says = "claims nothing that can be checked"
    return Finding(
        check="claims",
        about="claims",
        holds=not wrong and not abstains,
        probability=checked.probability,
        fit=1 - len(wrong) / len(found) if found else 1.0,
        weight=work.heaviest,
        abstains=abstains,
        says=says,
        advice=_advice(wrong),
    )


def _advice(wrong: Sequence[CheckedClaim]) -> str:
    """What a revision has to do about claims that are `wrong`, with what sources say instead."""
    if not wrong:
        return ""
    lines = ["Leave out or correct what is not supported; say so where the answer is not known."]
    for one in wrong[:_MOST]:
        instead = f' They say: "{one.against.text}"' if one.against else ""
        lines.append(f'{_WRONG[one.standing]}: "{one.text}"{instead}')
    return "\n".join(lines)


def _claims_of(checked: Reliable) -> tuple[CheckedClaim, ...]:
    by_sources = (
        CheckedClaim(
            text=one.claim.text,
            standing=one.standing,
            probability=_share(one.probability),
            quote=_quoted(one.quote),
            against=_quoted(one.against),
        )
        for one in checked.supported
    )
    missing = set(checked.unsupported)
    by_knowing = (
        CheckedClaim(
            text=one.claim.text,
            standing="unsupported" if one.claim in missing else "supported",
            probability=_share(one.probability),
        )
        for one in checked.known
    )
    return (*by_sources, *by_knowing)


def _share(probability: float) -> float:
    """Without what rounding adds."""
    return min(1.0, max(0.0, probability))


def _quoted(said: Passage | None) -> SourceQuote | None:
    if said is None:
        return None
    return SourceQuote(file=said.file, line=said.line, last_line=said.last_line, text=said.text)
