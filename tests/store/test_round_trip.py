from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignkit.library import Library, attributes_of
from alignkit.schema import (
    Answer,
    Call,
    ChoiceQuestion,
    Decision,
    Estimate,
    Evidence,
    Generation,
    Option,
    PredicateQuestion,
    Prompt,
    Record,
    ScoreQuestion,
    Segment,
    TemplateVersion,
    Usage,
)
from alignkit.store import open_store
from alignkit.store.parts import put_together, taken_apart
from alignkit.testing import strategies as ours

from .conftest import a_run, kept

_LIBRARY = Library()
_ATTRIBUTES = [_LIBRARY.attributes[name] for name in ("care", "fairness", "risk_aversion")]
_ANY = st.text(max_size=40)  # what models write: any sign at all
_JSON = st.recursive(  # JSON has no infinity
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_ANY, inner, max_size=3),
    max_leaves=6,
)
_SETTINGS = st.dictionaries(_ANY, _JSON, max_size=3)
_USAGE = st.builds(
    Usage,
    tokens_submitted=st.integers(0, 2**40),
    seconds=st.floats(0, 1e6),
    calls=st.integers(0, 9),
)
_PROMPTS = st.lists(
    st.builds(
        Segment,
        role=st.sampled_from(["system", "user"]),
        depends=st.sampled_from(["nothing", "profile", "scenario"]),
        text=_ANY | st.sampled_from(["", "shared", '{"role":"user"}', "0"]),
    ),
    max_size=4,
).map(lambda segments: Prompt(segments=tuple(segments)))


@st.composite
def _calls(draw: st.DrawFn) -> Call:
    question = draw(
        st.builds(PredicateQuestion, instructions=ours.texts())
        | st.builds(ScoreQuestion, instructions=ours.texts(), levels=st.just(("low", "high")))
        | st.builds(
            ChoiceQuestion,
            instructions=ours.texts(),
            options=st.just((Option(id="a", text="A"), Option(id="b", text="B"))),
        )
    )
    first = draw(ours.units())
    shares = dict(zip(question.option_ids, (first, 1 - first), strict=True))
    answer = Answer(
        probabilities=shares,
        readout=draw(st.sampled_from(["labels", "fake"])),
        inside=draw(st.none() | ours.units()),
        usage=draw(_USAGE),
    )
    return Call(prompt=draw(_PROMPTS), question=question, answer=answer)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Records as odd as the schema allows."""
    scenario = draw(ours.scenarios(_ATTRIBUTES))
    profile = draw(st.none() | ours.profiles(_ATTRIBUTES))
    share = 1 / len(scenario.choices)
    outcome = draw(st.sampled_from(["decided", "escalated", "failed"]))
    generations = st.builds(
        Generation, prompt=_PROMPTS, output=_ANY | st.dictionaries(_ANY, _JSON), usage=_USAGE
    )
    templates = st.builds(TemplateVersion, name=_ANY, sha256=_ANY, source=st.just("user"))
    evidence = Evidence(
        calls=tuple(draw(st.lists(_calls(), max_size=3))),
        generations=tuple(draw(st.lists(generations, max_size=2))),
        templates=tuple(draw(st.lists(templates, max_size=2))),
        relevance=draw(st.none() | st.dictionaries(_ANY, ours.units(), max_size=2)),
    )
    decision = Decision(
        id=draw(st.text("0123456789abcdef", min_size=32, max_size=32)),
        scenario=scenario.id,
        profile=profile.name if profile else None,
        decider="regression",
        model="fake",
        outcome=outcome,
        choice=scenario.choice_ids[0] if outcome == "decided" else None,
        probabilities=dict.fromkeys(scenario.choice_ids, share) if outcome != "failed" else {},
        confidence=draw(ours.units()),
        estimates={scenario.choice_ids[0]: {"care": Estimate(mean=draw(ours.units()), sd=0.1)}},
        explanation=draw(_ANY),
        reason=None if outcome == "decided" else draw(ours.texts()),
        usage=draw(_USAGE),
        evidence=evidence,
    )
    return Record.model_validate(
        {
            "created": draw(st.datetimes(timezones=st.just(UTC))),
            "versions": draw(st.dictionaries(_ANY, _ANY, max_size=2)),
            "model": {"name": draw(_ANY), "backend": "fake", "settings": draw(_SETTINGS)},
            "decider": {"name": "regression", "settings": draw(_SETTINGS)},
            "scenario": scenario,
            "profile": profile,
            "attributes": attributes_of(_LIBRARY.attributes, profile) if profile else (),
            "decision": decision,
            "evidence": evidence,
        }
    )


@given(record=records())
@settings(max_examples=100)
def test_any_record_is_put_together_as_it_was(record: Record) -> None:
    apart = taken_apart(record)
    again = put_together(apart.text, list(apart.parts.values()))
    assert again == record
    assert again.decision.evidence == record.evidence
    assert taken_apart(again) == apart


@given(record=records(), other=records())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_record_comes_back_from_a_store(tmp_path: Path, record: Record, other: Record) -> None:
    file = tmp_path / f"{datetime.now(UTC).timestamp()}.db"
    made = [kept(record, 0), kept(other, 1)]
    if record.decision.id == other.decision.id:
        made.pop()
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        store.add("quick-1", made)
        for one in made:
            assert store.record(one.result.decision) == one.record
        assert [(held.cell, held.result) for held in store.held("quick-1")] == [
            (one.cell, one.result) for one in made
        ]
        assert store.verify("quick-1") == []


def test_what_looks_alike_is_not_taken_for_the_same() -> None:
    record = kept_settings({"a": 1}, {"a": True})
    apart = taken_apart(record)
    again = put_together(apart.text, list(apart.parts.values()))
    assert again.model.settings["a"] == 1
    assert again.model.settings["a"] is not True
    assert again.decider.settings["a"] is True


def kept_settings(model: dict[str, object], decider: dict[str, object]) -> Record:
    scenario = _LIBRARY.scenarios["spillway"]
    decision = Decision(
        id="0",
        scenario=scenario.id,
        profile=None,
        decider="d",
        model="m",
        outcome="failed",
        choice=None,
        probabilities={},
        confidence=0,
        reason="x",
    )
    return Record.model_validate(
        {
            "created": datetime(2026, 1, 1, tzinfo=UTC),
            "versions": {},
            "model": {"name": "x", "backend": "y", "settings": model},
            "decider": {"name": "x", "settings": decider},
            "scenario": scenario,
            "profile": None,
            "attributes": (),
            "decision": decision,
            "evidence": Evidence(),
        }
    )
