"""Everything a request needs, opened once: settings, library, templates, models, deciders."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from alignkit.catalog import parse_spec, shown_spec, shown_specs
from alignkit.deciders import DECIDERS, DEFAULT_DECIDER, PLAIN_DECIDER
from alignkit.deciders.base import Decider
from alignkit.deciders.making import named
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.shots import ShotSettings
from alignkit.examples import Pool, Selector
from alignkit.library import Library
from alignkit.models import Model, ModelOptions, open_model
from alignkit.models.weights import OnProgress, silent
from alignkit.prompts import Prompts
from alignkit.schema import Attribute, Calibration
from alignkit.service.calibration.kept import calibration_for
from alignkit.service.pools import pool_of
from alignkit.service.settings import Settings


class Workbench:
    """Opens what requests name and keeps it open; an async context manager that closes it all."""

    def __init__(self, settings: Settings | None = None, on_progress: OnProgress = silent) -> None:
        """Work with `settings`; downloads report to `on_progress`."""
        self.settings = settings or Settings()
        self.library = Library(self.settings.library_folder)
        self.prompts = Prompts(self.settings.templates_folder)
        self._on_progress = on_progress
        self._models: dict[str, Model] = {}
        self._told: dict[str, str] = {}
        self._opening = threading.Lock()
        self._pools: dict[str, Pool] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all models."""
        models, self._models = self._models, {}
        for model in models.values():
            await model.aclose()

    async def close(self, name: str) -> None:
        """Close the model called `name`, if it is open; `model` opens it again."""
        model = self._models.pop(self._told.get(name, name), None)
        if model is not None:
            await model.aclose()

    @property
    def opened(self) -> frozenset[str]:
        """The names of the models that are open, as they may be shown."""
        return frozenset(map(shown_spec, self._models))

    def shown(self, names: Iterable[str]) -> tuple[str, ...]:
        """What may be shown and kept of the `names` of models; `model` opens them by this, too.

        Raises:
            InvalidSetting: two models could not be told apart.
        """
        names = tuple(names)
        self._told = shown_specs((*self._told.values(), *names))
        return tuple(map(shown_spec, names))

    def model(self, name: str | None = None) -> Model:
        """The model called `name`, or the default one; opened at its first use.

        Threads that ask for it at once get the same one.

        Raises:
            UnknownName: there is no such model.
            ModelError: it cannot be had or started.
        """
        name = name or self.settings.model
        name = self._told.get(name, name)
        found = self._models.get(name)
        if found is not None:  # also while another is being opened
            return found
        with self._opening:
            if name not in self._models:
                self._models[name] = self._open(name)
            return self._models[name]

    def _open(self, name: str) -> Model:
        options = ModelOptions(
            folder=self.settings.models_folder,
            offline=self.settings.offline,
            context=self.settings.context,
            threads=self.settings.threads,
            gpu_layers=self.settings.gpu_layers,
            base_url=self.settings.base_url,
        )
        return open_model(name, options, self.prompts, self._on_progress)

    def decider(  # noqa: PLR0913  all that a decider can be asked for with
        self,
        spec: str | None = None,
        model: Model | str | None = None,
        *,
        plain: bool = False,
        attributes: Mapping[str, Attribute] | None = None,
        given: Mapping[str, object] | None = None,
        calibration: Calibration | None = None,
    ) -> Decider:
        """The decider that `spec` (`NAME?key=value`) names, with a model or the one so called.

        Without `spec` it is the default decider, or `baseline` for the `plain` model, which is
        what decides where there is no profile. Settings `given` come before those in `spec`.
        Without `calibration` it is the one that was kept for this method with this model, if there
        is one and it is to be used.

        Raises:
            UnknownName: there is no such decider.
            InvalidSetting: the decider has no such setting, or not with this value.
        """
        default = PLAIN_DECIDER if plain else DEFAULT_DECIDER
        found = named(default if spec is None else spec, given)
        asked = self._asked(model) if found.kind.asks_model else None
        decider = found.kind(
            asked,
            found.settings,
            attributes=self.library.attributes if attributes is None else attributes,
            prompts=self.prompts,
            selecting=self._selector,
            calibration=calibration,
        )
        if calibration is None and self.settings.calibrated:
            decider.calibration = calibration_for(self.settings.calibrations_folder, decider)
        return decider

    def keep_pool(self, name: str, pool: Pool) -> None:
        """Let deciders take labelled examples from `pool` with the setting `examples=NAME`."""
        self._pools[name] = pool

    def _selector(self, settings: DeciderSettings) -> Selector | None:
        """What picks labelled examples, where `settings` say from where."""
        if not isinstance(settings, ShotSettings) or settings.examples is None:
            return None
        if settings.examples not in self._pools:
            self._pools[settings.examples] = pool_of(
                settings.examples, self.library, self.settings.data
            )
        return Selector(self._pools[settings.examples], settings)

    @staticmethod
    def needs_profile(spec: str) -> bool:
        """Whether the decider that `spec` names can do nothing without a profile.

        Raises:
            UnknownName: there is no such decider.
        """
        return DECIDERS.load(parse_spec(spec)[0]).needs_profile

    def _asked(self, model: Model | str | None) -> Model:
        return self.model(model) if isinstance(model, str) or model is None else model
