"""The profiles of an experiment: named, written in place, or made by a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from alignkit.errors import AlignkitError, BadExperiment, BadProfile
from alignkit.evaluate.matrix import Dataset, Wish
from alignkit.library import Library
from alignkit.schema import Profile, Target
from alignkit.schema.experiment import LABELLED, NO_PROFILE, Experiment, Sweep, SweepPlan
from alignkit.service.checking import targets_known
from alignkit.service.experiments.reading import Read
from alignkit.service.inputs import profile_to_follow


def wishes_of(read: Read, library: Library, datasets: Sequence[Dataset]) -> list[Wish]:
    """Every profile of the experiment once, in its order, sweeps spelled out.

    Raises:
        UnknownName: there is no profile of a name.
        BadProfile: a profile wants an attribute that is not described.
        BadExperiment: two profiles have one name, or a data set asks for one that is not there.
    """
    found: list[Wish] = []
    for place, one in enumerate(read.experiment.profiles):
        try:
            found += _wishes(one, read.folder, library, datasets)
        except AlignkitError as error:
            where = read.document.where(("profiles", str(place)))
            if str(error).startswith(where.partition(":")[0]) or not isinstance(one, str):
                raise
            error.args = (f"{where}: {error.message}",)
            error.message = f"{where}: {error.message}"
            raise
    _check(read.experiment, found)
    return found


def _wishes(
    one: str | Sweep | Profile, folder: Path | None, library: Library, datasets: Sequence[Dataset]
) -> Iterator[Wish]:
    if isinstance(one, Sweep):
        yield from _swept(one.sweep, library, datasets)
    elif isinstance(one, Profile):
        targets_known(one, library)
        yield Wish(one)
    elif one == NO_PROFILE:
        yield Wish(None)
    else:
        beside = folder / one if folder is not None and "." in one else None
        name = str(beside) if beside is not None and beside.is_file() else one
        yield Wish(profile_to_follow(name, library))


def _swept(plan: SweepPlan, library: Library, datasets: Sequence[Dataset]) -> Iterator[Wish]:
    by_label = plan.attributes == LABELLED
    names = _labelled(datasets, library) if by_label else list(plan.attributes)
    if not names:
        raise BadExperiment(
            "A sweep over labelled attributes finds no scenario whose choices differ in one.",
            "Name the attributes of the sweep, or data with true values.",
        )
    for name in names:
        for level in plan.levels:
            profile = Profile(name=swept_name(name, level), targets={name: Target(value=level)})
            targets_known(profile, library)
            yield Wish(profile, swept=True, labelled_by=name if by_label else None)


def swept_name(attribute: str, level: float) -> str:
    """Name of the profile that wants `attribute` at `level`, 0 to 1.

    >>> swept_name("risk_aversion", 0.25)
    'risk-aversion-25'
    """
    percent = f"{level * 100:.6g}".replace(".", "-")
    words = {0.0: "low", 1.0: "high"}.get(level, percent)
    return f"{attribute.replace('_', '-')}-{words}"


def _labelled(datasets: Sequence[Dataset], library: Library) -> list[str]:
    """All attributes that a scenario of data sets under a sweep is labelled with, sorted.

    Only those that are described count: a right answer is a true value, too, but no wish.
    """
    found: set[str] = set()
    for dataset in datasets:
        if dataset.profiles is None or "sweep" in dataset.profiles:
            for placed in dataset:
                found |= placed.labelled
    return sorted(name for name in found if name in library.attributes)


def _check(experiment: Experiment, wishes: Sequence[Wish]) -> None:
    names = [wish.profile.name if wish.profile else NO_PROFILE for wish in wishes]
    for name in names:
        if names.count(name) > 1:
            raise BadProfile(f"Experiment {experiment.name!r}: two profiles are called {name!r}.")
    known = {*names, *(["sweep"] if any(wish.swept for wish in wishes) else [])}
    for source in experiment.data:
        for name in source.profiles or ():
            if name not in known:
                raise BadExperiment(
                    f"Data set {source.name!r}: the experiment has no profile {name!r}.",
                    f"It has: {', '.join(names)}.",
                )
