"""An experiment from its file or a preset, with what the command line changes of it."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from alignkit.errors import BadExperiment, InvalidSetting, UnknownName
from alignkit.library import Document, parse_document, read_document
from alignkit.schema.experiment import Experiment

_ENDINGS = (".yaml", ".yml", ".json")
_PRESETS = files("alignkit.evaluate") / "presets"
_SET = "--set"
_PART = r"""(?:"[^"]+"|'[^']+'|[^.="'\s](?:[^.="']*[^.="'\s])?)"""
"""A step of a path: a field, a number, or a name, in quotes where it holds a dot or `=`."""
_CHANGE = re.compile(rf"\s*(?P<key>{_PART}(?:\.{_PART})*)\s*=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True)
class Read:
    """An experiment, and where what it names is looked for first."""

    experiment: Experiment
    folder: Path | None
    """The folder of its file; None for a preset."""
    document: Document
    """What was read, to say on which line something stands."""


def presets() -> list[str]:
    """Names of the presets."""
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in _PRESETS.iterdir()
        if entry.name.endswith(".yaml")
    )


def preset(name: str) -> Traversable:
    """The file of the preset called `name`.

    Raises:
        UnknownName: there is none; the message names what comes near.
    """
    if name not in presets():
        hint = f"Presets are: {', '.join(presets())}. For a file, give its path with .yaml."
        raise UnknownName("experiment", name, presets(), hint)
    return _PRESETS / f"{name}.yaml"


def read_experiment(
    name: str,
    changes: Sequence[str] = (),
    *,
    fields: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> Read:
    """The experiment in the file `name`, or the preset called so.

    Args:
        name: a path that ends in .yaml or .json or has a slash, or a preset's name.
        changes: `key=value` each: `data.0.limit=5`, `data.triage.limit=5`, `seeds=[0, 1]`,
            `budget.calls=100`; values are YAML, and later ones count. A name that holds a dot or
            an equals sign stands in quotes: `prices."qwen2.5-coder-1.5b".submitted=1`.
        fields: whole fields in place of the file's.
        limit: that of every data set, in place of the file's.

    Raises:
        UnknownName: there is no such preset.
        FileProblem: the file cannot be read, or is not YAML.
        BadExperiment: it has a mistake; with file, line and field.
        InvalidSetting: a change names no place in it.
    """
    path = Path(name)
    if path.suffix in _ENDINGS or "/" in name:
        document, folder = read_document(path), path.parent
    else:
        found = preset(name)
        document, folder = parse_document(found.read_text(encoding="utf-8"), str(found)), None
    given = document.parse(Experiment, BadExperiment)
    if not changes and not fields and limit is None:
        return Read(given, folder, document)
    value = copy.deepcopy(document.value)
    value.update(fields or {})
    for source in value["data"] if limit is not None else ():
        source["limit"] = limit
    for change in changes:
        _set(value, change)
    changed = Document(value, f"{document.name}, changed by options", {})
    return Read(changed.parse(Experiment, BadExperiment), folder, document)


def _set(value: Any, change: str) -> None:  # noqa: ANN401  what YAML holds
    found = _CHANGE.fullmatch(change)
    if found is None:
        raise InvalidSetting(
            f"{_SET} {change!r} is not KEY=VALUE.",
            "Such as --set data.0.limit=5 or seeds=[0,1]; a name with a dot stands in quotes.",
        )
    key, text = found["key"], found["value"]
    path = [part.strip("\"'") for part in re.findall(_PART, key)]
    wanted = parse_document(text, f"{_SET} {key}").value
    for place, part in enumerate(path[:-1]):
        value = _below(value, part, make=path[place + 1], change=change)
    if isinstance(value, list):
        value[_index(value, path[-1], change)] = wanted
    elif isinstance(value, dict):
        value[path[-1]] = wanted
    else:
        raise _nowhere(path[-1], change)


def _below(value: Any, part: str, *, make: str, change: str) -> Any:  # noqa: ANN401
    """What stands at `part` of `value`; an empty mapping is made where nothing does."""
    if isinstance(value, list):
        return value[_index(value, part, change)]
    if not isinstance(value, dict):
        raise _nowhere(part, change)
    found = value.get(part)
    if found is None and not make.isdigit():
        found = value[part] = {}
    return found


def _index(value: list[Any], part: str, change: str) -> int:
    """The place of the member with this number, or this name."""
    named = [place for place, one in enumerate(value) if _name(one) == part]
    if named:
        return named[0]
    if part.isdigit() and int(part) < len(value):
        return int(part)
    raise _nowhere(part, change)


def _name(one: Any) -> Any:  # noqa: ANN401  what YAML holds
    return one.get("name") if isinstance(one, dict) else None


def _nowhere(part: str, change: str) -> InvalidSetting:
    return InvalidSetting(
        f"{_SET} {change!r}: the experiment has no place {part!r}.",
        "Parts of lists are named by their number, from 0, or by their name.",
    )
