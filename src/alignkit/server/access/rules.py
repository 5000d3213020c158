"""What each part of the server needs a key for. What is not listed here only `admin` may have."""

from __future__ import annotations

from alignkit.store import Scope

OPEN = ("/signin", "/signout", "/signin.css")
"""What anybody may have who wants to sign in or out."""
_ANY: tuple[Scope, ...] = ("read", "decide", "review")
_RULES: tuple[tuple[str, frozenset[str], tuple[Scope, ...]], ...] = (
    ("/v1/models", frozenset({"GET", "HEAD"}), _ANY),
    ("/v1", frozenset({"POST"}), ("decide",)),
    ("/v1/chat/completions", frozenset({"GET", "HEAD"}), ("read",)),
    ("/api/decide", frozenset({"POST"}), ("decide",)),
    ("/api/compare", frozenset({"POST"}), ("decide",)),
    ("/api/explain", frozenset({"POST"}), ("read",)),
    ("/api/reviews", frozenset({"GET", "HEAD"}), ("review", "read")),
    ("/api/reviews", frozenset({"POST"}), ("review",)),
    ("/api/profiles", frozenset({"GET", "HEAD"}), _ANY),
    ("/api/attributes", frozenset({"GET", "HEAD"}), _ANY),
    ("/api/scenarios", frozenset({"GET", "HEAD"}), _ANY),
    ("/api/session", frozenset({"GET", "HEAD"}), _ANY),
    ("/api/decisions", frozenset({"GET", "HEAD"}), ("read", "decide")),
    ("/api/records", frozenset({"GET", "HEAD"}), ("read",)),
    ("/api/runs", frozenset({"GET", "HEAD"}), ("read",)),
    ("/openapi.json", frozenset({"GET", "HEAD"}), _ANY),
    ("/healthz", frozenset({"GET", "HEAD"}), _ANY),
    ("/readyz", frozenset({"GET", "HEAD"}), _ANY),
    ("/metrics", frozenset({"GET", "HEAD"}), ("read",)),
    # The pages: what they do for a user, they ask the caller's scopes for themselves.
    ("/ui", frozenset({"GET", "HEAD", "POST"}), _ANY),
    ("/", frozenset({"GET", "HEAD"}), _ANY),
)


def needed(path: str, method: str) -> tuple[Scope, ...]:
    """The scopes of which a key must have one for this request."""
    for prefix, methods, scopes in _RULES:
        inside = path == prefix or (prefix != "/" and path.startswith(f"{prefix}/"))
        if inside and method in methods:
            return scopes
    return ("admin",)


def is_for_people(path: str) -> bool:
    """Whether a browser shows it, so that who is not signed in is led to where one does."""
    return path in {"/", "/ui"} or path.startswith("/ui/")
