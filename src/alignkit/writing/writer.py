"""Drafts, judges, revises, and takes the best: how a request is answered under a profile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from alignkit.deciders.trace import Trace
from alignkit.errors import (
    BadModelOutput,
    ContextTooLong,
    ModelError,
    Refused,
    TimedOut,
    UnsupportedCapability,
)
from alignkit.models.protocols import AnswersQuestions, GeneratesObjects, Model, Sampling
from alignkit.prompts import Prompts
from alignkit.schema import Attribute, Draft, Finding, Profile, Reply
from alignkit.schema.abstention import Abstention
from alignkit.writing.checks import SHIPPED, Check, Judged, Words, Work, Written
from alignkit.writing.concluding import concluded, failed, told_of
from alignkit.writing.drafting import Former, drafted
from alignkit.writing.facts import Facts
from alignkit.writing.harm import Harm
from alignkit.writing.reliability import ReliabilitySettings
from alignkit.writing.responsibility import check_request, stance_towards
from alignkit.writing.settings import WritingSettings
from alignkit.writing.sheet import Sheet
from alignkit.writing.sources import Sources
from alignkit.writing.stages import OnStage, Stage, silent
from alignkit.writing.tailoring import tailored


class Writer:
    """Answers requests with one model, judged by the same or another."""

    def __init__(  # noqa: PLR0913  all but the model are seldom given
        self,
        model: Model,
        judge: Model | None = None,
        settings: WritingSettings | None = None,
        *,
        prompts: Prompts | None = None,
        checks: Sequence[Check] = SHIPPED,
        abstention: Abstention | None = None,
    ) -> None:
        """Write with `model`; `judge` answers what the `checks` ask of a draft.

        The settings say whether drafts are also checked for harm and for what they state;
        `abstention` is what judged answers taught about the latter.
        """
        self.model = model
        self.judge = judge or model
        self.settings = settings or WritingSettings()
        self._prompts = prompts or Prompts()
        self._checks = checks
        self._abstention = abstention

    async def reply(  # noqa: PLR0913  all but the request are seldom given
        self,
        request: str,
        profile: Profile | None = None,
        attributes: Sequence[Attribute] = (),
        sources: Sources | None = None,
        *,
        told: bool = True,
        last: str | None = None,
        on_stage: OnStage = silent,
    ) -> Reply:
        """The answer to `request` under `profile`, with `attributes` in the order of its targets.

        With `sources`, the facts in it come from these alone. A model that is not `told` of the
        profile writes as it does without one, and is judged by it all the same: to see what the
        profile changes. Where `request` tells of a conversation, `last` is what was said last.
        `on_stage` is called with everything that is begun. A draft of which nothing can be used
        does not end the others. A model that cannot be asked any more does, and what it failed at
        stands among the drafts; before there is one that can be used it makes a `failed` reply,
        never a guess.

        Raises:
            UsageError: the model cannot write, the judge cannot answer questions, or the profile
                asks for an answer that is sure and the model cannot say how sure it is.
            ContextTooLong: a conversation does not fit; without its beginning it may.
        """
        sheet = self._sheet(request, profile, attributes, sources)
        sheet.work, sheet.told, sheet.on_stage = replace(sheet.work, last=last), told, on_stage
        try:
            await self._prepare(sheet)
            await self._write_all(sheet)
        except ModelError as error:
            if not sheet.texts:
                if last is not None and isinstance(error, ContextTooLong):
                    raise
                return failed(sheet, told_of(error, sheet.work.words))
        return concluded(sheet)

    def _sheet(
        self,
        request: str,
        profile: Profile | None,
        attributes: Sequence[Attribute],
        sources: Sources | None,
    ) -> Sheet:
        settings = self.settings
        passages = sources.fitting(request, settings.source_tokens) if sources else ()
        harm = (Harm(),) if settings.checks_harm(profile) else ()
        return Sheet(
            work=Work(request, profile, tuple(attributes), sources, passages),
            model=self.model.identity.name,
            judge=self.judge.identity.name,
            writing=Trace(self.model, self._prompts),
            judging=Trace(self.judge, self._prompts),
            checks=(*self._checks, *harm),
            facts=self._facts(profile, sources),
        )

    def _facts(self, profile: Profile | None, sources: Sources | None) -> Facts | None:
        """What checks the claims of the drafts, where that is wanted and can be done.

        Raises:
            UnsupportedCapability: the profile says how sure an answer has to be, and the model
                cannot say how sure it is.
        """
        settings = self.settings
        if not settings.checks_claims(profile, with_sources=sources is not None):
            return None
        able = isinstance(self.model, AnswersQuestions) and isinstance(self.model, GeneratesObjects)
        if settings.claims == "auto" and sources is None and not able:
            if profile is None or profile.escalate is None:
                return None
            raise UnsupportedCapability(
                f"{self.model.identity.name} cannot say how sure it is, which the profile "
                f"{profile.name} asks for in `escalate`: that takes objects and typed questions.",
                "Name another model, give --sources, or leave the check out with --no-claims.",
            )
        return Facts(ReliabilitySettings(unsupported=settings.unsupported), self._abstention)

    async def _prepare(self, sheet: Sheet) -> None:
        """Check the request and write instructions for it, once for all drafts."""
        if any(isinstance(check, Harm) for check in sheet.checks):
            sheet.on_stage(Stage("checking", 0))
            with sheet.judging.step("checking the request for harm"):
                async with self._in_time():
                    found = await check_request(sheet.judging, sheet.work.request)
            sheet.work = replace(sheet.work, harm=found)
        if self.settings.tailored and sheet.told and sheet.work.guides:
            sheet.on_stage(Stage("tailoring", 0))
            async with self._in_time():
                await self._tailor(sheet)

    async def _tailor(self, sheet: Sheet) -> None:
        """Have the model write the instructions for this request."""
        work, seed = sheet.work, self.settings.seed
        request, guides = work.request, work.guides
        own = await tailored(sheet.writing, sheet.judging, request, guides, work.boundaries, seed)
        sheet.work = replace(work, tailored=tuple(one.guide for one in own))

    async def _write_all(self, sheet: Sheet) -> None:
        for _ in range(self.settings.drafts):
            if self._affords(sheet):
                await self._round(sheet)
        for _ in range(self.settings.revisions):
            best = sheet.best
            if sheet.texts and best.failed and self._affords(sheet):
                await self._round(sheet, best)

    def _affords(self, sheet: Sheet) -> bool:
        budget = self.settings.budget
        return not sheet.drafts or budget is None or sheet.spent + sheet.last <= budget

    async def _round(self, sheet: Sheet, revised: Draft | None = None) -> None:
        """Write one draft, new or out of one that is `revised`, and judge it.

        Where nothing of it can be used, only that is kept: another may turn out better. A model
        that cannot be asked any more ends the drafts; that is kept beside those there are.
        """
        before, seed = sheet.spent, self.settings.seed + sheet.next - 1
        try:
            written, judged = await self._draft(sheet, seed, revised)
        except ModelError as error:
            unusable = isinstance(error, BadModelOutput | Refused)
            if unusable or sheet.texts:
                sheet.lose(told_of(error, sheet.work.words), seed, revised)
            if not unusable:
                raise
        else:
            sheet.add(written, judged, seed, revised)
        sheet.last = sheet.spent - before

    async def _draft(
        self, sheet: Sheet, seed: int, revised: Draft | None
    ) -> tuple[Written, Judged]:
        """The next draft, and what is found in it."""
        number = sheet.next
        former = Former(sheet.texts[revised.number], revised.findings) if revised else None
        first, later = self.settings.first_temperature, self.settings.temperature
        sampling = Sampling(temperature=later if number > 1 else first, seed=seed)
        revises = revised.number if revised else None
        sheet.on_stage(Stage("revising" if revised else "drafting", number, revises))
        with sheet.writing.step(f"writing draft {number}"):
            written = await drafted(sheet.writing, sheet.asked, self.settings, sampling, former)
        sheet.on_stage(Stage("judging", number, revises))
        with sheet.judging.step(f"judging draft {number}"):
            async with self._in_time():
                return written, await _judged(sheet, written)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        seconds = self.settings.seconds
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise TimedOut(f"The model answered for more than {seconds:g} s.") from error


async def _judged(sheet: Sheet, written: Written) -> Judged:
    """What is found in a draft, and what of it may be given."""
    findings = await _found(sheet, sheet.checks, written)
    refuses = stance_towards(sheet.work.harm) == "refuse"  # which states nothing that can be known
    if sheet.facts is None or refuses or _breaks(findings):
        return Judged(written.text, tuple(findings))
    judged = await sheet.facts.judged(sheet.writing, sheet.judging, sheet.work, written)
    if judged.text != written.text:
        findings = await _found_again(sheet, judged, findings)
    return replace(judged, findings=(*findings, *judged.findings))


async def _found_again(sheet: Sheet, judged: Judged, findings: list[Finding]) -> list[Finding]:
    """What is found in the text as it was changed, of which these were the `findings`.

    Where it is marked it says no new word but the mark's. Leaving something out may bring words
    together and turn what is said, so all is judged again.
    """
    given = Written(judged.text)
    words = await _found(sheet, (Words(),), given)
    if not judged.shortened or _breaks(words):
        return words + [one for one in findings if one.check != "words"]
    others = [check for check in sheet.checks if not isinstance(check, Words)]
    return words + await _found(sheet, others, given)


async def _found(sheet: Sheet, checks: Sequence[Check], written: Written) -> list[Finding]:
    """What `checks` find; a draft that may not be shown is not judged any further."""
    found: list[Finding] = []
    for check in checks:
        found += await check.findings(sheet.judging, sheet.work, written)
        if _breaks(found):
            break
    return found


def _breaks(findings: Sequence[Finding]) -> bool:
    return any(one.binding and not one.holds for one in findings)
