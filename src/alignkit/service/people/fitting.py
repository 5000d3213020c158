"""A target profile from what a person or a group chose in the past; no model is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alignkit.errors import DataError, UnknownName
from alignkit.schema import Profile
from alignkit.service.people.fits import Fit, FitPlan
from alignkit.service.people.levels import fit_level
from alignkit.service.people.past_choices import Past, informative
from alignkit.service.people.profile_text import checked_name, name_from, profile_text
from alignkit.service.people.weights import fit_weight

_RULE = (
    "Each choice is compared with what else was on offer: the probability of a choice is taken to "
    "be proportional to exp(-|level - wish| / temperature), with every wish from 0 to 1 and every "
    "temperature from 0.02 to 10 equally likely beforehand. Attributes are fitted one by one."
)
_SPREAD = (
    "Members' wishes are taken to be spread around a common mean, so that those of whom little is "
    "known lean on the others. Samples and ranges show how the wishes of members differ."
)
_GAIN = (
    "gain: the logarithm of how many times likelier the choices are than drawn blindly, averaged "
    "over all that was possible beforehand. Below 1.1 (three times) the attribute is left out."
)
_WEIGHING = (
    "Effects of a conditional logit model: how attributes are weighed against {against}. Follow it "
    "with a regression decider and alignment=multinomial_logit&against={against} (with two choices "
    "also alignment=logit)."
)
_WEIGHING_GAIN = (
    "gain: the logarithm of how many times likelier the choices are than without the attribute, "
    "averaged over all effects. Below 1.1 (three times) the attribute is left out."
)
_AS_ONE = "The choices of all these people are fitted as if one person had made them."


@dataclass(frozen=True)
class FittedProfile:
    """A profile, and how sure each part of it is."""

    profile: Profile
    fits: tuple[Fit, ...]
    """Of each attribute that could be fitted; those that are flat are no targets."""
    scarce: Mapping[str, int]
    """Attributes that were not fitted, and how many informative choices there were."""
    plan: FitPlan
    past: Past
    """What it was fitted to."""

    def text(self, sources: Sequence[str] = ()) -> str:
        """The profile as YAML; comments say what it rests on and how sure it is.

        Args:
            sources: the files that the choices come from.
        """
        said = {fit.attribute: fit.said(self.plan) for fit in self.fits}
        flat = [fit.attribute for fit in self.fits if fit.flat]
        return profile_text(
            self.profile,
            header=[*self._rule(), *([f"From: {', '.join(sources)}"] if sources else [])],
            about={name: (found,) for name, found in said.items()},
            footer=[
                *(
                    f"Left out, as the choices show no sign of it: {name}: {said[name]}"
                    for name in flat
                ),
                *([self.too_few] if self.scarce else []),
            ],
        )

    @property
    def too_few(self) -> str:
        """Which attributes were not fitted, and why."""
        counts = ", ".join(f"{name} ({count})" for name, count in self.scarce.items())
        return (
            f"Left out, with fewer than {self.plan.needed} choices between options that differ in "
            f"them: {counts}."
        )

    def _rule(self) -> tuple[str, ...]:
        if self.plan.kind == "logit":
            as_one = (_AS_ONE,) if self._group else ()
            return (_WEIGHING.format(against=self.plan.against), _WEIGHING_GAIN, *as_one)
        return (_RULE, *((_SPREAD,) if self._group else ()), _GAIN)

    @property
    def _group(self) -> bool:
        return len(self.past.people) > 1


def fit_profile(
    past: Past,
    attributes: Sequence[str] = (),
    plan: FitPlan | None = None,
    name: str | None = None,
) -> FittedProfile:
    """The profile that fits `past`.

    Args:
        past: what was chosen, by one person or by several.
        attributes: what to fit; by default all that options have values of, as far as there are
            enough choices.
        plan: what targets become, and how sure intervals are.
        name: of the profile; by default made of the person's.

    Raises:
        UnknownName: no option has a value of an attribute that was asked for.
        DataError: too few choices say something about it, or the choices show no sign of any.
        InvalidSetting: no profile can be called so.
    """
    plan = plan or FitPlan()
    fits, scarce = _fits(past, attributes, plan)
    targets = {fit.attribute: fit.target for fit in fits if not fit.flat}
    if not targets:
        raise _nothing_found(fits, scarce, plan)
    person = past.people[0] if len(past.people) == 1 else None
    whom = f" of {person}" if person else ""
    whom = f" of {len(past.people)} people" if len(past.people) > 1 else whom
    profile = Profile(
        name=checked_name(name or name_from(person, "fitted")),
        description=f"Fitted to {len(past.choices)} past choices{whom}.",
        targets=targets,
    )
    return FittedProfile(profile, fits, scarce, plan, past)


def _fits(
    past: Past, attributes: Sequence[str], plan: FitPlan
) -> tuple[tuple[Fit, ...], dict[str, int]]:
    """What could be fitted, and how many informative choices there are of the rest."""
    known, beside = past.attributes, plan.attributes_beside
    if not known:
        raise DataError(
            "No option of the past choices has values of attributes.",
            "Give scenarios with `values` of their choices, as far as they are known.",
        )
    for name in (*attributes, *beside):
        if name not in known:
            raise UnknownName(
                "attribute", name, known, f"The options have values of: {', '.join(known)}."
            )
    fits, scarce = [], {}
    for name in dict.fromkeys(attributes or [name for name in known if name not in beside]):
        count = len(informative(past, (name, *beside)))
        if count >= plan.needed:
            fits.append(_fit(past, name, plan))
        elif attributes:
            raise _too_few(name, count, past, plan)
        else:
            scarce[name] = count
    return tuple(fits), scarce


def _fit(past: Past, name: str, plan: FitPlan) -> Fit:
    return (fit_weight if plan.kind == "logit" else fit_level)(past, name, plan)


def _too_few(name: str, count: int, past: Past, plan: FitPlan) -> DataError:
    return DataError(
        f"{name}: {count} of {len(past.choices)} past choices are between options that differ in "
        f"it; {plan.needed} are needed.",
        "Give more choices between options with different values of it.",
    )


def _nothing_found(fits: Sequence[Fit], scarce: Mapping[str, int], plan: FitPlan) -> DataError:
    if fits:
        flat = ", ".join(f"{fit.attribute} (gain {fit.gain:.2f})" for fit in fits)
        return DataError(
            f"The choices show no sign of these attributes: {flat}.",
            "Give more choices, or such between options that differ more.",
        )
    most = max(scarce, key=lambda name: scarce[name])
    return DataError(
        f"At most {scarce[most]} past choices are between options that differ in one attribute "
        f"({most}); {plan.needed} are needed.",
        "Give more choices between options with different values.",
    )
