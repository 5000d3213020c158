"""How a decision moves when what should not matter is changed: variants, and what they come to.

Robustness to such changes is reported beside any result of a method, for a method that follows a
profile only under one wording does not follow it.
"""

from alignkit.stress.demographics import with_other_demographics
from alignkit.stress.facts import lost
from alignkit.stress.making import at_most, kinds_named, variants
from alignkit.stress.names import renamed, renaming
from alignkit.stress.orders import reordered
from alignkit.stress.rewriting import rewrites_by
from alignkit.stress.sexes import with_sexes_exchanged
from alignkit.stress.steering import steered
from alignkit.stress.summary import Figures, KindFigures, Stability, figures, kind_figures
from alignkit.stress.trial import Fate, Trial, tried
from alignkit.stress.variant import KINDS, Circumstances, Kind, Variant, Variants
from alignkit.stress.wordings import Rewrite, Rewrites, Shipped, Written, reworded

__all__ = [
    "KINDS",
    "Circumstances",
    "Fate",
    "Figures",
    "Kind",
    "KindFigures",
    "Rewrite",
    "Rewrites",
    "Shipped",
    "Stability",
    "Trial",
    "Variant",
    "Variants",
    "Written",
    "at_most",
    "figures",
    "kind_figures",
    "kinds_named",
    "lost",
    "renamed",
    "renaming",
    "reordered",
    "reworded",
    "rewrites_by",
    "steered",
    "tried",
    "variants",
    "with_other_demographics",
    "with_sexes_exchanged",
]
