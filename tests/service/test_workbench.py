from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from alignkit.models import Model
from alignkit.service import Workbench
from alignkit.service import workbench as module
from alignkit.testing import FakeModel


def test_threads_that_need_a_model_at_once_open_it_once(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def slowly(name: str, *_: Any) -> Model:
        opened.append(name)
        time.sleep(0.05)
        return FakeModel()

    monkeypatch.setattr(module, "open_model", slowly)
    with ThreadPoolExecutor(8) as threads:
        models = list(threads.map(workbench.model, ["fake?seed=7"] * 8))
    assert len({id(one) for one in models}) == 1
    assert opened == ["fake?seed=7"]
