"""Settings: from flags, then the environment, then `align.toml`, then defaults. Read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_cache_path, user_config_path
from pydantic import Field, ValidationError

from alignkit.errors import FileProblem, InvalidSetting
from alignkit.schema import Frozen
from alignkit.schema.complaints import complaint

FILE = "align.toml"
_ENVIRONMENT = {
    "ALIGN_MODEL": "model",
    "ALIGN_STORE": "store",
    "ALIGN_HOME": "home",
    "ALIGN_DATA": "data",
    "ALIGN_KEEP_PROMPTS": "keep_prompts",
}


class Settings(Frozen):
    """What holds for a whole command or program."""

    model: str = "qwen2.5-coder-1.5b"
    """The model that answers when none is named."""
    home: Path | None = None
    """One folder for everything of ALIGN's: models/, library/, templates/. Without it, weights go
    to the user's cache folder and the others are looked for in the user's configuration folder."""
    library: Path | None = None
    """The user's own attributes/, profiles/ and scenarios/; they come before the shipped ones."""
    templates: Path | None = None
    """The user's own prompt templates; they come before the shipped ones."""
    data: Path | None = None
    """Where public data sets lie."""
    store: str = "sqlite:///align.db"
    """Where runs are kept: `sqlite:///FILE` or `postgresql+psycopg://USER@HOST/DATABASE`."""
    keep_prompts: bool = True
    """Keep records, and with them texts of scenarios, prompts and generations, in the store."""
    offline: bool = False
    """Forbid any download."""
    context: Annotated[int, Field(ge=256)] | None = None
    """Tokens of context of an embedded model."""
    threads: Annotated[int, Field(ge=0)] | None = None
    """Threads of an embedded model; 0 for one per processor."""
    gpu_layers: Annotated[int, Field(ge=-1)] | None = None
    """Layers of an embedded model on a GPU; -1 for all."""
    calibrated: bool = True
    """Use what `align calibrate` learned about a method with a model."""
    base_url: str | None = None
    """Address of a model service."""
    at_once: Annotated[int, Field(ge=1, le=1000)] = 8
    """Decisions under way at the same time."""

    @classmethod
    def load(
        cls, flags: Mapping[str, object], environment: Mapping[str, str], folder: Path
    ) -> Settings:
        """The settings for a command started in `folder`; flags that are None were not given.

        Raises:
            InvalidSetting: a setting has a value it cannot have; the message says where it is from.
            FileProblem: `align.toml` is not TOML.
        """
        named = {
            field: environment[variable]
            for variable, field in _ENVIRONMENT.items()
            if environment.get(variable)
        }
        given = {name: value for name, value in flags.items() if value is not None}
        path = _find(folder)
        written = _read(path) if path else {}
        origins = {**dict.fromkeys(written, str(path)), **dict.fromkeys(named, "the environment")}
        try:
            return cls.model_validate({**written, **named, **given})
        except ValidationError as error:
            first = error.errors()[0]
            field = str(first["loc"][0])
            origin = "the command line" if field in given else origins.get(field, "the settings")
            unknown = first["type"] == "extra_forbidden"
            message = "there is no such setting" if unknown else complaint(first)
            raise InvalidSetting(
                f"{field} (from {origin}): {message}.", f"There are: {', '.join(cls.model_fields)}."
            ) from error

    @property
    def models_folder(self) -> Path:
        """Where weights are kept."""
        return self.home / "models" if self.home else user_cache_path("alignkit") / "models"

    @property
    def calibrations_folder(self) -> Path:
        """Where calibrations are kept."""
        return self._own / "calibrations"

    @property
    def tastes_folder(self) -> Path:
        """Where what people like is kept."""
        return self._own / "tastes"

    @property
    def library_folder(self) -> Path:
        """Where the user's own attributes, profiles and scenarios are looked for."""
        return self.library or self._own / "library"

    @property
    def templates_folder(self) -> Path:
        """Where the user's own prompt templates are looked for."""
        return self.templates or self._own / "templates"

    @property
    def _own(self) -> Path:
        return self.home or user_config_path("alignkit")


def at_home(path: Path) -> Path:
    """`path` with a leading `~` replaced; one that names no user stays as it was written."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _find(folder: Path) -> Path | None:
    """`align.toml` in `folder` or the nearest folder above it."""
    for place in (folder, *folder.parents):
        if (place / FILE).is_file():
            return place / FILE
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileProblem(f"{path}: cannot be read as TOML: {error}.") from error
    for name in ("home", "library", "templates", "data"):
        if isinstance(found.get(name), str):
            found[name] = path.parent / at_home(Path(found[name]))
    return found
