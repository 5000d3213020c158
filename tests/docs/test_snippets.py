"""Every piece of code in docs/ runs, page by page, with the made-up model."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ROOT, Block, blocks_of

PAGES = sorted(
    path
    for path in (ROOT / "docs").rglob("*.md")
    if "_build" not in path.parts and path.name != "commands.md"  # it is made by running
)
RUN = {"python", "console"}
WRITTEN = {"yaml", "toml", "jinja"}
"""Languages of files; a block of one that names no file only shows a form."""
SHOWN = {"text", "json"}
NOT_RUN = {
    "docs/quickstart.md": 1,  # sets up a checkout
    "docs/add-decider.md": 1,  # installs a package; test_the_package_of_the_page does it elsewhere
    "docs/serving.md": 1,  # installs, and serves until it is stopped
    "docs/models.md": 6,  # fetches weights; needs servers, hosted ones among them, and torch
}
"""How many blocks of a page are for reading only, because they change or need something outside."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_reader_can_follow_the_page(page: Path, reader: Callable[[Block], None]) -> None:
    for block in blocks_of(page):
        reader(block)


def test_every_block_says_whether_it_is_run() -> None:
    blocks = [block for page in PAGES for block in blocks_of(page)]
    known = {*RUN, *WRITTEN, *SHOWN, "shell-session"}
    assert {block.language for block in blocks} <= known
    read_only = Counter(b.page for b in blocks if b.language == "shell-session")
    assert read_only == NOT_RUN


def test_pages_are_found() -> None:
    assert {"quickstart", "add-decider", "models"} <= {page.stem for page in PAGES}
    assert sum(block.language in RUN for page in PAGES for block in blocks_of(page)) > 20


def test_the_package_of_the_page_adds_its_decider(
    reader: Callable[[Block], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for block in blocks_of(ROOT / "docs" / "add-decider.md"):
        if block.file:
            reader(block)
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    options = ["--no-build-isolation", "--disable-pip-version-check", "--target", str(site)]
    subprocess.run([*pip, *options, "./align-statement"], check=True)
    monkeypatch.setenv("PYTHONPATH", str(site))
    decide = ["align", "decide", "last-antivenom", "-p", "utilitarian-medic", "--json"]
    done = subprocess.run(
        [*decide, "-d", "statement?temperature=0.2"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"decider":"statement?temperature=0.2"' in done.stdout
    deciders = ["align", "deciders", "list"]
    listed = subprocess.run(deciders, capture_output=True, text=True, check=True)
    assert "statement\n    Asks of each choice whether" in listed.stdout


def test_the_package_of_the_page_is_whole() -> None:
    [text] = [
        block.text
        for block in blocks_of(ROOT / "docs" / "add-decider.md")
        if block.file and block.file.endswith("pyproject.toml")
    ]
    assert tomllib.loads(text)["project"]["entry-points"]["alignkit.deciders"]
