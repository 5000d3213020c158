"""Whether the server says how it is: health, readiness, counts, logs, names of models."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import openai
import pytest
from prometheus_client.parser import text_string_to_metric_families

from alignkit.server.logs import JsonLines

if TYPE_CHECKING:
    from tests.server.conftest import Running

ASKED = {
    "model": "fake@calm",
    "input": "A secret storm.",
    "questions": [{"type": "predicate", "instructions": "Is it wet?"}],
}


def test_a_server_that_runs_says_so(served: Running) -> None:
    reply = served.get("/healthz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})


def test_it_is_ready_when_every_model_answers(served: Running, troubled: Running) -> None:
    served.wait_for(lambda: served.get("/readyz").status_code == 200)
    assert served.get("/readyz").json()["fake"] == "answers"
    troubled.wait_for(lambda: "does not answer" in troubled.here.troubles.values())
    reply = troubled.get("/readyz")
    assert reply.status_code == 503
    assert reply.json()["broken"] == "does not answer"
    assert troubled.inside not in reply.text


def test_counts_are_what_prometheus_reads(served: Running) -> None:
    def counted() -> dict[tuple[str, ...], float]:
        text = served.get("/metrics").text
        return {
            (one.name, *sorted(one.labels.values())): one.value
            for family in text_string_to_metric_families(text)
            for one in family.samples
        }

    before = counted()
    assert served.post("/v1/decisions", ASKED).status_code == 200
    assert served.post("/v1/decisions", {}).status_code == 400
    assert served.get("/no/such/place").status_code == 404
    after = counted()

    def grown(*key: str) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert grown("align_requests_total", "/v1/decisions", "200", "POST") == 1
    assert grown("align_requests_total", "/v1/decisions", "400", "POST") == 1
    assert grown("align_requests_total", "404", "GET", "other") == 1
    assert grown("align_decisions_total", "calm", "decided") == 1
    assert grown("align_tokens_total", "submitted") > 0
    assert after["align_requests_waiting",] == 0
    assert not [key for key in after if "no/such/place" in str(key)]


def test_every_reply_has_an_id_and_a_good_one_is_kept(served: Running) -> None:
    assert served.get("/healthz").headers["x-request-id"]
    given = {"x-request-id": "my-own.id_1"}
    assert served.get("/nowhere", headers=given).headers["x-request-id"] == "my-own.id_1"
    bad = {"x-request-id": "a b{}"}
    assert served.get("/healthz", headers=bad).headers["x-request-id"] != "a b{}"


def test_logs_are_json_without_texts_and_keys(
    served: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "alignkit.server"):
        headers = {"authorization": "Bearer sk-secret", "x-request-id": "one"}
        reply = served.post("/v1/decisions?key=sk-secret", ASKED, headers=headers)
        served.wait_for(lambda: any(one.message == "request" for one in caplog.records))
    lines = [JsonLines().format(record) for record in caplog.records]
    [line] = [json.loads(one) for one in lines if json.loads(one)["event"] == "request"]
    assert line["request_id"] == "one"
    assert line["route"] == "/v1/decisions"
    assert line["status"] == 200
    assert line["decisions"] == [reply.headers["x-align-decision"]]
    assert "secret" not in "".join(lines)


def test_models_are_listed_with_every_profile(served: Running) -> None:
    client = openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)
    names = [one.id for one in client.models.list()]
    assert {"fake", "fake@calm", "fake@cautious-medic"} <= set(names)
    assert len(names) == len(set(names))
    assert client.models.retrieve("fake@calm").id == "fake@calm"
    with pytest.raises(openai.NotFoundError, match="model"):
        client.models.retrieve("fake@nobody")


def test_errors_elsewhere_are_problems(served: Running) -> None:
    reply = served.get("/api/nowhere")
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == 404
    assert reply.json()["request_id"] == reply.headers["x-request-id"]
    assert served.post("/healthz").status_code == 405
