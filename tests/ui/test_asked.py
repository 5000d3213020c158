"""What the page *Ask* holds without a browser: addresses, one answer, and who may ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nicegui import Client

from alignkit.errors import AlignkitError, InvalidSetting, Unreachable, UsageError
from alignkit.models.protocols import Sampling
from alignkit.schema import (
    Answer,
    CheckedClaim,
    Draft,
    Generation,
    Profile,
    Prompt,
    Reply,
    Request,
    SourceQuote,
)
from alignkit.service import Settings, Workbench
from alignkit.service.judging import quality_file
from alignkit.testing import FakeModel
from alignkit.ui import left
from alignkit.ui.asked import Asked, asked_from, examples
from alignkit.ui.parts.answer_side import AnswerSide, quality, sides
from alignkit.ui.parts.answer_view import (
    answer_html,
    criteria_html,
    drafts_html,
    state_words,
)
from alignkit.ui.place import Place
from alignkit.ui.state import MOST_LINK
from alignkit.ui.visitor import Visitor

from .test_keeping import apart

ANN = Visitor("ann", ("decide",))
BRIEF = Asked(q="Why?", profile="plain-language")


@pytest.fixture(scope="module")
def place() -> Place:
    return Place(Workbench(Settings(model="fake")), None, ("fake", "fake?seed=1"))


@given(
    q=st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=300),
    profile=st.sampled_from([None, "plain-language", "expert-briefing"]),
    judge=st.sampled_from([None, "fake?seed=1"]),
    drafts=st.integers(1, 4),
    beside=st.booleans(),
)
def test_an_address_gives_what_it_was_made_of(place: Place, **given_: Any) -> None:
    asked = Asked.model_validate(given_)
    back = dict(parse_qsl(urlsplit(asked.address).query, keep_blank_values=True))
    if asked.q and not asked.q.strip():
        with pytest.raises(InvalidSetting, match="request"):
            asked_from(back, place)
    else:
        assert asked_from(back, place) == asked


@pytest.mark.parametrize(
    "bad",
    [
        {"q": "x" * (MOST_LINK + 1)},
        {"q": "\x00"},
        {"profile": "../../etc/passwd"},
        {"model": "openai:gpt-5"},
        {"judge": "/etc/passwd"},
        {"drafts": "99"},
        {"revisions": "-1"},
        {"beside": "perhaps"},
    ],
)
def test_what_cannot_be_asked_here_is_refused(place: Place, bad: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        asked_from(bad, place)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(list(Asked.model_fields)), st.text(max_size=50)))
def test_any_address_is_asked_or_refused(place: Place, given_: dict[str, str]) -> None:
    with suppress(AlignkitError):
        assert isinstance(asked_from(given_, place), Asked)


def test_what_is_too_long_is_not_shared_and_there_is_always_an_example(place: Place) -> None:
    with pytest.raises(InvalidSetting, match="too long"):
        _ = Asked(q="ä" * 3000).address
    assert all(asked_from({"profile": one.profile or ""}, place) for one in examples(place))
    assert examples(place)[0].q


class Failing(FakeModel):
    """Cannot be reached."""

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        del prompt, schema, sampling
        raise Unreachable("Nobody answers at 127.0.0.1.")


class Endless(FakeModel):
    """Never comes to an end with judging."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.ended = asyncio.Event(), False

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        del requests
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True
        return []


def with_model(model: FakeModel, home: Path) -> Place:
    """A place whose only model is `model`."""
    workbench = Workbench(Settings(model="fake", home=home))
    workbench._models["fake"] = model
    return Place(workbench, None, ("fake",))


async def answered(asked: Asked, place: Place, who: Visitor = ANN) -> list[AnswerSide]:
    made = sides(place, who, asked)
    await asyncio.gather(*(side.answer(lambda: None) for side in made))
    return made


@apart
async def test_a_model_that_fails_is_told_in_words(tmp_path: Path) -> None:
    place = with_model(Failing(), tmp_path)
    under, plain = await answered(BRIEF, place)
    for side in (under, plain):
        assert side.reply is not None
        assert state_words(side)[0] == "Failed."
        assert "Nobody answers at 127.0.0.1." in answer_html(side)
    assert not criteria_html([under, plain], place.workbench.library)
    assert not drafts_html([under, plain], place.workbench.library)


@apart
async def test_who_may_not_ask_asks_no_model(tmp_path: Path) -> None:
    model = FakeModel()
    for who in (Visitor("eve", ("read",)), Visitor("eve", ("review",))):
        made = await answered(BRIEF, with_model(model, tmp_path), who)
        assert [side.state for side in made] == ["failed", "failed"]
        assert all("'decide'" in state_words(side)[0] for side in made)
    assert not model.requests


@apart
async def test_a_model_that_is_not_offered_is_not_asked(tmp_path: Path) -> None:
    asked = BRIEF.model_copy(update={"model": "openai:gpt-5"})
    under, _ = await answered(asked, with_model(FakeModel(), tmp_path))
    assert "does not offer" in state_words(under)[0]


@apart
async def test_what_is_stopped_leaves_the_model_alone(tmp_path: Path) -> None:
    model = Endless()
    place = with_model(model, tmp_path)
    [side] = sides(place, ANN, BRIEF.model_copy(update={"beside": False}))
    work = asyncio.ensure_future(side.answer(lambda: None))
    await model.asked.wait()
    assert state_words(side) == ("Judging draft 1 …", "busy")
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    side.leave()
    assert model.ended
    assert state_words(side) == ("Stopped.", "")
    # And its turn is another's.
    assert place.turns._room._value == place.turns.at_once


@apart
async def test_without_a_profile_there_is_one_answer(tmp_path: Path) -> None:
    place = with_model(FakeModel(), tmp_path)
    [side] = await answered(Asked(q="Why?"), place)
    assert side.title == "Without a profile"
    assert state_words(side)[0] == "Answered by fake."
    assert not criteria_html([side], place.workbench.library)


@apart
async def test_how_good_the_judge_is_stands_below_what_it_judged(tmp_path: Path) -> None:
    place = with_model(FakeModel(), tmp_path)
    [side, _] = await answered(BRIEF, place)
    [line] = quality([side])
    assert "was not measured" in line
    html = criteria_html([side], place.workbench.library, ["Held against people:", "<b>: 0.61"])
    assert "Held against people:" in html
    assert "<li>&lt;b&gt;: 0.61</li>" in html
    file = quality_file(place.workbench.settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("something else\n", encoding="utf-8")
    assert quality([side]) == [
        f"{file}: is something else than figures of judges that were kept. Name another file."
    ]


@apart
async def test_work_ends_when_its_page_is_left_and_not_while_it_comes_back(tmp_path: Path) -> None:
    del tmp_path

    class Visited:
        has_socket_connection = False

        def __init__(self) -> None:
            self.left: list[Any] = []
            self.deleted: list[Any] = []
            self.on_disconnect, self.on_delete = self.left.append, self.deleted.append

    for back in (True, False):
        stopped: list[bool] = []
        client = Visited()
        left.when_left(cast("Client", client), lambda s=stopped: s.append(True))
        client.has_socket_connection = back
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(left, "GRACE", 0.01)
            await client.left[0]()
        assert bool(stopped) is not back
        client.deleted[0]()
        assert stopped


def claimed(quote: SourceQuote, *, holds: bool) -> AnswerSide:
    """An answer with a claim that was looked at."""
    place = Place(Workbench(Settings(model="fake")), None, ("fake",))
    side = AnswerSide(
        place, ANN, BRIEF, Profile(name="p", persona="You are kind."), told=True, state="done"
    )
    claim = CheckedClaim(
        text="<b>Cats</b> purr.",
        standing="supported" if holds else "contradicted",
        probability=0.7,
        **{"quote" if holds else "against": quote},
    )
    side.reply = Reply(
        id="1",
        request="Why?",
        profile="p",
        model="fake",
        judge="fake",
        outcome="answered",
        text="<script>1</script>",
        chosen=1,
        drafts=(Draft(number=1, seed=0, text="<i>x</i>", claims=(claim,), score=1),),
    )
    return side


@pytest.mark.parametrize("holds", [True, False])
def test_claims_have_a_list_of_their_own_and_texts_are_escaped(*, holds: bool) -> None:
    quote = SourceQuote(file="<cats>.md", line=3, last_line=4, text="Cats <do> purr.")
    side = claimed(quote, holds=holds)
    html = answer_html(side)
    assert "<h3>Claims</h3>" in html
    assert "&lt;b&gt;Cats&lt;/b&gt; purr." in html
    assert "Cats &lt;do&gt; purr. <cite>&lt;cats&gt;.md:3-4</cite>" in html
    assert ("But: " in html) is not holds
    assert ("supported, 0.70" if holds else "contradicted, 0.70") in html
    library = side.place.workbench.library
    assert not criteria_html([side], library)
    assert "&lt;i&gt;x&lt;/i&gt;" in drafts_html([side], library)
    assert "<script" not in html + drafts_html([side], library)


@apart
async def test_the_plain_answer_is_shown_where_only_knowledge_lacks(tmp_path: Path) -> None:
    asked = Asked(q="Why?", profile="unsure")
    place = with_model(FakeModel(), tmp_path)
    folder = tmp_path / "library" / "profiles"
    folder.mkdir(parents=True)
    wish = "name: unsure\ntargets: {verbosity: 0.5}\nescalate: {min_confidence: 1.0}\n"
    (folder / "unsure.yaml").write_text(wish, encoding="utf-8")
    under, plain = await answered(asked, place)
    for side in (under, plain):
        assert side.reply is not None
        assert side.reply.outcome == "abstained"
        assert state_words(side)[0] == "Not known."
    assert under.text is None
    assert plain.shown is not None
    assert plain.text == plain.shown.text
    assert str(plain.text) in answer_html(plain)
    assert 'class="answer instead"' in answer_html(under)


def test_models_of_a_link_are_named_as_they_may_be_shown() -> None:
    told, whole = (f"openai:m?base_url=http://{user}h/v1" for user in ("", "u:PASSW0RD@"))
    place = Place(Workbench(Settings(model="fake")), None, ("fake", told))
    assert place.offered(whole) == place.offered(told) == told
    asked = asked_from({"q": "Why?", "model": whole, "judge": whole}, place)
    assert (asked.model, asked.judge) == (told, told)
    with pytest.raises(UsageError) as caught:
        place.offered(f"{whole}/more")
    assert "PASSW0RD" not in str(caught.value)
