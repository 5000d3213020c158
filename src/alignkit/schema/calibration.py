"""What labelled examples taught about one method with one model: maps, temperatures, thresholds."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from alignkit.schema.base import SCHEMA_VERSION, Frozen, Identifier
from alignkit.schema.identity import DeciderIdentity, ModelIdentity
from alignkit.schema.profile import Finite
from alignkit.schema.prompt import TemplateVersion
from alignkit.schema.scenario import Unit

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Bin(Frozen):
    """One bar of a reliability diagram."""

    confidence: Unit
    """Mean of the stated probabilities."""
    observed: Unit
    """Share of them that came true."""
    low: Unit
    """Lower end of its 95 % interval."""
    high: Unit
    """Upper end."""
    count: Annotated[int, Field(ge=1)]


class Reliability(Frozen):
    """How well probabilities say how often something is true."""

    brier: Annotated[float, Field(ge=0)]
    """Mean squared difference of probability and truth, 0 to 1."""
    calibration_error: Unit
    """Mean difference of stated and observed shares over the bins, weighted by their counts."""
    bins: tuple[Bin, ...]


class LevelMap(Frozen):
    """A monotone map from raw estimates to calibrated ones; between its points it is straight."""

    raw: Annotated[tuple[Finite, ...], Field(min_length=2)]
    """Rising."""
    level: Annotated[tuple[Unit, ...], Field(min_length=2)]
    """Rising, or falling where the model reads the attribute upside down."""

    @property
    def rising(self) -> bool:
        """Whether a larger estimate stands for a larger level."""
        return self.level[-1] >= self.level[0]

    @model_validator(mode="after")
    def _monotone(self) -> LevelMap:
        _rises(self.raw, self.level, "level")
        steps = [b - a for a, b in pairwise(self.level)]
        if min(steps) < 0 < max(steps):
            raise ValueError("level must only rise or only fall")
        return self


class ProbabilityMap(Frozen):
    """A rising map from raw probabilities to calibrated ones; between its points it is straight."""

    raw: Annotated[tuple[Unit, ...], Field(min_length=1)]
    """Rising."""
    probability: Annotated[tuple[Unit, ...], Field(min_length=1)]
    """Never falling."""

    @model_validator(mode="after")
    def _monotone(self) -> ProbabilityMap:
        _rises(self.raw, self.probability, "probability")
        if any(a > b for a, b in pairwise(self.probability)):
            raise ValueError("probability must not fall")
        return self


def _rises(raw: tuple[float, ...], values: tuple[float, ...], name: str) -> None:
    if len(raw) != len(values):
        raise ValueError(f"raw and {name} must have the same length")
    if any(a >= b for a, b in pairwise(raw)):
        raise ValueError("raw must rise")


class AttributeCalibration(Frozen):
    """What was learned about one attribute."""

    sha256: str
    """Hash of the attribute's text; another wording needs another calibration."""
    estimates: LevelMap | None = None
    """For methods that estimate."""
    temperature: Positive = 1.0
    """Log probabilities of choices are divided by this."""
    probabilities: ProbabilityMap | None = None
    """Takes the place of the temperature where this attribute is the only target."""
    kind: Literal["temperature", "isotonic"]
    """Two numbers for the estimates and a temperature, or step maps; the latter need many."""
    source: str
    """Where the labelled examples come from."""
    seed: int = 0
    """Which of them were taken, and how they were dealt into parts."""
    examples: Annotated[int, Field(ge=1)]
    """Labelled decisions."""
    scenarios: Annotated[int, Field(ge=1)]
    """Scenarios they are about, those with the same context counted once; cross-validation leaves
    out by these."""
    before: Reliability
    """Of the raw probability of the likeliest option."""
    after: Reliability
    """The same after calibration, each scenario by what the others taught."""


class Threshold(Frozen):
    """The confidence from which on decisions under a profile are made by the model alone."""

    profile: str
    """Hash of the profile's wishes."""
    name: str
    """Name that the profile had."""
    attributes: dict[Identifier, str]
    """What decisions under the profile estimate, with the hash of its text; the threshold holds
    together with what is known of these beside it, and with nothing else."""
    error_rate: Annotated[float, Field(gt=0, lt=1)]
    certainty: Annotated[float, Field(gt=0, lt=1)]
    """With which the error rate holds."""
    confidence: Unit
    """Decisions with at least this confidence are made."""
    source: str
    """Where the labelled examples come from."""
    examples: Annotated[int, Field(ge=1)]
    """Labelled scenarios, one of each context, that had no part in the maps."""
    kept: Annotated[int, Field(ge=0)]
    """Examples at least so confident."""
    errors: Annotated[int, Field(ge=0)]
    """Wrong ones among them."""
    bound: Unit
    """Upper bound on the share of wrong decisions, at the certainty and for this threshold."""

    @property
    def abstention(self) -> float:
        """The share of the examples that a person would have to decide, 0 to 1."""
        return 1 - self.kept / self.examples


class Calibration(Frozen):
    """All that was learned about one method with one model; it belongs to these alone."""

    schema_version: int = SCHEMA_VERSION
    created: AwareDatetime
    model: ModelIdentity
    decider: DeciderIdentity
    templates: tuple[TemplateVersion, ...]
    attributes: dict[Identifier, AttributeCalibration] = Field(default_factory=dict)
    thresholds: tuple[Threshold, ...] = ()
