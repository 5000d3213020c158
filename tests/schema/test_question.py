from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from alignkit.schema import (
    Answer,
    ChoiceQuestion,
    Option,
    PredicateQuestion,
    Question,
    ScoreQuestion,
    Usage,
)

Mistake = Callable[[type, Any], str]

weights = st.lists(st.floats(0.001, 1), min_size=2, max_size=9)


def answer(*shares: float) -> Answer:
    """An answer with these probabilities for the options 1, 2, ..."""
    by_option = {str(n): share for n, share in enumerate(shares, start=1)}
    return Answer(probabilities=by_option, readout="fake")


def test_the_options_of_each_kind_of_question_have_ids() -> None:
    options = (Option(id="x", text="X"), Option(id="y", text="Y"))
    assert ChoiceQuestion(instructions="Which?", options=options).option_ids == ("x", "y")
    assert PredicateQuestion(instructions="Is it?").option_ids == ("yes", "no")
    levels = ScoreQuestion(instructions="How much?", levels=("a", "b", "c"))
    assert levels.option_ids == ("1", "2", "3")


def test_the_type_tells_which_question_it_is() -> None:
    reader = TypeAdapter[Any](Question)
    found = reader.validate_python({"type": "predicate", "instructions": "Is it?"})
    assert found == PredicateQuestion(instructions="Is it?")
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        reader.validate_python({"type": "open", "instructions": "What?"})


@pytest.mark.parametrize("count", [1, 256])
def test_a_choice_offers_2_to_255_options(mistake: Mistake, count: int) -> None:
    options = [{"id": str(n), "text": "x"} for n in range(count)]
    message = mistake(ChoiceQuestion, {"instructions": "Which?", "options": options})
    assert message.startswith("options: Tuple should have at ")


@pytest.mark.parametrize("count", [1, 10])
def test_a_score_has_2_to_9_levels(mistake: Mistake, count: int) -> None:
    message = mistake(ScoreQuestion, {"instructions": "How?", "levels": ["x"] * count})
    assert message.startswith("levels: Tuple should have at ")


@pytest.mark.parametrize(
    "shares", [(0.5, 0.6), (0.5, 0.4), (1.5, -0.5), (1.0, math.nan), (math.inf,), (0.5, 0.5 + 2e-6)]
)
def test_probabilities_that_are_no_distribution_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="probabilities must be at least 0 and sum to 1"):
        answer(*shares)


def test_an_answer_has_at_least_one_option() -> None:
    with pytest.raises(ValidationError, match="sum to 1, not 0"):
        answer()


def test_rounding_errors_are_forgiven() -> None:
    assert answer(0.5, 0.5 + 5e-7).probabilities["1"] == 0.5


def test_the_mean_of_an_answer_runs_from_the_lowest_to_the_highest_level() -> None:
    assert answer(1, 0, 0).mean == 0
    assert answer(0, 0, 1).mean == 1
    assert answer(0, 1, 0).mean == 0.5
    assert answer(0.2, 0.3, 0.5).mean == pytest.approx(0.65)
    assert answer(0.25, 0.25, 0.25, 0.25, 0).mean == pytest.approx(0.375)


def test_the_standard_deviation_is_largest_for_a_coin_between_the_ends() -> None:
    assert answer(0, 1, 0).sd == 0
    assert answer(0.5, 0, 0.5).sd == 0.5
    assert answer(0.2, 0.3, 0.5).sd == pytest.approx(math.sqrt(0.1525))


@given(weights)
def test_mean_and_deviation_agree_with_numpy(given: list[float]) -> None:
    shares = np.array(given) / sum(given)
    scale = np.linspace(0, 1, len(given))
    found = answer(*shares.tolist())
    assert found.mean == pytest.approx(np.average(scale, weights=shares), abs=1e-12)
    variance = np.average((scale - found.mean) ** 2, weights=shares)
    assert found.sd == pytest.approx(math.sqrt(variance), abs=1e-9)
    assert found.sd <= 0.5 + 1e-12


@given(weights)
def test_an_answer_survives_being_written_as_json(given: list[float]) -> None:
    found = answer(*(np.array(given) / sum(given)).tolist())
    assert Answer.model_validate_json(found.model_dump_json()) == found


def test_usage_adds_up_field_by_field() -> None:
    first = Usage(tokens_submitted=1, tokens_evaluated=2, tokens_generated=3, calls=4, seconds=0.5)
    second = Usage(
        tokens_submitted=10, tokens_evaluated=20, tokens_generated=30, calls=40, seconds=0.25
    )
    assert first + second == Usage(
        tokens_submitted=11, tokens_evaluated=22, tokens_generated=33, calls=44, seconds=0.75
    )
    assert sum([first, second], Usage()) == first + second
