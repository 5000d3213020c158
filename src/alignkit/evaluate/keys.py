"""Keys of cells: equal content, equal key, so that nothing is decided or paid twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache

from alignkit.deciders.base import Decider
from alignkit.deciders.ensemble import Ensemble
from alignkit.deciders.wordings import wordings
from alignkit.schema import Profile, Scenario

_UNSEEN = {"group", "tags"}
"""Fields of a scenario that no decision depends on."""


def hashed(parts: Mapping[str, object]) -> str:
    """SHA-256 of the canonical JSON of `parts`, in hexadecimal."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def unseen(scenario: Scenario) -> set[str]:
    """The fields of `scenario` that no decision on it depends on.

    A field that came later says nothing where it is not set: what was decided before stays known.
    """
    return _UNSEEN if scenario.exam else {*_UNSEEN, "exam"}


_FOUND_LATER = {"served_as", "answers_by"}


def way_hash(decider: Decider, profile: Profile | None) -> str:
    """The hash of all that `decider` under `profile` brings to any scenario.

    Model, method, settings, labelled examples, calibration, the profile with the texts of its
    attributes, and the wording of every template that may be used. What is known
    of a service only after its first answer is not part of it.
    """
    model = decider.model.identity.model_dump(mode="json") if decider.model else {}
    calibration = decider.calibration
    return hashed(
        {
            "model": {key: value for key, value in model.items() if key not in _FOUND_LATER},
            "decider": decider.identity.model_dump(mode="json"),
            "examples": examples_hash(decider),
            "calibration": calibration.model_dump(mode="json", exclude={"created"})
            if calibration
            else None,
            "profile": profile.model_dump(mode="json") if profile else None,
            "attributes": [one.model_dump(mode="json") for one in decider.attributes_for(profile)],
            "templates": {one.name: one.sha256 for one in wordings(decider, profile)},
        }
    )


def scenario_hash(scenario: Scenario) -> str:
    """The hash of all of `scenario` that a decision can depend on."""
    return hashlib.sha256(scenario.model_dump_json(exclude=unseen(scenario)).encode()).hexdigest()


def cell_key(way: str, scenario: str, seed: int) -> str:
    """The key of a cell, from the hashes of its way and its scenario."""
    return hashlib.sha256(f"cell {way} {scenario} {seed}".encode()).hexdigest()


@lru_cache(maxsize=16)
def examples_hash(decider: Decider) -> str | None:
    """The hash of the labelled examples that `decider` or its members pick from, if any do."""
    members = decider.members() if isinstance(decider, Ensemble) else (decider,)
    pools = [
        "".join(one.model_dump_json(exclude=unseen(one)) for one in member.selector.pool)
        for member in members
        if member.selector is not None
    ]
    return hashlib.sha256("\x1f".join(pools).encode()).hexdigest() if pools else None
