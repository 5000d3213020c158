"""What the tests about examples are made of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from alignkit.examples import Shot, Similarity
from alignkit.prompts import Prompts
from alignkit.schema import Attribute, Choice, Instructions, Scenario
from alignkit.stats.probability import Floats

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
needs_data = pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)

PROMPTS = Prompts()
CARE = Attribute(
    name="care",
    title="Care",
    definition="Looking after others.",
    low="Harms.",
    high="Helps.",
    instructions=Instructions(low=("Harm.",), high=("Help.",)),
    levels=("none", "little", "some", "much", "most"),
)


def scenario(
    context: str = "A field hospital after dark.",
    values: Sequence[float | None] = (0.0, 1.0),
    question: str = "What do you do?",
    choices: Sequence[str] | None = None,
    **fields: object,
) -> Scenario:
    """A scenario with one choice for each of the `values` of care."""
    texts = choices or [f"option {number}" for number in range(1, len(values) + 1)]
    return Scenario.model_validate(
        {
            "id": fields.pop("id", context),
            "context": context,
            "question": question,
            "choices": [
                Choice(id=f"c{n}", text=text, values=None if value is None else {"care": value})
                for n, (text, value) in enumerate(zip(texts, values, strict=True), 1)
            ],
            **fields,
        }
    )


class Placed:
    """Embeds every text on the unit circle, at the number of degrees that it begins with."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        angles = np.radians([float(text.split()[0]) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)


@pytest.fixture
def placed() -> Similarity:
    """Similarity by the number of degrees with which contexts begin."""
    return Similarity(Placed())


def data_folder() -> Path:
    """Where the public data sets lie."""
    return Path(DATA or "")


def shown(shots: Sequence[Shot]) -> str:
    """The part of a prompt that shows `shots`."""
    return PROMPTS._env.get_template("examples.j2").render(shots=shots)
