from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from alignkit.library import Library, attributes_of
from alignkit.schema import (
    Answer,
    Call,
    Decision,
    Evidence,
    Generation,
    PredicateQuestion,
    Prompt,
    Record,
    Segment,
    TemplateVersion,
    Usage,
)

Mistake = Callable[[type, Any], str]


def record() -> Record:
    """A record with something in every field."""
    library = Library()
    profile = library.profiles["cautious-medic"]
    prompt = Prompt(segments=(Segment(role="user", depends="scenario", text="Help!"),))
    answer = Answer(probabilities={"yes": 0.25, "no": 0.75}, readout="labels", inside=0.9)
    evidence = Evidence(
        calls=(Call(prompt=prompt, question=PredicateQuestion(instructions="?"), answer=answer),),
        generations=(Generation(prompt=prompt, output={"reasoning": "x"}, usage=Usage(calls=1)),),
        templates=(TemplateVersion(name="instructed", sha256="0" * 64, source="user"),),
        costs={"treat-carpenter": {"care": 0.5}, "treat-plumber": {"care": 0.25}},
        temperature=0.1,
        excluded={"treat-carpenter": "no-harm"},
    )
    return Record.model_validate(
        {
            "created": datetime(2026, 1, 2, tzinfo=UTC),
            "versions": {"python": "3.11"},
            "model": {"name": "fake?seed=1", "backend": "fake", "settings": {"seed": 1}},
            "decider": {"name": "instructed", "settings": {"reasoning": True}},
            "scenario": library.scenarios["leg-or-chest"],
            "profile": profile,
            "attributes": attributes_of(library.attributes, profile),
            "decision": Decision(
                id="1",
                scenario="leg-or-chest",
                profile=profile.name,
                decider="instructed?reasoning=true",
                model="fake?seed=1",
                outcome="failed",
                choice=None,
                probabilities={},
                confidence=0,
                reason="no answer",
            ),
            "evidence": evidence,
        }
    )


def test_a_record_survives_being_written_as_json() -> None:
    made = record()
    assert Record.model_validate_json(made.model_dump_json()) == made


def test_a_record_keeps_the_evidence_and_the_full_text_of_attributes() -> None:
    written = record().model_dump(mode="json")
    assert written["evidence"]["calls"][0]["answer"]["inside"] == 0.9
    assert [one["name"] for one in written["attributes"]] == list(record().profile.targets)
    assert written["attributes"][0]["definition"]


def test_a_moment_without_time_zone_is_no_moment(mistake: Mistake) -> None:
    given = record().model_dump() | {"created": "2026-01-02T00:00:00"}
    assert mistake(Record, given) == "created: Input should have timezone info"
