"""The parity page: every row is there, and the tests it names exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (P\d+) \|(.*)\|$", PAGE, re.MULTILINE))


def test_every_row_from_p1_to_p75_is_there_once() -> None:
    numbers = re.findall(r"^\| (P\d+) \|", PAGE, re.MULTILINE)
    assert numbers == [f"P{number}" for number in range(1, 76)]


def test_every_row_names_what_shows_it() -> None:
    for number, row in ROWS.items():
        shown = row.rsplit("|", 1)[1]
        assert "tests/" in shown or "docs/" in shown or "`align " in shown, number


def test_every_file_that_is_named_exists() -> None:
    named = re.findall(r"\b((?:tests|docs)/[\w/-]+(?:\.\w+)?)", PAGE)
    assert len(named) > 40
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


def test_what_is_not_there_has_a_reason() -> None:
    for number, row in ROWS.items():
        verdict = row.split("|")[1].strip()
        assert re.match(r"(equal|better|partly|not here)\b", verdict), number
        if verdict.startswith(("partly", "not here")):
            assert len(verdict.split()) > 8, number
