"""Where the data of an experiment is looked for, and which of its files are fingerprinted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from alignkit.errors import FileProblem
from alignkit.library import Library
from alignkit.schema.experiment import DataSource
from alignkit.service.experiments.sources import Places, Source, found_source

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
Find = Callable[..., Source]
DEV = "".join(f"Old {n}?,w,x,y,z,A\n" for n in range(5))
COLUMNS = json.dumps({"context": {"text": "C"}, "question": "q", "choices": ["a", "b"]})
ROWS = "q,a,b\nWhat?,one,two\n"


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """The folder of the experiment; the working folder is another one."""
    folder = tmp_path / "beside"
    folder.mkdir()
    return folder


@pytest.fixture
def find(tmp_path: Path, beside: Path) -> Find:
    def found(kind: str, path: str) -> Source:
        places = Places(Library(), tmp_path / "data", beside)
        return found_source(DataSource(name="x", format=kind, path=path), places)

    return found


def put(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("path", ["mmlu/test/law_test.csv", "mmlu/test", "mmlu"])
def test_the_examples_of_mmlu_are_fingerprinted(path: str, find: Find, tmp_path: Path) -> None:
    asked = put(tmp_path / "data/mmlu/test/law_test.csv", "Is it?,a,b,c,d,B\n")
    solved = put(tmp_path / "data/mmlu/dev/law_dev.csv", DEV)
    put(tmp_path / "data/mmlu/val/law_val.csv", "never read")
    source = find("mmlu", path)
    assert source.files == {"mmlu/test/law_test.csv": asked, "mmlu/dev/law_dev.csv": solved}
    assert [one.id for one in source.dataset.read()] == ["law 1"]


def test_a_table_and_its_map_are_fingerprinted(find: Find, beside: Path, tmp_path: Path) -> None:
    rows = put(tmp_path / "data/rows.csv", ROWS)
    own = put(beside / "maps/own.yaml", COLUMNS)
    assert find("table", "rows.csv?map=maps/own.yaml").files == {
        "rows.csv": rows,
        "maps/own.yaml": own,
    }
    default = put(tmp_path / "data/rows.csv.map.yaml", COLUMNS)
    source = find("table", "rows.csv")
    assert source.files == {"rows.csv": rows, "rows.csv.map.yaml": default}
    assert [one.question for one in source.dataset.read()] == ["What?"]


@pytest.mark.parametrize("name", ["own.yaml", "csv.map.yaml"])
def test_the_map_of_a_loaded_data_set_lies_beside_the_experiment(
    name: str, find: Find, beside: Path, tmp_path: Path
) -> None:
    own, rows = put(beside / name, COLUMNS), put(tmp_path / "data/rows.csv", ROWS)
    cache = tmp_path / "cache"
    path = f"csv?split=train&data_files=rows.csv&cache_dir={cache}"
    source = find("hf", f"{path}&map={name}" if name == "own.yaml" else path)
    assert source.files == {name: own, "rows.csv": rows}
    assert [one.question for one in source.dataset.read()] == ["What?"]


def test_a_map_that_is_named_and_not_there_is_told(find: Find) -> None:
    with pytest.raises(FileProblem, match=r"own.yaml: there is no such file in .*beside and "):
        find("hf", "csv?split=train&map=own.yaml")
