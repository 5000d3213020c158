"""The page about errors lists every class with what it really has."""

from __future__ import annotations

import inspect

from alignkit import errors

from .conftest import ROOT

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def _classes() -> dict[str, type[errors.AlignkitError]]:
    found = inspect.getmembers(errors, inspect.isclass)
    return {name: kind for name, kind in found if issubclass(kind, errors.AlignkitError)}


def _rows() -> dict[str, list[str]]:
    table = PAGE.partition("| class |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    return {row[0].strip("`"): row[1:] for row in rows}


def test_every_class_is_listed_with_its_base_exit_code_status_and_retryability() -> None:
    expected = {
        name: [
            f"`{kind.__base__.__name__}`",
            str(kind.exit_code),
            str(kind.http_status),
            "yes" if kind.retryable else "no",
        ]
        for name, kind in _classes().items()
    }
    assert {name: row[:4] for name, row in _rows().items()} == expected


def test_every_class_says_when_it_is_met() -> None:
    assert all(row[4] for row in _rows().values())


def test_every_exit_code_is_explained() -> None:
    codes = PAGE.partition("## Exit codes")[2]
    for code in {0, 1, 5, 130} | {kind.exit_code for kind in _classes().values()}:
        assert f"| {code} |" in codes
