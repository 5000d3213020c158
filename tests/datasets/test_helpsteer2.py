from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignkit.datasets.helpsteer2 import LICENCE, SOURCE, read
from alignkit.schema import Scenario

Write = Callable[..., Path]
MARKS = {"helpfulness": 1, "correctness": 0.5, "coherence": 1, "complexity": 0.25, "verbosity": 0}


def prompt(**changes: Any) -> dict[str, Any]:
    labels = [MARKS, {**MARKS, "verbosity": 1.0}]
    return {"prompt": "Say hi {}", "responses": ["Hi", "Hi, " * 2000], "labels": labels, **changes}


def test_responses_are_choices_and_stay_whole(written: Write) -> None:
    [one] = read(written(prompt(reasonings=[{}, {}])))
    assert isinstance(one, Scenario)
    assert one.context == "Somebody sends this message to an assistant:\n\nSay hi {}"
    assert [choice.id for choice in one.choices] == ["r1", "r2"]
    assert one.choices[1].text == ("Hi, " * 2000).strip()
    named = {**MARKS, "factual_correctness": MARKS["correctness"]}
    del named["correctness"]  # that name says which answer is right
    assert one.choices[0].values == named
    assert (one.choices[1].values or {})["verbosity"] == 1
    assert (one.source, one.licence, one.group) == (SOURCE, LICENCE, None)


def test_equal_prompts_are_a_group(written: Write) -> None:
    path = written(prompt(), prompt(prompt="Another"), prompt(responses=["Ho", "Hi"]))
    found = [one for one in read(path) if isinstance(one, Scenario)]
    assert [one.group for one in found] == ["prompt 1", None, "prompt 1"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": [MARKS]}, "row 1: has 2 responses but 1 labels."),
        ({"labels": [MARKS, {**MARKS, "coherence": 4}]}, "row 1: labels.1.coherence"),
        ({"labels": [MARKS, {"helpfulness": 1}]}, "row 1: labels.1"),
        ({"responses": ["Hi", ""]}, "row 1: choices.1.text: must not be empty"),
        ({"responses": ["Hi", "hi"]}, "row 1: choices: 2 choices have the same text"),
        ({"prompt": "bell \a"}, "row 1: prompt: contains the control character"),
    ],
)
def test_a_broken_prompt_is_told(changes: dict[str, Any], message: str, written: Write) -> None:
    [error] = read(written(prompt(**changes)))
    assert message in str(error)
