"""Scenarios and profiles that somebody writes: read while typed, found, saved, turned to YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from alignkit.errors import AlignkitError, BadProfile, BadScenario, InvalidSetting
from alignkit.library import Document, Library, parse_document, written_document
from alignkit.library.shelf import Shelf
from alignkit.schema import Profile, Scenario
from alignkit.service.checking import targets_known
from alignkit.service.records import write_text
from alignkit.service.workbench import Workbench

M = TypeVar("M", bound=BaseModel)

_WIDTH = 90
_NEAR = 0.6
MOST_TEXT = 500_000
"""Signs of a text that is read while somebody types."""


def scenario_from(written: str | Mapping[str, Any], library: Library) -> Scenario:
    """The scenario in a YAML text or in the fields of a form.

    Raises:
        DataError: it cannot be decided as it stands; the message has the line and the field.
    """
    del library  # true values of attributes that are not described do no harm here
    return _document(written, "scenario").parse(Scenario, BadScenario)


def profile_from(written: str | Mapping[str, Any], library: Library) -> Profile:
    """The profile in a YAML text or in the fields of a form.

    Raises:
        DataError: it cannot be followed as it stands; the message has the line and the field.
    """
    document = _document(written, "profile")
    profile = document.parse(Profile, BadProfile)
    targets_known(profile, library, document)
    return profile


def _document(written: str | Mapping[str, Any], name: str) -> Document:
    if not isinstance(written, str):
        return Document(dict(written), name, {})
    if len(written) > MOST_TEXT:
        raise InvalidSetting(f"{name}: more than {MOST_TEXT:,} signs are not read here.")
    return parse_document(written, name)


def scenario_of(scenario: Scenario) -> dict[str, Any]:
    """The fields of `scenario` that are set, as a form has them."""
    return scenario.model_dump(mode="json", exclude_defaults=True)


def scenario_text(scenario: Scenario) -> str:
    """`scenario` as YAML."""
    return written_document(scenario_of(scenario), _WIDTH)


def profile_text(profile: Profile) -> str:
    """`profile` as YAML, with bare numbers for plain levels."""
    fields = profile.model_dump(mode="json", exclude_defaults=True)
    targets = fields.get("targets", {})
    fields["targets"] = {
        name: target["value"] if set(target) == {"value"} else target
        for name, target in targets.items()
    }
    return written_document({k: v for k, v in fields.items() if v not in ({}, [])}, _WIDTH)


def save_scenario(scenario: Scenario, workbench: Workbench) -> Path:
    """Keep `scenario` in the user's own library under its id; gives the file's path.

    Raises:
        InvalidSetting: its id cannot be a file's name.
        CannotWrite: the library cannot be written.
    """
    return _save(
        scenario.id, scenario_text(scenario), workbench.library.scenarios, workbench, "scenario"
    )


def save_profile(profile: Profile, workbench: Workbench) -> Path:
    """Keep `profile` in the user's own library under its name; gives the file's path.

    Raises:
        CannotWrite: the library cannot be written.
    """
    return _save(
        profile.name, profile_text(profile), workbench.library.profiles, workbench, "profile"
    )


def _save(name: str, text: str, shelf: Shelf[M], workbench: Workbench, kind: str) -> Path:
    from alignkit.service.starting import check_name

    check_name(kind, name)
    path = workbench.settings.library_folder / f"{kind}s" / f"{name}.yaml"
    write_text(path, text)
    shelf.forget(name)
    return path


def found_names(text: str, shelf: Mapping[str, M]) -> list[tuple[str, str]]:
    """Names and titles on `shelf` that `text` may mean, the best first; all for an empty text.

    A word of a name or title need only be near: "antivenim" finds `last-antivenom`.
    """
    wanted = text.casefold().split()
    known = [(name, _title(name, shelf)) for name in shelf]
    if not wanted:
        return known
    scored = [(_score(wanted, f"{name} {title}"), name, title) for name, title in known]
    return [(name, title) for score, name, title in sorted(scored, key=_order) if score > 0]


def _order(scored: tuple[float, str, str]) -> tuple[float, str]:
    return -scored[0], scored[1]


def _title(name: str, shelf: Mapping[str, M]) -> str:
    try:
        return str(getattr(shelf[name], "title", None) or name)
    except AlignkitError:
        return f"{name} (has a mistake)"


def _score(wanted: Iterable[str], text: str) -> float:
    """How well every wanted word fits a word of `text`; 0 where one does not."""
    words = text.casefold().replace("-", " ").replace("_", " ").split()
    found = [max(_nearness(one, word) for word in words) for one in wanted]
    return sum(found) if min(found) >= _NEAR else 0.0


def _nearness(wanted: str, word: str) -> float:
    if wanted in word:
        return 1.0 + len(wanted) / len(word)
    return SequenceMatcher(None, wanted, word).ratio()
