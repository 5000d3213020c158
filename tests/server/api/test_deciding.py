"""Deciding, comparing and explaining over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from alignkit.schema import Decision
from alignkit.service import explain

from .conftest import UNSURE

ASKED = {"scenario": "spillway", "profile": "utilitarian-medic", "decider": "direct_regression"}
OWN = {
    "id": "mine",
    "context": "A bridge.",
    "question": "What now?",
    "choices": [{"id": "a", "text": "Go on"}, {"id": "b", "text": "Turn back"}],
}


def test_a_decision_is_made_and_kept(api: TestClient, stored: Callable[[], None]) -> None:
    decision = Decision.model_validate(api.post("/api/decide", json=ASKED).json())
    assert (decision.scenario, decision.profile) == ("spillway", "utilitarian-medic")
    assert sum(decision.probabilities.values()) == pytest.approx(1)
    # At once, although it may not be in the store yet, and later.
    for wait in (lambda: None, stored):
        wait()
        found = api.get(f"/api/decisions/{decision.id}").json()
        assert found["probabilities"] == decision.probabilities
        record = api.get(f"/api/records/{decision.id[:12]}").json() if wait is stored else None
    assert record is not None
    assert record["decision"]["id"] == decision.id


def test_scenario_and_profile_may_be_brought(api: TestClient) -> None:
    given = {"scenario": OWN, "profile": UNSURE, "model": "fake?seed=2", "decider": "instructed"}
    found = api.post("/api/decide", json=given).json()
    assert (found["scenario"], found["profile"], found["outcome"]) == (
        "mine",
        "unsure",
        "escalated",
    )
    assert "below the profile's 1" in found["reason"]


def test_without_a_profile_the_plain_model_decides(api: TestClient) -> None:
    found = api.post("/api/decide", json={"scenario": "spillway"}).json()
    assert (found["profile"], found["decider"]) == (None, "baseline")


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"scenario": "spillwax"}, 404, "scenario"),
        ({"scenario": "../../etc/passwd"}, 404, "scenario"),
        ({"scenario": {**OWN, "choices": OWN["choices"][:1]}}, 422, "scenario"),
        ({"scenario": 7}, 422, "scenario"),
        ({"profile": "nobody"}, 404, "profile"),
        ({"profile": "/etc/passwd"}, 404, "profile"),
        ({"profile": {"name": "x", "targets": {"no_such": 1}}}, 422, "profile"),
        ({"profile": {"name": "x", "targets": {"fairness": 2}}}, 422, "profile"),
        ({"decider": "no_such"}, 404, "decider"),
        ({"decider": "instructed?no=1"}, 422, "decider"),
        ({"decider": "direct_regression?shots=2&examples=/etc/passwd"}, 422, "decider"),
        (
            {"decider": "ensemble?members=direct_regression?examples=x.yaml,baseline"},
            422,
            "decider",
        ),
        ({"profile": None, "decider": "direct_regression"}, 422, "decider"),
        ({"model": "/etc/passwd"}, 404, "model"),
        ({"model": "qwen2.5-coder-1.5b"}, 404, "model"),
        ({"modle": "fake"}, 422, "modle"),
    ],
)
def test_a_mistake_is_named_with_its_field(
    api: TestClient, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = api.post("/api/decide", json={**ASKED, **changes})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["field"].split(".")[0] == field
    assert problem["detail"].startswith(field)
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_ways_to_decide_stand_side_by_side(api: TestClient, stored: Callable[[], None]) -> None:
    given = {
        "scenario": OWN,
        "profiles": ["utilitarian-medic", UNSURE, None],
        "models": ["fake", "fake?seed=2"],
    }
    found = api.post("/api/compare", json=given).json()
    assert [one["decision"]["profile"] for one in found["columns"]] == [
        "utilitarian-medic",
        "unsure",
        None,
    ] * 2
    assert len({one["title"] for one in found["columns"]}) == 6
    stored()
    [run] = api.get("/api/runs").json()["items"]
    assert (run["name"], run["done"]) == ("served", 6)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"profiles": []}, "profiles"),
        ({"profiles": [None, "nobody"]}, "profiles[1]"),
        ({"models": ["fake", "other"]}, "models[1]"),
        ({"deciders": ["baseline", "no"]}, "deciders[1]"),
        ({"profiles": [None] * 13, "models": ["fake", "fake?seed=2"]}, "body"),
    ],
)
def test_a_mistake_in_a_comparison_is_named(
    api: TestClient, changes: dict[str, Any], field: str
) -> None:
    answer = api.post("/api/compare", json={"scenario": OWN, "profiles": [None], **changes})
    assert answer.status_code in {404, 422}
    assert answer.json()["field"] == field


def test_an_explanation_is_the_librarys(
    api: TestClient, stored: Callable[[], None], left: dict[str, Any]
) -> None:
    stored()
    by_id = api.post("/api/explain", json={"decision": left["id"]}).json()
    record = api.get(f"/api/records/{left['id']}").json()
    by_record = api.post("/api/explain", json={"record": record}).json()
    assert by_id == by_record
    served = api.app.state.opened.store.record(left["id"])  # type: ignore[attr-defined]
    why = explain(served)
    assert by_id["costs"] == why.costs
    assert by_id["decisive"] == why.decisive
    assert len(by_id["changes"]) == len(why.changes)


def test_what_cannot_be_explained_is_said(api: TestClient, left: dict[str, Any]) -> None:
    record = api.get(f"/api/records/{left['id']}").json()
    record["evidence"]["costs"] = {"nobody": {"care": 1.0}}
    for body, status in (
        ({}, 422),
        ({"decision": "no such"}, 404),
        ({"decision": left["id"], "record": record}, 422),
        ({"record": record}, 422),
        ({"record": {}}, 422),
    ):
        assert api.post("/api/explain", json=body).status_code == status
    assert api.post("/api/explain", json={"decision": "no such"}).json()["field"] == "decision"


def test_no_file_of_this_machine_is_read_for_a_request(api: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ntargets: {fairness: 1}\n")
    answer = api.post("/api/decide", json={**ASKED, "profile": str(path)})
    assert answer.status_code == 404
