"""One answer of the page *Ask*: under the profile or without it, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from alignkit.errors import AlignkitError
from alignkit.schema import Draft, Profile, Reply
from alignkit.service import Asking
from alignkit.service.judge_words import looked_at, quality_lines
from alignkit.service.judging import judge_quality
from alignkit.ui.asked import Asked
from alignkit.ui.parts.dialogs import in_words
from alignkit.ui.place import Place
from alignkit.ui.visitor import Visitor
from alignkit.writing import WritingSettings
from alignkit.writing.sources import Sources
from alignkit.writing.stages import Stage

State = Literal["waiting", "running", "done", "failed", "stopped"]
_ONCE = WritingSettings(drafts=1, revisions=0, unsupported="keep")
"""What the plain model does: it is asked once, and its answer stays as it is."""


@dataclass
class AnswerSide:
    """Asks for one answer, and says how far it is."""

    place: Place
    visitor: Visitor
    asked: Asked
    profile: Profile | None
    """What the answer is judged by."""
    told: bool
    """Whether the model that writes is told of the profile."""
    state: State = "waiting"
    stages: list[Stage] = field(default_factory=list)
    """What was done until now; while it runs, the last is being done."""
    reply: Reply | None = None
    message: str = ""
    """What went wrong, for people."""

    @property
    def title(self) -> str:
        """What tells the two answers apart."""
        if self.profile is None or not self.told:
            return "Without a profile"
        return f"Under {self.profile.title or self.profile.name}"

    @property
    def open(self) -> bool:
        """Whether it is still to come."""
        return self.state in {"waiting", "running"}

    @property
    def model(self) -> str:
        """The name of the model that writes."""
        return self.asked.model or self.place.models[0]

    @property
    def shown(self) -> Draft | None:
        """The draft that findings are shown of: the answer, or the last one where there is none."""
        if self.reply is None or not self.reply.drafts:
            return None
        return self.reply.drafts[self.reply.chosen - 1 if self.reply.chosen else -1]

    @property
    def text(self) -> str | None:
        """What can be read as an answer; None where there is none.

        The plain model is let speak where it does not know, but not where a boundary is broken.
        """
        if self.reply is None:
            return None
        if self.reply.outcome == "abstained" and not self.told and self.shown is not None:
            return self.shown.text
        return self.reply.text if self.reply.outcome == "answered" else None

    async def answer(self, on_change: Callable[[], None], sources: Sources | None = None) -> None:
        """Ask the model; the end is in `state`. `on_change` hears of all steps.

        With `sources` it may take facts from these alone; without, it says what it knows.
        """

        def begun() -> None:
            self.state = "running"
            on_change()

        def staged(stage: Stage) -> None:
            self.stages.append(stage)
            on_change()

        try:
            self.visitor.must("decide")
            self.reply = await self.place.turns.reply(
                self.place.workbench,
                self.asked.q,
                self.profile,
                self._asking(sources),
                begun=begun,
                on_stage=staged,
            )
            self.state = "done"
        except Exception as error:  # noqa: BLE001  one answer must not stop the other
            self.state, self.message = "failed", in_words(error)
        on_change()

    def leave(self) -> None:
        """Wait no longer, where there is no end yet."""
        if self.open:
            self.state = "stopped"

    def _asking(self, sources: Sources | None) -> Asking:
        judge = self.asked.judge
        return Asking(
            model=self.place.offered(self.asked.model),
            judge=None if judge is None else self.place.offered(judge),
            settings=self.asked.settings if self.told else _ONCE,
            sources=sources,
            told=self.told,
        )


def sides(place: Place, visitor: Visitor, asked: Asked) -> list[AnswerSide]:
    """The answers that `asked` wants.

    Raises:
        UnknownName: there is no such profile.
    """
    if asked.profile is None:
        return [AnswerSide(place, visitor, asked, None, told=True)]
    profile = place.workbench.library.profiles[asked.profile]
    under = AnswerSide(place, visitor, asked, profile, told=True)
    plain = AnswerSide(place, visitor, asked, profile, told=False)
    return [under, plain] if asked.beside else [under]


def quality(answers: Sequence[AnswerSide]) -> list[str]:
    """How good their judge is at what it looked at in any of them; nothing before it did."""
    found = [(one, one.reply) for one in answers if one.reply is not None]
    if not found:
        return []
    side = found[0][0]  # all have the same judge
    try:
        judged = judge_quality(side.place.workbench, side.asked.judge or side.model)
    except AlignkitError as error:  # the file of figures may be broken
        return [str(error)]
    return quality_lines(judged, looked_at(*(reply for _, reply in found)))
