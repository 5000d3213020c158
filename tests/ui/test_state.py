"""What a share link holds comes back, and what anybody else wrote into one does no harm."""

from __future__ import annotations

import base64
import json
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.errors import InvalidSetting
from alignkit.library import Library
from alignkit.schema import Profile, Target
from alignkit.service.trying import Way
from alignkit.ui.state import MOST_LINK, View, packed, unpacked


def _letters(text: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text)).rstrip(b"=").decode()


def test_a_view_comes_back_as_it_was() -> None:
    scenario = Library().scenarios["last-antivenom"]
    view = View(
        scenario=scenario,
        ways=(
            Way(),
            Way(profile="bold-medic", targets={"risk_aversion": Target(value=0.31)}),
            Way(profile=Profile(name="own", persona="You are careful."), decider="instructed"),
        ),
        differences=True,
    )
    assert unpacked(packed(view)) == view


def test_what_is_too_long_is_not_packed() -> None:
    scenario = Library().scenarios["last-antivenom"]
    noise = "".join(f"{n * 2654435761 % 2**32:08x} " for n in range(9_000))
    view = View(scenario=scenario.model_copy(update={"context": noise}), ways=(Way(),))
    with pytest.raises(InvalidSetting, match="too long"):
        packed(view)


@pytest.mark.parametrize(
    "letters",
    [
        "",
        "x",
        "=",
        "ä",
        "A" * (MOST_LINK + 1),
        _letters(b"{}"),
        _letters(b"[]"),
        _letters(b"null"),
        _letters(b'{"scenario": "a", "ways": []}'),
        _letters(b'{"scenario": "a", "ways": [{"profile": "../../x"}]}'),
        _letters(b'{"scenario": "a", "ways": [{}], "more": 1}'),
        _letters(json.dumps({"scenario": "a", "ways": [{}] * 7}).encode()),
        _letters(b" " * 300_000),
        _letters(b'{"scenario": "a", "ways": [{}]}')[:-4],
        _letters(b'{"scenario": "a", "ways": [{"targets": {"x": {"value": 2}}}]}'),
    ],
)
def test_what_is_no_view_is_refused(letters: str) -> None:
    with pytest.raises(InvalidSetting, match="link"):
        unpacked(letters)


@given(st.text(max_size=200))
def test_any_text_is_a_view_or_refused(letters: str) -> None:
    with suppress(InvalidSetting):
        assert isinstance(unpacked(letters), View)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=9), st.lists, max_leaves=9))
def test_any_content_is_a_view_or_refused(content: object) -> None:
    text = json.dumps({"scenario": content, "ways": [{"profile": content, "decider": content}]})
    with suppress(InvalidSetting):
        assert isinstance(unpacked(_letters(text.encode())), View)
