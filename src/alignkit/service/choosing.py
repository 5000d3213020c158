"""What somebody can choose from: profiles, methods, models and how far those are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alignkit.catalog import parse_spec
from alignkit.deciders import DECIDERS
from alignkit.errors import AlignkitError
from alignkit.service.workbench import Workbench

_CONTROLS = ("oracle", "random", "first")
"""Methods that are for measuring others."""


def profiles(workbench: Workbench) -> dict[str, str]:
    """By name: the titles of the profiles in the library; those with a mistake are left out."""
    found = {}
    for name in workbench.library.profiles:
        try:
            profile = workbench.library.profiles[name]
        except AlignkitError:
            continue
        own = " (yours)" if workbench.library.profiles.is_own(name) else ""
        found[name] = (profile.title or name) + own
    return found


def deciders(*, plain: bool = False) -> list[str]:
    """Names of the methods, controls last; those that do without a profile where it is `plain`."""
    names = [
        name for name in DECIDERS.names() if not plain or not DECIDERS.load(name).needs_profile
    ]
    return sorted(names, key=_CONTROLS.__contains__)


def model_states(workbench: Workbench, names: Sequence[str]) -> dict[str, str]:
    """By name: whether the model is loaded, downloaded, made up, or behind an address."""
    from alignkit.models.weights import Weights

    try:
        here: dict[str, str] = {
            one.name: one.state for one in Weights(workbench.settings.models_folder).listing()
        }
    except (AlignkitError, OSError):
        here = {}
    return {name: _state(workbench, name, here) for name in names}


def _state(workbench: Workbench, name: str, here: Mapping[str, str]) -> str:
    if name in workbench.opened:
        return "loaded" if not name.startswith("fake") else "made-up answers"
    base = parse_spec(name)[0]
    if base == "fake":
        return "made-up answers"
    words = {"pulled": "downloaded", "partial": "partly downloaded", "absent": "not downloaded"}
    if base in here:
        return words[here[base]]
    return "a service" if ":" in base and not base.startswith("hf:") else "a file"
