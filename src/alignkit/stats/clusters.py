"""Items that belong together: several examples of one scenario are no independent evidence.

The scenarios are the draw from the world. What two items of the same scenario share (its words, its
difficulty) makes their results alike, so intervals and tests count clusters and not items.
"""

from __future__ import annotations

import numpy as np

from alignkit.stats.arrays import Ints, Labels


def members(clusters: Labels) -> list[Ints]:
    """The positions of the items of each cluster, ascending; clusters in the order of their labels.

    Args:
        clusters: the label of each item, (n,), n at least 1.
    """
    _, numbers = np.unique(clusters, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)


def one_per_cluster(clusters: Labels, rng: np.random.Generator) -> Ints:
    """The positions of one item of each cluster, drawn evenly, in ascending order: (n_clusters,).

    What is drawn is independent if the clusters are, so what needs independent examples can be told
    these. A result then speaks of a scenario drawn at random and one example drawn from it, however
    many examples the scenario has.
    """
    return np.sort([rng.choice(positions) for positions in members(clusters)])
