from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.errors import BadScenario, DatasetFormat, FileProblem, UnknownName
from alignkit.library import Library
from alignkit.service import Settings, Workbench
from alignkit.service.pools import pool_of

if TYPE_CHECKING:
    from tests.service.conftest import Write

Make = Callable[..., dict[str, Any]]
TABLE = """\
id,persona_dim,direction,label_confidence,statement
o1,openness,positive,0.9,I like what is new
o2,openness,sideways,0.9,I am not sure
o3,openness,negative,0.9,I like what I know
"""


def names(source: str | Path, library: Library) -> list[str]:
    return [scenario.id for scenario in pool_of(str(source), library)]


def test_a_file_may_hold_one_scenario_or_a_list(make: Make, write: Write, library: Library) -> None:
    assert names(write("one.json", make("one")), library) == ["one"]
    assert names(write("two.json", [make("b"), make("a")]), library) == ["b", "a"]


def test_a_folder_gives_what_its_files_hold(make: Make, write: Write, library: Library) -> None:
    for name in ("b", "a"):
        write(f"pool/{name}.json", make(name))
    assert names("pool", library) == ["a", "b"]


def test_a_name_is_of_the_library(library: Library) -> None:
    assert names("last-antivenom", library) == ["last-antivenom"]


def test_a_data_set_is_named_with_its_format(write: Write, library: Library) -> None:
    path = write("statements.csv", TABLE)
    assert names(f"persona_statements:{path}", library) == ["o1", "o3"]
    assert names("persona_statements:statements.csv", library) == ["o1", "o3"]


@pytest.mark.parametrize("name", ["mta:mine.json", "with:colon/one.json"])
def test_a_file_with_a_colon_in_its_name_is_a_file(
    name: str, make: Make, write: Write, library: Library
) -> None:
    write(name, make("one"))
    assert names(name, library) == ["one"]


def test_a_mistake_in_a_file_of_the_users_is_told(
    make: Make, write: Write, library: Library
) -> None:
    path = write("pool.json", [make("a"), make("b", choices=[])])
    with pytest.raises(BadScenario, match=r"pool\.json"):
        pool_of(str(path), library)


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("gone.json", FileProblem, "gone.json"),
        ("persona_statements:gone.csv", FileProblem, "gone.csv"),
        ("persona_statement:x.csv", UnknownName, "Did you mean 'persona_statements'"),
        ("last-antivenon", UnknownName, "Did you mean 'last-antivenom'"),
        ("mta:bad.json", DatasetFormat, "bad.json: is not a list"),
    ],
)
def test_what_cannot_be_had_is_told(
    source: str, error: type[Exception], said: str, write: Write, library: Library
) -> None:
    write("bad.json", {})
    with pytest.raises(error, match=said):
        pool_of(source, library)


async def test_a_workbench_reads_a_pool_once(make: Make, write: Write, home: Path) -> None:
    path = write("pool.json", [make("a"), make("b")])
    async with Workbench(Settings(home=home, model="fake")) as workbench:
        first = workbench.decider(f"direct_regression?shots=1&examples={path}")
        path.unlink()
        second = workbench.decider(f"comparative_regression?shots=2&examples={path}")
    assert first.selector
    assert second.selector
    assert first.selector.pool is second.selector.pool
    assert [scenario.id for scenario in first.selector.pool] == ["a", "b"]
