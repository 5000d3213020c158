"""The door for Python programs: names or objects in, decisions out."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from alignkit.deciders.base import Decider
from alignkit.errors import UsageError
from alignkit.library import Library
from alignkit.models import Model
from alignkit.models.weights import OnProgress, silent
from alignkit.schema import Attribute, Decision, Profile, Scenario
from alignkit.service.inputs import profile_named, scenario_named
from alignkit.service.settings import Settings
from alignkit.service.workbench import Workbench


def open_model(name: str | None = None, on_progress: OnProgress = silent) -> Model:
    """The model called `name`, ready to answer; its weights are fetched if they are not here.

    Args:
        name: a registry name, a path to a GGUF file, `hf:REPO/FILE`, `openai:MODEL` or another
            backend's, or `fake`; by default what the environment and `align.toml` say, else
            `qwen2.5-coder-1.5b`.
        on_progress: called several times a second while weights are fetched.

    Raises:
        UnknownName: there is no such model.
        ModelError: it cannot be had or started.
    """
    return Workbench(_settings(), on_progress).model(name)


def load_profile(name: str | Path) -> Profile:
    """The profile called `name` in the library, or in the file `name`.

    Raises:
        UnknownName: there is no such profile.
        DataError: the file has a mistake; with file, line and field.
    """
    return profile_named(str(name), _library())


def load_scenario(name: str | Path) -> Scenario:
    """The scenario called `name` in the library, or in the file `name`.

    Raises:
        UnknownName: there is no such scenario.
        DataError: the file has a mistake; with file, line and field.
    """
    return scenario_named(str(name), _library())


def load_attribute(name: str) -> Attribute:
    """The attribute called `name` in the library.

    Raises:
        UnknownName: there is no such attribute.
    """
    return _library().attributes[name]


def load_decider(name: str | None = None, model: Model | None = None) -> Decider:
    """The method `NAME?key=value`, working with `model`; for `await decider.decide(...)`.

    Args:
        name: by default `chooser_judge`.
        model: the model it asks; deciders that ask none do without.

    Raises:
        UnknownName: there is no such decider.
        InvalidSetting: it has no such setting, or not with this value.
    """
    return Workbench(_settings()).decider(name, model)


def decide(
    scenario: Scenario | str | Path,
    profile: Profile | str | Path | None = None,
    *,
    model: Model | str | None = None,
    decider: str | None = None,
) -> Decision:
    """The decision on `scenario` under `profile`, made now: the plain synchronous form.

    Args:
        scenario: a scenario, or the name or path of one.
        profile: a profile, or the name or path of one; None for the plain model.
        model: a model, or the name of one that is opened for this decision alone.
        decider: `NAME?key=value`; by default `chooser_judge`, without profile `baseline`.

    Raises:
        UsageError: called where an event loop runs (use `await decider.decide(...)` there), or the
            decider cannot work with this profile.
        DataError: scenario or profile have a mistake.
        ModelError: the model cannot be had or started. A model that fails while it is asked makes
            a `failed` decision.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_decide(scenario, profile, model, decider))
    raise UsageError(
        "alignkit.decide() cannot be used where an event loop runs.",
        "Use: await alignkit.load_decider(name, model).decide(scenario, profile)",
    )


async def _decide(
    scenario: Scenario | str | Path,
    profile: Profile | str | Path | None,
    model: Model | str | None,
    decider: str | None,
) -> Decision:
    async with Workbench(_settings()) as workbench:
        if isinstance(scenario, str | Path):
            scenario = scenario_named(str(scenario), workbench.library)
        if isinstance(profile, str | Path):
            profile = profile_named(str(profile), workbench.library)
        chosen = workbench.decider(decider, model, plain=profile is None)
        return await chosen.decide(scenario, profile)


def _settings() -> Settings:
    return Settings.load({}, os.environ, Path.cwd())


def _library() -> Library:
    return Library(_settings().library_folder)
