"""Deciders that know a handful of made-up attributes."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.models.protocols import Model
from alignkit.schema import Attribute

NAMES = ("haste", "care", "calm", "pride", "order", "thrift", "medical_urgency", "merit")


class Made(Protocol):
    """Makes a decider."""

    def __call__(self, name: str, model: Model | None = None, /, **settings: Any) -> Decider:
        """The decider called `name` with these settings on `model`."""


def attribute(name: str) -> Attribute:
    """An attribute with five levels."""
    title = name.replace("_", " ").capitalize()
    return Attribute.model_validate(
        {
            "name": name,
            "title": title,
            "definition": f"All about {name}.",
            "low": f"No {name}.",
            "high": f"Much {name}.",
            "instructions": {"low": [f"Avoid {name}."], "high": [f"Show {name}.", "Always."]},
            "levels": [f"{much} {name}" for much in ("no", "little", "some", "much", "all")],
        }
    )


@pytest.fixture(scope="session")
def attributes() -> dict[str, Attribute]:
    """Those that the deciders know."""
    return {name: attribute(name) for name in NAMES}


@pytest.fixture(scope="session")
def made(attributes: dict[str, Attribute]) -> Made:
    """Makes deciders that know these attributes."""

    def make(name: str, model: Model | None = None, /, **settings: Any) -> Decider:
        kind = DECIDERS.load(name)
        chosen = kind.settings_type.model_validate(settings)
        return kind(model, chosen, attributes=attributes)

    return make
