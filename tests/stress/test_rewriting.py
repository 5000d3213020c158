from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.errors import BadModelOutput, UnsupportedCapability
from alignkit.models.protocols import Sampling
from alignkit.prompts import Prompts
from alignkit.schema import Generation, ModelIdentity, Prompt, Usage
from alignkit.stress import rewrites_by
from alignkit.testing import FakeModel

if TYPE_CHECKING:
    from tests.stress.conftest import Make

PROMPTS = Prompts()


class Writer(FakeModel):
    """Writes what `outputs` hold, by seed."""

    def __init__(self, outputs: Mapping[int, dict[str, Any] | str | Exception]) -> None:
        super().__init__()
        self._outputs = outputs
        self.prompts: list[Prompt] = []
        self.samplings: list[Sampling] = []

    async def generate_object(
        self,
        prompt: Prompt,
        schema: Mapping[str, Any],  # noqa: ARG002
        sampling: Sampling,
    ) -> Generation:
        self.prompts.append(prompt)
        self.samplings.append(sampling)
        output = self._outputs[sampling.seed]
        if isinstance(output, Exception):
            raise output
        return Generation(prompt=prompt, output=output, usage=Usage(calls=1))


class Mute:
    """A model that writes nothing."""

    identity = ModelIdentity(name="mute", backend="mute")

    async def aclose(self) -> None:
        """Nothing to release."""


async def test_a_model_writes_once_with_each_seed(make: Make) -> None:
    model = Writer({4: {"context": "x", "question": "y"}, 5: {"context": "z", "question": "w"}})
    found = await rewrites_by(model, PROMPTS, make(), (4, 5))
    assert [(one.seed, one.rewrite.context) for one in found if one.rewrite] == [(4, "x"), (5, "z")]
    assert all(sampling.temperature > 0 for sampling in model.samplings)
    text = model.prompts[0].text("user")
    assert "<situation>\nA bridge.\n</situation>" in text
    assert "Question: What now?" in text


async def test_what_cannot_be_used_is_told_and_stops_nothing(make: Make) -> None:
    bad = BadModelOutput("The text is no object.")
    empty = {"context": " ", "question": "y"}
    model = Writer({0: bad, 1: bad, 3: bad, 9: empty, 20: {"context": "x", "question": "y"}})
    found = await rewrites_by(model, PROMPTS, make(), (0, 9, 20))
    assert [one.fault for one in found] == [
        "The text is no object.",
        "it holds nothing that can be read",
        "",
    ]


async def test_a_model_that_writes_no_objects_is_told_with_the_way_out(make: Make) -> None:
    with pytest.raises(UnsupportedCapability, match="--rewriter MODEL"):
        await rewrites_by(Mute(), PROMPTS, make(), (0,))
