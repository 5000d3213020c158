"""What selects offer on several pages."""

from __future__ import annotations

from alignkit.service.choosing import model_states, profiles
from alignkit.ui.place import Place

PLAIN = "none"
"""Stands for no profile; none is called so."""


def profile_options(place: Place) -> dict[str, str]:
    """No profile, and those of the library by name with their titles."""
    return {PLAIN: "No profile (the plain model)"} | profiles(place.workbench)


def model_options(place: Place) -> dict[str, str]:
    """The models that this server offers, by name, with their state."""
    states = model_states(place.workbench, place.models)
    return {name: f"{name} ({state})" for name, state in states.items()}
