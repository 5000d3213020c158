"""An experiment checked and resolved: everything that it names is there before anything runs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from alignkit.catalog import format_spec, parse_spec, shown_spec
from alignkit.deciders import DEFAULT_DECIDER, PLAIN_DECIDER
from alignkit.deciders.base import Decider
from alignkit.deciders.making import named
from alignkit.deciders.wordings import draws
from alignkit.errors import BadExperiment, DataError, UnsupportedCapability
from alignkit.evaluate.matrix import Matrix, Planned, Totals, Way, Wish
from alignkit.evaluate.probing import ABILITIES, Probe
from alignkit.library import Document
from alignkit.models import Model
from alignkit.models.patient import patient
from alignkit.schema import ModelIdentity
from alignkit.schema.experiment import Experiment, Price
from alignkit.service.experiments.reading import Read
from alignkit.service.experiments.sources import Places, Source, found_source
from alignkit.service.experiments.wishes import wishes_of
from alignkit.service.workbench import Workbench

_TRIED = 100
"""Scenarios of a data set among which one is looked for that a profile fits."""

Opening = Callable[[str], Model]
"""Gives the model of a name."""
Identifying = Callable[[str], ModelIdentity | None]
"""Gives the identity of the model of a name, None where it takes the model to tell."""


def unidentified(_: str) -> ModelIdentity | None:
    """Leave it open which model it is."""
    return None


@dataclass(frozen=True)
class Prepared:
    """An experiment, ready to run."""

    experiment: Experiment
    """With the models and deciders that stand where none are named; models as they may be shown."""
    matrix: Matrix
    totals: Totals
    sources: Sequence[Source]

    @property
    def prices(self) -> dict[str, Price]:
        """By model, as the experiment names it."""
        return self.experiment.prices

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of every file of data, by the name that the experiment gives it."""
        return {name: sha for source in self.sources for name, sha in source.files.items()}

    @property
    def skipped(self) -> dict[str, list[str]]:
        """By data set: what could not be read, and why; only where there is some."""
        return {one.dataset.name: one.skipped for one in self.sources if one.skipped}


async def prepared(
    read: Read, workbench: Workbench, *, dry: bool = False, identify: Identifying = unidentified
) -> Prepared:
    """The experiment with all that it names found, checked and counted.

    With `dry`, no model is opened: probes stand in for them, with the identity that `identify`
    gives. Where it gives one, cells have the keys that they have in a run.

    Raises:
        AlignkitError: something that it names is not there, has a mistake, or cannot work with
            something else.
    """
    experiment = _completed(read.experiment, workbench)
    _check_prices(experiment, read.document)
    experiment = _shown(experiment, workbench)
    for spec in experiment.deciders:
        named(spec)  # a misspelt one is told before data is read
    settings = workbench.settings
    places = Places(workbench.library, settings.data, read.folder)
    sources = [found_source(one, places) for one in experiment.data]
    datasets = [source.dataset for source in sources]
    wishes = wishes_of(read, workbench.library, datasets)
    probes = {name: Probe(name, workbench.prompts, identify(name)) for name in experiment.models}
    tried = Matrix(datasets, wishes, list(_ways(experiment, wishes, workbench, probes.__getitem__)))
    tried.check_scenarios()
    await _try(tried)
    if dry:
        return Prepared(experiment, tried, tried.totals(), sources)
    models: dict[str, Model] = {}
    for name in experiment.models:
        models[name] = patient(lambda name=name: workbench.model(name))  # type: ignore[misc]
        _check_abilities(name, models[name], probes[name])
        if len(experiment.models) > 1 and models[name].identity.backend == "llama":
            await workbench.close(name)  # it is opened again when its turn comes
    matrix = Matrix(
        datasets, wishes, list(_ways(experiment, wishes, workbench, models.__getitem__))
    )
    return Prepared(experiment, matrix, matrix.totals(), sources)


def _check_prices(experiment: Experiment, document: Document) -> None:
    """Check that every price is that of a model, and that a limit of money can be reached.

    A file may have prices of all its models where the command line takes only one of them.

    Raises:
        BadExperiment: a price is that of no model, or money is limited and a model has no price.
    """
    written = document.value.get("models") or ()
    names = {*experiment.models, *([written] if isinstance(written, str) else written)}
    for name in experiment.prices:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            raise BadExperiment(
                f"{document.where(('prices', name))}: the experiment has no model "
                f"{shown_spec(name)!r}.",
                f"Did you mean {shown_spec(near[0])!r}?"
                if near
                else f"It has: {', '.join(sorted(map(shown_spec, names)))}.",
            )
    for name in experiment.models if experiment.budget.money is not None else ():
        if name not in experiment.prices:
            raise BadExperiment(
                f"{document.where(('budget', 'money'))}: money is limited, but the model "
                f"{shown_spec(name)!r} has no price.",
                "Give one under `prices`; a model that costs nothing has {submitted: 0}.",
            )


def _completed(experiment: Experiment, workbench: Workbench) -> Experiment:
    return experiment.model_copy(
        update={
            "models": experiment.models or (workbench.settings.model,),
            "deciders": experiment.deciders or (DEFAULT_DECIDER,),
            "at_once": experiment.at_once or workbench.settings.at_once,
        }
    )


def _shown(experiment: Experiment, workbench: Workbench) -> Experiment:
    """`experiment` with its models named as they may be kept and shown.

    Raises:
        InvalidSetting: two of them could not be told apart.
    """
    return experiment.model_copy(
        update={
            "models": workbench.shown(experiment.models),
            "prices": {shown_spec(name): price for name, price in experiment.prices.items()},
        }
    )


def _ways(
    experiment: Experiment, wishes: Sequence[Wish], workbench: Workbench, opening: Opening
) -> Iterator[Way]:
    """Controls that ask no model once, then every other decider on every model.

    Where there is no profile, and every decider needs one, the plain one decides instead.
    """
    plain = any(wish.profile is None for wish in wishes)
    needed = all(workbench.needs_profile(spec) for spec in experiment.deciders)
    controls = [spec for spec in experiment.deciders if not named(spec).kind.asks_model]
    # Controls come first: between two others they would have the model closed and opened again.
    for spec in controls:
        yield from _seeded(spec, experiment.seeds, workbench, opening(experiment.models[0]))
    for name in experiment.models:
        for spec in experiment.deciders:
            if spec not in controls:
                for way in _seeded(spec, experiment.seeds, workbench, opening(name)):
                    yield replace(way, asked=name)
        if plain and needed:
            decider = workbench.decider(PLAIN_DECIDER, opening(name))
            yield Way(decider, decider.label, plain_only=True, asked=name)


def _seeded(spec: str, seeds: Sequence[int], workbench: Workbench, model: Model) -> Iterator[Way]:
    """The decider with each seed, if it draws by chance and its name gives no seed."""
    decider = workbench.decider(spec, model)
    if not draws(decider) or "seed" in parse_spec(spec)[1]:
        yield Way(decider, decider.label)
        return
    for seed in seeds:
        seeded = workbench.decider(spec, model, given={"seed": seed})
        yield Way(seeded, _label(seeded), seed)


def _label(decider: Decider) -> str:
    changed = decider.settings.model_dump(mode="json", exclude_defaults=True, exclude={"seed"})
    return format_spec(decider.name, changed)


async def _try(matrix: Matrix) -> None:
    """Let every way make a decision on the first scenario of each data set.

    Raises:
        UsageError: a method cannot work with a profile, or lacks what it needs.
    """
    for planned in _firsts(matrix):
        try:
            await planned.way.decider.decide(planned.scenario, planned.profile)
        except DataError:
            continue  # about this scenario alone


def _firsts(matrix: Matrix) -> Iterator[Planned]:
    """A cell for every way, profile and data set."""
    for dataset in matrix.datasets:
        some = [placed.scenario for placed in islice(dataset, _TRIED)]
        sample = replace(dataset, read=partial(iter, some))
        for way in matrix.ways:
            for wish in matrix.wishes:
                first = next(iter(Matrix([sample], [wish], [way])), None)
                if first is not None:
                    yield first


def _check_abilities(name: str, model: Model, probe: Probe) -> None:
    """Check that the model called `name` can do what its methods asked of `probe`.

    Raises:
        UnsupportedCapability: it cannot.
    """
    for call in sorted(probe.asked):
        protocol, does = ABILITIES[call]
        if not isinstance(model, protocol):
            raise UnsupportedCapability(
                f"The model {name!r} cannot be used with these deciders: one of them needs a model "
                f"that {does}.",
                "`align deciders list` shows what each does.",
            )
