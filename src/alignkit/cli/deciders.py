"""`align deciders`: the methods and their settings."""

from __future__ import annotations

import click


@click.group()
def deciders() -> None:
    """List the methods that decide, with their settings."""


@deciders.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a decider.")
def list_(*, as_json: bool) -> None:
    """List the deciders, what each does, and its settings with their defaults."""
    import json

    from alignkit.deciders import DECIDERS, DEFAULT_DECIDER

    for name in DECIDERS.names():
        kind = DECIDERS.load(name)
        settings = kind.settings_type().model_dump(mode="json")
        what = (kind.__doc__ or "").strip().splitlines()[0]
        if as_json:
            click.echo(json.dumps({"name": name, "what": what, "settings": settings}))
            continue
        mark = " (default)" if name == DEFAULT_DECIDER else ""
        click.echo(f"{name}{mark}\n    {what}")
        for key, value in settings.items():
            about = kind.settings_type.model_fields[key].description or ""
            shown = str(value).lower() if isinstance(value, bool) else value
            click.echo(f"    {key}={shown}  {' '.join(about.split())}")
