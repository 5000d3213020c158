"""An order of choices that says nothing about which is right.

Some formats say what is right by where it stands: the more pleasant of two in the first column, the
right answer under its own name. Choices in that order could be told by their place alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def neutral_choices(values: Mapping[str, Mapping[str, float]]) -> list[dict[str, object]]:
    """Choices with these texts and values, `c1` and on, in an order by all the texts' hash.

    It depends on nothing but the texts, so it is the same on every machine, and each text of a pair
    comes first about as often as second.
    """
    whole = "\0".join(sorted(values))

    def place(text: str) -> bytes:
        return hashlib.sha256(f"{whole}\0\0{text}".encode("utf-8", "surrogatepass")).digest()

    texts = sorted(values, key=place)
    return [
        {"id": f"c{number}", "text": text, "values": dict(values[text])}
        for number, text in enumerate(texts, start=1)
    ]


def right_and_wrong(right: list[str], wrong: list[str]) -> dict[str, dict[str, float]]:
    """By text: `correctness` 1 for those that are `right` and 0 for those that are `wrong`.

    Raises:
        ValueError: a text stands there twice, or one of the lists is empty.
    """
    if not right or not wrong:
        raise ValueError(f"there is no {'wrong' if right else 'right'} answer.")
    texts = [*right, *wrong]
    for number, text in enumerate(texts):
        if text in texts[:number]:
            raise ValueError(f"the answer {text[:60]!r} stands there twice.")
    return {text: {"correctness": float(place < len(right))} for place, text in enumerate(texts)}
