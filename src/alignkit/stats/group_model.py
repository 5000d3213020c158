"""What the members of a group want, each seen in the light of the others.

A hierarchical model with few assumptions: each member wants a level of their own, drawn from the
group's distribution, a normal one cut off at 0 and 1 whose centre and spread are not known. All
centres and spreads of a grid are equally likely beforehand and are averaged over, so that members
of whom little is known lean on the group and members of whom much is known do not (partial pooling;
Gelman et al., 2013, Bayesian Data Analysis, chapter 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignkit.stats.probability import Floats, normalise, softmax
from alignkit.stats.wanted_level import GRID

SPREADS: Floats = np.geomspace(0.02, 0.64, 6)
"""Standard deviations of the normal distribution before it is cut off."""
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Pooled:
    """What is known of a group; all distributions are over `GRID` and sum to 1."""

    mean: Floats
    """(n_levels,): how likely each level is the mean of the group."""
    members: Floats
    """(n_members, n_levels): how likely each level is what the member wants."""
    log_evidence: float
    """Logarithm of the probability of all choices, averaged over centres and spreads."""

    @property
    def wishes(self) -> Floats:
        """(n_levels,): how the members' wishes are spread."""
        return np.asarray(self.members.mean(axis=0))


def group_priors() -> Floats:
    """Every distribution that a group may have: (n_groups, n_levels), rows sum to 1."""
    centres, spreads = np.meshgrid(GRID, SPREADS)
    apart = (GRID - centres.reshape(-1, 1)) / spreads.reshape(-1, 1)
    return normalise(np.exp(-(apart**2) / 2))


def pooled(log_likelihoods: Floats) -> Pooled:
    """What the members want, given the likelihoods (n_members, n_levels) of their choices."""
    priors = group_priors()
    largest = log_likelihoods.max(axis=1, keepdims=True)
    likelihoods = np.exp(log_likelihoods - largest)
    each = np.maximum(priors @ likelihoods.T, _TINY)  # (n_groups, n_members)
    logs = np.log(each).sum(axis=1)
    groups = softmax(logs)
    members = ((groups[:, None] / each).T @ priors) * likelihoods
    evidence = np.logaddexp.reduce(logs) - np.log(len(logs)) + largest.sum()
    return Pooled(_binned(priors @ GRID, groups), normalise(members), float(evidence))


def _binned(means: Floats, shares: Floats) -> Floats:
    """Each share given to the level of `GRID` that is nearest to its mean: (n_levels,)."""
    steps = len(GRID) - 1
    nearest = np.rint(means * steps).astype(np.intp)
    return np.asarray(np.bincount(nearest, shares, minlength=len(GRID)), dtype=np.float64)
