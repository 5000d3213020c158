"""Whether a run shows what was asked of it: enough effect, and no more loss than allowed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from alignkit.evaluate.gains import gains
from alignkit.evaluate.metrics.capability import Retention, retained
from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.kinds import Formats
from alignkit.evaluate.metrics.pairs import Method, Pair, group_of, grouped, method_of
from alignkit.evaluate.metrics.plain import is_control
from alignkit.evaluate.metrics.steered import steered
from alignkit.evaluate.metrics.steering import effects
from alignkit.evaluate.missing import no_effect, no_loss
from alignkit.schema.run import Cell
from alignkit.stats.intervals import Interval

State = Literal["passed", "failed", "undecided"]


@dataclass(frozen=True)
class Checked:
    """One thing that was asked of a run."""

    kind: Literal["effect", "loss", "failures"]
    about: str
    """Of what: method, and attribute or profile."""
    state: State
    """undecided: the interval reaches to both sides of what was asked, or there is nothing to
    judge; a gate does not pass it."""
    value: float
    """The effect, the loss, or how many decisions failed; NaN where there is nothing to judge."""
    interval: Interval | None
    """At 95 %."""
    limit: float
    """The least effect, the largest loss, or the most failed decisions."""
    n: int
    groups: int
    why: str = ""
    """What there is none of, where there is nothing to judge."""

    @property
    def passed(self) -> bool:
        """Whether it is shown."""
        return self.state == "passed"


def checks(
    pairs: Sequence[Pair],
    formats: Formats,
    min_effect: float | None = None,
    max_loss: float | None = None,
    max_failed: int = 0,
) -> list[Checked]:
    """What a run shows of what was asked: a check for everything, also for what broke.

    An effect is that of each method on each attribute that is wanted at two levels, high minus low;
    for a profile that wants nothing at two levels the gain in alignment score over the plain model.
    It passes where its whole interval is at `min_effect` or above. A loss is that of accuracy under
    each profile against the plain model, over all data sets, without controls; it passes where the
    interval of the difference lies above -`max_loss`. Failed decisions are counted over the whole
    run. All have to pass, so no correction for their number is needed: a gate that passes wrongly
    has passed at least this one wrongly.

    Args:
        pairs: decisions of a run.
        formats: of its data sets.
        min_effect: -1 to 1; None asks for none.
        max_loss: above 0; None asks for none.
        max_failed: so many decisions may have failed.
    """
    found = [_failures(pairs, max_failed)]
    if min_effect is not None:
        found += _effects(pairs, min_effect)
    if max_loss is not None:
        found += _losses(pairs, formats, max_loss)
    return found


def _failures(pairs: Sequence[Pair], most: int) -> Checked:
    failed = sum(result.outcome == "failed" for _, result in pairs)
    groups = len({group_of(cell) for cell, _ in pairs})
    state: State = "passed" if failed <= most else "failed"
    return Checked("failures", "all decisions", state, failed, None, most, len(pairs), groups)


def _effects(pairs: Sequence[Pair], least: float) -> list[Checked]:
    plain = [pair for pair in pairs if pair[0].profile is None]
    both = {(one.method, one.attribute): one.effect for one in effects(steered(pairs))}
    gained = {(one.method, one.profile): one.gain for one in gains(pairs)}
    found = []
    for method, ours in _by_method(pairs).items():
        swept = _swept(ours)
        for name in sorted(swept):
            part = [pair for pair in ours if _tells(pair[0], name, swept)]
            about = f"{name} by {method}"
            found.append(_effect(about, both.get((method, name)), least, no_effect(part, [])))
        for profile, part in sorted(grouped(ours, lambda pair: pair[0].profile or "").items()):
            if not any(_tells(part[0][0], name, swept) for name in swept):
                about = f"{profile} by {method}"
                why = no_effect(part, plain)
                found.append(_effect(about, gained.get((method, profile)), least, why))
    return found


def _swept(pairs: Sequence[Pair]) -> dict[str, bool]:
    """Attributes that are wanted at several levels, and whether by profiles that want one alone."""
    found = {}
    wishes = [(name, cell) for cell, _ in pairs for name in cell.targets]
    for name, asked in grouped(wishes, lambda wish: wish[0]).items():
        alone = [cell for _, cell in asked if len(cell.targets) == 1]
        cells = alone or [cell for _, cell in asked]
        if len({cell.targets[name] for cell in cells} - {None}) > 1:
            found[name] = bool(alone)
    return found


def _tells(cell: Cell, name: str, swept: Mapping[str, bool]) -> bool:
    """Whether `cell` has a part in the effect on `name`, as `effects` counts."""
    return name in cell.targets and (len(cell.targets) == 1 or not swept[name])


def _by_method(pairs: Sequence[Pair]) -> dict[Method, list[Pair]]:
    """Decisions under profiles, by method."""
    asked = [pair for pair in pairs if pair[0].profile is not None]
    return dict(sorted(grouped(asked, lambda pair: method_of(pair[0])).items()))


def _effect(about: str, found: Figure | None, least: float, why: str) -> Checked:
    if found is None:
        return Checked("effect", about, "undecided", math.nan, None, least, 0, 0, why)
    ends = found.interval
    state: State = "undecided"
    if ends is not None and ends.low >= least:
        state = "passed"
    elif ends is not None and ends.high < least:
        state = "failed"
    return Checked("effect", about, state, found.value, ends, least, found.n, found.groups)


def _losses(pairs: Sequence[Pair], formats: Formats, most: float) -> list[Checked]:
    plain = [pair for pair in pairs if pair[0].profile is None]
    tested = {(one.method, one.profile): one for one in retained(pairs, formats, most)}
    followers = [pair for pair in pairs if not is_control(pair[0])]
    found = []
    for method, ours in _by_method(followers).items():
        for profile, part in sorted(grouped(ours, lambda pair: pair[0].profile or "").items()):
            about = f"accuracy under {profile} by {method}"
            one = tested.get((method, profile))
            if one is not None:
                found.append(_loss(about, one))
            else:
                why = no_loss(part, plain, formats)
                found.append(Checked("loss", about, "undecided", math.nan, None, most, 0, 0, why))
    return found


def _loss(about: str, found: Retention) -> Checked:
    test = found.test
    states: dict[str, State] = {"non-inferior": "passed", "inferior": "failed"}
    return Checked(
        "loss",
        about,
        states.get(test.verdict, "undecided"),
        -test.difference,
        Interval(-test.interval.high, -test.interval.low),
        test.margin,
        found.under.n,
        found.under.groups,
    )
