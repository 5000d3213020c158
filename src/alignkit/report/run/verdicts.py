"""What a run shows, in sentences: what worked, what did not, what the data cannot tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from alignkit.evaluate.metrics.alignment import Alignment
from alignkit.evaluate.metrics.capability import Retention
from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.pairs import grouped
from alignkit.evaluate.metrics.questionnaires import Raised
from alignkit.evaluate.metrics.steering import Effect
from alignkit.report.run.blocks import Section
from alignkit.report.run.findings import Findings, unfinished
from alignkit.report.run.numbers import counts, number, p_words, with_ends
from alignkit.report.run.sections.shared import FEWEST_FOR_CURVES
from alignkit.report.run.sentences import Tone, Verdict, by, first_of, held_against, named
from alignkit.report.run.unwished import leaks, opinions, unwished
from alignkit.report.wording import counted, listed
from alignkit.stats.comparison import holm

ALPHA = 0.05


def verdicts(found: Findings) -> list[Verdict]:
    """What the run shows, the most important first."""
    return [
        *_steering(found),
        *_doses(found),
        *leaks(found),
        *_accuracy(found),
        *_foundations(found),
        *_retention(found),
        *unwished(found),
        *opinions(found),
        *_calibration(found),
    ]


def cautions(found: Findings) -> list[str]:
    """What a reader has to know before believing any of it."""
    held = len(found.pairs)
    failed = sum(one.failed for one in found.costs)
    said = []
    if any(cell.model == "fake" or cell.model.startswith("fake?") for cell, _ in found.pairs):
        said.append(
            'Made-up answers: they come from the model "fake", which is for trying things out.'
        )
    if left := unfinished(found.run, held + found.erased):
        said.append(f"The run is not complete: {left}")
    if failed:
        said.append(
            f"{counted(failed, 'decision')} of {held:,} failed. They count as wrong in accuracies, "
            "retained capability, gains and comparisons of runs, and are left out of steering "
            "effects, leakage, opinions, dilemmas, and shares of refusals, false answers and "
            "stereotypes."
        )
    if found.erased:
        said.append(f"Erased, and counted nowhere: {counted(found.erased, 'decision')}.")
    return said


def _steering(found: Findings) -> Iterator[Verdict]:
    for method, ours in grouped(found.effects, lambda one: one.method).items():
        who = str(method)
        works = [one for one in ours if _shown(one) == "above"]
        backwards = [one for one in ours if _shown(one) == "below"]
        rest = [one for one in ours if _shown(one) == "open"]
        if works:
            yield Verdict(
                "yes",
                f"{who} steers {_share(works, ours)}: {_effects(found, works)}.",
                "steering",
            )
        if backwards:
            yield Verdict(
                "no",
                f"{who} steers the wrong way on {_effects(found, backwards)}.",
                "steering",
            )
        if rest:
            what = "any attribute" if len(rest) == len(ours) else _effects(found, rest)
            more = f" ({_effects(found, rest)})" if len(rest) == len(ours) else ""
            yield Verdict(
                "open",
                f"The data do not show that {who} steers {what}{more}.",
                "steering",
            )


def _shown(one: Effect) -> str:
    """above, below or open: by the p-value and by the interval, as a gate has it."""
    side = held_against(one.effect, 0.0)
    return side if one.told and side in {"above", "below"} else "open"


def _share(some: Sequence[Effect], all_: Sequence[Effect]) -> str:
    return f"{len(some)} of {counted(len(all_), 'attribute')}"


def _effects(found: Findings, lines: Sequence[Effect]) -> str:
    order = sorted(lines, key=lambda one: -abs(one.effect.value))
    return named(
        [
            f"{found.title(one.attribute)} {with_ends(one.effect, signed=True)}, "
            f"{p_words(one.p_value)}, {counts(one.effect)}"
            for one in order
        ]
    )


def _doses(found: Findings) -> Iterator[Verdict]:
    """Whether more is chosen the more is wanted; p-values by Holm's method over all of them."""
    if not found.doses:
        return
    adjusted = holm(np.array([one.trend for one in found.doses]))
    parts: dict[tuple[str, str], list[str]] = {}
    for one, p_value in zip(found.doses, adjusted.tolist(), strict=True):
        side = held_against(one.slope, 0.0) if p_value < ALPHA else "open"
        said = (
            f"{found.title(one.attribute)} slope {with_ends(one.slope, signed=True)}, "
            f"{p_words(p_value)}, {counts(one.slope)}"
        )
        parts.setdefault((str(one.method), side), []).append(said)
    for (who, way), lines in parts.items():
        tones: dict[str, Tone] = {"above": "yes", "below": "no"}
        text = {
            "above": f"The more is wanted, the more is chosen by {who}",
            "below": f"The more is wanted, the less is chosen by {who}",
        }.get(way, f"The data do not show that {who} follows the wanted level")
        yield Verdict(tones.get(way, "open"), f"{text}: {named(lines)}.", "steering")


def _accuracy(found: Findings) -> Iterator[Verdict]:
    for one in found.alignment:
        if one.attribute is None and one.accuracy is not None:
            yield _followed(one, one.accuracy)


def _followed(one: Alignment, accuracy: Figure) -> Verdict:
    chance, constant = accuracy.chance or 0.0, accuracy.constant or 0.0
    over, side = accuracy.over_constant, held_against(accuracy, chance)
    text = (
        f"{one.method} chooses as wanted in {with_ends(accuracy)} of cases ({counts(accuracy)}; "
        f"chance {number(chance)}, best constant answer {number(constant)}"
    )
    if over is not None:
        apart = Figure(accuracy.value - constant, over, accuracy.n, accuracy.groups)
        text += f", difference to it on the same items {with_ends(apart, signed=True)}"
    text += ")"
    if side == "equal":
        return Verdict("no", f"{text}: as chance.", "alignment")
    if side == "below":
        return Verdict("no", f"{text}: worse than chance.", "alignment")
    if side == "open":
        return Verdict("open", f"{text}: not shown to be better than chance.", "alignment")
    if over is not None and over.low > 0:
        return Verdict("yes", f"{text}: better than both.", "alignment")
    if over is not None and over.high < 0:
        said = "better than chance, worse than always the same answer"
        return Verdict("no", f"{text}: {said}.", "alignment")
    said = "better than chance, not shown to be better than always the same answer"
    return Verdict("open", f"{text}: {said}.", "alignment")


def _foundations(found: Findings) -> Iterator[Verdict]:
    yield from first_of([_apart(found, one) for one in found.raised], "foundations")


def _apart(found: Findings, one: Raised) -> Verdict:
    verb, side = ("raise", "above") if one.high else ("lower", "below")
    who = f"{one.profile}{by(found, one.method)}"
    figures = f"difference {with_ends(one.gap, signed=True)}"
    if one.gain is not None:
        figures += f"; rise over the plain model {with_ends(one.gain, signed=True)}"
    figures += f"; {counts(one.gap)}"
    name = found.title(one.scale)
    known = [figure for figure in (one.gap, one.gain) if figure is not None]
    sides = {held_against(figure, 0.0) for figure in known}
    if any(figure.interval is None for figure in known):
        tone: Tone = "open"
        text = f"Too few items to tell whether {who} {verb}s {name} ({figures})."
    elif one.shown:
        tone, text = "yes", f"{who} {verb}s {name} {side} the other foundations ({figures})."
    elif sides == {"below" if one.high else "above"}:
        against = "lowers" if one.high else "raises"
        tone, text = "no", f"{who} does not {verb} {name}, it {against} it ({figures})."
    else:
        tone = "open"
        text = (
            f"{who} is not shown to {verb} {name} {side} the other foundations: an interval "
            f"{'includes zero' if 'open' in sides else 'is on the wrong side of zero'} ({figures})."
        )
    return Verdict(tone, text, "moral-psychology")


def _retention(found: Findings) -> Iterator[Verdict]:
    words = f"more than {found.margin:g} of accuracy"
    tests = found.retained
    kept = [one for one in tests if one.test.verdict == "non-inferior"]
    lost = [one for one in tests if one.test.verdict == "inferior"]
    unsure = [one for one in tests if one.test.verdict == "undecided"]
    if kept:
        yield Verdict(
            "yes",
            f"Shown not to lose {words}: {_losses(found, kept)}.",
            "capability",
        )
    if lost:
        yield Verdict("no", f"Loses {words}: {_losses(found, lost)}.", "capability")
    if unsure:
        yield Verdict(
            "open",
            f"The data cannot tell whether more than {found.margin:g} of accuracy is lost: "
            f"{_losses(found, unsure)}.",
            "capability",
        )


def _losses(found: Findings, lines: Sequence[Retention]) -> str:
    return named(
        [
            f"{one.profile}{by(found, one.method)} {with_ends(one.difference, signed=True)}, "
            f"{counts(one.difference)}"
            for one in lines
        ]
    )


def _calibration(found: Findings) -> Iterator[Verdict]:
    lines = [one for one in found.calibrations if one.brier.n >= FEWEST_FOR_CURVES]
    said = [
        Verdict(
            "note",
            f"Probabilities of {one.method} are off by {number(one.error)} on average (expected "
            f"calibration error, {counts(one.brier)}); Brier score {with_ends(one.brier)}, chance "
            f"{number(one.brier.chance)}.",
            "reliability",
        )
        for one in lines
    ]
    yield from first_of(said, "calibration")


def nothing(sections: Sequence[Section]) -> str:
    """What to say where there is no verdict."""
    if any(one.anchor != "cost" for one in sections):
        return "No verdict: the figures below say what was measured."
    return "Nothing was measured: the scenarios have no true values that a profile names."


def headline(found: Findings) -> str:
    """What was run, in one sentence."""
    cells = [cell for cell, _ in found.pairs]
    models = sorted({cell.model for cell in cells})
    deciders = sorted({cell.decider for cell in cells})
    profiles = {cell.profile for cell in cells if cell.profile}
    data = sorted({cell.dataset for cell in cells})
    plain = any(cell.profile is None for cell in cells)

    def some(names: Sequence[str], noun: str) -> str:
        few = len(names) <= 3  # noqa: PLR2004  more would hide the sentence
        return (
            f"{counted(len(names), noun)} ({listed(names)})" if few else counted(len(names), noun)
        )

    under = (
        f"{counted(len(profiles), 'profile')}{' and none' * plain}" if profiles else "no profile"
    )
    return (
        f"{counted(len(cells), 'decision')} on {some(data, 'data set')}, under {under}, by "
        f"{some(deciders, 'decider')} with {some(models, 'model')}."
    )
