"""Who looks at a page, and what they may do there."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from nicegui import ui

from alignkit.errors import UsageError
from alignkit.service.keys import SCOPES
from alignkit.service.who import user_name
from alignkit.store import Scope

_WORDS: dict[Scope, str] = {
    "decide": "ask models",
    "read": "read what is kept",
    "review": "give verdicts",
    "admin": "change what is kept",
}


@dataclass(frozen=True)
class Visitor:
    """Somebody at a page."""

    name: str
    """Of the key that was signed in with; where none is needed, of the user who serves."""
    scopes: tuple[str, ...]

    def may(self, scope: Scope) -> bool:
        """Whether the key allows it."""
        return scope in self.scopes or "admin" in self.scopes

    def must(self, scope: Scope) -> None:
        """Fail where the key does not allow it.

        Raises:
            UsageError: it does not.
        """
        if not self.may(scope):
            raise UsageError(
                f"Your key does not allow you to {_WORDS[scope]}.", f"It takes the scope {scope!r}."
            )


def visitor() -> Visitor:
    """Who looks at the page that is made, or that an event comes from."""
    return visitor_of(ui.context.client.request)


def visitor_of(request: Request) -> Visitor:
    """Who sends a request."""
    state = request.scope.get("state", {})
    name = str(state.get("caller", "") or user_name())
    return Visitor(name, tuple(state.get("scopes", SCOPES)))
