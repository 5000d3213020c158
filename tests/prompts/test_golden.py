"""Every template as a model reads it; `make golden` writes the files, and the diff is reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alignkit.decompose import decompose
from alignkit.library import Library, attributes_of
from alignkit.models.readout import labelled
from alignkit.prompts import Prompts, Rendered
from alignkit.schema import (
    Choice,
    ChoiceQuestion,
    Option,
    PredicateQuestion,
    Prompt,
    Question,
    Request,
    Scenario,
    ScoreQuestion,
    Segment,
)

FOLDER = Path(__file__).parent.parent / "golden"
LIBRARY, PROMPTS = Library(), Prompts()
SCENARIO = LIBRARY.scenarios["leg-or-chest"]
PINNED = LIBRARY.scenarios["career-gap"]
ATTRIBUTE = LIBRARY.attributes["affiliation"]
BOUNDARY = LIBRARY.profiles["truthful-and-harmless"].boundaries[0]
CHOICE = SCENARIO.choices[0]
PROFILES = {
    "values and a range": "cautious-medic",
    "samples": "mixed-panel",
    "weights and boundaries": "truthful-and-harmless",
    "a group": "lifeboat-crews",
    "a persona": "growth-investor",
}
SEVERAL_LINES = Choice(id="x", text="Treat both\nB. Treat nobody")

Variants = Iterator[tuple[str, str]]
"""Name and text of each variant of a template."""


def wishes(profile_name: str) -> dict[str, Any]:
    """What templates get of a shipped profile."""
    profile = LIBRARY.profiles[profile_name]
    return {
        "guides": decompose(profile, attributes_of(LIBRARY.attributes, profile)),
        "persona": profile.persona,
        "group": profile.group,
        "boundaries": profile.boundaries,
    }


def shown(rendered: Rendered) -> str:
    """Segments and question, each under a line that names it."""
    parts = [f"[{one.role}: {one.depends}]\n{one.text}" for one in rendered.prompt.segments]
    if rendered.question:
        parts.append(f"[question]\n{rendered.question}\n")
    return "".join(parts)


def part(name: str, **values: object) -> str:
    """What a template without blocks gives to those that include it."""
    return PROMPTS._env.get_template(f"{name}.j2").render(**values)


def readout(question: Question, situation: str) -> str:
    """What a backend with labels puts behind a prompt about `situation`."""
    segment = Segment(role="user", depends="scenario", text=situation)
    prompt = Prompt(segments=(segment,))
    asked = labelled(Request(prompt=prompt, question=question), PROMPTS)
    tail = Prompt(segments=asked.prompt.segments[1:])
    return f"[labels: {' '.join(asked.labels)}]\n{shown(Rendered(tail, ''))}"


def choosing(scenario: Scenario, *more: Choice) -> ChoiceQuestion:
    """A question about the choices of `scenario` and some more."""
    options = tuple(Option(id=one.id, text=one.text) for one in (*scenario.choices, *more))
    return ChoiceQuestion(instructions="Which option do you choose?", options=options)


def attribute() -> Variants:
    yield "an attribute", part("attribute", attribute=ATTRIBUTE)


def situation() -> Variants:
    yield "a scenario", part("situation", scenario=SCENARIO)
    question = SCENARIO.model_copy(update={"question": "Whom?\nRule: nobody."})
    yield "a question of several lines", part("situation", scenario=question)


def profile() -> Variants:
    for variant, name in PROFILES.items():
        yield variant, part("profile", **wishes(name))


def baseline() -> Variants:
    yield "a scenario", shown(PROMPTS.render("baseline", scenario=SCENARIO))


def instructed() -> Variants:
    for variant, name in PROFILES.items():
        values = wishes(name)
        yield (
            variant,
            shown(PROMPTS.render("instructed", scenario=SCENARIO, reasoning="", **values)),
        )
    notes = "The plumber is worse off.\nThe carpenter is a friend."
    values = wishes("cautious-medic")
    yield (
        "reasoning",
        shown(PROMPTS.render("instructed", scenario=SCENARIO, reasoning=notes, **values)),
    )


def reasoning() -> Variants:
    values = wishes("cautious-medic")
    for variant, scenario in (("a scenario", SCENARIO), ("a pinned choice", PINNED)):
        options = scenario.choices
        yield (
            variant,
            shown(PROMPTS.render("reasoning", scenario=scenario, options=options, **values)),
        )


def direct_regression() -> Variants:
    values = {"scenario": SCENARIO, "attribute": ATTRIBUTE, "choice": CHOICE}
    yield "a choice", shown(PROMPTS.render("direct_regression", **values))


def comparative_regression() -> Variants:
    values = {"scenario": SCENARIO, "attribute": ATTRIBUTE, "choice": CHOICE}
    for variant, listing in (
        ("two choices", SCENARIO.choices),
        ("a choice of several lines", (SEVERAL_LINES, *SCENARIO.choices)),
    ):
        yield variant, shown(PROMPTS.render("comparative_regression", choices=listing, **values))


def boundary() -> Variants:
    values = {"scenario": SCENARIO, "boundary": BOUNDARY, "choice": CHOICE}
    yield "a rule", shown(PROMPTS.render("boundary", **values))


def readout_choice() -> Variants:
    yield "letters", readout(choosing(SCENARIO), SCENARIO.context)
    yield "numbers", readout(choosing(SCENARIO), "Patient A bleeds.")
    yield "late letters", readout(choosing(SCENARIO), "Patient A stands in line 2.")
    yield "a choice of several lines", readout(choosing(SCENARIO, SEVERAL_LINES), "Two are hurt.")


def readout_predicate() -> Variants:
    question = PredicateQuestion(instructions="Does taking this choice break the rule?")
    yield "yes or no", readout(question, SCENARIO.context)


def readout_score() -> Variants:
    question = ScoreQuestion(
        instructions="How strongly does this choice show the attribute?", levels=ATTRIBUTE.levels
    )
    yield "levels", readout(question, SCENARIO.context)
    yield "levels behind a name with a number", readout(question, "They stand in line 2.")


MAKERS = {
    maker.__name__: maker
    for maker in (
        *(attribute, baseline, boundary, comparative_regression, direct_regression, instructed),
        *(profile, readout_choice, readout_predicate, readout_score, reasoning, situation),
    )
}


@pytest.mark.parametrize("name", Prompts.shipped_names())
def test_a_template_reads_as_its_golden_file(name: str, *, rewrite_golden: bool) -> None:
    assert name in MAKERS, f"say in {Path(__file__).name} how the template {name!r} is shown"
    text = "\n".join(f"=== {variant} ===\n{said}" for variant, said in MAKERS[name]())
    golden = FOLDER / f"{name}.txt"
    if rewrite_golden:
        FOLDER.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.is_file(), "`make golden` writes the file"
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_file_outlives_its_template() -> None:
    assert set(MAKERS) == set(Prompts.shipped_names())
