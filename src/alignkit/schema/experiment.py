"""An experiment: data sets x profiles x deciders x models x seeds, with limits and a budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from alignkit.schema.base import Frozen, Identifier, Name, Text, repeated
from alignkit.schema.profile import Profile
from alignkit.schema.scenario import Unit

NO_PROFILE = "none"
"""Stands for the plain model among profiles."""
LABELLED = "labelled"
"""Stands for the attributes that a scenario has true values of."""
SHIPPED = "shipped"
"""Stands for all scenarios of the library."""


def _several(given: object) -> object:
    """One name where a list may stand, as a list of it."""
    return (given,) if isinstance(given, str) else given


Names = Annotated[tuple[Text, ...], BeforeValidator(_several)]
"""Names; one alone may stand without a list."""


class DataSource(Frozen):
    """Scenarios that an experiment decides."""

    name: Name
    """Name of the data set in tables."""
    format: Text | None = None
    """Format of a public data set (`align datasets list`); goes with `path`."""
    path: Text | None = None
    """File or folder: beside the experiment's file, else in the folder ALIGN_DATA. Settings of the
    format may follow a question mark."""
    scenarios: Names = ()
    """Names of the library, files or folders of scenarios; `shipped` for the whole library."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """At most so many scenarios; twins come on top."""
    pick: Literal["spread", "first"] = "spread"
    """Which ones a `limit` takes: those that their names' hashes pick, so that a smaller limit
    takes part of a larger one; or the first of the file."""
    skip: Annotated[int, Field(ge=0)] = 0
    """Leaves out so many that would be picked first: all that a `limit` of this size takes, so
    that a method can be chosen by other scenarios than it is tested with."""
    half: Literal["first", "second", "both"] = "both"
    """Only one half, split by group: one to choose a method by, one to judge it by."""
    twins: bool = False
    """Add the mirrored twin of each scenario, where the format has them."""
    only: dict[Identifier, Names] = Field(default_factory=dict)
    """Only scenarios with one of these values of a tag."""
    attributes: tuple[Identifier, ...] | None = None
    """Only these true values count; scenarios without any of them are left out."""
    profiles: tuple[Text, ...] | None = None
    """Only under these of the experiment's profiles; `sweep` stands for all swept ones."""

    @field_validator("only", mode="before")
    @classmethod
    def _texts(cls, given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
        """Tags are texts, also where YAML has read a number."""
        if not isinstance(given, dict):
            return given
        return {
            tag: [str(one) for one in (found if isinstance(found, list) else [found])]
            for tag, found in given.items()
        }

    @model_validator(mode="after")
    def _one_source(self) -> DataSource:
        if (self.format is None) != (self.path is None):
            raise ValueError("format and path go together")
        if (self.path is None) == (not self.scenarios):
            raise ValueError("give either format and path, or scenarios")
        return self


class SweepPlan(Frozen):
    """Which attributes are wanted at which levels, one profile each."""

    attributes: tuple[Identifier, ...] | Literal["labelled"] = "labelled"
    """`labelled`: those that a scenario has true values of, each scenario only under its own."""
    levels: Annotated[tuple[Unit, ...], Field(min_length=1)] = (0.0, 1.0)

    @field_validator("attributes", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
        return (given,) if isinstance(given, str) and given != LABELLED else given

    @model_validator(mode="after")
    def _levels_differ(self) -> SweepPlan:
        if len(set(self.levels)) < len(self.levels):
            raise ValueError("levels: each counts once")
        return self


class Sweep(Frozen):
    """Profiles that want one attribute at one level, made by the experiment."""

    sweep: SweepPlan


def _kind(given: Any) -> str:  # noqa: ANN401  pydantic passes what it was given
    if isinstance(given, str):
        return "name"
    swept = "sweep" in given if isinstance(given, dict) else isinstance(given, Sweep)
    return "sweep" if swept else "profile"


Wish = Annotated[
    Annotated[Text, Tag("name")]
    | Annotated[Sweep, Tag("sweep")]
    | Annotated[Profile, Tag("profile")],
    Discriminator(_kind),
]
"""Whose values decide: `none`, a name of the library, a path, a profile in place, or a sweep."""


class Budget(Frozen):
    """Where one call of `align run` stops: the first limit that is reached counts."""

    calls: Annotated[int, Field(ge=1)] | None = None
    """Questions put to models."""
    tokens: Annotated[int, Field(ge=1)] | None = None
    """Tokens submitted and generated."""
    minutes: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    money: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """In the currency of `prices`."""


class Price(Frozen):
    """What a model costs, in money per million tokens."""

    submitted: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """Of tokens of prompts."""
    generated: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """Of tokens that the model wrote."""

    def of(self, submitted: int, generated: int) -> float:
        """The price of so many tokens."""
        return (self.submitted * submitted + self.generated * generated) / 1e6


class Experiment(Frozen):
    """What is to be decided, in which ways, and with which limits."""

    name: Name
    """Name of the experiment; runs are called after it."""
    description: Text | None = None
    """What it is to show."""
    data: Annotated[tuple[DataSource, ...], Field(min_length=1)]
    """The scenarios."""
    profiles: Annotated[tuple[Wish, ...], Field(min_length=1)] = (NO_PROFILE,)
    """Whose values decide."""
    deciders: tuple[Text, ...] = ()
    """Methods, as `NAME?key=value`; the default one where none is named."""
    models: tuple[Text, ...] = ()
    """Models; the one of the settings where none is named."""
    seeds: Annotated[tuple[int, ...], Field(min_length=1)] = (0,)
    """Repetitions of methods that draw by chance; others are run once, with the first."""
    at_once: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Decisions of one model under way at the same time; that of the settings where not given."""
    budget: Budget = Budget()
    """Where to stop."""
    prices: dict[str, Price] = Field(default_factory=dict)
    """By model: what it costs."""
    margin: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """The largest loss of accuracy that counts as none, for retained capability."""

    @model_validator(mode="after")
    def _named_once(self) -> Experiment:
        named = [one for one in self.profiles if isinstance(one, str)]
        lists: dict[str, Sequence[str | int]] = {
            "data": [one.name for one in self.data],
            "deciders": self.deciders,
            "models": self.models,
            "seeds": self.seeds,
            "profiles": named,
        }
        for field, names in lists.items():
            if twice := repeated(names):
                raise ValueError(f"{field}: {twice[0]!r} stands there twice")
        return self
