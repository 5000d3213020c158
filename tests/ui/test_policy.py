"""Scripts carry the number that the policy asks for; requests of foreign pages do not pass."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from alignkit.ui.policy import Policy


async def _page(_: Request) -> Response:
    return HTMLResponse("<script>1</script><p>&lt;script&gt;</p><script type=module>2</script>")


async def _text(_: Request) -> Response:
    return PlainTextResponse("<script>")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("here")
    await socket.close()


@pytest.fixture
def client() -> TestClient:
    routes = [
        Route("/page", _page, methods=["GET", "POST"]),
        Route("/text", _text),
        WebSocketRoute("/socket", _socket),
    ]
    return TestClient(Policy(Starlette(routes=routes)), base_url="http://here")


def test_every_script_of_a_page_carries_the_number_of_its_policy(client: TestClient) -> None:
    answers = [client.get("/page") for _ in range(2)]
    numbers = []
    for answer in answers:
        (number,) = re.findall(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
        assert answer.text.count(f'<script nonce="{number}"') == 2
        assert answer.text.count("<script") == 2
        assert "'unsafe-inline'" not in answer.headers["content-security-policy"].split("style")[0]
        numbers.append(number)
    assert numbers[0] != numbers[1]


def test_what_is_no_page_stays_as_it_is(client: TestClient) -> None:
    assert client.get("/text").text == "<script>"


def test_only_pages_of_this_server_may_send_and_open_sockets(client: TestClient) -> None:
    own, foreign = {"origin": "http://here"}, {"origin": "http://elsewhere"}
    assert client.post("/page", headers=own).status_code == 200
    assert client.post("/page", headers=foreign).status_code == 403
    with client.websocket_connect("ws://here/socket", headers=own) as socket:
        assert socket.receive_text() == "here"
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://here/socket", headers=foreign) as socket,
    ):
        socket.receive_text()
