"""Requests that nobody would write: never a 5xx, and every refusal names the field."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

if TYPE_CHECKING:
    from tests.server.conftest import Running

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "30"))
"""Of each; more are tried with FUZZ_EXAMPLES=2000."""
HEALTH = ("/healthz", "/readyz", "/metrics")
few = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_what_the_description_allows_and_forbids_makes_no_server_error(served: Running) -> None:
    schema = schemathesis.openapi.from_dict(served.app.openapi())
    operations = [found.ok() for found in schema.get_all_operations()]
    ours = [one for one in operations if one.path.startswith("/v1") or one.path in HEALTH]
    assert len(ours) == 9

    for operation in ours:

        @few
        @given(case=operation.as_strategy())
        def send(case: schemathesis.Case) -> None:
            checks = [not_a_server_error, response_schema_conformance]
            case.call_and_validate(base_url=served.url, checks=checks, timeout=60)

        send()


TEXTS = st.text(max_size=20) | st.sampled_from(["", " ", "\x00", "\ud7ff", "fake", "a" * 300])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
DECISIONS = {
    "model": "fake@calm",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "A storm."}]},
        {"role": "assistant", "content": "Yes.", "phase": "commentary"},
        {"role": "user", "content": [{"type": "input_json", "data": {"wind": [1, 2]}}]},
    ],
    "questions": [
        {"type": "predicate", "instructions": "Is it wet?", "name": "wet"},
        {
            "type": "choice",
            "instructions": [{"type": "input_text", "text": "Where to?"}],
            "choices": [{"value": True}, {"value": "home", "description": "far"}],
        },
        {"type": "score", "instructions": "How bad?", "levels": [{"label": "a"}, {"label": "b"}]},
    ],
    "prompt_cache_key": "a",
}
SYSTEM_ONE = {
    "model": "fake",
    "state": {"storm": [1, {"a": None}]},
    "questions": {
        "wet": {"type": "noul", "instructions": "Is it wet?", "criteria": {"true": "rain"}},
        "where": {"type": "choice", "criteria": {"home": None, "away": ["far"]}},
        "bad": {"type": "score", "instructions": {"a": 1}, "criteria": ["a", {"b": 1}]},
    },
}
CHAT = {
    "model": "fake@spoken",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello."}]},
    ],
    "temperature": 0.5,
    "seed": 1,
    "max_tokens": 10,
    "stop": None,
    "n": 1,
}
JSON = {"content-type": "application/json"}
FORMATS = {"/v1/decisions": DECISIONS, "/v1/systemone": SYSTEM_ONE, "/v1/chat/completions": CHAT}


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a body."""
    yield place
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*place, key))


@st.composite
def spoilt(draw: st.DrawFn, path: str) -> Any:
    """A good body with one to three places changed, removed, doubled or added."""
    body = copy.deepcopy(FORMATS[path])
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from([one for one in places(body) if one]))
        parent: Any = body
        for key in above:
            parent = parent[key]
        match draw(st.sampled_from(["change", "change", "remove", "add", "double"])):
            case "change":
                parent[last] = draw(VALUES)
            case "remove":
                del parent[last]
            case "add" if isinstance(parent, dict):
                parent[draw(TEXTS)] = draw(VALUES)
            case _ if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[last]))
    return body


@pytest.fixture(scope="module")
def client(served: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60) as found:
        yield found


@pytest.mark.parametrize("path", FORMATS)
@few
@given(data=st.data())
def test_a_spoilt_body_is_answered_or_its_mistake_named(
    client: httpx.Client, path: str, data: st.DataObject
) -> None:
    body = data.draw(spoilt(path))
    check(client.post(path, json=body))


@pytest.mark.parametrize("path", FORMATS)
@few
@given(body=VALUES)
def test_any_json_is_answered_or_its_mistake_named(
    client: httpx.Client, path: str, body: Any
) -> None:
    check(client.post(path, content=json.dumps(body), headers=JSON))


@pytest.mark.parametrize("path", FORMATS)
@few
@given(content=st.binary(max_size=60))
def test_any_bytes_are_refused(client: httpx.Client, path: str, content: bytes) -> None:
    reply = client.post(path, content=content, headers=JSON)
    assert reply.status_code == 400
    check(reply)


def check(reply: httpx.Response) -> None:
    """A good answer, or a refusal that names the field."""
    assert reply.status_code in {200, 400, 404}, reply.text
    if reply.status_code != 200:
        error = reply.json()["error"]
        assert error["param"]
        assert error["message"].startswith(error["param"])
        assert reply.json()["detail"] == error["message"]
