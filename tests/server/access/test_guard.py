"""Off loopback nothing without a key; on loopback nobody but this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from alignkit.server.access.rules import needed

from .conftest import MakeKey, Serve

DECIDE = {"scenario": "spillway", "decider": "first"}


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def test_off_loopback_every_route_wants_a_key(public: TestClient) -> None:
    described = public.app.openapi()["paths"]  # type: ignore[attr-defined]
    asked = [(method, path) for path, about in described.items() for method in about]
    assert len(asked) > 20
    for method, path in [*asked, ("get", "/openapi.json"), ("head", "/api/runs")]:
        answer = public.request(method, path.replace("{", "").replace("}", ""))
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/docs", "/v1/nothing"])
def test_what_is_not_there_needs_a_key_too(public: TestClient, path: str) -> None:
    assert public.get(path).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer align_0_0"},
        {"authorization": "Bearer "},
        {"authorization": "Basic YTpi"},
        {"authorization": "Bearer \xff\xfe"},
        {"x-api-key": "align_00000000_00"},
        {"cookie": "align_session=made-up"},
        {"cookie": "align_session=\x00; a=b"},
    ],
)
def test_no_made_up_key_opens_anything(public: TestClient, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    assert public.get("/api/profiles", headers=raw).status_code == 401  # type: ignore[arg-type]


def test_a_key_opens_what_its_scopes_say(public: TestClient, key: MakeKey) -> None:
    reads, decides, reviews = (key(scope, scope) for scope in ("read", "decide", "review"))
    admin = key("admin", "admin")
    table: list[tuple[str, str, dict[str, object] | None, set[str]]] = [
        ("GET", "/api/profiles", None, {reads, decides, reviews}),
        ("GET", "/api/runs", None, {reads}),
        ("POST", "/api/decide", DECIDE, {decides}),
        ("GET", "/api/reviews", None, {reads, reviews}),
        ("POST", "/api/reviews/x", {"choice": "a"}, {reviews}),
        ("GET", "/api/log", None, set()),
        ("GET", "/v1/models", None, {reads, decides, reviews}),
        ("POST", "/v1/decisions", {}, {decides}),
        ("GET", "/metrics", None, {reads}),
    ]
    for method, path, body, allowed in table:
        for text in (reads, decides, reviews, admin):
            answer = public.request(method, path, json=body, headers=bearer(text))
            fits = text in allowed or text == admin
            assert (answer.status_code == 403) != fits, (method, path)
            if not fits:
                assert answer.json().get("code", "scope") == "scope"


def test_keys_of_other_services_headers_are_read_too(public: TestClient, key: MakeKey) -> None:
    assert public.get("/api/profiles", headers={"x-api-key": key()}).status_code == 200


def test_a_revoked_key_is_refused_by_a_running_server(
    public: TestClient, key: MakeKey, revoke: Callable[[str], None]
) -> None:
    text, moment = key(), [0.0]
    access = public.app.state.access  # type: ignore[attr-defined]
    access._clock = lambda: moment[0]
    assert public.get("/api/profiles", headers=bearer(text)).status_code == 200
    revoke("ann")
    moment[0] = 2.1
    assert public.get("/api/profiles", headers=bearer(text)).status_code == 401


def test_a_key_that_asks_too_often_is_told_when_to_come_again(
    public: TestClient, key: MakeKey
) -> None:
    slow, other = key("slow", rate=2), key("other")
    codes = [public.get("/api/profiles", headers=bearer(slow)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    answer = public.get("/api/profiles", headers=bearer(slow))
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert answer.json()["code"] == "rate_limit"
    assert public.get("/api/profiles", headers=bearer(other)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "8.8.8.8", "", "["]
)
def test_another_name_for_this_machine_is_refused(local: TestClient, host: str) -> None:
    answer = local.get("/api/profiles", headers={"host": host})
    assert (answer.status_code, answer.json()["field"]) == (403, "host")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:1", "127.9.9.9", "[::1]:8000", "LOCALHOST"]
)
def test_this_machine_is_known_by_its_own_names(local: TestClient, host: str) -> None:
    assert local.get("/api/profiles", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://[bad"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_pages_of_others_are_refused(local: TestClient, headers: dict[str, str]) -> None:
    answer = local.post("/api/decide", json=DECIDE, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    under_v1 = local.post("/v1/decisions", json={}, headers=headers)
    assert under_v1.status_code == 403
    assert under_v1.json()["error"]["type"] == "permission_error"


def test_our_own_pages_and_clients_without_a_browser_pass(local: TestClient) -> None:
    own = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    assert local.post("/api/decide", json=DECIDE, headers=own).status_code == 200
    assert local.post("/api/decide", json=DECIDE).status_code == 200


def test_on_loopback_any_key_does_and_a_known_one_says_who_asks(
    local: TestClient, key: MakeKey
) -> None:
    text = key("ann", "read")
    assert local.get("/api/session", headers=bearer("sk-anything")).json()["name"] == "anybody here"
    known = local.get("/api/session", headers=bearer(text)).json()
    assert (known["name"], "decide" in known["scopes"]) == ("ann", True)


def test_every_answer_tells_browsers_to_be_careful(local: TestClient, public: TestClient) -> None:
    answers = [local.get("/healthz"), local.get("/nothing"), local.get("/signin")]
    answers += [public.get("/api/runs"), local.get("/healthz", headers={"host": "evil.example"})]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in answer.headers
        assert "x-request-id" in answer.headers


def test_no_other_page_may_read_what_this_one_answers(local: TestClient) -> None:
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = local.options("/api/decide", headers=asked)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_key_comes_into_the_log_or_the_store(
    public: TestClient, key: MakeKey, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    text = key("ann", "decide")
    caplog.set_level("DEBUG")
    public.post("/api/decide", json=DECIDE, headers=bearer(text))
    public.post("/api/decide", json={"scenario": 1}, headers=bearer(text))
    secret = text.rpartition("_")[2]
    assert not any(secret in str(vars(record)) for record in caplog.records)
    for path in tmp_path.glob("align.db*"):
        assert secret.encode() not in path.read_bytes()


def test_what_has_no_rule_is_for_admins(serve: Serve) -> None:
    assert serve is not None
    assert needed("/api/anything-new", "GET") == ("admin",)
    assert needed("/api/runs", "DELETE") == ("admin",)
    assert needed("/v1x", "POST") == ("admin",)
    assert needed("/api/runs/x", "GET") == ("read",)
