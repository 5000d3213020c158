"""Alignment functions: from estimates and targets to a probability for every choice.

Pure arithmetic over arrays; no model is asked.
"""

from alignkit.alignment.distance import choice_probabilities, target_distances, weighted_distance

__all__ = ["choice_probabilities", "target_distances", "weighted_distance"]
