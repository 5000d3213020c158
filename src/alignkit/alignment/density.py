"""Alignment with the distribution of levels that a person or a group shows."""

from __future__ import annotations

import json
from hashlib import blake2b

import numpy as np

from alignkit.alignment.divergence import jensen_shannon
from alignkit.alignment.function import Alignment, Sight
from alignkit.alignment.kde import Kde
from alignkit.alignment.wanted import normed, wanted_density
from alignkit.stats.probability import Floats


def sampled_distances(sight: Sight) -> Floats:
    """Distances (n_choices,) to one level drawn from the target's density, 0 to 1.

    Over many items the drawn levels, and with them the decisions, spread as the target does. Equal
    seeds, keys and attributes draw equally, whatever else is decided before or after.
    """
    levels, _ = normed(sight)
    text = json.dumps([sight.settings.seed, sight.key, sight.name])
    rng = np.random.default_rng(int.from_bytes(blake2b(text.encode(), digest_size=16).digest()))
    return np.abs(levels - wanted_density(sight.name, sight.target, sight.settings).draw(rng))


def unlikeliness(sight: Sight) -> Floats:
    """Minus the logarithm of each choice's expected density under the target: (n_choices,).

    A choice's level is taken as normal, with the estimate's mean and standard deviation.
    """
    levels, sds = normed(sight)
    return -wanted_density(sight.name, sight.target, sight.settings).log_density(levels, sds)


def divergences(sight: Sight) -> Floats:
    """Jensen-Shannon distances of the choices' own densities from the target's: (n_choices,).

    A choice's own density is a kernel at its mean, of variance bandwidth^2 + sd^2.
    """
    settings = sight.settings
    target = wanted_density(sight.name, sight.target, settings).on_grid()
    return np.asarray(
        [
            jensen_shannon(
                Kde.of(
                    level[None], float(np.hypot(settings.bandwidth, sd)), settings.boundary
                ).on_grid(),
                target,
            )
            for level, sd in zip(*normed(sight), strict=True)
        ]
    )


_READS = ("bandwidth", "boundary", "norm", "prior_factor", "pool")
KDE_SAMPLED = Alignment("kde_sampled", sampled_distances, reads=(*_READS, "seed"))
KDE_LIKELY = Alignment("kde_likely", unlikeliness, temperature=1.0, reads=_READS)
KDE_DIVERGENCE = Alignment("kde_divergence", divergences, reads=_READS)
