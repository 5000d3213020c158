"""Chat under a profile, asked by the `openai` client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Running


@pytest.fixture(scope="module")
def client(served: Running) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)


HELLO: Any = [{"role": "user", "content": "Is <b>this</b> safe?"}]


def test_a_reply_says_which_instructions_went_before(client: openai.OpenAI) -> None:
    found = client.chat.completions.create(model="fake@spoken", messages=HELLO, seed=1)
    assert found.choices[0].message.content.startswith("fake ")
    assert found.choices[0].finish_reason == "stop"
    told: Any = found.align
    assert told["profile"] == "spoken"
    assert "You are Rosa Lind, who speaks in short sentences." in told["instructions"]
    plain = client.chat.completions.create(model="fake", messages=HELLO, seed=1)
    assert plain.align == {
        "profile": None,
        "instructions": "",
        "record": plain.id,
        "verified": False,
        "turns_left_out": 0,
    }
    assert plain.choices[0].message.content != found.choices[0].message.content


@pytest.mark.parametrize("stream", [True, False])
def test_what_was_written_is_recorded_with_what_led_to_it(served: Running, stream: bool) -> None:  # noqa: FBT001
    body = {"model": "fake@spoken", "messages": HELLO, "seed": 1, "stream": stream}
    reply = served.post("/v1/chat/completions", body)
    assert reply.status_code == 200
    name = reply.headers["x-align-decision"]
    found = served.get(f"/v1/chat/completions/{name}").json()
    assert found["profile"]["name"] == "spoken"
    assert [one["depends"] for one in found["prompt"]["segments"]] == ["profile", "scenario"]
    assert "Rosa Lind" in found["prompt"]["segments"][0]["text"]
    assert found["prompt"]["segments"][1]["text"] == HELLO[0]["content"]
    assert found["text"].startswith("fake ")
    assert found["complete"] is True
    assert found["sampling"]["seed"] == 1
    served.wait_for(lambda: not served.here.served or served.here.served.waiting == 0)
    assert served.get(f"/v1/chat/completions/{name}").json() == found
    assert served.get("/v1/chat/completions/none").status_code == 404


def test_a_stream_has_the_pieces_of_the_whole(client: openai.OpenAI) -> None:
    asked: Any = {"model": "fake@calm", "messages": HELLO, "seed": 1}
    whole = client.chat.completions.create(**asked)
    chunks = list(client.chat.completions.create(**asked, stream=True))
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert len(chunks) > 2
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].align["profile"] == "calm"
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_all_turns_and_their_order_count(client: openai.OpenAI) -> None:
    def said(*turns: tuple[str, str]) -> str | None:
        messages: Any = [{"role": role, "content": text} for role, text in turns]
        found = client.chat.completions.create(model="fake", messages=messages, seed=1)
        return found.choices[0].message.content

    first = said(("user", "A"), ("assistant", "B"), ("user", "C"))
    assert first == said(("user", "A"), ("assistant", "B"), ("user", "C"))
    others = {
        said(("user", "C"), ("assistant", "B"), ("user", "A")),
        said(("user", "A"), ("user", "B"), ("user", "C")),
        said(("system", "A"), ("assistant", "B"), ("user", "C")),
        said(("user", "C")),
    }
    assert len(others) == 4
    assert first not in others


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("messages", {"messages": []}),
        ("messages[0].role", {"messages": [{"role": "tool", "content": "a"}]}),
        ("messages[0].content", {"messages": [{"role": "user", "content": None}]}),
        ("messages[0].content[0].type", {"messages": [
            {"role": "user", "content": [{"type": "image_url", "text": "a"}]}]}),
        ("temperature", {"temperature": 3}),
        ("max_tokens", {"max_tokens": 0}),
        ("n", {"n": 2}),
        ("tools", {"tools": [{"type": "function"}]}),
        ("response_format", {"response_format": {"type": "json_object"}}),
        ("stop", {"stop": ["a"]}),
        ("stream", {"stream": "perhaps"}),
    ],
)  # fmt: skip
def test_a_mistake_is_named(served: Running, field: str, given: dict[str, Any]) -> None:
    reply = served.post("/v1/chat/completions", {"model": "fake", "messages": HELLO} | given)
    assert reply.status_code == 400, reply.text
    assert reply.json()["error"]["param"] == field


@pytest.mark.parametrize("stream", [True, False])
def test_a_model_that_fails_is_an_error_without_the_inside(troubled: Running, stream: bool) -> None:  # noqa: FBT001
    body = {"model": "broken", "messages": HELLO, "stream": stream}
    reply = troubled.post("/v1/chat/completions", body)
    assert reply.status_code == 502
    assert troubled.inside not in reply.text
    assert reply.headers["x-request-id"] in reply.json()["error"]["message"]
