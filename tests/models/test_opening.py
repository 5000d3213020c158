from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from alignkit.errors import InvalidSetting, MissingExtra, UnknownName
from alignkit.models import ModelOptions, open_model

URL = "http://models.test/v1"


@pytest.fixture
def options(tmp_path: Path) -> ModelOptions:
    return ModelOptions(folder=tmp_path, base_url=URL, offline=True)


@pytest.mark.parametrize("backend", ["openai", "decisions", "systemone", "anthropic"])
def test_a_service_is_named_before_the_colon(backend: str, options: ModelOptions) -> None:
    model = open_model(f"{backend}:some/model?timeout=5", options)
    assert model.identity.name == f"{backend}:some/model"
    assert model.identity.backend == backend
    assert model.identity.settings["base_url"] == URL
    assert model.identity.answers_by is None
    asyncio.run(model.aclose())


@pytest.mark.parametrize("backend", ["openai", "decisions", "systemone", "anthropic"])
def test_settings_that_there_are_not(backend: str, options: ModelOptions) -> None:
    with pytest.raises(InvalidSetting, match=r"there is no such setting.*max_retries"):
        open_model(f"{backend}:m?colour=red", options)


def test_a_backend_without_a_model(options: ModelOptions) -> None:
    with pytest.raises(InvalidSetting, match="Write decisions:MODEL"):
        open_model("decisions:", options)


def test_a_backend_that_there_is_not(options: ModelOptions) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'anthropic'"):
        open_model("antropic:m", options)


def test_torch_may_be_missing(options: ModelOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"alignkit\[transformers\]"):
        open_model("transformers:some/model", options)
