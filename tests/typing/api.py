"""Programs that a user would write; only their types are checked, nothing here is run."""
# ruff: noqa: T201  users print

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, assert_type

import numpy as np

import alignkit
from alignkit import (
    AlignkitError,
    Attribute,
    Boundary,
    Chat,
    Choice,
    Decision,
    Done,
    Escalation,
    Estimate,
    Evidence,
    Group,
    LeftOut,
    Piece,
    Profile,
    Record,
    Reply,
    Scenario,
    Settings,
    Stage,
    Target,
    Usage,
    Workbench,
)
from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace
from alignkit.errors import ContextTooLong, ModelError, UnknownName
from alignkit.models import AnswersQuestions, GeneratesObjects, GeneratesText, Model, Sampling
from alignkit.models.weights import Progress
from alignkit.schema import Answer, Generation, ModelIdentity, Prompt, Request
from alignkit.testing import FakeModel


def decides_by_name() -> None:
    decision = alignkit.decide("last-antivenom", "utilitarian-medic")
    assert_type(decision, Decision)
    assert_type(decision.choice, str | None)
    assert_type(decision.probabilities, dict[str, float])
    assert_type(decision.confidence, float)
    assert_type(decision.reason, str | None)
    assert_type(decision.order_shift, float | None)
    assert_type(decision.estimates, dict[str, dict[str, Estimate]])
    assert_type(decision.evidence, Evidence)
    assert_type(decision.usage, Usage)
    if decision.outcome == "failed":
        print(decision.reason)
    print(decision.model_dump_json())


def decides_files_and_objects(path: Path) -> Decision:
    scenario = Scenario(
        id="bridge",
        context="The bridge may not hold.",
        question="What now?",
        choices=(
            Choice(id="over", text="Drive over it", values={"risk_aversion": 0.1}),
            Choice(id="round", text="Drive round"),
            Choice(id="none", text="Neither", pinned=True),
        ),
        entities=("the driver",),
    )
    profile = Profile(
        name="careful",
        targets={
            "risk_aversion": Target(value=0.9),
            "care": Target(range=(0.5, 1.0), weight=2),
            "fairness": Target(samples=(0.1, 0.4)),
        },
        group=Group(name="Drivers", description="People who drive for a living."),
        boundaries=(Boundary(id="no-harm", rule="Hurt nobody.", never_say=("run over",)),),
        escalate=Escalation(min_confidence=0.2),
    )
    alignkit.decide(path, path, model="smollm2-135m")
    alignkit.decide(str(path), profile, decider="instructed?reasoning=true")
    return alignkit.decide(scenario, profile, model=alignkit.open_model("fake"))


def loads_by_name() -> None:
    assert_type(alignkit.load_scenario("last-antivenom"), Scenario)
    assert_type(alignkit.load_profile(Path("mine.yaml")), Profile)
    assert_type(alignkit.load_attribute("fairness"), Attribute)
    assert_type(alignkit.load_decider("baseline"), Decider)
    assert_type(alignkit.open_model(), Model)
    assert_type(alignkit.__version__, object)


def watches_a_download() -> Model:
    def show(progress: Progress) -> None:
        print(progress.what, progress.done / (progress.total or 1))

    return alignkit.open_model("qwen2.5-coder-1.5b", on_progress=show)


async def decides_many(names: Sequence[str]) -> list[Decision]:
    decider = alignkit.load_decider("comparative_regression", alignkit.open_model())
    profile = alignkit.load_profile("cautious-medic")
    scenarios = map(alignkit.load_scenario, names)
    return await asyncio.gather(*(decider.decide(scenario, profile) for scenario in scenarios))


async def opens_a_workbench(folder: Path) -> dict[str, float]:
    async with Workbench(Settings(model="fake", home=folder, offline=True)) as workbench:
        assert_type(workbench, Workbench)
        profile = workbench.library.profiles["bold-medic"]
        decider = workbench.decider("direct_regression?temperature=0.2", "fake?seed=1")
        decision = await decider.decide(workbench.library.scenarios["leg-or-chest"], profile)
        return decision.probabilities


def handles_errors() -> int:
    try:
        alignkit.decide("last-antivenim")
    except UnknownName as error:
        assert_type(error.hint, str)
        return error.exit_code
    except ContextTooLong:
        return 1
    except ModelError as error:
        return int(error.retryable)
    except AlignkitError as error:
        return error.http_status
    return 0


def reads_a_record(path: Path) -> str:
    record = Record.model_validate_json(path.read_text(encoding="utf-8"))
    assert_type(record.profile, Profile | None)
    assert_type(record.model, ModelIdentity)
    return record.model.sha256 or record.model.name


class Coin:
    """A model of one's own: answers typed questions, each option as likely as the others."""

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity(name="coin", backend="coin")

    async def aclose(self) -> None: ...

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        return [
            Answer(
                probabilities={option: 1 / len(ids) for option in ids},
                readout="native",
                usage=Usage(calls=1),
            )
            for ids in (request.question.option_ids for request in requests)
        ]


class Writer(Coin):
    """A model that also writes."""

    async def generate_object(
        self,
        prompt: Prompt,
        schema: Mapping[str, Any],  # noqa: ARG002
        sampling: Sampling,
    ) -> Generation:
        return Generation(prompt=prompt, output={"seed": sampling.seed}, usage=Usage())

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        yield prompt.text("user")[: sampling.max_tokens]


def uses_a_model_of_its_own() -> Decision:
    model: AnswersQuestions = Coin()
    objects: GeneratesObjects = Writer()
    texts: GeneratesText = Writer()
    assert_type(objects.identity.name, str)
    assert_type(texts.identity.name, str)
    return alignkit.decide("two-funds", model=model)


async def streams(model: GeneratesText, prompt: Prompt) -> str:
    return "".join([piece async for piece in model.generate_text(prompt, Sampling(max_tokens=9))])


class LongestSettings(DeciderSettings):
    """Settings of a method of one's own."""

    sharpness: float = 2.0


class Longest(Decider):
    """A method of one's own: the longer a choice's text, the likelier."""

    name = "longest"
    asks_model: ClassVar[bool] = False
    settings_type: ClassVar[type[DeciderSettings]] = LongestSettings
    settings: LongestSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:  # noqa: ARG002
        lengths = np.array([len(choice.text) for choice in case.scenario.choices], dtype=float)
        weights = lengths**self.settings.sharpness
        return Verdict(probabilities=weights / weights.sum(), notes=("The longest.",))


async def uses_a_method_of_its_own(scenario: Scenario) -> Decision:
    return await Longest(settings=LongestSettings(sharpness=3)).decide(scenario)


def tests_with_a_script(scenario: Scenario, profile: Profile) -> None:
    def answer(request: Request) -> Mapping[str, float]:
        ids = request.question.option_ids
        return {option: float(option == ids[0]) + 0.1 for option in ids}

    model = FakeModel(script=answer)
    alignkit.decide(scenario, profile, model=model, decider="direct_regression")
    assert_type(model.requests, list[Request])


def talks() -> None:
    with alignkit.chat("plain-language", model=FakeModel(), drafts=2) as talk:
        assert_type(talk, Chat)
        assert_type(talk.say("Why?"), Reply)
        assert_type(talk.replies, Sequence[Reply])


async def talks_where_a_loop_runs() -> str:
    text = ""
    async with alignkit.chat() as talk:
        async for event in talk.astream("Why?"):
            match event:
                case Stage(doing, number):
                    print(doing, number)
                case LeftOut(turns):
                    print(turns)
                case Piece(piece):
                    text += piece
                case Done(reply):
                    assert_type(reply, Reply)
    return text


def may_not_do_this(scenario: Scenario, decision: Decision) -> None:
    """Every line here is a mistake; `warn_unused_ignores` fails when one is no longer seen."""
    alignkit.decide(3)  # type: ignore[arg-type]
    alignkit.decide(scenario, "bold-medic", "fake")  # type: ignore[call-arg]
    alignkit.decide(scenario, modell="fake")  # type: ignore[call-arg]
    alignkit.load_attribute(Path("x"))  # type: ignore[arg-type]
    alignkit.decide(scenario, model=object())  # type: ignore[arg-type]
    Choice(id="a")  # type: ignore[call-arg]
    decision.choice = "a"  # type: ignore[misc]
    decision.outcome == "guessed"  # type: ignore[comparison-overlap]  # noqa: B015
