"""Texts of conversations are kept, logged and erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alignkit.errors import BadRecord, UnknownName
from alignkit.schema import ModelIdentity, Prompt, Segment, Writing
from alignkit.store import open_store

MADE = datetime(2026, 1, 2, tzinfo=UTC)


def writing(name: str, made: datetime = MADE) -> Writing:
    segment = Segment(role="user", depends="scenario", text="Is <b>this</b> safe? \u2603")
    return Writing(
        id=name,
        created=made,
        versions={"alignkit": "1"},
        model=ModelIdentity(name="fake", backend="fake"),
        profile=None,
        attributes=(),
        templates=(),
        prompt=Prompt(segments=(segment,)),
        sampling={"seed": 2**62 + 1, "temperature": 0.5},
        text="Yes.",
        complete=True,
    )


def test_a_text_comes_back_as_it_was(url: str) -> None:
    with open_store(url) as store:
        store.writings.add([(writing("a"), "Ann"), (writing("b"), "Ben")])
        assert store.writings.one("a") == writing("a")
        assert {(one.who, one.action, one.what) for one in store.log.entries()} == {
            ("Ann", "write", "a"),
            ("Ben", "write", "b"),
        }
        with pytest.raises(UnknownName):
            store.writings.one("c")


def test_what_is_pruned_is_gone_and_its_place_stands(url: str) -> None:
    with open_store(url) as store:
        later = MADE + timedelta(days=2)
        store.writings.add([(writing("a"), "Ann"), (writing("b", later), "Ann")])
        moment = MADE + timedelta(days=1)
        assert store.prunable(moment) == 1
        assert store.prune(moment) == 1
        assert store.prune(moment) == 0
        with pytest.raises(BadRecord, match="erased"):
            store.writings.one("a")
        assert store.writings.one("b").text == "Yes."
        assert store.log.check().problems == ()


def test_without_prompts_no_text_is_kept(url: str) -> None:
    with open_store(url, keep_prompts=False) as store:
        store.writings.add([(writing("a"), "Ann")])
        with pytest.raises(BadRecord, match="without its record"):
            store.writings.one("a")
