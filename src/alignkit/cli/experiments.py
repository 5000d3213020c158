"""Options that the commands on experiments share, and the experiment they come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from alignkit.cli.options import decider_names, models_option, store_option

F = TypeVar("F", bound=Callable[..., Any])


def experiment_names(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Presets whose name begins with what was typed, else files."""
    from alignkit.service.experiments.reading import presets

    found = [CompletionItem(name) for name in presets() if name.startswith(typed)]
    return found or [CompletionItem(typed, type="file")]


def experiment_options(command: F) -> F:
    """What the command line changes of an experiment, and where runs are kept."""
    for option in reversed(
        (
            models_option("Model in place of the experiment's, several times for several."),
            click.option(
                "--decider",
                "-d",
                "deciders",
                multiple=True,
                metavar="NAME[?KEY=VALUE&...]",
                shell_complete=decider_names,
                help="Method in place of the experiment's, several times for several.",
            ),
            click.option(
                "--limit",
                type=click.IntRange(1),
                metavar="N",
                help="At most N scenarios of each data set.",
            ),
            click.option(
                "--set",
                "changes",
                multiple=True,
                metavar="KEY=VALUE",
                help="Change anything: seeds=[0,1], budget.minutes=5, data.0.half=first.",
            ),
            store_option,
        )
    ):
        command = option(command)
    return command


def experiment(options: dict[str, Any]) -> Any:  # noqa: ANN401  the type is loaded late
    """The experiment that the options name, with their changes."""
    from alignkit.service.experiments.reading import read_experiment

    fields = {name: list(options[name]) for name in ("models", "deciders") if options[name]}
    return read_experiment(
        options["experiment"], options["changes"], fields=fields, limit=options["limit"]
    )
