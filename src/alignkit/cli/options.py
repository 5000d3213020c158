"""Options that several commands share, and the settings they come to."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])
SETTINGS = (
    "model",
    "offline",
    "context",
    "threads",
    "gpu_layers",
    "calibrated",
    "base_url",
    "at_once",
    "store",
)


class Limit(click.FloatRange):
    """A number in a range; what is no number (nan) is in none."""

    def convert(
        self,
        value: Any,  # noqa: ANN401  click passes what was given
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """The number, or a mistake that says what it must be."""
        found = float(super().convert(value, param, ctx))
        if not math.isfinite(found):
            self.fail(f"{value} is no number.", param, ctx)
        return found


def model_options(command: F) -> F:
    """Which model answers, how it runs, and whether what was learned about it is used."""
    return engine_options(
        click.option(
            "--uncalibrated",
            "calibrated",
            flag_value=False,
            default=None,
            type=bool,
            help="Don't use what `align calibrate` learned.",
        )(command)
    )


def engine_options(command: F) -> F:
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
                "--base-url",
                metavar="URL",
                help="Address of a model service (openai:MODEL and others).",
            ),
        )
    ):
        command = option(command)
    return command


def profile_option(command: F) -> F:
    """The one profile that decides."""
    return click.option(
        "--profile",
        "-p",
        metavar="NAME|PATH",
        shell_complete=profile_names,
        help="Whose values decide. Without it the plain model decides.",
    )(command)


def decider_option(command: F) -> F:
    """The one method, also where there may be no profile."""
    return click.option(
        "--decider",
        "-d",
        metavar="NAME[?KEY=VALUE&...]",
        shell_complete=decider_names,
        help="Method (default: chooser_judge; without a profile: baseline).",
    )(command)


def model_option(command: F) -> F:
    """The one model."""
    return click.option(
        "--model",
        "-m",
        metavar="NAME",
        shell_complete=model_names,
        help="Registry name, GGUF file, hf:REPO/FILE, BACKEND:MODEL or fake.",
    )(command)


def models_option(said: str) -> Callable[[F], F]:
    """Several models; `said` is what for."""
    return click.option(
        "--model",
        "-m",
        "models",
        multiple=True,
        metavar="NAME",
        shell_complete=model_names,
        help=said,
    )


def records_option(command: F) -> F:
    """Where records are kept."""
    return click.option(
        "--records",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Keep a record of every decision in DIR.",
    )(command)


def store_option(command: F) -> F:
    """Where runs are kept."""
    return click.option(
        "--store",
        metavar="URL",
        help="Where runs are kept (default: sqlite:///align.db, or ALIGN_STORE).",
    )(command)


def at_once_option(command: F) -> F:
    """How many decisions are under way together."""
    return click.option(
        "--at-once",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="Decisions under way together (default 8).",
    )(command)


def listed(_: click.Context, __: click.Parameter, text: str | None) -> tuple[str, ...]:
    """`a,b` as names: the callback of options that take several."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def names_of(
    kind: str, *, files: bool = False
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Completes names of one kind of library file ("profiles"), else `files` where they can be."""

    def complete(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
        from alignkit.library import Library

        shelf: Any = getattr(Library(settings({}).library_folder), kind)
        return _beginning(shelf, typed, files=files)

    return complete


def _beginning(names: Iterable[str], typed: str, *, files: bool) -> list[CompletionItem]:
    found = [CompletionItem(name) for name in names if name.startswith(typed)]
    return found if found or not files else [CompletionItem(typed, type="file")]


profile_names = names_of("profiles", files=True)
scenario_names = names_of("scenarios", files=True)


def decider_names(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Deciders whose name begins with what was typed."""
    from alignkit.deciders import DECIDERS

    return _beginning(DECIDERS.names(), typed, files=False)


def dataset_names(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Formats of data sets whose name begins with what was typed."""
    from alignkit.datasets import READERS

    return _beginning(READERS.names(), typed, files=False)


def model_names(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Models of the registry whose name begins with what was typed."""
    from alignkit.models.weights import shipped

    return _beginning(shipped().names, typed, files=True)


def settings(flags: dict[str, object]) -> Any:  # noqa: ANN401  the type is loaded late
    """The `Settings` that flags, environment and `align.toml` come to."""
    from alignkit.service.settings import Settings

    given = {name: value for name, value in flags.items() if name in SETTINGS}
    return Settings.load(given, os.environ, Path.cwd())
