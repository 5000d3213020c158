"""What a model was asked and what it said, for people at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from alignkit.schema import Answer, Prompt, Record


def prompts_of(record: Record) -> Group:
    """Every prompt of a record with its answer, in the order in which they were asked."""
    evidence = record.evidence
    parts: list[RenderableType] = []
    for number, call in enumerate(evidence.calls, start=1):
        parts += [_head(f"Question {number}"), *_said(call.prompt)]
        parts += [_role("question"), Text(call.question.instructions), _answer(call.answer)]
    for number, written in enumerate(evidence.generations, start=1):
        output = written.output
        text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        parts += [_head(f"Writing {number}"), *_said(written.prompt)]
        parts += [_role("the model wrote"), Text(text)]
    return Group(*parts or [Text("No model was asked.")])


def _head(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _role(role: str) -> Text:
    return Text(f"[{role}]", style="bright_black")


def _said(prompt: Prompt) -> Iterator[RenderableType]:
    for role in ("system", "user"):
        text = prompt.text(role)
        if text:
            yield from (_role(role), Text(text))


def _answer(answer: Answer) -> Text:
    shares = ", ".join(f"{option} {share:.3f}" for option, share in answer.probabilities.items())
    return Text.assemble(("[answer] ", "bright_black"), (shares, "bold"))
