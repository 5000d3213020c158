"""One scenario tried in ways that somebody picks, with what was decided before remembered."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field

from pydantic import Field

from alignkit.errors import InvalidSetting
from alignkit.schema import Frozen, Identifier, Name, Profile, Record, Scenario, Target
from alignkit.service.checking import targets_known
from alignkit.service.deciding import record_of
from alignkit.service.retargeting import Retargeting
from alignkit.service.workbench import Workbench

_MOST = 500
"""So many records are remembered."""


class Way(Frozen):
    """One way to decide, as somebody picks it."""

    profile: Name | Profile | None = None
    """By its name in the library, or in full; None for no profile."""
    targets: dict[Identifier, Target] = Field(default_factory=dict)
    """Targets of the profile that were changed, so that its estimates serve for them too."""
    decider: str | None = None
    """None for the default one, or the plain one without a profile."""
    model: str | None = None
    """None for the default one."""

    def base(self, workbench: Workbench) -> Profile | None:
        """The profile as it was before targets were changed.

        Raises:
            UnknownName: there is no such profile, or it wants something of unknown attributes.
        """
        if self.profile is None:
            return None
        if isinstance(self.profile, Profile):
            targets_known(self.profile, workbench.library)
            return self.profile
        return workbench.library.profiles[self.profile]

    def wanted(self, workbench: Workbench) -> Profile | None:
        """The profile with its changed targets; those of attributes it does not have are left out.

        Raises:
            UnknownName: as for `base`.
        """
        base = self.base(workbench)
        changed = {name: t for name, t in self.targets.items() if base and name in base.targets}
        if base is None or not changed:
            return base
        return base.model_copy(update={"targets": {**base.targets, **changed}})


@dataclass
class Trials:
    """Decides, and remembers what it decided, so that the same is not asked a second time."""

    at_once: int = 4
    """Decisions under way at the same time."""
    _known: OrderedDict[str, Record] = field(default_factory=OrderedDict)
    _room: asyncio.Semaphore | None = None

    def known(
        self, scenario: Scenario, way: Way, model: str, workbench: Workbench
    ) -> Record | None:
        """What was decided before, or follows from its estimates; None where nothing was.

        Raises:
            UnknownName: there is no such profile.
        """
        wanted = way.wanted(workbench)
        exact = self._known.get(_key(scenario, wanted, way.decider, model))
        if exact is not None or wanted is None:
            return exact
        before = self._known.get(_key(scenario, way.base(workbench), way.decider, model))
        again = Retargeting.of(before) if before is not None else None
        return again.under(wanted) if again is not None and again.fits(wanted) else None

    def remember(self, scenario: Scenario, way: Way, model: str, record: Record) -> None:
        """Keep `record` as the answer to this way with its own profile."""
        self._known[_key(scenario, record.profile, way.decider, model)] = record
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    async def decide(
        self, scenario: Scenario, way: Way, model: str, workbench: Workbench
    ) -> Record:
        """The record of the decision on `scenario`, made now.

        Raises:
            UsageError: the decider cannot work with this profile, or reads files of its own.
            ModelError: the model cannot be had or started.
        """
        wanted = way.wanted(workbench)
        _no_files(way.decider)
        if self._room is None:
            self._room = asyncio.Semaphore(self.at_once)
        async with self._room:
            # A model may take a while to start.
            decider = await asyncio.to_thread(
                workbench.decider, way.decider, model, plain=wanted is None
            )
            decision = await decider.decide(scenario, wanted)
        record = record_of(decider, scenario, wanted, decision)
        if decision.outcome != "failed":
            self.remember(scenario, way, model, record)
        return record


def _no_files(spec: str | None) -> None:
    """Refuse what would read a file: whoever sends a link has no say over this machine."""
    if spec is not None and "examples" in spec:
        raise InvalidSetting(
            "decider: labelled examples are not read from files here.",
            "Use `align compare -d` for that.",
        )


def _key(scenario: Scenario, profile: Profile | None, decider: str | None, model: str) -> str:
    parts = (
        scenario.model_dump(mode="json"),
        profile.model_dump(mode="json") if profile else None,
        decider,
        model,
    )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
