from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alignkit.schema import Prompt, Segment

segments = st.builds(
    Segment,
    role=st.sampled_from(["system", "user"]),
    depends=st.sampled_from(["nothing", "profile", "scenario", "question"]),
    text=st.text(max_size=5),
)


@given(st.lists(segments, max_size=6))
def test_a_role_says_its_segments_in_order(given: list[Segment]) -> None:
    prompt = Prompt(segments=tuple(given))
    for role in ("system", "user"):
        said = [segment.text for segment in given if segment.role == role]
        assert prompt.text(role) == "".join(said)


@given(st.lists(segments, max_size=4), st.lists(segments, max_size=4))
def test_a_longer_prompt_begins_with_the_shorter(one: list[Segment], two: list[Segment]) -> None:
    prompt = Prompt(segments=tuple(one))
    longer = prompt.extended(*two)
    assert longer.segments == (*one, *two)
    assert longer.text("user").startswith(prompt.text("user"))
    assert prompt.segments == tuple(one)


@pytest.mark.parametrize("wrong", [{"role": "assistant"}, {"depends": "weather"}])
def test_roles_and_dependences_are_fixed(wrong: dict[str, str]) -> None:
    good = {"role": "user", "depends": "nothing", "text": "x"}
    with pytest.raises(ValidationError, match="Input should be"):
        Segment.model_validate(good | wrong)
