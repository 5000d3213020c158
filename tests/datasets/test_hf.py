"""The library's own local loaders, so that nothing is fetched."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from alignkit.datasets.columns import ColumnMap
from alignkit.datasets.hf import read
from alignkit.errors import FileProblem, InvalidSetting, MissingExtra, UsageError
from alignkit.schema import Scenario

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
MAP: dict[str, Any] = {
    "context": {"text": "A quiz."},
    "question": "q",
    "choices": "options",
    "right": {"column": "key", "as": "index"},
}
ROWS = [
    {"q": "x?", "options": ["one", "two"], "key": 1},
    {"q": "y?", "options": ["one", "two"], "key": 5},
]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A local data set, with its map in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("rows.json").write_text(json.dumps(ROWS))
    Path("json.map.yaml").write_text(yaml.safe_dump(MAP))
    return "json?data_files=rows.json&cache_dir=cache"


def test_rows_are_scenarios(spec: str) -> None:
    first, error = read(Path(f"{spec}&split=train"))
    assert isinstance(first, Scenario)
    assert (first.id, first.question) == ("json 1", "x?")
    assert [choice.values for choice in first.choices] == [
        {"correctness": 0.0},
        {"correctness": 1.0},
    ]
    assert first.source == "Hugging Face data set json (split train)"
    assert str(error) == "hf:json: row 2: key: '5' is none of the 2 choices."


def test_the_map_may_be_given_or_named(spec: str) -> None:
    Path("json.map.yaml").rename("own.yaml")
    whole = f"{spec}&split=train"
    named = next(read(Path(f"{whole}&map=own.yaml")))
    given = next(read(Path(whole), ColumnMap.model_validate(MAP)))
    assert named == given
    with pytest.raises(FileProblem, match=r"json.map.yaml: there is no such file"):
        read(Path(whole))


def test_a_split_has_to_be_named(spec: str) -> None:
    with pytest.raises(UsageError, match=r"name a split\. .*there are: train\."):
        read(Path(spec))


def test_an_unknown_setting_is_told(spec: str) -> None:
    with pytest.raises(InvalidSetting, match=r"no setting 'splt'\. There are: cache_dir, config"):
        read(Path(f"{spec}&splt=train"))


def test_what_cannot_be_loaded_is_told(spec: str) -> None:
    with pytest.raises(FileProblem, match="hf:json: cannot be loaded: ") as caught:
        read(Path(f"{spec.replace('rows', 'none')}&split=train"))
    assert caught.value.__cause__ is not None


def test_the_library_is_optional(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"pip install 'alignkit\[data\]'"):
        read(Path(f"{spec}&split=train"))
