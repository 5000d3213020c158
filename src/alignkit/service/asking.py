"""Free text under a profile, checked before anybody reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from alignkit.errors import InvalidSetting
from alignkit.library import attributes_of
from alignkit.models import Model
from alignkit.schema import Profile, Reply
from alignkit.schema.abstention import Abstention
from alignkit.schema.base import Text
from alignkit.service.calibration.abstaining import way_of
from alignkit.service.calibration.kept_answers import abstention_for
from alignkit.service.workbench import Workbench
from alignkit.writing import OnStage, Writer, WritingSettings
from alignkit.writing.settings import Wanted
from alignkit.writing.sources import Sources
from alignkit.writing.stages import silent

_REQUEST: TypeAdapter[str] = TypeAdapter(Text)


@dataclass(frozen=True)
class Asking:
    """Who writes and judges, and how much is done."""

    model: Model | str | None = None
    """By default the one of the settings."""
    judge: Model | str | None = None
    """By default the one that writes."""
    settings: WritingSettings = field(default_factory=WritingSettings)
    sources: Sources | None = None
    """The documents that facts may come from; None lets the model state what it knows."""
    told: bool = True
    """Whether the model is told of the profile; else it is only judged by it."""


async def ask(  # noqa: PLR0913  all that an answer can be asked for with
    workbench: Workbench,
    request: str,
    profile: Profile | None = None,
    asking: Asking | None = None,
    *,
    last: str | None = None,
    on_stage: OnStage = silent,
) -> Reply:
    """The answer to `request` under `profile`, checked and revised; of the plain model without one.

    Where `request` tells of a conversation, `last` is what was said last. `on_stage` is called with
    everything that is begun.

    Raises:
        UsageError: the request is empty, or the model cannot write or judge.
        ContextTooLong: a conversation does not fit; without its beginning it may.
        ModelError: a model cannot be had or started.
    """
    asking = asking or Asking()
    text = request_from(request)
    model = opened(workbench, asking.model)
    judge = model if asking.judge is None else opened(workbench, asking.judge)
    writer = Writer(
        model,
        judge,
        asking.settings,
        prompts=workbench.prompts,
        abstention=learned_about(workbench, model, judge, asking.sources),
    )
    attributes = attributes_of(workbench.library.attributes, profile)
    return await writer.reply(
        text,
        profile,
        attributes,
        asking.sources,
        told=asking.told,
        last=last,
        on_stage=on_stage,
    )


def learned_about(
    workbench: Workbench, model: Model, judge: Model, sources: Sources | None
) -> Abstention | None:
    """What judged answers taught about those of `model`, in the way they will be checked.

    With `sources` the claims are put to the `judge`, else to the model itself. None where nothing
    was learned, or where the settings say not to use it.

    Raises:
        BadRecord: the file of what was learned is broken.
    """
    if not workbench.settings.calibrated:
        return None
    asked = judge if sources else model
    way = way_of(asked, "sources" if sources else "knowledge")
    folder = workbench.settings.calibrations_folder
    return abstention_for(folder, asked, way.check, way.settings, workbench.prompts)


def sources_from(paths: Sequence[str | Path]) -> Sources | None:
    """The documents in the files and folders at `paths`; None without any path.

    Raises:
        InvalidSetting: a path is empty.
        FileProblem: there is nothing to read, or a file that is no text.
    """
    if not all(map(str, paths)):
        raise InvalidSetting("A source has no name.", "Name a file or folder.")
    return Sources.read(*map(Path, paths)) if paths else None


def request_from(text: str) -> str:
    """`text` as a request.

    Raises:
        InvalidSetting: it is empty, or holds control characters.
    """
    try:
        return _REQUEST.validate_python(text)
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InvalidSetting(f"The request {why}.", "Write what you want to know.") from error


def wanted(given: bool | None) -> Wanted:  # noqa: FBT001  what an option or argument says
    """Whether something is checked; None leaves that to the profile."""
    return "auto" if given is None else "on" if given else "off"


def writing_settings(given: Mapping[str, object]) -> WritingSettings:
    """The settings `given`; what is None there stays at its default.

    Raises:
        InvalidSetting: one of them has a value that it cannot have.
    """
    try:
        return WritingSettings.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise InvalidSetting(f"{name}: {first['msg']}, not {first['input']!r}.") from error


def opened(workbench: Workbench, model: Model | str | None) -> Model:
    """The `model` itself, or the one of this name; None for the one of the settings.

    Raises:
        UnknownName: there is no such model.
        ModelError: it cannot be had or started.
    """
    return workbench.model(model) if isinstance(model, str) or model is None else model
