from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignkit.errors import FileProblem, UnknownName, UsageError
from alignkit.library import Library
from alignkit.schema import Profile, Scenario, Target
from alignkit.service.calibration.labelled import Example, Labelled, examples_of, labelled_in

Make = Callable[..., dict[str, Any]]
Write = Callable[[str, object], Path]


def scenario(number: int = 0, /, *values: dict[str, float], **changes: str) -> Scenario:
    """A scenario whose choices have these true values."""
    choices = [{"id": f"c{n}", "text": f"Do {n}", "values": v} for n, v in enumerate(values)]
    fields = {"id": f"s{number}", "context": f"Situation {number}.", "question": "What now?"}
    return Scenario.model_validate({**fields, "choices": choices, **changes})


def example(*values: dict[str, float]) -> Example:
    return Example(scenario(0, *values), "g")


def fair(*levels: float) -> Example:
    return example(*({"fairness": level} for level in levels))


def test_the_best_choice_is_the_only_one_at_that_end() -> None:
    one = fair(0.5, 0.0, 1.0)
    assert (one.best("fairness", 1.0), one.best("fairness", 0.0)) == (2, 1)
    tied = fair(1.0, 0.0, 1.0)
    assert (tied.best("fairness", 1.0), tied.best("fairness", 0.0)) == (None, 1)
    assert tied.judges("fairness")
    both = fair(1.0, 0.0, 1.0, 0.0)
    assert both.teaches("fairness")
    assert not both.judges("fairness")


def test_without_a_value_for_every_choice_or_a_difference_nothing_is_taught() -> None:
    for one in (example({"fairness": 1.0}, {"care": 0.0}), fair(0.5, 0.5), example({}, {})):
        assert not one.teaches("fairness")
        assert one.best("fairness", 1.0) is None


def test_the_nearest_choices_are_those_with_the_least_weighted_distance() -> None:
    one = example({"fairness": 1.0, "care": 0.0}, {"fairness": 0.0, "care": 1.0})
    wish = {"fairness": Target(value=1), "care": Target(value=1, weight=2)}
    assert one.nearest(Profile(name="p", targets=wish)) == {"c1"}
    wish["care"] = Target(value=1)
    assert one.nearest(Profile(name="p", targets=wish)) == {"c0", "c1"}
    near = Profile(name="p", targets={"fairness": Target(range=(0.6, 0.9))})
    assert fair(0.0, 0.7, 0.8).nearest(near) == {"c1", "c2"}
    assert not one.covers(Profile(name="p", targets={"loyalty": Target(value=1)}))


def test_scenarios_with_the_same_context_belong_together() -> None:
    one, other = {"fairness": 1.0}, {"fairness": 0.0}
    found = examples_of(
        [
            scenario(0, one, other),
            scenario(1, one, other, context="Situation  0.", question="And now?"),
            scenario(2, one, other),
            scenario(3, {}, {}),
        ]
    )
    assert len(found) == 3
    assert found[0].group == found[1].group != found[2].group


def test_a_frame_around_different_questions_is_no_situation() -> None:
    one, other = {"fairness": 1.0}, {"fairness": 0.0}
    same = {"context": "A question from a survey."}
    survey = [scenario(n, one, other, question=f"Question {n}?", **same) for n in range(5)]
    again = scenario(9, one, other, question="Question 0?", **same)
    found = examples_of([*survey, again])
    assert len({example.group for example in found}) == 5
    few = examples_of(survey[:3])
    assert len({example.group for example in few}) == 1


def test_attributes_are_those_that_tell_choices_apart() -> None:
    both = scenario(0, {"fairness": 1.0, "care": 0.5}, {"fairness": 0.0, "care": 0.5})
    assert Labelled("x", examples_of([both])).attributes == ("fairness",)


def test_a_file_is_read_and_what_cannot_be_read_is_told(
    write: Write, make: Make, library: Library
) -> None:
    good = make(choices=[{"id": i, "text": i, "values": {"care": n}} for n, i in enumerate("ab")])
    write("mine.json", [good, {"id": "bad"}, make("plain")])
    found = labelled_in("mine.json", library)
    assert (found.source, len(found.examples), len(found.unread)) == ("mine.json", 1, 1)
    assert found.attributes == ("care",)


def test_a_folder_and_a_data_set_are_read_too(write: Write, make: Make, library: Library) -> None:
    good = make(choices=[{"id": i, "text": i, "values": {"care": n}} for n, i in enumerate("ab")])
    write("cases/one.json", good)
    assert len(labelled_in("cases", library).examples) == 1
    write(
        "s.csv", "id,persona_dim,direction,label_confidence,statement\n1,openness,positive,0.9,x\n"
    )
    assert labelled_in("persona_statements:s.csv", library).attributes == ("openness",)


def test_what_cannot_be_learned_from_is_refused(write: Write, make: Make, library: Library) -> None:
    write("plain.json", json.dumps([make("a"), make("b")]))
    with pytest.raises(UsageError, match=r"plain.json: no choice has true values"):
        labelled_in("plain.json", library)
    with pytest.raises(FileProblem, match="there is no such file"):
        labelled_in("none.json", library)
    with pytest.raises(UnknownName, match="'mtta'"):
        labelled_in("mtta:x.json", library)
