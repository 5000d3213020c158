"""A record without what other records hold too: long texts stand apart and are stored once.

Prompts share most of their segments, and records the scenario, the profile, the attributes and
what is said about model, method and templates. Each of these is a part, named by its SHA-256.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignkit.errors import StoreError
from alignkit.schema import Record
from alignkit.store.texts import broken, compact, digest_of, parsed, unsqueezed

_WHOLE = ("versions", "model", "decider", "scenario", "profile", "calibration")
_NUMBER = 4
"""Bytes of a part's number."""


@dataclass(frozen=True)
class Apart:
    """A record's own text, and its parts by their names in the order of their first use."""

    text: str
    parts: Mapping[bytes, str]

    @property
    def digest(self) -> bytes:
        """What stands for the record in a chain."""
        return record_digest(self.text, list(self.parts))


def record_digest(text: str, names: Sequence[bytes]) -> bytes:
    """The digest of a record with this `text` whose parts have these `names`."""
    return digest_of("record", text, *names)


def part_name(text: str) -> bytes:
    """The name of a part: SHA-256 of its text."""
    return hashlib.sha256(text.encode("ascii")).digest()


def taken_apart(record: Record) -> Apart:
    """`record` as a text with numbers where its parts stood, and the parts."""
    parts: dict[bytes, str] = {}
    places: dict[object, int] = {}

    def away(tree: Any) -> int:  # noqa: ANN401  any JSON
        known = _hashable(tree)
        if known in places:  # a segment that another prompt has, too
            return places[known]
        text = compact(tree)
        name = part_name(text)
        parts.setdefault(name, text)
        place = places.setdefault(name, len(parts) - 1)
        return place if known is None else places.setdefault(known, place)

    # A person's verdict has a table of its own: it comes later, and may be erased or changed.
    tree = _changed(record.model_dump(mode="json", exclude={"review"}), away)
    return Apart(compact(tree), parts)


def put_together(text: str, parts: Sequence[str]) -> Record:
    """The record of which `taken_apart` made `text` and `parts`.

    Raises:
        StoreError: they do not fit together.
    """
    trees = {place: parsed_part(part) for place, part in enumerate(parts)}
    try:
        record = Record.model_validate(_changed(parsed(text), trees.__getitem__))
    except (ValueError, KeyError, TypeError) as error:
        raise broken() from error
    # The decision's own JSON leaves the evidence out; here it is again.
    decision = record.decision.model_copy(update={"evidence": record.evidence})
    return record.model_copy(update={"decision": decision})


def parsed_part(text: str) -> Any:  # noqa: ANN401  any JSON
    """What a part holds."""
    return parsed(f'{{"part":{text}}}')["part"]


def packed(numbers: Sequence[int]) -> bytes:
    """Numbers of parts as bytes.

    Raises:
        StoreError: more parts than a store can number.
    """
    try:
        return b"".join(number.to_bytes(_NUMBER, "big") for number in numbers)
    except OverflowError as error:
        raise StoreError("The store is full: it can hold 4 billion parts of records.") from error


def unpacked(data: bytes) -> Sequence[int]:
    """The numbers that were `packed`."""
    found = array("I", data[: len(data) // _NUMBER * _NUMBER])
    found.byteswap()
    return found


def part_text(body: bytes, name: bytes) -> str:
    """The text of a part, if it is still the one that its `name` was made of.

    Raises:
        StoreError: it was changed.
    """
    text = unsqueezed(body)
    if part_name(text) != name:
        raise broken()
    return text


def _changed(tree: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """`tree`, a record, with every part of it changed: away into a number, or back."""
    evidence = tree["evidence"]
    return {
        **tree,
        **{field: change(tree[field]) for field in _WHOLE if field in tree},
        "attributes": [change(attribute) for attribute in tree["attributes"]],
        "evidence": {
            **evidence,
            "templates": change(evidence["templates"]),
            "calls": [
                {
                    **call,
                    "prompt": _prompt(call["prompt"], change),
                    "question": change(call["question"]),
                }
                for call in evidence["calls"]
            ],
            "generations": [
                {**one, "prompt": _prompt(one["prompt"], change)} for one in evidence["generations"]
            ],
        },
    }


def _hashable(tree: object) -> object:
    """What stands for `tree` in a table if it holds nothing but texts, as a segment; else None."""
    if not isinstance(tree, dict) or not all(isinstance(value, str) for value in tree.values()):
        return None
    return tuple(tree.items())


def _prompt(tree: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    return {**tree, "segments": [change(segment) for segment in tree["segments"]]}
