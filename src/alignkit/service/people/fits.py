"""What past choices say of one attribute, and how it is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from alignkit.errors import InvalidSetting
from alignkit.schema import Target

Kind = Literal["value", "range", "samples", "logit"]

EFFECTS = ("weight", "other_weight", "intercept")
"""What is fitted for `logit`."""
SIGN = 1.1
"""A gain below this is no sign that the attribute had a part in the choices: they are less than
three times as likely with it ("not worth more than a bare mention"; Kass and Raftery, 1995,
doi:10.1080/01621459.1995.10476572)."""
_EACH = 5
"""So many informative choices are needed for each number that is fitted."""


@dataclass(frozen=True)
class FitPlan:
    """How a profile is fitted."""

    kind: Kind | None = None
    """What targets become. By default `samples` for several people; for one person `value` where
    the interval is at most 0.2 wide, else `range`."""
    level: float = 0.95
    """Probability that an interval is to hold, above 0 and below 1."""
    against: str = "medical_urgency"
    """The attribute that the others are weighed against; only for `logit`."""

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise InvalidSetting(f"level: {self.level:g} is not between 0 and 1.", "Usual is 0.95.")

    @property
    def needed(self) -> int:
        """So many informative choices are needed for an attribute."""
        return _EACH * (len(EFFECTS) if self.kind == "logit" else 1)

    @property
    def attributes_beside(self) -> tuple[str, ...]:
        """Attributes whose levels are needed beside that of the one that is fitted."""
        return (self.against,) if self.kind == "logit" else ()

    @property
    def interval(self) -> str:
        """What intervals are called: "95% interval"."""
        return f"{100 * self.level:.4g}% interval"


@dataclass(frozen=True)
class Fit:
    """What the choices say of one attribute."""

    attribute: str
    estimate: float
    """The wanted level, 0 to 1; of a group the mean of its members; for `logit` the weight."""
    interval: tuple[float, float]
    """Holds the true one with the probability that was asked for."""
    informative: int
    """Choices between options that differ in the attribute."""
    people: int
    """Whose choices those are."""
    gain: float
    """Logarithm of how many times likelier the choices are than drawn blindly (for `logit`: than
    without the attribute), averaged over all that was possible beforehand: a Bayes factor."""
    target: Target
    """What it becomes in a profile."""
    errors: Mapping[str, float] = field(default_factory=dict)
    """Standard errors of the effects, for `logit`."""

    @property
    def flat(self) -> bool:
        """Whether the choices show no sign of the attribute: chance explains them about as well."""
        return self.gain < SIGN

    def said(self, plan: FitPlan) -> str:
        """One line on what was found, by `plan`, and how sure it is."""
        what = "weight" if self.errors else "mean of the wishes" if self.people > 1 else "wish"
        of = f" of {self.people} people" if self.people > 1 else ""
        parts = [
            f"{what} {self.estimate:.2f}",
            f"{plan.interval} {self.interval[0]:.2f} to {self.interval[1]:.2f}",
            f"{self.informative} informative choices{of}",
            f"gain {self.gain:.2f}",
            *(f"standard error of {name} {error:.2f}" for name, error in self.errors.items()),
        ]
        return ", ".join(parts)
