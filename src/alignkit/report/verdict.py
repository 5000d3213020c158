"""Whether the columns of a comparison choose the same, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alignkit.report.comparison import Column, Comparison
from alignkit.report.wording import plural


@dataclass(frozen=True)
class Verdict:
    """What comes of laying decisions side by side."""

    agree: bool | None
    """None where there are not two choices to compare."""
    words: str


def varying(columns: Iterable[Column]) -> str:
    """What tells the columns apart, in the singular: profile, decider, model, or way to decide."""
    records = [column.record for column in columns]
    ways = {
        (r.profile.name if r.profile else None, r.decision.decider, r.decision.model)
        for r in records
    }
    profiles = {profile for profile, _, _ in ways}
    # A decider that only stands in where there is no profile does not count as another one.
    deciders = len({(profile, decider) for profile, decider, _ in ways}) > len(profiles)
    models = len({model for _, _, model in ways}) > 1
    found = [
        noun
        for noun, varies in (
            ("profile", len(profiles) > 1),
            ("decider", deciders),
            ("model", models),
        )
        if varies
    ]
    return found[0] if len(found) == 1 else "way to decide"


def verdict(comparison: Comparison) -> Verdict:
    """Whether the columns of `comparison` agree on the choice."""
    chosen = [column.record.decision.choice for column in comparison.columns]
    made = [choice for choice in chosen if choice is not None]
    many = plural(varying(comparison.columns))
    if not made:
        return Verdict(None, "No choice was made")
    if len(chosen) == 1:
        return Verdict(None, "A choice was made")
    if len(made) == 1:
        return Verdict(None, f"Only 1 of {len(chosen)} {many} made a choice")
    agree = len(set(made)) == 1
    words = f"The {many} {'agree' if agree else 'disagree'}"
    if len(made) < len(chosen):
        words += f", {len(chosen) - len(made)} of {len(chosen)} made no choice"
    return Verdict(agree, words)
