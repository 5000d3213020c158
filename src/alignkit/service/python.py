"""The door for Python programs: names or objects in, decisions and answers out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from alignkit.deciders.base import Decider
from alignkit.errors import InvalidSetting
from alignkit.library import Library
from alignkit.models import Model
from alignkit.models.weights import OnProgress, silent
from alignkit.schema import Attribute, Decision, Profile, Reply, Scenario
from alignkit.service.asking import Asking, sources_from, wanted, writing_settings
from alignkit.service.asking import ask as ask_with
from alignkit.service.conversing import Chat, no_loop
from alignkit.service.inputs import profile_named, scenario_named
from alignkit.service.settings import Settings
from alignkit.service.workbench import Workbench
from alignkit.writing.marking import Treatment


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
    no_loop("decide", "Use: await alignkit.load_decider(name, model).decide(scenario, profile)")
    return asyncio.run(_decide(scenario, profile, model, decider))


def ask(  # noqa: PLR0913  all that an answer can be asked for with
    request: str,
    profile: Profile | str | Path | None = None,
    *,
    model: Model | str | None = None,
    judge: Model | str | None = None,
    drafts: int = 1,
    revisions: int = 1,
    budget: int | None = None,
    tokens: int = 400,
    source_tokens: int = 1000,
    sources: str | Path | Sequence[str | Path] | None = None,
    unsupported: Treatment | None = None,
    claims: bool | None = None,
    harm: bool | None = None,
    tailored: bool = False,
    seed: int = 0,
) -> Reply:
    """The answer to `request` under `profile`, written, checked and revised now.

    Args:
        request: what is asked, in words.
        profile: a profile, or the name or path of one; None for the plain model.
        model: the model that writes, or the name of one that is opened for this answer alone.
        judge: the model that judges the drafts; by default the one that writes.
        drafts: new drafts, of which the best by the profile's weights wins.
        revisions: how often the best draft is revised, at most, while it is not as wanted.
        budget: tokens evaluated and generated, beyond which no draft or revision is begun.
        tokens: the most that one draft may have.
        source_tokens: about so many tokens of the sources are read by the model that writes.
        sources: files and folders of text, the only facts that may be stated; None lets the model
            state what it knows.
        unsupported: what is done about claims that nothing supports, "mark" by default; where it is
            given, claims are checked.
        claims: whether claims are checked; by default with sources, or where the profile wants it.
        harm: whether request and drafts are checked for harm and needless refusals; by default
            where the profile wants it.
        tailored: let the model write the instructions for this request; each is checked.
        seed: of the first draft; the others follow it.

    Raises:
        UsageError: called where an event loop runs (use `await alignkit.service.ask(...)` there),
            the request is empty, the model cannot write, or a setting has a value that it cannot
            have.
        DataError: the profile has a mistake, or the sources cannot be read.
        ModelError: a model cannot be had or started. One that fails while it writes makes a
            `failed` reply.
    """
    no_loop("ask", "Use: await alignkit.service.ask(workbench, request, profile)")
    given: dict[str, object] = {"drafts": drafts, "revisions": revisions, "budget": budget}
    given |= {"tokens": tokens, "source_tokens": source_tokens, "tailored": tailored, "seed": seed}
    given |= _checked(claims, harm, unsupported)
    asking = _asking(model, judge, sources, given)
    return asyncio.run(_ask(request, profile, asking))


def chat(  # noqa: PLR0913  all that an answer can be asked for with
    profile: Profile | str | Path | None = None,
    *,
    model: Model | str | None = None,
    judge: Model | str | None = None,
    drafts: int = 1,
    revisions: int = 1,
    budget: int | None = None,
    tokens: int = 400,
    source_tokens: int = 1000,
    sources: str | Path | Sequence[str | Path] | None = None,
    unsupported: Treatment | None = None,
    claims: bool | None = None,
    harm: bool | None = None,
    tailored: bool = False,
    seed: int = 0,
) -> Chat:
    """A conversation under `profile`: `chat(...).say(text)` gives each verified answer.

    Args:
        profile: a profile, or the name or path of one; None for the plain model.
        model: the model that writes, or the name of one that is opened for this conversation.
        judge: the model that judges the drafts; by default the one that writes.
        drafts: new drafts of each answer, of which the best by the profile's weights wins.
        revisions: how often the best draft is revised, at most, while it is not as wanted.
        budget: tokens evaluated and generated for one answer, beyond which no draft is begun.
        tokens: the most that one draft may have.
        source_tokens: about so many tokens of the sources are read by the model that writes.
        sources: files or folders that facts may come from, and no others; None lets the model
            state what it knows.
        unsupported: what is done about claims that nothing supports, "mark" by default; where it is
            given, claims are checked.
        claims: whether what is stated is checked; None leaves that to the profile and the sources.
        harm: whether harm and needless refusals are checked for; None leaves that to the profile.
        tailored: let the model write the instructions for each request; each is checked.
        seed: of the first draft of each answer; the others follow it.

    Raises:
        UsageError: there is no such profile, or a setting has a value that it cannot have.
        DataError: the profile or the sources have a mistake.
    """
    given: dict[str, object] = {"drafts": drafts, "revisions": revisions, "budget": budget}
    given |= {"tokens": tokens, "source_tokens": source_tokens, "tailored": tailored, "seed": seed}
    given |= _checked(claims, harm, unsupported)
    asking = _asking(model, judge, sources, given)
    workbench = Workbench(_settings())
    if isinstance(profile, str | Path):
        profile = profile_named(str(profile), workbench.library)
    return Chat(workbench, profile, asking)


def _checked(
    claims: bool | None,  # noqa: FBT001  what an argument says
    harm: bool | None,  # noqa: FBT001
    unsupported: Treatment | None,
) -> dict[str, object]:
    """What is checked, and what is done about claims that nothing supports: these are then checked.

    Raises:
        InvalidSetting: they are not to be checked.
    """
    if unsupported is not None and claims is False:
        raise InvalidSetting(
            "`unsupported` says what to do about claims that are checked.",
            "Leave out claims=False.",
        )
    claims = claims if unsupported is None else True
    return {"claims": wanted(claims), "harm": wanted(harm), "unsupported": unsupported}


def _asking(
    model: Model | str | None,
    judge: Model | str | None,
    sources: str | Path | Sequence[str | Path] | None,
    given: Mapping[str, object],
) -> Asking:
    """Who writes and judges, with the settings `given`, out of `sources`: one path or several.

    Raises:
        InvalidSetting: there are none where some were to be, as where no name fits a pattern.
    """
    paths = [sources] if isinstance(sources, str | Path) else sources or []
    if sources is not None and not paths:
        raise InvalidSetting("`sources` names no file.", "Name one, or leave it out.")
    return Asking(model, judge, writing_settings(given), sources_from(paths))


async def _ask(request: str, profile: Profile | str | Path | None, asking: Asking) -> Reply:
    async with Workbench(_settings()) as workbench:
        if isinstance(profile, str | Path):
            profile = profile_named(str(profile), workbench.library)
        return await ask_with(workbench, request, profile, asking)


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
