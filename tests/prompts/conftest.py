"""The option with which the golden files of the templates are written anew."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known when a path of this folder is named on the command line, as `make golden` does."""
    parser.addoption(
        "--rewrite-golden", action="store_true", help="write the golden files of the templates anew"
    )


@pytest.fixture
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--rewrite-golden", default=False))
