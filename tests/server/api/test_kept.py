"""Lists with pages, what the store holds, and what people say to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from alignkit.library import Library
from alignkit.server.app import create_app
from alignkit.server.serving import Serving
from alignkit.service import Settings

from .conftest import UNSURE


def walked(api: TestClient, path: str, limit: int, **given: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {**given, "limit": limit}
    while True:
        page = api.get(path, params=params).json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


@pytest.mark.parametrize("kind", ["profiles", "attributes", "scenarios"])
def test_the_library_is_listed_page_by_page(api: TestClient, kind: str) -> None:
    names = list(getattr(Library(), kind))
    for limit in (1, 7, len(names), 1000):
        found = walked(api, f"/api/{kind}", limit)
        assert [one["name"] for one in found] == names
    one = api.get(f"/api/{kind}/{names[0]}").json()
    assert names[0] in {one.get("name"), one.get("id")}
    missing = api.get(f"/api/{kind}/{names[0]}x")
    assert missing.status_code == 404
    assert names[0] in missing.json()["detail"]


def test_decisions_of_a_run_are_listed_page_by_page(
    api: TestClient, stored: Callable[[], None]
) -> None:
    ids = []
    for number in range(5):
        profile = UNSURE if number % 2 else None
        asked = {"scenario": "spillway", "profile": profile, "decider": "instructed"}
        if profile is None:
            asked["decider"] = "baseline"
        ids.append(api.post("/api/decide", json=asked).json()["id"])
    stored()
    assert [one["decision"] for one in walked(api, "/api/records", 2, run="served")] == ids
    left = walked(api, "/api/records", 1, run="served", outcome="escalated")
    assert [one["decision"] for one in left] == ids[1::2]
    assert [one["decision"] for one in walked(api, "/api/reviews", 1)] == ids[1::2]
    [run] = walked(api, "/api/runs", 1)
    assert api.get(f"/api/runs/{run['id']}").json() == run


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/runs/nothing", 404, "name"),
        ("/api/records", 422, "run"),
        ("/api/records?run=nothing", 404, "run"),
        ("/api/records?run=x&outcome=maybe", 422, "outcome"),
        ("/api/records/nothing", 404, "decision"),
        ("/api/decisions/nothing", 404, "decision"),
        ("/api/reviews/nothing", 404, "decision"),
        ("/api/profiles/nothing", 404, "name"),
        ("/api/attributes/nothing", 404, "name"),
        ("/api/scenarios/nothing", 404, "name"),
        ("/api/reviews?cursor=x", 422, "cursor"),
        ("/api/reviews?cursor=99999999999999999999", 422, "cursor"),
        ("/api/runs?cursor=-1", 422, "cursor"),
        ("/api/log?limit=0", 422, "limit"),
        ("/api/log?limit=1001", 422, "limit"),
        ("/api/profiles?limit=x", 422, "limit"),
    ],
)
def test_a_mistake_is_a_problem_with_its_field(
    api: TestClient, path: str, status: int, field: str
) -> None:
    answer = api.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert answer.json()["detail"].startswith(f"{field}: ")


def test_the_reason_is_told_by_the_decisions_id(api: TestClient, left: dict[str, Any]) -> None:
    found = api.get(f"/api/decisions/{left['id']}").json()
    assert found["reason"] == left["reason"]
    assert found["outcome"] == "escalated"
    assert found["review"] is None


def test_a_verdict_is_kept_once(api: TestClient, left: dict[str, Any]) -> None:
    path = f"/api/reviews/{left['id']}"
    case = api.get(path).json()
    assert case["record"]["scenario"]["id"] == "spillway"
    assert case["reason"] == left["reason"]
    machine = case["would_have_chosen"]
    given = {"choice": machine, "note": "The fewer lose.", "by": "Ann"}
    answer = api.post(path, json=given)
    assert answer.status_code == 200
    assert answer.json()["agreed"] is True
    assert api.get("/api/reviews").json()["items"] == []
    [decided] = api.get("/api/reviews?decided=true").json()["items"]
    assert decided["review"]["by"] == "Ann"
    assert api.get(f"/api/decisions/{left['id']}").json()["review"] == decided["review"]
    assert api.get(f"/api/records/{left['id']}").json()["review"] == decided["review"]
    again = api.post(path, json=given)
    assert again.status_code == 409
    assert again.json()["request_id"] == again.headers["x-request-id"]
    assert "Ann has decided" in again.json()["detail"]
    assert api.post(path, json={**given, "again": True, "by": "Bo"}).status_code == 200
    log = [(e["who"], e["action"]) for e in api.get("/api/log").json()["items"]]
    assert log == [("Bo", "review again"), ("Ann", "review"), ("anybody here", "decide")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "choice"),
        ({"choice": "nobody"}, "choice"),
        ({"choice": None}, "note"),
        ({"choice": "open", "note": " "}, "note"),
        ({"choice": "open", "note": "x" * 4001}, "note"),
        ({"choice": "open", "verdict": 1}, "verdict"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused(
    api: TestClient, left: dict[str, Any], given: dict[str, Any], field: str | None
) -> None:
    answer = api.post(f"/api/reviews/{left['id']}", json=given)
    assert answer.status_code == 422
    assert answer.json().get("field") == field
    assert api.get("/api/reviews").json()["items"]


def test_a_server_that_keeps_nothing_says_so(settings: Settings) -> None:
    app = create_app(Serving(settings=settings, keep=False, pages=False))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.post("/api/decide", json={"scenario": "spillway"}).status_code == 200
        for path in ("/api/runs", "/api/records?run=x", "/api/reviews", "/api/decisions/x"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "no_store")


def test_a_store_without_records_still_tells_the_reason(settings: Settings) -> None:
    bare = settings.model_copy(update={"keep_prompts": False})
    with TestClient(
        create_app(Serving(settings=bare, pages=False)), base_url="http://127.0.0.1"
    ) as c:
        asked = {"scenario": "spillway", "profile": UNSURE, "decider": "instructed"}
        decision = c.post("/api/decide", json=asked).json()["id"]
        served = c.app.state.opened.served  # type: ignore[attr-defined]
        while served.waiting:
            pass
        found = c.get(f"/api/decisions/{decision}").json()
        assert (found["outcome"], found["scenario"]) == ("escalated", None)
        assert "below the profile" in found["reason"]
        assert c.get(f"/api/records/{decision}").status_code == 422


def test_every_route_is_described_with_what_can_go_wrong(api: TestClient) -> None:
    described = api.get("/openapi.json").json()
    ours = {path: found for path, found in described["paths"].items() if path.startswith("/api")}
    assert len(ours) >= 16
    for path, found in ours.items():
        for method, about in found.items():
            assert about["summary"], path
            assert about["description"], path
            for status in ("401", "403", "429"):
                assert "application/problem+json" in about["responses"][status]["content"], (
                    method,
                    path,
                )
