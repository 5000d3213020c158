"""What is generated is current, and shipped files fit the schemas that they name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from alignkit.cli.main import run

from .conftest import ROOT

SCHEMAS = ROOT / "docs" / "schemas"
_MARK = "# yaml-language-server: $schema="


def _check(root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_generated_files_are_current_on_any_terminal() -> None:
    hostile = {"COLUMNS": "40", "FORCE_COLOR": "1", "TERM": "xterm-256color", "ALIGN_MODEL": "x"}
    done = _check(ROOT, **hostile)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_current_is_named(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("_build", "__pycache__")
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=ignored)
    changed = tmp_path / "docs" / "commands.md"
    changed.write_text(changed.read_text(encoding="utf-8") + "more\n", encoding="utf-8")
    (tmp_path / "docs" / "schemas" / "decision.schema.json").unlink()
    (tmp_path / "docs" / "schemas" / "old.schema.json").write_text("{}", encoding="utf-8")
    done = _check(tmp_path)
    assert done.returncode == 1
    named = {line.partition(":")[0] for line in done.stderr.splitlines()}
    assert named == {
        "docs/commands.md",
        "docs/schemas/decision.schema.json",
        "docs/schemas/old.schema.json",
    }


def _yaml_files() -> Iterator[Path]:
    library = ROOT / "src" / "alignkit" / "library"
    for kind in ("attributes", "injections", "profiles", "scenarios"):
        yield from sorted((library / kind).glob("*.yaml"))
    yield from sorted((ROOT / "examples" / "languages").glob("*.yaml"))


def _schema(path: Path) -> dict[str, object]:
    schema: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return schema


@pytest.mark.parametrize("path", [*_yaml_files()], ids=lambda path: path.stem)
def test_a_shipped_file_fits_the_schema_that_it_names(path: Path) -> None:
    first, _, rest = path.read_text(encoding="utf-8").partition("\n")
    assert first.startswith(_MARK)
    named = (path.parent / first.removeprefix(_MARK)).resolve()
    assert named.parent == SCHEMAS
    Draft202012Validator(_schema(named)).validate(yaml.safe_load(rest))


@pytest.mark.parametrize("kind", ["attribute", "profile", "scenario"])
def test_a_schema_refuses_what_is_misspelt_or_out_of_range(kind: str) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(_schema(SCHEMAS / f"{kind}.schema.json")).validate({"nmae": "x"})
    profile = {"name": "high", "targets": {"fairness": 1.5}}
    with pytest.raises(ValidationError):
        Draft202012Validator(_schema(SCHEMAS / "profile.schema.json")).validate(profile)


@pytest.mark.parametrize("profile", ["none", "utilitarian-medic", "cautious-medic", "mixed-panel"])
def test_decisions_and_records_fit_their_schemas(
    profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["last-antivenom", "-p", profile, "-m", "fake", "--json"]
    assert run(["compare", *arguments, "--records", str(tmp_path)]) == 0
    decision = Draft202012Validator(_schema(SCHEMAS / "decision.schema.json"))
    decision.validate(json.loads(capsys.readouterr().out))
    [record] = tmp_path.glob("*.json")
    Draft202012Validator(_schema(SCHEMAS / "record.schema.json")).validate(
        json.loads(record.read_text(encoding="utf-8"))
    )


def test_the_example_decision_of_the_page_fits_the_schema() -> None:
    text = (ROOT / "docs" / "records-and-replay.md").read_text(encoding="utf-8")
    example = text.partition("```json\n")[2].partition("```")[0]
    schema = _schema(SCHEMAS / "decision.schema.json")
    Draft202012Validator(schema).validate(json.loads(example))


def test_no_example_of_a_command_fails_to_write() -> None:
    assert "(exit code 4)" not in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
