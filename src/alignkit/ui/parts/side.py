"""One column of a comparison: what it is to decide with, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from alignkit.errors import AlignkitError
from alignkit.schema import Profile, Record, Scenario, Target
from alignkit.service.retargeting import Retargeting
from alignkit.service.trying import Way
from alignkit.ui.example import shipped
from alignkit.ui.parts.dialogs import in_words
from alignkit.ui.parts.results import Shown
from alignkit.ui.place import Place
from alignkit.ui.visitor import Visitor

State = Literal["idle", "running", "done", "failed"]


@dataclass
class Side:
    """Decides one way, and follows changes of its targets as far as estimates allow."""

    place: Place
    visitor: Visitor
    way: Way
    from_shipped: bool = False
    """Whether it shows a record that comes with ALIGN."""
    record: Record | None = None
    state: State = "idle"
    message: str = ""
    free: bool = False
    """Whether the record was made from estimates that were there."""
    kept: bool = False
    """Whether the record was given away to be kept, as what the server decides is."""
    _estimates: Retargeting | None = field(default=None, repr=False)

    @property
    def model(self) -> str:
        """What is asked; of a shipped record the model that was."""
        if self.from_shipped and self.record is not None:
            return self.record.decision.model
        return self.way.model or self.place.models[0]

    def profile(self) -> Profile | None:
        """What decides, changed targets included; None for the plain model or a broken profile."""
        try:
            return self.way.wanted(self.place.workbench)
        except AlignkitError:
            return None

    def change(self, way: Way) -> None:
        """Decide `way` from now on; what was decided before does not count any more."""
        self.way, self.from_shipped = way, False
        self.record, self.state, self.message, self._estimates = None, "idle", "", None

    def recall(self, scenario: Scenario) -> bool:
        """Take what was decided before, or comes with ALIGN; whether there was something."""
        try:
            known = self._known(scenario)
        except AlignkitError as error:
            self._fail(error)
            return False
        if known is not None:
            self._take(known)
            self.free = bool(self.way.targets)
        return known is not None

    def _known(self, scenario: Scenario) -> Record | None:
        if self.from_shipped:
            record = shipped(scenario, self.way, self.place.workbench)
            if record is not None:
                return record
            self.from_shipped = False
        model = self.place.offered(self.way.model)
        return self.place.trials.known(scenario, self._asked(), model, self.place.workbench)

    def _asked(self) -> Way:
        """The way with the server's own method where none is named."""
        way, method = self.way, self.place.decider
        if way.decider is None and way.profile is not None and method is not None:
            return way.model_copy(update={"decider": method})
        return way

    async def decide(self, scenario: Scenario) -> None:
        """Ask the model; the end is in `state`, whatever happens."""
        self.from_shipped, way = False, self.way
        self.state, self.message, self.record, self._estimates = "running", "", None, None
        try:
            self.visitor.must("decide")
            model = self.place.offered(way.model)
            record = await self.place.trials.decide(
                scenario, self._asked(), model, self.place.workbench
            )
            await self.place.keep([record], self.visitor.name)
        except Exception as error:  # noqa: BLE001  one column must not stop the others
            if self.way is way:
                self._fail(error)
            return
        if self.way is way:  # else it was changed meanwhile
            self._take(record)
            self.kept = self.place.store is not None

    def retarget(self, name: str, target: Target) -> bool:
        """Want `target` of the attribute; whether the decision could follow at once."""
        changed = {**self.way.targets, name: target}
        self.way = self.way.model_copy(update={"targets": changed})
        wanted = self.profile()
        if wanted is not None and self._estimates is not None and self._estimates.fits(wanted):
            self.record = self._estimates.under(wanted)
            self.state, self.message, self.free, self.kept = "done", "", True, False
            return True
        self.record, self.state, self._estimates = None, "idle", None
        return False

    @property
    def live(self) -> bool:
        """Whether the decision follows a change of targets without asking the model."""
        return self._estimates is not None

    def shown(self, title: str) -> Shown:
        """How the column stands."""
        return Shown(title, self.state, self.record, self.free)

    def title(self) -> str:
        """The profile's title."""
        if self.way.profile is None:
            return "No profile"
        profile = self.profile()
        if profile is None:
            return str(self.way.profile)
        return profile.title or profile.name

    def _take(self, record: Record) -> None:
        self.record, self.state, self.free, self.kept = record, "done", False, False
        self.message = ""
        self._estimates = Retargeting.of(record)

    def _fail(self, error: Exception) -> None:
        self.record, self.state, self.message = None, "failed", in_words(error)


def titles(sides: list[Side]) -> list[str]:
    """What tells the columns apart: profile, and method and model where those vary."""
    deciders = {side.way.decider for side in sides if side.way.profile is not None}
    models = {side.model for side in sides}
    found: list[str] = []
    for side in sides:
        parts = [side.title()]
        if len(deciders) > 1:
            parts.append(side.way.decider or "default method")
        if len(models) > 1:
            parts.append(side.model)
        name = " · ".join(parts)
        again = sum(one == name or one.startswith(f"{name} (") for one in found)
        found.append(f"{name} ({again + 1})" if again else name)
    return found
