"""Questions that tests put to models behind services, and answers that stand-ins give."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from alignkit.schema import (
    ChoiceQuestion,
    Option,
    PredicateQuestion,
    Prompt,
    Request,
    ScoreQuestion,
    Segment,
)

PROMPT = Prompt(
    segments=(
        Segment(role="system", depends="nothing", text="You judge.\n"),
        Segment(role="user", depends="scenario", text="A fire in a kitchen.\n"),
    )
)
CHOICE = ChoiceQuestion(
    instructions="What do you do?",
    options=(Option(id="help", text="Call for help"), Option(id="air", text="Open a window")),
)
PREDICATE = PredicateQuestion(instructions="Is anyone in danger?")
SCORE = ScoreQuestion(instructions="How urgent is it?", levels=("not", "quite", "very"))
ALL = [Request(prompt=PROMPT, question=question) for question in (CHOICE, PREDICATE, SCORE)]


def shares(question: dict[str, Any], about: str, count: int) -> list[float]:
    """Probabilities of a stand-in: the same for the same question about the same text."""
    digest = hashlib.sha256(json.dumps([question, about]).encode()).digest()
    found: list[float] = np.random.default_rng(digest[0]).dirichlet(np.ones(count)).tolist()
    return found
