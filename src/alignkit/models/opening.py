"""From the name of a model to the model: which backend it is, and what it needs to start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from alignkit.catalog import parse_spec
from alignkit.errors import InvalidSetting, UnknownName
from alignkit.models.protocols import Model
from alignkit.models.weights import OnProgress, Weights, silent
from alignkit.models.weights.names import parse as parse_name
from alignkit.prompts import Prompts
from alignkit.schema import Frozen
from alignkit.schema.complaints import complaint

S = TypeVar("S", bound=Frozen)
T = TypeVar("T")

_SERVICES = ("openai",)


class ModelOptions(Frozen):
    """What models of any backend may need to start; each takes what concerns it."""

    folder: Path
    """Where weights are kept."""
    offline: bool = False
    """Forbid any download."""
    context: Annotated[int, Field(ge=256)] | None = None
    """Tokens of context of an embedded model."""
    threads: Annotated[int, Field(ge=0)] | None = None
    gpu_layers: Annotated[int, Field(ge=-1)] | None = None
    base_url: str | None = None
    """Address of a service."""


def open_model(
    name: str,
    options: ModelOptions,
    prompts: Prompts | None = None,
    on_progress: OnProgress = silent,
) -> Model:
    """The model called `name`, ready to answer; weights that are missing are fetched first.

    `name` is a registry name, a path to a GGUF file, `hf:REPO/FILE`, `openai:MODEL` or `fake`,
    with settings of its backend behind a question mark: `fake?seed=1`.

    Raises:
        UnknownName: there is no such model or backend.
        InvalidSetting: a setting is not one of the backend's.
        ModelError: the model cannot be had or started.
    """
    base, given = parse_spec(name)
    kind, colon, served = base.partition(":")
    if base == "fake":
        return _fake(given, prompts)
    if colon and kind == "openai":
        return _openai(name, served, given, options, prompts)
    if colon and kind != "hf" and "/" not in kind and "\\" not in kind:
        raise UnknownName("Model backend", kind, (*_SERVICES, "hf"), "See `align models list`.")
    return _llama(name, base, given, options, prompts, on_progress)


def _fake(given: dict[str, str], prompts: Prompts | None) -> Model:
    from alignkit.models.fake import FakeModel, FakeSettings

    return FakeModel(_settings("fake", FakeSettings, given), prompts=prompts, remember=False)


def _openai(
    name: str,
    served: str,
    given: dict[str, str],
    options: ModelOptions,
    prompts: Prompts | None,
) -> Model:
    from alignkit.models.openai import OpenAIModel, OpenAISettings

    if options.base_url:
        given = {"base_url": options.base_url, **given}
    return OpenAIModel(served, _settings(name, OpenAISettings, given), prompts=prompts)


def _llama(  # noqa: PLR0913, PLR0917  all that a file needs to become a model
    name: str,
    base: str,
    given: dict[str, str],
    options: ModelOptions,
    prompts: Prompts | None,
    on_progress: OnProgress,
) -> Model:
    from alignkit.models.llama import LlamaModel, LlamaSettings

    folder = Weights(options.folder, offline=options.offline)
    parse_name(base, folder.registry)  # tells an unknown name before a wrong setting
    chosen = options.model_dump(include={"context", "threads", "gpu_layers"}, exclude_none=True)
    settings = _settings(name, LlamaSettings, {**chosen, **given})
    weights = folder.pull(base, on_progress)
    return _on_thread(
        lambda: LlamaModel(
            weights.path, name=base, sha256=weights.sha256, settings=settings, prompts=prompts
        )
    )


def _on_thread(work: Callable[[], T]) -> T:
    """What `work` gives or raises, done on a thread; an interrupt is heard meanwhile.

    The engine hangs for good when it is dropped in the moment it has started, which is when an
    interrupt during its start would be heard (xllamacpp 2026.10: its destructor waits for a loop
    that began after it was told to end).
    """
    done: Future[T] = Future()

    def work_on_it() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  whatever it is belongs to the one who waits
            done.set_exception(error)

    threading.Thread(target=work_on_it, name="alignkit-loader", daemon=True).start()
    return done.result()


def _settings(name: str, settings: type[S], given: dict[str, str]) -> S:
    try:
        return settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        unknown = first["type"] == "extra_forbidden"
        message = "there is no such setting" if unknown else complaint(first)
        raise InvalidSetting(
            f"Model {name!r}: {field}: {message}.",
            f"Its settings are: {', '.join(settings.model_fields)}.",
        ) from error
