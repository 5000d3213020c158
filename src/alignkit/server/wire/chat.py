"""`POST /v1/chat/completions`: free text under a profile, in the shape that chat clients know."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from alignkit.schema import Writing
from alignkit.server.api.base import names
from alignkit.server.asking import way_named
from alignkit.server.limits import beating
from alignkit.server.opened import Here, caller_of
from alignkit.server.problems import OF_OPENAI, Problem, request_id_of
from alignkit.server.reading import JsonRoute
from alignkit.server.wire.chat_shapes import ChatReply, ChatRequest
from alignkit.server.wire.chat_stream import Told, events_of
from alignkit.service.chatting import Conversation, conversation
from alignkit.service.verifying import Verified, verified

router = APIRouter(route_class=JsonRoute, tags=["chat"])


@router.post(
    "/v1/chat/completions",
    summary="Go on with a conversation under a profile",
    response_model=ChatReply,
    responses=OF_OPENAI
    | {200: {"description": "The answer, or a stream of it", "content": {"text/event-stream": {}}}},
)
async def chat(request: Request, here: Here, given: ChatRequest) -> Response:
    """What the model says next; the profile's instructions go before the conversation.

    Where the profile has boundaries, the text is verified before any of it leaves: a draft that
    breaks one is revised, and where none is left, a message takes its place. With `stream` it comes
    piece by piece as server-sent events.
    """
    way = way_named(here, given.model)
    turns = [message.turn for message in given.messages]
    model = await here.answering.model(way.model)
    talk: Conversation | Verified
    if way.profile is not None and way.profile.boundaries:
        talk = verified(here.workbench, model, way.profile, turns, given.sampling)
    else:
        talk = conversation(here.workbench, model, way.profile, turns, given.sampling)
    told = Told(talk, way.name)
    request.state.decisions = [talk.id]
    by, served = caller_of(request), here.served
    pieces = talk.write(lambda one: served.keep_writing(one, by) if served else None)
    headers = {"x-align-decision": talk.id}
    if not given.stream:
        found = await here.gate.within(request, _all(pieces))
        return JSONResponse(told.reply(found).model_dump(mode="json"), headers=headers)
    in_turn = beating(here.gate.stream(pieces), here.serving.keep_alive)
    first = await anext(in_turn, None)  # what fails before this has a status of its own
    events = events_of(told, first, in_turn, request_id_of(request))
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


@router.get(
    "/v1/chat/completions/{name}",
    summary="The record of what a model wrote",
    responses=OF_OPENAI,
)
async def written(here: Here, name: str) -> Writing:
    """The text with this id, and all that led to it: the profile, its instructions, the prompt."""
    if here.served is None:
        raise Problem(404, "name: nothing is kept here", field="name", code="not_kept")
    with names("name"):
        return await here.served.writing(name)


async def _all(pieces: AsyncGenerator[str, None]) -> list[str]:
    """All pieces; where this is broken off, their source is, too."""
    async with aclosing(pieces):
        return [piece async for piece in pieces]
