"""Alignment functions: from estimates and targets to a probability for every choice.

Pure arithmetic over arrays; no model is asked.
"""

from alignkit.alignment.distance import target_distances, weighted_distance
from alignkit.alignment.estimates import Estimates
from alignkit.alignment.function import Alignment
from alignkit.alignment.picking import choice_probabilities
from alignkit.alignment.second_pass import Passed, SecondPass
from alignkit.alignment.settings import AlignmentSettings
from alignkit.catalog import Catalog

ALIGNMENTS: Catalog[Alignment] = Catalog(
    "alignment",
    {
        "distance": "alignkit.alignment.distance:DISTANCE",
        "euclidean": "alignkit.alignment.distance:EUCLIDEAN",
        "kde_sampled": "alignkit.alignment.density:KDE_SAMPLED",
        "kde_likely": "alignkit.alignment.density:KDE_LIKELY",
        "kde_divergence": "alignkit.alignment.density:KDE_DIVERGENCE",
        "midpoint": "alignkit.alignment.midpoint:MIDPOINT",
        "logit": "alignkit.alignment.logit:LOGIT",
        "multinomial_logit": "alignkit.alignment.logit:MULTINOMIAL_LOGIT",
    },
    "The page 'alignment' of the documentation lists them.",
)
"""Alignment functions that look at one item."""
SECOND_PASS: Catalog[SecondPass] = Catalog(
    "second-pass",
    {
        "cumulative_distance": "alignkit.alignment.history:cumulative_distance",
        "cumulative_divergence": "alignkit.alignment.history:cumulative_divergence",
        "match_population": "alignkit.alignment.population:match_population",
    },
    "The page 'alignment' of the documentation lists them.",
)
"""Functions that look at many items, over stored estimates in data-set order."""

__all__ = [
    "ALIGNMENTS",
    "SECOND_PASS",
    "Alignment",
    "AlignmentSettings",
    "Estimates",
    "Passed",
    "SecondPass",
    "choice_probabilities",
    "target_distances",
    "weighted_distance",
]
