"""ALIGN: any language model decides by the values you set.

Names are loaded when they are used; importing the package loads no model, database, web or
numerical library.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alignkit.errors import AlignkitError
    from alignkit.schema import (
        Attribute,
        Boundary,
        Choice,
        Decision,
        Escalation,
        Estimate,
        Evidence,
        Group,
        Profile,
        Record,
        Reply,
        Scenario,
        Target,
        Usage,
    )
    from alignkit.service.conversing import Chat
    from alignkit.service.python import (
        ask,
        chat,
        decide,
        load_attribute,
        load_decider,
        load_profile,
        load_scenario,
        open_model,
    )
    from alignkit.service.settings import Settings
    from alignkit.service.talking import Done, LeftOut, Piece
    from alignkit.service.workbench import Workbench
    from alignkit.writing.stages import Stage

_HOMES = {
    "AlignkitError": "alignkit.errors",
    "Attribute": "alignkit.schema",
    "Boundary": "alignkit.schema",
    "Chat": "alignkit.service.conversing",
    "Choice": "alignkit.schema",
    "Decision": "alignkit.schema",
    "Done": "alignkit.service.talking",
    "Escalation": "alignkit.schema",
    "Estimate": "alignkit.schema",
    "Evidence": "alignkit.schema",
    "Group": "alignkit.schema",
    "LeftOut": "alignkit.service.talking",
    "Piece": "alignkit.service.talking",
    "Profile": "alignkit.schema",
    "Record": "alignkit.schema",
    "Reply": "alignkit.schema",
    "Scenario": "alignkit.schema",
    "Settings": "alignkit.service.settings",
    "Stage": "alignkit.writing.stages",
    "Target": "alignkit.schema",
    "Usage": "alignkit.schema",
    "Workbench": "alignkit.service.workbench",
    "ask": "alignkit.service.python",
    "chat": "alignkit.service.python",
    "decide": "alignkit.service.python",
    "load_attribute": "alignkit.service.python",
    "load_decider": "alignkit.service.python",
    "load_profile": "alignkit.service.python",
    "load_scenario": "alignkit.service.python",
    "open_model": "alignkit.service.python",
}

__all__ = [
    "AlignkitError",
    "Attribute",
    "Boundary",
    "Chat",
    "Choice",
    "Decision",
    "Done",
    "Escalation",
    "Estimate",
    "Evidence",
    "Group",
    "LeftOut",
    "Piece",
    "Profile",
    "Record",
    "Reply",
    "Scenario",
    "Settings",
    "Stage",
    "Target",
    "Usage",
    "Workbench",
    "ask",
    "chat",
    "decide",
    "load_attribute",
    "load_decider",
    "load_profile",
    "load_scenario",
    "open_model",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        return _version("alignkit")
    if name not in _HOMES:
        raise AttributeError(f"module 'alignkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
