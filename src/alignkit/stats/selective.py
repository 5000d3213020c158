"""What escalating the least sure decisions buys: fewer errors among those that are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignkit.stats.probability import Floats


@dataclass(frozen=True)
class RiskCoverage:
    """The curve of the errors among decisions made over the share of decisions made."""

    thresholds: Floats
    """Of the confidence: decide from here on; different confidences, falling, (k,)."""
    coverage: Floats
    """The share of decisions made at each threshold, rising to 1, (k,)."""
    risk: Floats
    """The mean loss among these, (k,); the last is that of all."""
    area: float
    """The mean risk over all coverages, 0 (best) to 1: see `area_under_risk`."""


def risk_coverage(confidence: Floats, losses: Floats) -> RiskCoverage:
    """The risk-coverage curve (El-Yaniv and Wiener, 2010, jmlr.org/papers/v11/el-yaniv10a.html).

    Items of equal confidence are decided together, so the curve has one point for each confidence.

    Args:
        confidence: (n,), n at least 1, on any scale.
        losses: (n,), each 0 to 1: 1 where the decision was wrong.

    Raises:
        ValueError: the lengths differ, there is no item, or a loss is out of its range.
    """
    ends, sums = _blocks(confidence, losses)
    order = np.sort(confidence)[::-1]
    return RiskCoverage(
        thresholds=order[ends - 1],
        coverage=ends / len(losses),
        risk=sums / ends,
        area=area_under_risk(confidence, losses),
    )


def area_under_risk(confidence: Floats, losses: Floats) -> float:
    """The area under the risk-coverage curve: the mean over k of the loss of the k surest items.

    This is AURC (Geifman, Uziel and El-Yaniv, 2019, arXiv:1805.08206). Among items of equal
    confidence the k surest are drawn evenly, so a confidence that says nothing scores the mean
    loss. The best possible for n items of which a share r is wrong is that of all wrong ones last,
    about r + (1 - r) log(1 - r): compare areas only together with the mean loss.

    Args:
        confidence: (n,), n at least 1, on any scale.
        losses: (n,), each 0 to 1.

    Raises:
        ValueError: as `risk_coverage`.
    """
    ends, sums = _blocks(confidence, losses)
    counts = np.arange(1, len(losses) + 1)
    # Within a block of equal confidences the expected sum of losses grows evenly.
    expected = np.interp(counts, np.append(0, ends), np.append(0.0, sums))
    return float((expected / counts).mean())


def _blocks(confidence: Floats, losses: Floats) -> tuple[Floats, Floats]:
    """From the surest down: how many items there are to the end of each block, and their loss."""
    if len(confidence) != len(losses) or not len(losses):
        raise ValueError(f"{len(confidence)} confidences do not fit {len(losses)} losses")
    if not np.all((losses >= 0) & (losses <= 1)):
        raise ValueError("losses must lie in 0 to 1")
    order = np.argsort(-confidence, kind="stable")
    falling = confidence[order]
    ends = np.append(np.flatnonzero(np.diff(falling)) + 1, len(falling))
    return ends, np.cumsum(losses[order], dtype=np.float64)[ends - 1]
