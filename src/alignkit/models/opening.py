"""From the name of a model to the model: which backend it is, and what it needs to start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from alignkit.catalog import parse_spec, shown_spec
from alignkit.errors import InvalidSetting, UnknownName
from alignkit.models.protocols import Model
from alignkit.models.weights import OnProgress, Weights, silent
from alignkit.models.weights.gguf import check as check_gguf
from alignkit.models.weights.names import parse as parse_name
from alignkit.prompts import Prompts
from alignkit.schema import Frozen
from alignkit.schema.complaints import complaint

S = TypeVar("S", bound=Frozen)
T = TypeVar("T")


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

    `name` is a registry name, a path to a GGUF file, `hf:REPO/FILE`, `fake`, or a backend with
    what it calls the model: `openai:MODEL`, `decisions:MODEL`, `systemone:MODEL`,
    `anthropic:MODEL`, `transformers:PATH_OR_REPO`. Settings of the backend go behind a question
    mark: `fake?seed=1`.

    Raises:
        UnknownName: there is no such model or backend.
        InvalidSetting: a setting is not one of the backend's.
        ModelError: the model cannot be had or started.
    """
    base, given = parse_spec(name)
    if base == "fake":
        return _fake(given, prompts)
    kind, served = _backend_of(base)
    if kind:
        return _served(_Named(name, kind, served, given), options, prompts)
    return _llama(name, base, given, options, prompts, on_progress)


def check_model(name: str, folder: Path) -> None:
    """Fail where `name` cannot be that of a model; nothing is opened, fetched or asked.

    Raises:
        UnknownName: there is no such model or backend.
        InvalidSetting: `name` lacks the model, or `fake` has no such setting.
        FileProblem: there is no such file, or it is none of weights.
    """
    base, given = parse_spec(name)
    if base == "fake":
        _fake(given, None)
        return
    kind, served = _backend_of(base)
    if kind:
        _Named(name, kind, served, given).check()
        return
    wanted = parse_name(base, Weights(folder, offline=True).registry)
    if isinstance(wanted, Path):
        check_gguf(wanted)


def _backend_of(base: str) -> tuple[str, str]:
    """The backend that a name begins with and what follows it; two empty ones for weights."""
    kind, colon, served = base.partition(":")
    if not colon:
        return "", ""
    if kind in BACKENDS:
        return kind, served
    if kind != "hf" and "/" not in kind and "\\" not in kind:
        raise UnknownName("Model backend", kind, (*BACKENDS, "hf"), "See `align models list`.")
    return "", ""


def _fake(given: dict[str, str], prompts: Prompts | None) -> Model:
    from alignkit.models.fake import FakeModel, FakeSettings

    return FakeModel(_settings("fake", FakeSettings, given), prompts=prompts, remember=False)


@dataclass(frozen=True)
class _Named:
    """The parts of a model's name."""

    name: str
    backend: str
    served: str
    """What the backend calls it."""
    given: dict[str, str]
    """Settings."""

    def check(self) -> None:
        """Fail where the backend is named alone."""
        if not self.served:
            raise InvalidSetting(
                f"{shown_spec(self.name)!r} names no model.", f"Write {self.backend}:MODEL."
            )

    def settings(self, kind: type[S]) -> S:
        """Those that are given, as a backend takes them."""
        return _settings(self.name, kind, self.given)


def _served(named: _Named, options: ModelOptions, prompts: Prompts | None) -> Model:
    """A model of the backend before the colon; its library is loaded when it is opened."""
    named.check()
    if named.backend == "transformers":
        return _transformers(named, options, prompts)
    if options.base_url:
        named = replace(named, given={"base_url": options.base_url, **named.given})
    return _SERVICES[named.backend](named, prompts)


def _transformers(named: _Named, options: ModelOptions, prompts: Prompts | None) -> Model:
    from alignkit.models.transformers import TransformersModel, TransformersSettings

    settings = named.settings(TransformersSettings)
    return TransformersModel(named.served, settings, offline=options.offline, prompts=prompts)


def _openai(named: _Named, prompts: Prompts | None) -> Model:
    from alignkit.models.openai import OpenAIModel, OpenAISettings

    return OpenAIModel(named.served, named.settings(OpenAISettings), prompts=prompts)


def _decisions(named: _Named, _: Prompts | None) -> Model:
    from alignkit.models.decisions import DecisionsModel, DecisionsSettings

    return DecisionsModel(named.served, named.settings(DecisionsSettings))


def _systemone(named: _Named, _: Prompts | None) -> Model:
    from alignkit.models.systemone import SystemOneModel, SystemOneSettings

    return SystemOneModel(named.served, named.settings(SystemOneSettings))


def _anthropic(named: _Named, prompts: Prompts | None) -> Model:
    from alignkit.models.anthropic import AnthropicModel, AnthropicSettings

    return AnthropicModel(named.served, named.settings(AnthropicSettings), prompts=prompts)


_SERVICES: Mapping[str, Callable[[_Named, Prompts | None], Model]] = {
    "openai": _openai,
    "decisions": _decisions,
    "systemone": _systemone,
    "anthropic": _anthropic,
}
"""Services that can stand before the colon."""
BACKENDS = (*_SERVICES, "transformers")
"""What else than `hf:`, which is a file of weights, a name can begin with."""


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
            f"Model {shown_spec(name)!r}: {field}: {message}.",
            f"Its settings are: {', '.join(settings.model_fields)}.",
        ) from error
