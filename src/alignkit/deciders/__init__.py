"""The methods that make decisions."""

from __future__ import annotations

from alignkit.deciders.table import DECIDERS

DEFAULT_DECIDER = "chooser_judge"
"""The decider when none is named."""
PLAIN_DECIDER = "baseline"
"""The decider when none is named and there is no profile."""

__all__ = ["DECIDERS", "DEFAULT_DECIDER", "PLAIN_DECIDER"]
