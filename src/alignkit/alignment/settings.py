"""Settings of the alignment functions; each function names those that concern it as its `reads`.

A decider refuses a setting that its function does not read.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from alignkit.schema import Frozen, Identifier
from alignkit.schema.scenario import Unit

BANDWIDTH = 0.075
"""Standard deviation of the kernel, in levels: three quarters of a step on a scale of 0 to 10."""

Boundary = Literal["none", "reflect"]
Norm = Literal["raw", "local", "global", "prior"]


class AlignmentSettings(Frozen):
    """How estimates are weighed against targets."""

    temperature: Annotated[float, Field(ge=1e-6, le=1e6, allow_inf_nan=False)] | None = None
    """The difference in cost that makes a choice e times as likely; None for the function's own:
    0.1 where costs are distances, 1 where they are log-likelihoods or utilities."""
    bandwidth: Annotated[float, Field(ge=0.01, le=1)] = BANDWIDTH
    """For `kde_...`: standard deviation of the kernel of a density, in levels; not finer than the
    grid of 101 levels on which densities are compared."""
    boundary: Boundary = "reflect"
    """For `kde_...`: what becomes of a density beyond 0 and 1: `reflect` folds it back. With `none`
    it is lost, half of it for samples at an end, so that ends look less wanted than they are."""
    norm: Norm = "raw"
    """For `kde_...`: in which levels the target's samples are: `raw`; `local`, 0 and 1 being the
    smallest and largest estimate within the item; `global`, the same within the pool; `prior`:
    samples count the more, the rarer their levels are in the pool."""
    prior_factor: Unit = 0.5
    """With the norm `prior`: how much of that correction for a prior is applied, 0 (none) to 1."""
    pool: dict[Identifier, Annotated[tuple[Unit, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """By attribute: levels that choices show over many items, for `global` and `prior`."""
    against: Identifier = "medical_urgency"
    """The attribute that the targets compete with, in `midpoint` and the logit functions."""
    midpoints: Literal["plain", "weighted"] = "plain"
    """For `midpoint`: the same midpoint for all attributes, or affiliation's and merit's own."""
    votes: Literal["graded", "counted"] = "graded"
    """For `midpoint`: whether an attribute's vote on two choices is the larger, the clearer, or
    always whole."""
    seed: int = 0
    """Of the draws of `kde_sampled`."""
    reverse: bool = False
    """Costs are negated: the least aligned choice is the likeliest, as a control."""
