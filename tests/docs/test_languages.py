"""The scenarios of the languages page: the same in all languages, and shown without harm."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from alignkit.cli.main import run

from .conftest import ROOT

FILES = sorted((ROOT / "examples" / "languages").glob("*.yaml"))
PAGE = (ROOT / "docs" / "languages.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_has_its_language_and_the_choices_of_the_english_one(path: Path) -> None:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    english = yaml.safe_load((path.parent / "en.yaml").read_text(encoding="utf-8"))
    assert found["language"] == path.stem
    assert found["id"] == f"one-or-three-{path.stem}"
    assert [c["id"] for c in found["choices"]] == [c["id"] for c in english["choices"]]


def test_the_page_has_a_result_for_each() -> None:
    for path in FILES:
        assert PAGE.count(f"(`{path.stem}`) | ") == 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_shown_at_the_terminal_and_in_a_page(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    text = yaml.safe_load(path.read_text(encoding="utf-8"))["choices"][0]["text"]
    assert run(["decide", str(path), "-m", "fake", "-p", "utilitarian-medic"]) == 0
    assert text in capsys.readouterr().out
    page = tmp_path / "page.html"
    ways = ["-p", "none", "-p", "bold-medic", "-m", "fake", "--html", str(page)]
    assert run(["compare", str(path), *ways]) == 0
    html = page.read_text(encoding="utf-8")
    assert text in html
    assert f'dir="auto" lang="{path.stem}"' in html
