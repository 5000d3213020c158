"""The methods that make decisions, by name."""

from __future__ import annotations

from alignkit.catalog import Catalog
from alignkit.deciders.base import Decider

DECIDERS: Catalog[type[Decider]] = Catalog(
    "decider",
    {
        "comparative_regression": "alignkit.deciders.comparative_regression:ComparativeRegression",
        "direct_regression": "alignkit.deciders.direct_regression:DirectRegression",
        "instructed": "alignkit.deciders.instructed:Instructed",
        "baseline": "alignkit.deciders.baseline:Baseline",
        "oracle": "alignkit.deciders.oracle:Oracle",
        "random": "alignkit.deciders.random:Random",
        "first": "alignkit.deciders.first:First",
    },
    "`align deciders list` shows them.",
)

DEFAULT_DECIDER = "comparative_regression"
"""The decider when none is named."""
PLAIN_DECIDER = "baseline"
"""The decider when none is named and there is no profile."""

__all__ = ["DECIDERS", "DEFAULT_DECIDER", "PLAIN_DECIDER"]
