"""Where calibrations are kept, and which one belongs to a method with a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path

from alignkit.catalog import format_spec
from alignkit.deciders.base import Decider
from alignkit.deciders.calibrating import attribute_hash
from alignkit.deciders.making import named
from alignkit.errors import UnknownName, UsageError
from alignkit.schema import Calibration, DeciderIdentity, ModelIdentity
from alignkit.service.records import read_kept, write_text

_REMEDY = "Remove the file and run `align calibrate` again, or decide with --uncalibrated."


def path_of(folder: Path, model: ModelIdentity, decider: DeciderIdentity) -> Path:
    """The file in `folder` for this method with this model."""
    weights = model.sha256 or model.name
    text = json.dumps(
        [weights, model.settings, decider.model_dump(mode="json")], sort_keys=True, default=str
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return folder / f"{decider.name}-{digest}.json"


def read_calibration(path: Path) -> Calibration:
    """The calibration in the file `path`.

    Raises:
        FileProblem: the file cannot be read.
        BadRecord: it is not a calibration, or one of a newer version.
    """
    return read_kept(path, Calibration, "a calibration", _REMEDY)


def write_calibration(folder: Path, calibration: Calibration) -> Path:
    """Keep `calibration` where `calibration_for` finds it; gives the file's path.

    Raises:
        CannotWrite: no space, no permission.
    """
    path = path_of(folder, calibration.model, calibration.decider)
    write_text(path, calibration.model_dump_json(indent=1) + "\n")
    return path


def label_of(decider: DeciderIdentity) -> str:
    """The method's name with the settings that differ from their defaults, as it is asked for.

    A method or a setting that is not known here stands as it was kept.
    """
    try:
        found = named(decider.name, decider.settings).settings
    except UsageError:
        return format_spec(decider.name, decider.settings)
    return format_spec(decider.name, found.model_dump(mode="json", exclude_defaults=True))


def calibrations_in(folder: Path) -> Iterator[tuple[Path, Calibration]]:
    """Every calibration that is kept in `folder`, with its file, sorted by name.

    Raises:
        BadRecord: a file is broken.
    """
    for path in sorted(folder.glob("*.json")):
        yield path, read_calibration(path)


def calibration_for(folder: Path, decider: Decider) -> Calibration | None:
    """What was learned about `decider` with its model and the wordings in use, if anything.

    Of an attribute whose wording has changed nothing counts, nor does a threshold that rests on it.

    Raises:
        BadRecord: the file is broken.
    """
    if decider.model is None:
        return None
    path = path_of(folder, decider.model.identity, decider.identity)
    if not path.is_file():
        return None
    found = read_calibration(path)
    if not _belongs(found, decider.model.identity, path) or not _same_templates(found, decider):
        return None
    return _current(found, decider)


def merged(
    before: Calibration | None, learned: Calibration, void: Collection[str] = ()
) -> Calibration:
    """What was `learned`, and beside it what was known `before` and still holds.

    Args:
        before: what was kept for the same method, model and wordings, if anything.
        learned: of the same; it takes the place of what was known of its attributes.
        void: attributes of which nothing that was known before is to be kept.
    """
    if before is None:
        return learned
    gone = learned.attributes.keys() | set(void)
    # A threshold holds for what was known of its attributes, be it nothing.
    thresholds = tuple(one for one in before.thresholds if not gone & one.attributes.keys())
    kept = {name: one for name, one in before.attributes.items() if name not in gone}
    templates = {one.name: one for one in (*before.templates, *learned.templates)}
    return learned.model_copy(
        update={
            "attributes": dict(sorted({**kept, **learned.attributes}.items())),
            "thresholds": (*thresholds, *learned.thresholds),
            "templates": tuple(templates[name] for name in sorted(templates)),
        }
    )


def _belongs(found: Calibration, model: ModelIdentity, path: Path) -> bool:
    """Whether the file is of this model and method; a copy of another one may lie there."""
    served = model.served_as in {None, found.model.served_as}
    return served and path_of(path.parent, found.model, found.decider) == path


def _same_templates(found: Calibration, decider: Decider) -> bool:
    try:
        now = decider.prompts.versions([template.name for template in found.templates])
    except UnknownName:  # it was the user's own, and is gone
        return False
    return now == found.templates


def _current(found: Calibration, decider: Decider) -> Calibration:
    """What `found` knows of attributes whose wording is still the same."""

    def same(name: str, sha256: str) -> bool:
        known = decider.attributes
        return name in known and attribute_hash(known[name]) == sha256

    attributes = {n: one for n, one in found.attributes.items() if same(n, one.sha256)}
    thresholds = tuple(
        one for one in found.thresholds if all(same(*wording) for wording in one.attributes.items())
    )
    return found.model_copy(update={"attributes": attributes, "thresholds": thresholds})
