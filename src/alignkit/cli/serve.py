"""`align serve`: decisions over HTTP, until it is told to stop."""

from __future__ import annotations

import shlex
from typing import Any

import click

from alignkit.cli.options import decider_option, model_options, settings, store_option


@click.command(
    epilog="""\b
Examples:
  align serve
  align serve --port 9000 --model smollm2-135m --model fake
Then: OPENAI_BASE_URL=http://127.0.0.1:8000/v1, and MODEL@PROFILE as the model."""
)
@click.option("--host", metavar="ADDRESS", help="Where to listen (default: this machine only).")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Default 8000.")
@click.option(
    "--model", "-m", "models", multiple=True, metavar="NAME", help="Served; the first by default."
)
@decider_option
@store_option
@model_options
def serve(**options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Serve decisions to clients of decision models and chat models, and the pages.

    Clients name MODEL@PROFILE as the model; without @PROFILE the plain model decides.
    """
    from importlib.util import find_spec

    from alignkit.errors import MissingExtra

    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise MissingExtra("The library for serving", "server")
    from alignkit.server import Serving
    from alignkit.server.running import serve as run

    names = ("host", "port", "models", "decider")
    given = {name: options[name] for name in names if options[name] is not None}
    serving = Serving.model_validate({"settings": settings(options), **given})

    def say(address: str) -> None:
        click.echo(f"Serving at {address}", err=True)
        if not serving.on_loopback:
            click.echo(_who_may_ask(options), err=True)

    return run(serving, say)


def _who_may_ask(options: dict[str, Any]) -> str:
    """What one has to know who opens a server to other machines: nothing goes without a key."""
    from alignkit.service import store_of

    given = settings(options)
    with store_of(given) as store:
        known = sum(key.revoked is None for key in store.keys.all())
    if known:
        return f"Every request needs a key; {known} {'is' if known == 1 else 'are'} known."
    where = f" --store {shlex.quote(options['store'])}" if options.get("store") else ""
    return (
        "Every request needs a key, and none is known yet: nothing is answered. "
        f"Make one: align keys create NAME{where}"
    )
