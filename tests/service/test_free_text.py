"""Free answers under a profile beside the plain model's, compared blind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alignkit.deciders.trace import Trace
from alignkit.errors import BadModelOutput
from alignkit.evaluate.judging.pairs import References, truer
from alignkit.evaluate.judging.texts import PARTS, TRUER, texts_of
from alignkit.models.protocols import Sampling
from alignkit.prompts import Prompts
from alignkit.schema import Generation, Profile, Prompt, Reliability, Request, Usage
from alignkit.schema.abstention import Abstention
from alignkit.service import Settings, Workbench
from alignkit.service.calibration.abstaining import TEMPLATES, way_of
from alignkit.service.calibration.kept_answers import write_abstention
from alignkit.service.free_text import AnswerBench, Answered, AnswerFigures, bench_answers, figures
from alignkit.testing import FakeModel
from alignkit.writing import WritingSettings

ABOUT = References("What does rain do?", ("It falls.",), ("It rises.",))
PROFILE = Profile.model_validate({"name": "honest", "targets": {"truthfulness": 1.0}})
TRUE, FALSE = "Rain falls down.", "Rain rises up."


def prefers(sign: str) -> FakeModel:
    """Holds the answer with `sign` for truer, wherever it stands."""

    def script(request: Request) -> Mapping[str, float]:
        if request.question.type != "choice":
            return dict.fromkeys(request.question.option_ids, 1.0)
        return {one.id: 0.9 if sign in one.text else 0.1 for one in request.question.options}

    return FakeModel(script=script)


def takes(place: int) -> FakeModel:
    """Holds whatever stands at this place for truer."""

    def script(request: Request) -> Mapping[str, float]:
        options = request.question.option_ids
        return {one: 0.9 if at == place else 0.1 for at, one in enumerate(options)}

    return FakeModel(script=script)


async def test_the_better_answer_wins_wherever_it_stands() -> None:
    for one, other, share in ((TRUE, FALSE, 0.9), (FALSE, TRUE, 0.1)):
        found = await truer(Trace(prefers("falls"), Prompts()), ABOUT, one, other)
        assert found.one == pytest.approx(share)
        assert found.steady


@pytest.mark.parametrize("place", [0, 1])
async def test_a_liking_for_a_place_is_averaged_out_and_told(place: int) -> None:
    found = await truer(Trace(takes(place), Prompts()), ABOUT, TRUE, FALSE)
    assert found.one == pytest.approx(0.5)
    assert not found.steady


async def test_each_answer_stands_first_once_and_nothing_says_whose_it_is() -> None:
    model = FakeModel()
    await truer(Trace(model, Prompts()), ABOUT, TRUE, FALSE)
    orders = [[one.text for one in request.question.options] for request in model.requests]  # type: ignore[union-attr]
    assert orders == [[TRUE, FALSE], [FALSE, TRUE]]
    assert len({request.prompt.text("user") for request in model.requests}) == 1
    for request in model.requests:
        shown = request.prompt.text("system") + request.prompt.text("user")
        assert not any(word in shown.casefold() for word in ("profile", "plain model", "steer"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    heading = "Type,Category,Question,Best Answer,Best Incorrect Answer,Correct Answers,"
    lines = [heading + "Incorrect Answers,Source"]
    for n in range(6):
        best = f"It falls {n},It rises {n}"
        more = f"It falls {n}; It drops {n},It rises {n}; It climbs {n}"
        lines.append(f"Adversarial,Rain,What does rain {n} do?,{best},{more},x")
    file = tmp_path / PARTS["pairs"].place
    file.parent.mkdir(parents=True)
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return tmp_path


def test_the_judge_is_measured_by_answers_that_are_not_among_its_references(data: Path) -> None:
    found = texts_of(PARTS["pairs"], data, None)
    assert len(found) == 6
    for one in found:
        assert one.references is not None
        known = {*one.references.true, *one.references.false}
        assert not {one.answer, one.other} & known
        assert ("falls" in one.answer or "drops" in one.answer) == (one.truths[TRUER] == 1)


class Writes(FakeModel):
    """Tells the truth under a profile only; holds answers that fall for truer."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken, self.written = broken, 0
        super().__init__(script=prefers("falls")._script)

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        del schema, sampling
        self.written += 1
        if self.broken and "rain 3" in prompt.text("user"):
            raise BadModelOutput("nothing")
        draft = TRUE if "Correct a common mistake" in prompt.text("system") else FALSE
        return Generation(prompt=prompt, output={"plan": ["It."], "draft": draft}, usage=Usage())


async def run(wanted: AnswerBench, model: FakeModel, data: Path) -> AnswerFigures:
    async with Workbench(Settings(model="fake", home=data / "home", data=data)) as workbench:
        workbench._models["fake"] = model
        steps = [step async for step in bench_answers(wanted, workbench)]
    assert [step.done for step in steps[:-1]] == list(range(1, len(steps)))
    assert steps[-1].figures is not None
    return steps[-1].figures


def wanted(data: Path) -> AnswerBench:
    settings = WritingSettings(revisions=0, claims="off")
    return AnswerBench(PROFILE, settings=settings, kept=data / "kept.jsonl")


async def test_a_profile_that_helps_is_found_truer(data: Path) -> None:
    found = await run(wanted(data), Writes(), data)
    assert (found.questions, found.compared, found.failed) == (6, 6, 0)
    assert (found.preferred, found.steady) == (1.0, 1.0)
    assert found.p_value == pytest.approx(2 / 2**6)
    assert found.low is not None
    assert 0.5 < found.low < 1


async def test_what_was_answered_once_is_not_written_again(data: Path) -> None:
    first = await run(wanted(data), Writes(), data)
    again = Writes()
    assert await run(wanted(data), again, data) == first
    assert again.written == 0
    assert not again.requests


async def test_what_judged_answers_taught_makes_another_answer(data: Path) -> None:
    home = data / "home" / "calibrations"
    taught = {"created": datetime.now(UTC), "source": "x", "seed": 0, "examples": 30}
    measured = Reliability(brier=0, calibration_error=0, bins=())
    way = way_of(FakeModel(), "knowledge")
    abstention = Abstention.model_validate(
        {
            **taught,
            "model": way.model,
            "check": way.check,
            "settings": dict(way.settings),
            "templates": Prompts().versions(TEMPLATES["knowledge"]),
            "kind": "temperature",
            "temperature": 2.0,
            "before": measured,
            "after": measured,
        }
    )
    await run(wanted(data), Writes(), data)
    write_abstention(home, abstention)
    again = Writes()
    await run(wanted(data), again, data)
    assert again.written > 0


async def test_a_failure_counts_on_neither_side_and_is_tried_again(data: Path) -> None:
    found = await run(wanted(data), Writes(broken=True), data)
    assert (found.questions, found.compared, found.failed) == (6, 5, 1)
    assert found.failure is not None
    assert "nothing" in found.failure
    again = Writes()
    assert (await run(wanted(data), again, data)).failed == 0
    assert again.written == 2  # plainly and under the profile


def test_what_is_not_answered_is_counted_apart_and_a_tie_is_half() -> None:
    def one(plain: str | None, under: str | None, share: float | None) -> Answered:
        steady = None if share is None else True
        return Answered(
            key="k",
            templates={},
            question="q",
            plain=plain,
            under=under,
            truer=share,
            steady=steady,
        )

    found = figures(
        "p",
        [one("a", None, None), one(None, "b", None), "No.", one("a", "b", 0.5), one("a", "b", 0.8)],
    )
    assert found.failure == "No."
    assert (found.plain_missing, found.under_missing, found.failed, found.compared) == (1, 1, 1, 2)
    assert found.preferred == 0.75
    nothing = figures("p", [])
    assert (nothing.preferred, nothing.low, nothing.p_value, nothing.steady) == (None,) * 4
