"""`align deciders`: the methods and their settings."""

from __future__ import annotations

from typing import Any

import click

from alignkit.cli.options import decider_names


@click.group()
def deciders() -> None:
    """List the methods that decide, and show their settings."""


@deciders.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a decider.")
def list_(*, as_json: bool) -> None:
    """List the deciders and what each does; `show` has their settings."""
    import json

    from alignkit.deciders import DECIDERS, DEFAULT_DECIDER

    for name in DECIDERS.names():
        kind = DECIDERS.load(name)
        if as_json:
            settings = kind.settings_type().model_dump(mode="json")
            click.echo(json.dumps({"name": name, "what": _what(kind), "settings": settings}))
        else:
            mark = " (default)" if name == DEFAULT_DECIDER else ""
            click.echo(f"{name}{mark}\n    {_what(kind)}")


@deciders.command(
    epilog="""\b
Examples:
  align deciders show contrastive
  align decide last-antivenom -p utilitarian-medic -d 'contrastive?against=plain&strength=0.5'"""
)
@click.argument("name", shell_complete=decider_names)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(name: str, *, as_json: bool) -> None:
    """Show what a decider does and every setting with its default and the values it may have.

    Settings follow the name: NAME?key=value&key=value.
    """
    import json

    from alignkit.deciders import DECIDERS

    kind = DECIDERS.load(name)
    if as_json:
        click.echo(json.dumps({"name": name, "settings": kind.settings_type.model_json_schema()}))
        return
    click.echo(f"{name}\n    {_what(kind)}")
    schemas = kind.settings_type.model_json_schema()["properties"]
    for key, field in kind.settings_type.model_fields.items():
        about = " ".join((field.description or "").split())
        click.echo(f"\n{key}={_shown(field.get_default(call_default_factory=True))}")
        click.echo(click.wrap_text(f"{about} {_allowed(schemas[key])}", 78, "    ", "    "))


def _what(kind: Any) -> str:  # noqa: ANN401  loaded late
    return str(kind.__doc__ or "").strip().splitlines()[0]


def _allowed(schema: dict[str, Any]) -> str:
    """The values that a setting may have, in words; empty where its description says it."""
    one = next(iter(schema.get("anyOf", ())), schema)
    least, most = one.get("minimum"), one.get("maximum")
    if "enum" in one:
        return f"One of {', '.join(one['enum'])}."
    if "enum" in one.get("items", {}):
        return f"Any of {', '.join(one['items']['enum'])}, with commas between them."
    if "exclusiveMinimum" in one:
        return f"Above {one['exclusiveMinimum']}."
    if least is None:
        return ""
    return f"From {least:g}." if most is None else f"From {least:g} to {most:g}."


def _shown(value: object) -> str:
    """A default as it is written behind a decider's name; empty where nothing is the default."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None or value == {} else str(value)
