"""Options that several commands share, and the settings they come to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])
SETTINGS = ("model", "offline", "context", "threads", "gpu_layers", "base_url", "at_once")


def model_options(command: F) -> F:
    """Which model answers and how it runs."""
    for option in reversed(
        (
            click.option("--offline", is_flag=True, default=None, help="Forbid any download."),
            click.option(
                "--context",
                type=click.IntRange(256),
                metavar="TOKENS",
                help="Context of an embedded model (default 4096).",
            ),
            click.option(
                "--threads",
                type=click.IntRange(0),
                metavar="N",
                help="Threads of an embedded model (default: one per processor).",
            ),
            click.option(
                "--gpu-layers",
                type=click.IntRange(-1),
                metavar="N",
                help="Layers of an embedded model on a GPU (default: all that fit).",
            ),
            click.option(
                "--base-url", metavar="URL", help="Address of a model service (openai:MODEL)."
            ),
        )
    ):
        command = option(command)
    return command


def names_of(kind: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Completes names of one kind of library file ("profiles")."""

    def complete(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
        from alignkit.library import Library

        shelf: Any = getattr(Library(settings({}).library_folder), kind)
        return [CompletionItem(name) for name in shelf if name.startswith(typed)]

    return complete


profile_names = names_of("profiles")
scenario_names = names_of("scenarios")


def decider_names(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Deciders whose name begins with what was typed."""
    from alignkit.deciders import DECIDERS

    return [CompletionItem(name) for name in DECIDERS.names() if name.startswith(typed)]


def model_names(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Models of the registry whose name begins with what was typed."""
    from alignkit.models.weights import shipped

    return [CompletionItem(name) for name in shipped().names if name.startswith(typed)]


def settings(flags: dict[str, object]) -> Any:  # noqa: ANN401  the type is loaded late
    """The `Settings` that flags, environment and `align.toml` come to."""
    from alignkit.service.settings import Settings

    given = {name: value for name, value in flags.items() if name in SETTINGS}
    return Settings.load(given, os.environ, Path.cwd())
