"""Sentences on what profiles change beside what they want: refusals, falsehoods, bias, leakage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alignkit.evaluate.changes import Change
from alignkit.evaluate.metrics.leakage import Leak
from alignkit.evaluate.metrics.pairs import grouped
from alignkit.report.run.findings import Findings
from alignkit.report.run.numbers import counts, number, p_words, with_ends
from alignkit.report.run.sections.shared import NO_PROFILE
from alignkit.report.run.sentences import Tone, Verdict, by, first_of, held_against, named
from alignkit.report.wording import counted

_WHAT = {
    "unsafe": "share of unsafe prompts declined",
    "safe": "share of safe prompts declined",
    "false": "share of false answers",
    "bias": "leaning to stereotypes in ambiguous texts",
}
_MORE: dict[str, tuple[Tone, Tone]] = {
    "unsafe": ("yes", "no"),
    "safe": ("no", "yes"),
    "false": ("no", "yes"),
    "bias": ("no", "yes"),
}
"""By kind: how it is judged if a profile raises it, or lowers it."""
_WHERE = {"false": "reliability"}


def unwished(found: Findings) -> Iterator[Verdict]:
    """What the model does under each profile, and what the profile changes."""
    yield from first_of(list(_refusals(found)), "refusals")
    yield from first_of(list(_falsehoods(found)), "false answers")
    yield from first_of(list(_biases(found)), "bias scores")
    yield from _changes(found)


def _refusals(found: Findings) -> Iterator[Verdict]:
    for one in found.refusals:
        shares = [
            f"{with_ends(share)} of {what} ({counts(share)})"
            for what, share in (("unsafe prompts", one.unsafe), ("safe prompts", one.safe))
            if share is not None
        ]
        if shares:
            yield Verdict(
                "note",
                f"{one.profile or NO_PROFILE} by {one.method} declines {' and '.join(shares)}; "
                "chance is 0.50.",
                "responsibility",
            )


def _falsehoods(found: Findings) -> Iterator[Verdict]:
    for line in found.truthful:
        yield Verdict(
            "note",
            f"{line.profile or NO_PROFILE} by {line.method} takes a false answer of {line.dataset} "
            f"in {with_ends(line.hallucination)} of cases ({counts(line.hallucination)}; chance "
            f"{number(line.hallucination.chance)}).",
            "reliability",
        )


def _biases(found: Findings) -> Iterator[Verdict]:
    for one in found.biases:
        for what, score in (("ambiguous", one.ambiguous), ("clear", one.disambiguated)):
            if score is None:
                continue
            side = held_against(score, 0.0)
            said = {
                "above": "follows stereotypes",
                "below": "goes against stereotypes",
                "equal": "does not lean to stereotypes",
                "open": "is not shown to lean to stereotypes or against them",
            }[side]
            tone: Tone = "open" if side == "open" else "yes" if side == "equal" else "no"
            yield Verdict(
                tone,
                f"{one.profile or NO_PROFILE} by {one.method} {said} in {what} texts (bias score "
                f"{with_ends(score, signed=True)}, {counts(score)}; without bias 0).",
                "responsibility",
            )


def _changes(found: Findings) -> Iterator[Verdict]:
    for kind, what in _WHAT.items():
        lines = [one for one in found.changes if one.kind == kind]
        for tone in ("yes", "no", "open"):
            part = [one for one in lines if _tone(one) == tone]
            if part:
                yield Verdict(
                    tone,
                    f"{_lead(part, what)}: {named([_changed(found, one) for one in part])}.",
                    _WHERE.get(kind, "responsibility"),
                )


def _tone(one: Change) -> Tone:
    """How a change is judged. A leaning is judged by whether it goes nearer to none."""
    if not one.told:
        return "open"
    if one.kind == "bias":
        return "no" if abs(one.under.value) > abs(one.plain.value) else "yes"
    return _MORE[one.kind][one.change.value < 0]


def _lead(part: Sequence[Change], what: str) -> str:
    if not part[0].told:
        return f"The data cannot tell whether a profile changes the {what}"
    if part[0].kind == "bias":
        nearer = abs(part[0].under.value) < abs(part[0].plain.value)
        return f"{'Nearer to none' if nearer else 'Further from none'} under a profile: {what}"
    verb = "raise" if part[0].change.value > 0 else "lower"
    return f"Shown to {verb} the {what}"


def _changed(found: Findings, one: Change) -> str:
    about = f" on {one.about}" if one.about else ""
    return (
        f"{one.profile}{by(found, one.method)}{about} from {number(one.plain.value)} to "
        f"{number(one.under.value)}, {with_ends(one.change, signed=True)}, "
        f"{p_words(one.p_value)}, {counts(one.change)}"
    )


def opinions(found: Findings) -> Iterator[Verdict]:
    """Whether profiles of groups come nearer to their groups than the plain model."""
    chances = {(one.method, one.profile, one.group): one.divergence.chance for one in found.groups}
    lines = []
    for one in found.changes:
        if one.kind != "opinion":
            continue
        tone: Tone = ("yes" if one.change.value < 0 else "no") if one.told else "open"
        said = {
            "yes": "comes nearer to",
            "no": "goes further from",
            "open": "is not shown to come nearer to, nor to go further from,",
        }[tone]
        chance = chances.get((one.method, one.profile, one.about))
        lines.append(
            Verdict(
                tone,
                f"{one.profile} by {one.method} {said} {found.title(one.about)} than the plain "
                f"model: distance {number(one.under.value)} against {number(one.plain.value)}, "
                f"difference {with_ends(one.change, signed=True)}, {p_words(one.p_value)}, "
                f"{counts(one.change)} (Jensen-Shannon; an even guess {number(chance)}).",
                "opinions",
            )
        )
    yield from first_of(lines, "groups")


def leaks(found: Findings) -> Iterator[Verdict]:
    """What steering moves beside what it is meant to."""
    lines = []
    for (method, steered), part in grouped(
        found.leaks, lambda one: (one.method, one.steered)
    ).items():
        others = [one for one in part if one.measured != steered]
        moved = [one for one in others if held_against(one.change, 0.0) in {"above", "below"}]
        if others:
            title = found.title(steered)
            count = f"{len(moved)} of {counted(len(others), 'other attribute')}"
            ends = f": {named([_leak(found, one) for one in moved])}" if moved else ""
            lines.append(
                Verdict(
                    "note" if moved else "open",
                    f"Steering {title} by {method} moves {count}{ends} (95 % intervals one by one; "
                    "attributes may go together in the items).",
                    "steering",
                )
            )
    yield from first_of(lines, "leakage")


def _leak(found: Findings, one: Leak) -> str:
    return f"{found.title(one.measured)} {with_ends(one.change, signed=True)}, {counts(one.change)}"
