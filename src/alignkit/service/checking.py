"""Checks files of attributes, profiles and scenarios, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alignkit.deciders.entities import mentions
from alignkit.errors import (
    AlignkitError,
    BadAttribute,
    BadProfile,
    BadScenario,
    DataError,
    UnknownName,
)
from alignkit.library import Document, Library, attributes_of, read_document
from alignkit.schema import Attribute, Profile, Scenario

_MARKS = {"choices": "scenario", "levels": "attribute", "definition": "attribute"}


@dataclass(frozen=True)
class Check:
    """What became of one document of a file."""

    path: Path
    kind: str
    """scenario, profile or attribute."""
    name: str | None
    error: AlignkitError | None


def check_file(path: Path, library: Library) -> list[Check]:
    """A check for each document in the file `path`: its shape, and the attributes it names."""
    try:
        documents = read_document(path).items()
    except DataError as error:
        return [Check(path, "file", None, error)]
    if not documents:
        return [Check(path, "file", None, DataError(f"{path}: is an empty list."))]
    return [_check(path, document, library) for document in documents]


def targets_known(profile: Profile, library: Library, document: Document | None = None) -> None:
    """Check that `library` has every attribute that `profile`, read from `document`, wants.

    Raises:
        BadProfile: it lacks one; the message names what comes near.
    """
    try:
        attributes_of(library.attributes, profile)
    except UnknownName as error:
        unknown = next(name for name in profile.targets if name not in library.attributes)
        place = document.where(("targets", unknown)) if document else profile.name
        raise BadProfile(f"{place}: {error.message}", error.hint) from error


@dataclass(frozen=True)
class Oddity:
    """Something in a scenario that cannot have been meant, though it can be decided."""

    name: str
    """What nothing answers to."""
    place: str
    """File and line."""
    what: str
    hint: str = ""

    @property
    def message(self) -> str:
        """The place and what stands there."""
        return f"{self.place}: {self.what}"


def oddities(document: Document, scenario: Scenario, library: Library) -> Iterator[Oddity]:
    """What is odd about `scenario`, which was read from `document`.

    Values of attributes that `library` lacks count for nothing, and names that the text lacks
    cannot be exchanged.
    """
    for number, choice in enumerate(scenario.choices):
        for name in choice.values or {}:
            if name not in library.attributes:
                place = document.where(("choices", str(number), "values", name))
                hint = "`align attributes list` shows them."
                unknown = UnknownName("attribute", name, library.attributes, hint)
                what = f"choice {choice.id!r}: values: {unknown.message}"
                yield Oddity(name, place, what, unknown.hint)
    said = [scenario.context, scenario.question, *(choice.text for choice in scenario.choices)]
    for number, name in enumerate(scenario.entities):
        if not mentions("\n".join(said), name):
            place = document.where(("entities", str(number)))
            what = f"entities: {name!r} does not occur in context, question or choices."
            yield Oddity(name, place, what)


def _check(path: Path, document: Document, library: Library) -> Check:
    kind = _kind(document)
    name: str | None = None
    try:
        if kind == "scenario":
            scenario = document.parse(Scenario, BadScenario)
            name = scenario.id
            _no_oddity(document, scenario, library)
        elif kind == "attribute":
            name = document.parse(Attribute, BadAttribute).name
        else:
            profile = document.parse(Profile, BadProfile)
            name = profile.name
            targets_known(profile, library, document)
    except AlignkitError as error:
        return Check(path, kind, name, error)
    return Check(path, kind, name, None)


def _kind(document: Document) -> str:
    """What the document is meant to be, by the fields it has."""
    fields = document.value if isinstance(document.value, dict) else {}
    return next((kind for field, kind in _MARKS.items() if field in fields), "profile")


def _no_oddity(document: Document, scenario: Scenario, library: Library) -> None:
    for oddity in oddities(document, scenario, library):
        raise BadScenario(oddity.message, oddity.hint)
