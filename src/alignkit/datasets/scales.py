"""Items of questionnaires: a text that is judged on an ordered scale, one choice per step."""

from __future__ import annotations

from collections.abc import Sequence


def steps(words: Sequence[str], lowest: int, attribute: str | None) -> list[dict[str, object]]:
    """One choice per step of a scale, from the lowest; its id is the number of the step.

    Args:
        words: what each step says, low to high.
        lowest: the number of the first step.
        attribute: what grows with the step, in equal parts from 0 to 1; None for an item that
            measures nothing.
    """
    top = len(words) - 1
    return [
        {
            "id": str(lowest + step),
            "text": text,
            "values": {attribute: step / top} if attribute else None,
        }
        for step, text in enumerate(words)
    ]


def scale_name(words: Sequence[str], lowest: int) -> str:
    """The tag that marks answers as ordered, such as `0-5`."""
    return f"{lowest}-{lowest + len(words) - 1}"
