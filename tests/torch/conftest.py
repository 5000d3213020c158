"""The tiny model. The normal suite reads this file, too, and has no torch."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tiny model is."""
    from tests.torch.tiny import write_tiny  # noqa: PLC0415  it needs torch

    return write_tiny(tmp_path_factory.mktemp("tiny"))
