"""What Prometheus can read: requests, decisions, tokens, and how full the server is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from alignkit.schema import Decision
from alignkit.server.opened import Here

_KIND = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

router = APIRouter(tags=["health"])


class Metrics:
    """Counts of one server."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "align_requests_total",
            "Requests that were answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "align_request_seconds",
            "Time until a request was answered",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._decisions = Counter(
            "align_decisions_total",
            "Decisions that were made",
            ("outcome", "profile"),
            registry=self.registry,
        )
        self._tokens = Counter(
            "align_tokens_total", "Tokens of models", ("kind",), registry=self.registry
        )

    def watch(self, name: str, text: str, ask: Callable[[], float]) -> None:
        """Show the number that `ask` gives, each time somebody reads."""
        Gauge(name, text, registry=self.registry).set_function(ask)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def decided(self, decisions: Sequence[Decision]) -> None:
        """Count decisions and what they cost."""
        for decision in decisions:
            self._decisions.labels(decision.outcome, decision.profile or "none").inc()
            usage = decision.usage
            self._tokens.labels("submitted").inc(usage.tokens_submitted)
            self._tokens.labels("evaluated").inc(usage.tokens_evaluated)
            self._tokens.labels("generated").inc(usage.tokens_generated)


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Counts as Prometheus reads"}},
)
async def metrics(here: Here) -> Response:
    """Requests, decisions, tokens, and how full the server is."""
    return Response(generate_latest(here.metrics.registry), media_type=_KIND)
