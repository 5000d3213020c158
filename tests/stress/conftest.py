"""Small scenarios to change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alignkit.schema import Scenario

Make = Callable[..., Scenario]


def plain(*texts: str, **changes: object) -> Scenario:
    """A scenario whose choices say `texts`, in English unless `changes` say otherwise."""
    said = texts or ("Go on", "Turn back")
    choices = [{"id": chr(97 + place), "text": text} for place, text in enumerate(said)]
    fields = {"id": "s", "context": "A bridge.", "question": "What now?", "language": "en"}
    return Scenario.model_validate({**fields, "choices": choices, **changes})


@pytest.fixture
def make() -> Make:
    """Makes a scenario of the texts of its choices, and other fields."""
    return plain
