"""Commented files to start from: an attribute, a profile, a scenario of one's own."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from alignkit.errors import CannotWrite, InvalidSetting
from alignkit.schema import Attribute, Identifier, Name, Profile, Scenario
from alignkit.service.records import write_text
from alignkit.service.settings import Settings

KINDS: dict[str, type[BaseModel]] = {
    "attribute": Attribute,
    "profile": Profile,
    "scenario": Scenario,
}

_NAMES: dict[str, TypeAdapter[str]] = {
    "attribute": TypeAdapter(Identifier),
    "profile": TypeAdapter(Name),
    "scenario": TypeAdapter(Name),
}


def start_file(kind: str, name: str, settings: Settings, folder: Path | None = None) -> Path:
    """Write a commented file for a new `kind` called `name`; gives its path.

    It goes to `folder`, or to the user's own library, where it is found by its name.

    Raises:
        InvalidSetting: the name cannot be one.
        CannotWrite: the file exists already, or cannot be written.
    """
    check_name(kind, name)
    folder = folder or settings.library_folder / f"{kind}s"
    path = folder / f"{name}.yaml"
    if path.exists():
        raise CannotWrite(f"{path}: exists already.", "Take another name, or edit that file.")
    schema = settings.library_folder / "schemas" / f"{kind}.schema.json"
    write_text(schema, json.dumps(json_schema(kind), indent=2) + "\n")
    text = (files("alignkit.service") / "starters" / f"{kind}.yaml").read_text(encoding="utf-8")
    header = f"# yaml-language-server: $schema={schema.resolve().as_uri()}\n"
    write_text(path, header + text.replace("NAME", name))
    return path


def json_schema(kind: str) -> dict[str, object]:
    """The JSON schema of files of one `kind`, for editors and other programs."""
    schema = KINDS[kind].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def check_name(kind: str, name: str) -> None:
    """Fail where `name` cannot be that of a `kind`.

    Raises:
        InvalidSetting: with the signs that names may have.
    """
    try:
        _NAMES[kind].validate_python(name)
    except ValidationError as error:
        signs = "_" if kind == "attribute" else "-"
        raise InvalidSetting(
            f"{name!r} cannot be the name of a {kind}.",
            f"Use small letters, digits and {signs!r}, beginning with a letter.",
        ) from error
