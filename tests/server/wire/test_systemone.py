"""The System One shape, asked by the clients `systemone-client` and `typesafe-sdk`."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

import pytest
import systemone
import typesafe_sdk
from systemone.client import SystemOneError

if TYPE_CHECKING:
    from tests.server.conftest import Running

STATE = {"ticket": "I was charged twice.", "amounts": [3, 3]}
LEVELS = ["can wait", "this week", "now"]


def test_systemone_client_reads_every_kind_of_answer(served: Running) -> None:
    with systemone.Client(served.url, model="fake@calm") as client:
        found = client.system_one(
            STATE,
            {
                "money": systemone.Noul("Is it about money?", "A charge is named."),
                "team": systemone.Choice("Which team?", {"billing": "charges", "tech": None}),
                "haste": systemone.Score("How urgent?", LEVELS),
            },
        )
    assert found.model == "fake@calm"
    assert 0 < found.nouls["money"].noul < 1
    team = found.choices["team"]
    assert team.choice == max(team.probabilities, key=lambda name: team.probabilities[name])
    assert list(team.probabilities) == ["billing", "tech"]
    haste = found.scores["haste"]
    assert haste.legend == {"0": "can wait", "1": "this week", "2": "now"}
    mean = sum(int(place) * share for place, share in haste.probabilities.items())
    assert math.isclose(haste.score, mean, abs_tol=1e-9)
    assert found.usage.input_tokens > 0
    assert found.latency_ms


def test_systemone_client_needs_no_model(served: Running) -> None:
    async def ask() -> systemone.Response:
        client = systemone.AsyncClient(served.url)
        try:
            return await client.system_one("A storm.", {"wet": systemone.Noul("Does it rain?")})
        finally:
            await client.aclose()

    assert asyncio.run(ask()).model == "fake"


def test_typesafe_client_reads_every_kind_of_answer(served: Running) -> None:
    with typesafe_sdk.TypeSafeClient(
        base_url=served.url, api_key="any", model="fake@calm"
    ) as client:
        found = client.system_one(
            state=STATE,
            questions={
                "money": typesafe_sdk.Noul(criteria={"true": "A charge is named."}),
                "team": typesafe_sdk.Choice(
                    criteria={"billing": {"of": ["charges"]}, "tech": None}
                ),
                "haste": typesafe_sdk.Score(instructions="How urgent?", criteria=LEVELS),
            },
        )
        names = [one.name for one in client.models.list().models]
    assert 0 < found.nouls["money"].noul < 1
    assert found.choices["team"].choice in {"billing", "tech"}
    assert found.scores["haste"].legend == dict(enumerate(LEVELS))
    assert found.usage.input_tokens
    assert {"fake", "fake@calm", "fake@cautious-medic"} <= set(names)


def test_a_question_left_to_a_person_is_an_error_object(served: Running) -> None:
    body = {
        "model": "fake@unsure",
        "state": "A storm.",
        "questions": {"wet": {"type": "noul", "instructions": "Does it rain?"}},
    }
    reply = served.post("/v1/systemone", body)
    assert reply.status_code == 200
    answer = reply.json()["answers"]["wet"]
    assert answer["type"] == "error"
    assert answer["outcome"] == "escalated"
    assert "confidence" in answer["message"]
    assert answer["decision"] == reply.headers["x-align-decision"]
    with systemone.Client(served.url, model="fake@unsure") as client:
        found = client.system_one("A storm.", {"wet": systemone.Noul("Does it rain?")})
    assert found.nouls == {}
    with typesafe_sdk.TypeSafeClient(
        base_url=served.url, api_key="any", model="fake@unsure"
    ) as other:
        questions = {"wet": typesafe_sdk.Noul(instructions="Does it rain?")}
        assert other.system_one(state="A storm.", questions=questions).answers == {}


def test_a_failure_says_nothing_of_the_inside(troubled: Running) -> None:
    body = {
        "model": "broken",
        "state": "A.",
        "questions": {"a": {"type": "noul", "instructions": "?"}},
    }
    reply = troubled.post("/v1/systemone", body)
    assert reply.json()["answers"]["a"]["outcome"] == "failed"
    assert troubled.inside not in reply.text


NOUL = {"type": "noul", "instructions": "Is it?"}


def _asked(**given: Any) -> dict[str, Any]:
    return {"state": "A storm.", "questions": {"wet": NOUL}} | given


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("state", _asked(state="")),
        ("state", _asked(state=7)),
        ("state", {"questions": {"wet": NOUL}}),
        ("questions", _asked(questions={})),
        ("questions", _asked(questions=[])),
        ("questions.wet.type", _asked(questions={"wet": {"type": "box"}})),
        ("questions.wet", _asked(questions={"wet": {"type": "noul"}})),
        ("questions.wet.criteria", _asked(questions={"wet": NOUL | {"criteria": 7}})),
        ("questions.wet.criteria", _asked(questions={
            "wet": {"type": "choice", "criteria": {"a": None}}})),
        ("questions.wet.criteria[0]", _asked(questions={
            "wet": {"type": "score", "criteria": ["", "a"]}})),
        ("assets", _asked(assets={"a": {"type": "image"}})),
        ("tempo", _asked(tempo=1)),
    ],
)  # fmt: skip
def test_a_mistake_is_named(served: Running, field: str, body: dict[str, Any]) -> None:
    reply = served.post("/v1/systemone", body)
    assert reply.status_code == 400, reply.text
    assert reply.json()["error"]["param"] == field
    assert field in reply.json()["detail"]


def test_clients_say_what_is_wrong(served: Running) -> None:
    with (
        systemone.Client(served.url, model="none") as client,
        pytest.raises(SystemOneError, match=r"404: model: Model 'none' is not known") as found,
    ):
        client.system_one("A storm.", {"wet": systemone.Noul("Does it rain?")})
    assert found.value.status == 404
    with (
        typesafe_sdk.TypeSafeClient(base_url=served.url, api_key="any") as other,
        pytest.raises(typesafe_sdk.TypeSafeNotFoundError, match="model"),
    ):
        other.system_one(state="A.", questions={"a": typesafe_sdk.Noul(instructions="?")})
