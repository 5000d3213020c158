"""Numbers and lists as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from alignkit.schema import Attribute, Decision, Escalation, Estimate, Target, Usage

_MOST_DIGITS = 6
_SHOWN_SAMPLES = 20
_JOINTS = frozenset({"to", "of", "in", "on", "with", "without", "that", "under"})


def plural(noun: str) -> str:
    """`noun` for several; of a phrase with "to", "of" or "in" what is before: "ways to decide"."""
    words = noun.split(" ")
    place = next((at for at, word in enumerate(words) if word in _JOINTS), len(words)) - 1
    words[max(place, 0)] += "s"
    return " ".join(words)


def counted(number: int, noun: str) -> str:
    """`number` with its noun: "1 call", "1,200 calls"."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def listed(parts: Sequence[str]) -> str:
    """`parts` as a phrase: "a", "a and b", "a, b and c"."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def share_figures(shares: Mapping[str, float]) -> dict[str, str]:
    """Each of `shares` with two digits, or with as many as tell the two largest apart."""
    top = sorted(shares.values(), reverse=True)[:2]
    digits = next(
        (n for n in range(2, _MOST_DIGITS) if _distinct(top, n)),
        2,  # they are equal, or might as well be
    )
    return {key: f"{share:.{digits}f}" for key, share in shares.items()}


def _distinct(values: Iterable[float], digits: int) -> bool:
    return all(f"{a:.{digits}f}" != f"{b:.{digits}f}" for a, b in pairwise(values))


def estimate_figure(estimate: Estimate) -> str:
    """Mean and standard deviation."""
    return f"{estimate.mean:.2f} ± {estimate.sd:.2f}"


def no_estimate_words(decision: Decision, attribute: str, otherwise: str) -> str:
    """Why there is no estimate of `attribute` where it was found irrelevant, or `otherwise`."""
    return "not relevant" if attribute in (decision.evidence.relevance or {}) else otherwise


def target_figure(target: Target) -> str:
    """What is wanted, in a few words."""
    return str(target) + (f", weight {target.weight:g}" if target.weight != 1 else "")


def target_words(target: Target, attribute: Attribute) -> str:
    """What is wanted, and what that looks like in a decision."""
    level = target.level
    if level >= 2 / 3:
        where = f"towards the high end: {attribute.high}"
    elif level <= 1 / 3:
        where = f"towards the low end: {attribute.low}"
    else:
        where = f"between the low end ({attribute.low}) and the high end ({attribute.high})"
    return f"{target_figure(target)}, {where}{_samples_words(target)}"


def _samples_words(target: Target) -> str:
    if not target.samples:
        return ""
    shown = ", ".join(f"{sample:g}" for sample in target.samples[:_SHOWN_SAMPLES])
    more = len(target.samples) - _SHOWN_SAMPLES
    return f" The samples: {shown}" + (f" and {more:,} more." if more > 0 else ".")


def escalation_words(escalation: Escalation) -> str:
    """When a decision is left to a person."""
    if escalation.min_confidence is not None:
        return f"below a confidence of {escalation.min_confidence:g}"
    return (
        f"so that, with certainty {escalation.confidence:g}, at most {escalation.error_rate:g} "
        "of the decisions made are wrong"
    )


def tokens_words(usage: Usage) -> str:
    """How many tokens were read, how many of them anew, and how many were written."""
    read = f"{usage.tokens_submitted:,} submitted, {usage.tokens_evaluated:,} evaluated"
    return read + (f", {usage.tokens_generated:,} generated" if usage.tokens_generated else "")


def seconds_words(seconds: float) -> str:
    """A duration."""
    return "under 0.1 s" if seconds < 0.05 else f"{seconds:,.1f} s"  # noqa: PLR2004  rounds to 0.0


def short_hash(digest: str) -> str:
    """Enough of a hash to recognise it by."""
    return f"{digest[:12]}…"
