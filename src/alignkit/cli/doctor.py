"""`align doctor`: what is installed, what answers, what is missing."""

from __future__ import annotations

from typing import Any

import click

from alignkit.cli.options import model_options, settings

_MARKS = {"ok": ("ok", "green"), "missing": ("--", "yellow"), "broken": ("!!", "red")}


@click.command(epilog="Example: align doctor --base-url http://localhost:8000/v1")
@click.option("--model", "-m", metavar="NAME", help="Look for this model instead of the default.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@model_options
def doctor(*, as_json: bool, **options: Any) -> int:  # noqa: ANN401  click passes what was given
    """Say what is installed, which backends answer, what is missing and how to mend it.

    Exit code 1 when something that is set up is broken.
    """
    import json
    from dataclasses import asdict

    from alignkit.service import diagnose

    broken = False
    for finding in diagnose(settings(options)):
        broken = broken or finding.state == "broken"
        if as_json:
            click.echo(json.dumps(asdict(finding)))
            continue
        mark, colour = _MARKS[finding.state]
        click.echo(f"{click.style(mark, fg=colour)}  {finding.what}: {finding.detail}")
        if finding.mend:
            click.echo(f"      {finding.mend}")
    return 1 if broken else 0
