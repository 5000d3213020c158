"""What the README shows runs, and is as short as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator

import alignkit

from .conftest import ROOT, Block, blocks_of

README = blocks_of(ROOT / "README.md")
MAKE = ["make demo", "make test", "source .venv/bin/activate"]
"""Lines that set up or test the checkout; they are not run inside its tests."""
LONGEST = 14


def _of(language: str) -> list[Block]:
    return [block for block in README if block.language == language]


def test_its_commands_run(reader: Callable[[Block], None]) -> None:
    for block in _of("console"):
        reader(block)


@pytest.mark.parametrize("block", _of("python"), ids=lambda block: f"line-{block.line}")
def test_its_python_runs(block: Block, reader: Callable[[Block], None]) -> None:
    reader(block)


def test_only_the_lines_about_the_checkout_are_not_run() -> None:
    lines = [command for block in _of("shell-session") for command, _ in block.commands()]
    assert lines == MAKE


def test_the_make_targets_exist() -> None:
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(
        encoding="utf-8"
    )
    for target in re.findall(r"\bmake ([a-z-]+)`", shown) + [m.split()[1] for m in MAKE[:2]]:
        assert re.search(rf"^{target}:", targets, re.MULTILINE), target


def test_command_line_and_python_are_short() -> None:
    assert len(_of("console")) == 2
    assert [block.text.count("asyncio") > 0 for block in _of("python")] == [False, True]
    for block in [*_of("console"), *_of("python")]:
        assert len(block.text.splitlines()) <= LONGEST


def test_the_decision_that_it_shows_fits_the_schema() -> None:
    schema = (ROOT / "docs" / "schemas" / "decision.schema.json").read_text(encoding="utf-8")
    [block] = _of("json")
    Draft202012Validator(json.loads(schema)).validate(json.loads(block.text))


def test_its_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_every_public_name_is_on_the_python_page() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    for name in alignkit.__all__:
        assert re.search(rf"`{name}`|alignkit\.{name}\b", page), name
