"""Whatever fits the description, or nearly does, is answered with no defect of ours."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as how
from starlette.testclient import TestClient

from alignkit.server.app import create_app
from alignkit.server.serving import Serving
from alignkit.service import Settings

_EXAMPLES = 15


def test_no_request_below_api_breaks_the_server(settings: Settings) -> None:
    app = create_app(Serving(settings=settings, pages=False))
    asked = 0
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        for result in schemathesis.openapi.from_dict(app.openapi()).get_all_operations():
            operation = result.ok()
            if operation.path.startswith("/api"):
                _ask(client, operation)
                asked += 1
    assert asked >= 19


def _ask(client: TestClient, operation: object) -> None:
    """Send requests of every mode that schemathesis knows."""
    quiet = how(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @quiet
    @given(case=operation.as_strategy())  # type: ignore[attr-defined]
    def send(case: schemathesis.Case) -> None:
        sent = case.as_transport_kwargs(base_url="http://127.0.0.1")
        sent.pop("cookies", None)
        answer = client.request(**sent)
        assert answer.status_code < 500, (sent, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"]
        if answer.status_code in {400, 422}:
            assert answer.json()["field"], (sent, answer.text)

    send()
