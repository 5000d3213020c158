"""Requests through the service and Python; conversations that say nothing forbidden."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alignkit
from alignkit.errors import InvalidSetting, UsageError
from alignkit.models.protocols import Sampling
from alignkit.schema import Escalation, Profile, Prompt, Writing
from alignkit.schema.abstention import Abstention
from alignkit.schema.calibration import Reliability
from alignkit.service import Asking, Workbench, ask, decomposed
from alignkit.service.asking import learned_about, writing_settings
from alignkit.service.calibration.abstaining import TEMPLATES
from alignkit.service.calibration.kept_answers import write_abstention
from alignkit.service.chatting import Turn, conversation
from alignkit.testing import FakeModel, FakeSettings
from alignkit.words import ForbiddenWords
from alignkit.writing import WritingSettings
from alignkit.writing.knowing import KnowingSettings
from alignkit.writing.sources import Source, Sources
from alignkit.writing.support import SupportSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SAFE = Profile.model_validate(
    {"name": "safe", "boundaries": [{"id": "b", "rule": "No.", "never_say": ["bomb"]}]}
)


def test_python_asks_by_names_and_by_objects() -> None:
    reply = alignkit.ask("Why?", "plain-language", model="fake", judge="fake?seed=1", drafts=2)
    assert (reply.outcome, reply.profile) == ("answered", "plain-language")
    assert (reply.model, reply.judge) == ("fake", "fake?seed=1")
    model = FakeModel()
    again = alignkit.ask("Why?", alignkit.load_profile("plain-language"), model=model)
    assert again.judge == "fake"
    assert model.requests


def test_python_gives_sources_and_says_what_is_checked(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The pool opens at six.")
    for paths in (tmp_path, str(tmp_path), [tmp_path / "a.md"]):
        reply = alignkit.ask("When?", model="fake", sources=paths, unsupported="keep")
        assert reply.drafts[0].claims
        assert {one.check for one in reply.drafts[0].findings} == {"claims"}
    harm = alignkit.ask("When?", model="fake", harm=True)
    assert {one.check for one in harm.drafts[0].findings} == {"harm"}
    off = alignkit.ask("When?", "truthful-and-harmless", model="fake", claims=False, harm=False)
    assert {one.check for one in off.drafts[0].findings} == {"targets", "boundaries"}


@pytest.mark.parametrize("door", [alignkit.ask, lambda *_, **given: alignkit.chat(**given)])
@pytest.mark.parametrize("none", [[], ()])
def test_python_refuses_sources_of_which_there_are_none(door: Any, none: Sequence[str]) -> None:
    with pytest.raises(InvalidSetting, match="`sources` names no file"):
        door("Why?", model="fake", sources=none)


@pytest.mark.parametrize("door", [alignkit.ask, lambda *_, **given: alignkit.chat(**given)])
def test_python_refuses_to_treat_claims_that_are_not_checked(door: Any) -> None:
    with pytest.raises(InvalidSetting, match="Leave out claims=False"):
        door("Why?", model="fake", unsupported="remove", claims=False)


def test_python_checks_claims_where_it_is_told_what_to_do_about_them() -> None:
    told = alignkit.ask("Why?", model="fake", revisions=0, unsupported="mark")
    assert [one.check for one in told.drafts[0].findings] == ["claims"]
    assert alignkit.ask("Why?", model="fake", revisions=0).drafts[0].findings == ()


def test_python_has_a_seed_and_instructions_for_the_request() -> None:
    plain = alignkit.ask("Why?", "plain-language", model="fake", seed=7)
    assert plain.drafts[0].seed == 7
    assert plain.tailored == ()
    own = alignkit.ask("Why?", "plain-language", model="fake", tailored=True)
    assert {one.name for one in own.templates} >= {"tailor", "tailor_check"}
    with alignkit.chat("plain-language", model="fake", seed=7, tailored=True) as talk:
        said = talk.say("Why?")
    assert said.drafts[0].seed == 7
    assert {one.name for one in said.templates} >= {"tailor", "tailor_check"}


async def test_what_judged_answers_taught_is_used(workbench: Workbench) -> None:
    model, judge = FakeModel(), FakeModel(FakeSettings(seed=3))
    sources = Sources([Source("a.md", "The pool opens at six.")])
    assert learned_about(workbench, model, judge, sources) is None
    reliability = Reliability(brier=0, calibration_error=0, bins=())
    for check, asked, settings_ in (
        ("knowledge", model, KnowingSettings()),
        ("sources", judge, SupportSettings()),
    ):
        kept = Abstention(
            created=datetime.now(UTC),
            model=asked.identity,
            check=check,
            settings=settings_.model_dump(),
            templates=workbench.prompts.versions(TEMPLATES[check]),
            source="here",
            seed=0,
            examples=30,
            kind="temperature",
            before=reliability,
            after=reliability,
        )
        write_abstention(workbench.settings.calibrations_folder, kept)
        given_ = sources if check == "sources" else None
        assert learned_about(workbench, model, judge, given_) == kept
        assert learned_about(workbench, judge, model, given_) is None
    wishes = Profile(
        name="sure", persona="You.", escalate=Escalation(error_rate=0.1, confidence=0.9)
    )
    asking = Asking(model, judge, WritingSettings(revisions=0), sources)
    reply = await ask(workbench, "When?", wishes, asking)
    assert (reply.outcome, reply.chosen) == ("abstained", None)


@pytest.mark.parametrize("given_", [{"tokens": 0}, {"source_tokens": 1}])
def test_python_says_how_long_a_draft_and_its_sources_may_be(given_: dict[str, int]) -> None:
    with pytest.raises(InvalidSetting, match=next(iter(given_))):
        alignkit.ask("Why?", model="fake", **given_)  # type: ignore[arg-type]
    reply = alignkit.ask("Why?", model="fake", tokens=64, source_tokens=64)
    assert reply.outcome == "answered"


async def test_python_cannot_ask_where_a_loop_runs() -> None:
    with pytest.raises(UsageError, match="cannot be used where an event loop runs"):
        alignkit.ask("Why?", model="fake")


async def test_the_service_asks_with_what_is_open(workbench: Workbench) -> None:
    reply = await ask(workbench, " Why? ", asking=Asking(model="fake?seed=2"))
    assert (reply.request, reply.model, reply.judge) == ("Why?", "fake?seed=2", "fake?seed=2")
    assert reply.profile is None
    found = decomposed(workbench, "Why?", workbench.library.profiles["plain-language"])
    assert [one.criterion.name for one in found.posed] == ["verbosity", "complexity", "formality"]


@pytest.mark.parametrize("given_", [{"drafts": 0}, {"budget": 0}, {"draft": 1}])
def test_settings_that_cannot_be_are_refused(given_: dict[str, object]) -> None:
    with pytest.raises(InvalidSetting, match=next(iter(given_))):
        writing_settings(given_)


class Speaker(FakeModel):
    """Says these pieces."""

    def __init__(self, pieces: Sequence[str]) -> None:
        super().__init__()
        self._pieces = pieces
        self.left = 0

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        del prompt, sampling
        try:
            for piece in self._pieces:
                yield piece
        finally:
            self.left += 1


async def spoken(
    workbench: Workbench, pieces: Sequence[str], profile: Any
) -> tuple[list[str], Writing]:
    model = Speaker(pieces)
    kept: list[Writing] = []
    talk = conversation(workbench, model, profile, [Turn("user", "How?")], Sampling())
    said = [piece async for piece in talk.write(kept.append)]
    assert model.left == 1
    return said, kept[0]


async def test_a_conversation_ends_before_what_is_forbidden(workbench: Workbench) -> None:
    said, kept = await spoken(workbench, ["Take a ", "B", "\u043e", "m", "b now", "."], SAFE)
    assert said == ["Take a ", "[The rest is withheld: it breaks the boundary 'b'.]"]
    assert kept.text == "".join(said)
    assert kept.complete is False


async def test_other_pieces_pass_as_they_come(workbench: Workbench) -> None:
    pieces = ["A big ", "bo", "wl", " of b", "eans"]
    said, kept = await spoken(workbench, pieces, SAFE)
    assert said == ["A big ", "bowl", " of ", "beans"]
    assert (kept.text, kept.complete) == ("".join(pieces), True)
    assert (await spoken(workbench, ["bo", "mb"], None))[0] == ["bo", "mb"]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.text("bom .B\u200b\u043e0", max_size=6), max_size=8))
async def test_no_split_lets_a_forbidden_word_through(
    workbench: Workbench, pieces: list[str]
) -> None:
    said, kept = await spoken(workbench, pieces, SAFE)
    words, whole = ForbiddenWords(SAFE.boundaries), "".join(pieces)
    assert words.find("".join(said).partition("[")[0]) is None
    assert words.find(kept.text.partition("[")[0]) is None
    assert kept.complete is (words.find(whole) is None)
    assert not kept.complete or kept.text == whole
