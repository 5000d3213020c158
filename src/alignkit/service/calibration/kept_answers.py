"""Where it is kept what judged answers taught, and what of it belongs to a way of checking."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from alignkit.errors import UnknownName
from alignkit.models import Model
from alignkit.prompts import Prompts
from alignkit.schema.abstention import Abstention
from alignkit.service.calibration.abstaining import Check, Way
from alignkit.service.records import read_kept, write_text

ANSWERS = "answers"
"""The folder in which it is kept, inside that of calibrations."""
_REMEDY = "Remove the file and calibrate again."


def path_of(folder: Path, way: Way) -> Path:
    """The file for `way` below `folder`, where calibrations are kept."""
    weights = way.model.sha256 or way.model.name
    text = json.dumps(
        [weights, way.model.settings, way.check, dict(way.settings)], sort_keys=True, default=str
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return folder / ANSWERS / f"{way.check}-{digest}.json"


def write_abstention(folder: Path, abstention: Abstention) -> Path:
    """Keep `abstention` where `abstention_for` finds it; gives the file's path.

    Raises:
        CannotWrite: no space, no permission.
    """
    way = Way(abstention.model, abstention.check, abstention.settings)
    path = path_of(folder, way)
    write_text(path, abstention.model_dump_json(indent=1) + "\n")
    return path


def abstentions_in(folder: Path) -> Iterator[tuple[Path, Abstention]]:
    """All that was learned about answers and is kept in `folder`, with its file, sorted by name.

    Raises:
        BadRecord: a file is broken.
    """
    for path in sorted((folder / ANSWERS).glob("*.json")):
        yield path, _read(path)


def abstention_for(
    folder: Path, model: Model, check: Check, settings: Mapping[str, int | float], prompts: Prompts
) -> Abstention | None:
    """What was learned about answers of `model`, checked in this way with the wordings in use.

    Raises:
        BadRecord: the file is broken.
    """
    way = Way(model.identity, check, settings)
    path = path_of(folder, way)
    if not path.is_file():
        return None
    found = _read(path)
    try:
        now = prompts.versions(one.name for one in found.templates)
    except UnknownName:  # it was the user's own, and is gone
        return None
    served = model.identity.served_as in {None, found.model.served_as}
    same = path_of(folder, Way(found.model, found.check, found.settings)) == path
    return found if served and same and now == found.templates else None


def _read(path: Path) -> Abstention:
    return read_kept(path, Abstention, "what was learned about answers", _REMEDY)
