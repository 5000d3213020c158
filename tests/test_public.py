"""What the package shows, and how little it loads to show it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import alignkit

HEAVY = frozenset(
    {
        "asyncio",
        "fastapi",
        "gguf",
        "huggingface_hub",
        "jinja2",
        "jsonschema",
        "nicegui",
        "numpy",
        "openai",
        "pydantic",
        "rich",
        "scipy",
        "sqlalchemy",
        "torch",
        "xllamacpp",
        "yaml",
    }
)
"""Nothing of this is needed to name what there is."""
CPU_SECONDS = 0.35


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `code`."""
    program = f"import sys, json\n{code}\nprint(json.dumps([m for m in sys.modules]))"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    return {name.partition(".")[0] for name in json.loads(output)}


def test_what_is_listed_is_what_can_be_seen() -> None:
    assert dir(alignkit) == sorted([*alignkit.__all__, "__version__"])
    for name in alignkit.__all__:
        assert getattr(alignkit, name) is not None
    public = {name for name in vars(alignkit) if not name.startswith("_")}
    submodules = {path.stem for path in Path(alignkit.__file__).parent.iterdir()}
    typing = {"annotations", "import_module", "TYPE_CHECKING"}
    assert public - submodules - typing <= set(alignkit.__all__)


def test_the_list_is_sorted_and_names_nothing_twice() -> None:
    assert list(alignkit.__all__) == sorted(set(alignkit.__all__))


def test_each_name_is_the_one_of_its_home() -> None:
    assert set(alignkit._HOMES) == set(alignkit.__all__)
    for name, home in alignkit._HOMES.items():
        assert getattr(alignkit, name) is getattr(import_module(home), name)


def test_everything_can_be_imported_with_a_star() -> None:
    found: dict[str, object] = {}
    exec("from alignkit import *", found)  # noqa: S102  the form that users write
    assert set(alignkit.__all__) <= found.keys()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'alignkit' has no attribute 'decied'"):
        _ = alignkit.decied


def test_the_version_is_that_of_the_package() -> None:
    assert alignkit.__version__ == version("alignkit")


def test_types_are_shipped() -> None:
    assert (Path(alignkit.__file__).parent / "py.typed").is_file()


def test_every_service_that_is_listed_is_there() -> None:
    for room in ("service", "schema", "models", "library", "deciders", "report", "prompts"):
        module = import_module(f"alignkit.{room}")
        for name in module.__all__:
            assert getattr(module, name) is not None


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import alignkit; dir(alignkit); alignkit.__version__") & HEAVY


def test_the_types_load_no_model_and_nothing_numerical() -> None:
    loaded = loaded_by("from alignkit import Decision, Profile, Record, Scenario")
    assert "pydantic" in loaded
    assert not loaded & (HEAVY - {"asyncio", "pydantic"})


def test_the_help_of_the_command_line_loads_nothing_heavy() -> None:
    code = (
        "from contextlib import redirect_stdout\nfrom io import StringIO\n"
        "from alignkit.cli.main import run\n"
        "with redirect_stdout(StringIO()) as out: assert run(['--help']) == 0\n"
        "assert 'Commands:' in out.getvalue()"
    )
    assert not loaded_by(code) & HEAVY


def test_the_help_of_a_command_loads_no_model_and_nothing_numerical() -> None:
    code = (
        "from contextlib import redirect_stdout\nfrom io import StringIO\n"
        "from alignkit.cli.main import run\n"
        "with redirect_stdout(StringIO()): assert run(['decide', '--help']) == 0"
    )
    assert not loaded_by(code) & (HEAVY - {"asyncio"})


def cpu_seconds(*arguments: str) -> float:
    """Processor time of one run of the command line, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "alignkit", *arguments], check=True, stdout=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_help_of_the_command_line_is_quick() -> None:
    assert min(cpu_seconds("--help") for _ in range(5)) <= CPU_SECONDS


def test_running_the_package_is_running_the_command() -> None:
    script = Path(sys.executable).with_name("align")
    environment = {**os.environ, "COLUMNS": "80"}
    outputs = {
        subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
        for command in ([str(script), "--version"], [sys.executable, "-m", "alignkit", "--version"])
    }
    assert outputs == {f"align {version('alignkit')}\n"}
