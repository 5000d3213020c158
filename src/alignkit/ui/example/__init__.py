"""Decisions that come with ALIGN, so that a first visit shows something real at once.

They are records as `align compare SCENARIO -p ... -m MODEL --records DIR` writes them; each says
which model made it, and when. To renew them, put other records in the place of these.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from alignkit.errors import AlignkitError
from alignkit.schema import Profile, Record, Scenario
from alignkit.service import Workbench
from alignkit.service.retargeting import Retargeting
from alignkit.service.trying import Way
from alignkit.ui.state import View


@cache
def records() -> tuple[Record, ...]:
    """All of them, the one without a profile first."""
    found = [
        Record.model_validate_json(path.read_bytes())
        for path in files(__package__).iterdir()
        if path.name.endswith(".json")
    ]
    return tuple(sorted(found, key=lambda record: (record.profile is not None, record.created)))


def first_view(workbench: Workbench) -> View:
    """What somebody sees who comes for the first time."""
    found = [one for one in records() if _unchanged(one, workbench)]
    if not found:
        name = next(iter(workbench.library.scenarios))
        return View(scenario=name, ways=(Way(),))
    ways = tuple(Way(profile=one.profile.name if one.profile else None) for one in found)
    return View(scenario=found[0].scenario.id, ways=ways, shipped=True)


def shipped(scenario: Scenario, way: Way, workbench: Workbench) -> Record | None:
    """The record that answers `way`, or follows from one; None where none does."""
    base, wanted = way.base(workbench), way.wanted(workbench)
    for record in records():
        if record.scenario == scenario and record.profile == base:
            again = Retargeting.of(record) if wanted != base else None
            if wanted is None or wanted == base:
                return record
            return again.under(wanted) if again and again.fits(wanted) else None
    return None


def _unchanged(record: Record, workbench: Workbench) -> bool:
    """Whether the library still has the scenario and the profile as they were decided."""
    library = workbench.library
    try:
        profile: Profile | None = record.profile and library.profiles[record.profile.name]
        return library.scenarios[record.scenario.id] == record.scenario and (
            profile == record.profile
        )
    except AlignkitError:
        return False


def first_visit() -> None:
    """Read and compute what a first visit needs, so that it does not wait for it."""
    from alignkit.service.choosing import deciders, profiles  # noqa: PLC0415  not for every start

    workbench = Workbench()
    first_view(workbench)
    profiles(workbench)
    deciders(plain=True)
    for record in records():
        Retargeting.of(record)
