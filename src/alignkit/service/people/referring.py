"""Scenarios that stand in other files: written out there, or by their name or path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WrapValidator

from alignkit.errors import AlignkitError, DataError
from alignkit.library import Document, Library
from alignkit.schema import Scenario
from alignkit.service.inputs import scenario_named


class Scenarios:
    """Finds scenarios that files refer to, and reads each file of them once."""

    def __init__(self, library: Library) -> None:
        """Names are those of `library`."""
        self._library = library
        self._found: dict[str, Scenario] = {}

    def find(self, given: Scenario | str, folder: Path, place: str) -> Scenario:
        """The scenario that is `given`, or named so by a file of `folder`.

        Args:
            given: the scenario itself, a name of the library, or a path, seen from `folder`.
            folder: where the file lies that refers to it.
            place: file and line, for the message when it is not found.

        Raises:
            DataError: there is no such scenario, or it has a mistake.
        """
        if isinstance(given, Scenario):
            return given
        is_path = "/" in given or Path(given).suffix in {".yaml", ".yml", ".json"}
        name = str(folder.absolute() / given) if is_path else given
        if name not in self._found:
            try:
                self._found[name] = scenario_named(name, self._library)
            except AlignkitError as error:
                raise DataError(f"{place}: scenario: {error.message}", error.hint) from error
        return self._found[name]


def check_scenarios(document: Document) -> None:
    """Check the scenarios that are written out in `document` or in its `questions`.

    A mistake in them would else be told without its field, as they might have been names.

    Raises:
        DataError: one has a mistake; with file, line and field.
    """
    if isinstance(document.value, dict):
        document.parse(_Questions, DataError)


def _unless_named(given: Any, parse: Callable[[Any], Scenario]) -> Scenario | None:  # noqa: ANN401
    return parse(given) if isinstance(given, dict) else None


class _Question(BaseModel):
    model_config = ConfigDict(extra="ignore")

    scenario: Annotated[Scenario | None, WrapValidator(_unless_named)] = None


class _Questions(_Question):
    questions: list[_Question] = []
