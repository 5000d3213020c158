"""Sign-in at a browser: a form without scripts, a cookie that scripts cannot read."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from alignkit.server.access.guard import cookie_of
from alignkit.server.access.known import Access
from alignkit.server.access.sessions import COOKIE, HOURS

router = APIRouter(include_in_schema=False)
_HERE = files("alignkit.server.access")
_HOME = "/"
_LONGEST = 2000


@router.get("/signin")
async def form(next_: Annotated[str, Query(alias="next")] = _HOME) -> HTMLResponse:
    """The form."""
    return _form(next_)


@router.post("/signin")
async def sign_in(request: Request) -> Response:
    """Begin a session for who shows a key that is known."""
    sent = _fields(await request.body())
    key, next_ = sent.get("key", ""), sent.get("next", _HOME)
    access: Access = request.app.state.access
    found = await access.by_text(key.strip())
    if found is None:
        return _form(next_, "This key is not known, or it was revoked.", 401)
    access.sessions.end(cookie_of(request.headers))
    cookie = access.sessions.begin(found.id)
    await access.log_sign_in(found)
    answer = RedirectResponse(local(next_), 303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=HOURS * 3600,
        httponly=True,
        samesite="lax",
        # Behind a proxy that speaks TLS, the browser still says how it came here.
        secure=request.url.scheme == "https"
        or request.headers.get("origin", "").startswith("https:"),
    )
    return answer


@router.post("/signout")
async def sign_out(request: Request) -> Response:
    """End the session."""
    access: Access = request.app.state.access
    access.sessions.end(cookie_of(request.headers))
    answer = RedirectResponse("/signin", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/signin.css")
async def style() -> Response:
    """How the form looks."""
    return Response((_HERE / "signin.css").read_text(encoding="utf-8"), media_type="text/css")


def _fields(body: bytes) -> dict[str, str]:
    """What a form sent."""
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items() if len(values[0]) <= _LONGEST}


def local(path: str) -> str:
    """`path` if it is one of this server; else the first page, so that no link leads elsewhere."""
    fits = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fits else _HOME


def _form(there: str, mistake: str = "", status: int = 200) -> HTMLResponse:
    page = (_HERE / "signin.html").read_text(encoding="utf-8")
    said = f'<p role="alert">{escape(mistake)}</p>' if mistake else ""
    return HTMLResponse(page.format(next=escape(local(there)), mistake=said), status)
