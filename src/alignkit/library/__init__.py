"""Attributes, profiles and scenarios, one YAML file each: the user's own, then the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alignkit.errors import BadAttribute, BadInjection, BadProfile, BadScenario, UnknownName
from alignkit.library.documents import (
    Document,
    parse_document,
    parse_line,
    read_document,
    read_documents,
    read_text,
    written_document,
)
from alignkit.library.shelf import Shelf
from alignkit.schema import Attribute, Profile, Scenario
from alignkit.schema.injection import InjectionSet


class Library:
    """All attributes, profiles and scenarios that can be named."""

    def __init__(self, own: Path | None = None) -> None:
        """Look in the folder `own` (attributes/, injections/, profiles/, ...) before ours."""
        self.attributes: Shelf[Attribute] = Shelf("attribute", Attribute, BadAttribute, own)
        self.profiles: Shelf[Profile] = Shelf("profile", Profile, BadProfile, own)
        self.scenarios: Shelf[Scenario] = Shelf("scenario", Scenario, BadScenario, own)
        self.injections: Shelf[InjectionSet] = Shelf("injection", InjectionSet, BadInjection, own)


def attributes_of(
    attributes: Mapping[str, Attribute], profile: Profile | None
) -> tuple[Attribute, ...]:
    """Those of `attributes` that `profile` has targets for, in its order.

    Raises:
        UnknownName: an attribute that is not described; the message names what comes near.
    """
    found = []
    for name in profile.targets if profile else ():
        if name not in attributes:
            of = f"Profile {profile.name!r}: attribute" if profile else "Attribute"
            hint = "`align attributes list` shows them; `align attributes new NAME` starts one."
            raise UnknownName(of, name, attributes, hint)
        found.append(attributes[name])
    return tuple(found)


__all__ = [
    "Document",
    "Library",
    "Shelf",
    "attributes_of",
    "parse_document",
    "parse_line",
    "read_document",
    "read_documents",
    "read_text",
    "written_document",
]
