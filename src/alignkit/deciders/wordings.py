"""Which templates a decision may use, known before it is made.

Results are kept by content, and a template is content: where its wording changes, the decisions
that could have used it are made again, and only they.
"""

from __future__ import annotations

from alignkit.deciders.base import Decider
from alignkit.deciders.ensemble import Ensemble
from alignkit.deciders.settings import AskingSettings
from alignkit.models.readout import TEMPLATES as READOUTS
from alignkit.prompts import Prompts
from alignkit.schema import Profile, TemplateVersion

_ALWAYS: dict[str, tuple[str, ...]] = {
    "chooser_judge": ("chooser_judge",),
    "comparative_regression": ("comparative_regression",),
    "direct_regression": ("direct_regression",),
    "statement_judge": ("statement_judge",),
    "most_and_least": ("most_and_least",),
    "value_judge": ("value_judge",),
    "relevance_weighted": ("direct_regression", "relevance"),
    "staged": ("staged_facts", "staged_filter", "staged_weigh"),
    "instructed": ("instructed", "exam"),
    "contrastive": ("instructed", "exam"),
    "self_consistency": ("instructed", "exam"),
    "persona": ("persona",),
    "baseline": ("baseline", "exam"),
    "oracle": (),
    "random": (),
    "first": (),
}
"""By decider of ours: what it asks with, whatever its settings. Others may use any template."""
_OPTIONAL: dict[tuple[str, object], tuple[str, ...]] = {
    ("outcomes", True): ("outcome",),
    ("reasoning", True): ("reasoning",),
    ("weigh_relevance", True): ("relevance",),
    ("against", "plain"): ("baseline", "exam"),
    ("form", "predicate"): ("judgement",),
    ("form", "score"): ("judgement",),
}
"""By setting and the value with which more templates are used: which."""
_DRAWING = ("self_consistency", "random")
"""Deciders of ours whose seed always matters; that of others does when the model reasons."""


def wordings(decider: Decider, profile: Profile | None) -> tuple[TemplateVersion, ...]:
    """The versions of all templates that a decision of `decider` under `profile` may use."""
    return decider.prompts.versions(_names(decider, profile))


def draws(decider: Decider) -> bool:
    """Whether the setting `seed` of `decider` can change what it decides."""
    if not hasattr(decider.settings, "seed"):
        return False
    known = decider.name in _ALWAYS and decider.name not in _DRAWING
    return not known or bool(getattr(decider.settings, "reasoning", False))


def _names(decider: Decider, profile: Profile | None) -> set[str]:
    found = _of_method(decider, profile)
    if decider.model is not None:
        found |= set(READOUTS)
        found |= {"boundary"} if profile and profile.boundaries else set()
        found |= {"relevance"} if _narrows(decider, profile) else set()
    return found


def _of_method(decider: Decider, profile: Profile | None) -> set[str]:
    if isinstance(decider, Ensemble):
        return {name for one in decider.members() for name in _names(one, profile)}
    if decider.name not in _ALWAYS:
        return set(Prompts.shipped_names())
    settings = decider.settings
    found = set(_ALWAYS[decider.name])
    if getattr(settings, "shots", 0):
        found = {f"{name}_few" if name.endswith("_regression") else name for name in found}
    if decider.name == "contrastive" and not (profile and profile.targets):
        found.add("baseline")  # there is no opposite to compare with
    return found | {
        name
        for (field, on), names in _OPTIONAL.items()
        if getattr(settings, field, None) == on
        for name in names
    }


def _narrows(decider: Decider, profile: Profile | None) -> bool:
    """Whether the model is first asked which of many targets matter."""
    settings = decider.settings
    if profile is None or not isinstance(settings, AskingSettings):
        return False
    return 0 < settings.relevant_from <= len(decider.attributes_for(profile))
