"""Sign-in at a browser, and what a foreign page cannot do with its cookie."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from .conftest import MakeKey

OWN = {"origin": "http://align.example"}
DECIDE = {"scenario": "spillway", "decider": "first"}


def sign_in(client: TestClient, text: str, **more: str) -> str:
    """Signs in and gives the cookie's header."""
    answer = client.post("/signin", data={"key": text, **more}, headers=OWN)
    assert answer.status_code == 303
    return answer.headers["set-cookie"]


def test_a_browser_is_led_to_the_form_and_back(public: TestClient, key: MakeKey) -> None:
    answer = public.get("/ui/runs?page=2&find=a%20b")
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert where.startswith("/signin?next=/ui/runs%3Fpage%3D2")
    form = public.get(where)
    assert form.status_code == 200
    assert 'name="next" type="hidden" value="/ui/runs?page=2&amp;find=a%20b"' in form.text
    assert "<script" not in form.text
    assert "style=" not in form.text
    answer = public.post("/signin", data={"key": key(), "next": "/ui/runs?page=2"}, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/runs?page=2")


def test_the_cookie_is_for_this_site_and_no_script(public: TestClient, key: MakeKey) -> None:
    cookie = sign_in(public, key()).lower()
    for part in ("httponly", "samesite=lax", "path=/", "max-age=43200"):
        assert part in cookie
    assert "secure" not in cookie
    behind_tls = public.post(
        "/signin", data={"key": key("bo")}, headers={"origin": "https://align.example"}
    )
    assert "secure" in behind_tls.headers["set-cookie"].lower()


def test_a_session_is_named_after_the_key_and_may_what_it_may(
    public: TestClient, key: MakeKey
) -> None:
    sign_in(public, key("ann", "read", "review"))
    session = public.get("/api/session").json()
    assert (session["name"], session["scopes"]) == ("ann", ["read", "review"])
    assert public.get("/api/runs").status_code == 200
    changing = {**OWN, "x-csrf-token": session["csrf"]}
    assert public.post("/api/decide", json=DECIDE, headers=changing).json()["code"] == "scope"


def test_a_changing_request_needs_the_sessions_token(public: TestClient, key: MakeKey) -> None:
    sign_in(public, key("ann", "decide"))
    token = public.get("/api/session").json()["csrf"]
    refused = [
        public.post("/api/decide", json=DECIDE, headers=headers)
        for headers in ({}, OWN, {**OWN, "x-csrf-token": "x" + token}, {"x-csrf-token": "align"})
    ]
    assert [one.status_code for one in refused] == [403] * 4
    assert {one.json()["field"] for one in refused} == {"x-csrf-token"}
    fits = public.post("/api/decide", json=DECIDE, headers={**OWN, "x-csrf-token": token})
    assert fits.status_code == 200
    foreign = {"origin": "http://evil.example", "x-csrf-token": token}
    assert public.post("/api/decide", json=DECIDE, headers=foreign).status_code == 403


def test_a_key_in_the_header_needs_no_token(public: TestClient, key: MakeKey) -> None:
    text = key("ann", "decide")
    sign_in(public, text)
    headers = {"authorization": f"Bearer {text}"}
    assert public.post("/api/decide", json=DECIDE, headers=headers).status_code == 200


@pytest.mark.parametrize("text", ["", "align_00000000_00", "x" * 3000])
def test_an_unknown_key_signs_nobody_in(public: TestClient, text: str) -> None:
    answer = public.post("/signin", data={"key": text}, headers=OWN)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("body", [b"\xff\xfe", b"key=%ff", b"", b"&".join([b"a=b"] * 99)])
def test_a_form_that_is_none_signs_nobody_in(public: TestClient, body: bytes) -> None:
    assert public.post("/signin", content=body, headers=OWN).status_code == 401


def test_a_foreign_page_can_sign_nobody_in(public: TestClient, key: MakeKey) -> None:
    answer = public.post("/signin", data={"key": key()}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "there", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb: c"]
)
def test_no_link_leads_elsewhere(public: TestClient, key: MakeKey, there: str) -> None:
    answer = public.post("/signin", data={"key": key(), "next": there}, headers=OWN)
    assert answer.headers["location"] == "/"
    assert "evil" not in public.get("/signin", params={"next": there}).text


def test_the_form_writes_out_what_a_link_holds(public: TestClient) -> None:
    page = public.get("/signin", params={"next": '/"><script>alert(1)</script>'}).text
    assert "<script" not in page


def test_signing_out_ends_the_session(public: TestClient, key: MakeKey) -> None:
    sign_in(public, key())
    cookie = public.cookies["align_session"]
    assert public.post("/signout", headers=OWN).headers["location"] == "/signin"
    public.cookies.set("align_session", cookie)
    assert public.get("/api/runs").status_code == 401


def test_a_session_ends_with_its_key_and_with_time(
    public: TestClient, key: MakeKey, revoke: Callable[[str], None]
) -> None:
    moment, access = [0.0], public.app.state.access  # type: ignore[attr-defined]
    access._clock = access.sessions._clock = lambda: moment[0]
    sign_in(public, key("ann"))
    assert public.get("/api/runs").status_code == 200
    moment[0] = 12 * 3600 + 1
    assert public.get("/api/runs").status_code == 401
    sign_in(public, key("bo"))
    revoke("bo")
    moment[0] += 3
    assert public.get("/api/runs").status_code == 401


def test_signing_in_is_logged(public: TestClient, key: MakeKey) -> None:
    sign_in(public, key("ida", "admin"))
    entries = public.get("/api/log").json()["items"]
    assert [(one["who"], one["action"]) for one in entries] == [("ida", "sign in"), ("ida", "key")]
