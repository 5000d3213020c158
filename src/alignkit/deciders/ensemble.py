"""Several deciders together: a product of experts, each with a weight.

The logarithmic opinion pool (Genest and Zidek, 1986, doi:10.1214/ss/1177013825): log probabilities
are averaged with weights. `align calibrate` can fit the weights to labelled examples.
"""

from __future__ import annotations

from itertools import chain
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, model_validator

from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Costs, Verdict
from alignkit.deciders.making import named
from alignkit.deciders.settings import AskingSettings, DeciderSettings, Listed
from alignkit.deciders.trace import Trace
from alignkit.deciders.twinning import mixed
from alignkit.errors import InvalidSetting
from alignkit.schema import Attribute, Estimate, Profile, Worked
from alignkit.stats.probability import Floats, log_floored, softmax

_NAME = "ensemble"

Share = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class EnsembleSettings(AskingSettings):
    """Settings of `ensemble`."""

    members: Annotated[tuple[str, ...], Listed, Field(min_length=2)] = (
        "chooser_judge",
        "direct_regression",
        "contrastive",
    )
    """The deciders; `a,b` in the ensemble's own name."""
    weights: Annotated[tuple[Share, ...], Listed] = ()
    """How much each counts; equally where none are given. Their sum is kept: weights that sum to
    1 give the average expert, larger ones a surer one."""

    @model_validator(mode="after")
    def _one_weight_each(self) -> EnsembleSettings:
        if self.weights and len(self.weights) != len(self.members):
            raise ValueError(f"{len(self.members)} members but {len(self.weights)} weights")
        if self.weights and not sum(self.weights) > 0:
            raise ValueError("at least one weight must be above 0")
        return self


class Ensemble(Decider):
    """Lets several deciders weigh the choices, and multiplies what they say."""

    name = _NAME
    needs_profile: ClassVar[bool] = True
    settings_type: ClassVar[type[DeciderSettings]] = EnsembleSettings
    settings: EnsembleSettings

    def members(self) -> tuple[Decider, ...]:
        """The deciders that are combined, on the same model.

        Raises:
            UnknownName: there is no such decider.
            InvalidSetting: one of them has no such setting, or is an ensemble itself.
        """
        return tuple(self._member(spec) for spec in self.settings.members)

    def _member(self, spec: str) -> Decider:
        found = named(spec)
        if found.kind.name == _NAME:
            raise InvalidSetting("An ensemble cannot be a member of an ensemble.")
        return found.kind(
            self.model if found.kind.asks_model else None,
            found.settings,
            attributes=self.attributes,
            prompts=self.prompts,
            selecting=self.selecting,
        )

    def attributes_for(self, profile: Profile | None) -> tuple[Attribute, ...]:
        """What the members are about, all together."""
        of_members = (member.attributes_for(profile) for member in self.members())
        everything = chain(super().attributes_for(profile), *of_members)
        return tuple({attribute.name: attribute for attribute in everything}.values())

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        verdicts = await trace.each(
            self.members(),
            lambda branch, member: member._weigh_twins(branch, case),  # noqa: SLF001  deciders too
        )
        weights = self._weights()
        rows = np.stack([log_floored(verdict.probabilities) for verdict in verdicts])
        orders = [verdict.order_shift for verdict in verdicts if verdict.order_shift is not None]
        names = [verdict.name_shift for verdict in verdicts if verdict.name_shift is not None]
        return Verdict(
            probabilities=softmax((rows * weights[:, None]).sum(axis=0)),
            estimates=_estimates(verdicts),
            costs=_costs(verdicts, weights),
            order_shift=max(orders, default=None),
            name_shift=max(names, default=None),
            notes=tuple(chain.from_iterable(verdict.notes for verdict in verdicts)),
            examples=_examples(verdicts),
            weights=dict(zip(self.settings.members, weights.tolist(), strict=True)),
        )

    def _weights(self) -> Floats:
        count = len(self.settings.members)
        return np.array(self.settings.weights or [1 / count] * count)

    def _explain(self, case: Case, verdict: Verdict) -> str:
        best, share = verdict.likeliest(case)
        parts = [f"{name} ({weight:.2f})" for name, weight in (verdict.weights or {}).items()]
        return f"Chosen with {share:.0%} by {', '.join(parts)} together.\n{best.text!r}."


def _estimates(verdicts: list[Verdict]) -> dict[str, dict[str, Estimate]]:
    """The mixture of the estimates of those members that estimate."""
    found: dict[str, dict[str, list[Estimate]]] = {}
    for verdict in verdicts:
        for choice, levels in verdict.estimates.items():
            for name, estimate in levels.items():
                found.setdefault(choice, {}).setdefault(name, []).append(estimate)
    return {
        choice: {name: mixed(estimates) for name, estimates in levels.items()}
        for choice, levels in found.items()
    }


def _examples(verdicts: list[Verdict]) -> dict[str, tuple[Worked, ...]]:
    """The labelled examples that any member showed, each once."""
    found: dict[str, dict[Worked, None]] = {}
    for verdict in verdicts:
        for name, shown in verdict.examples.items():
            found.setdefault(name, {}).update(dict.fromkeys(shown))
    return {name: tuple(shown) for name, shown in found.items()}


def _costs(verdicts: list[Verdict], weights: Floats) -> Costs | None:
    """The weighted sum of the members' costs, where all of them have costs of the same targets."""
    found = [verdict.costs for verdict in verdicts if verdict.costs is not None]
    if len(found) < len(verdicts) or len({costs.names for costs in found}) > 1:
        return None
    tables = [
        weight * costs.table / costs.temperature
        for weight, costs in zip(weights, found, strict=True)
    ]
    return Costs(found[0].names, np.asarray(np.sum(tables, axis=0)), 1.0)
