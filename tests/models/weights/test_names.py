from __future__ import annotations

from pathlib import Path

import pytest

from alignkit.errors import InvalidSetting, UnknownName
from alignkit.models.weights import HubSource, shipped
from alignkit.models.weights.names import parse


def test_a_name_of_the_registry_is_an_entry() -> None:
    assert parse("smollm2-135m", shipped()) == shipped().lookup("smollm2-135m")


@pytest.mark.parametrize("name", ["mine.gguf", "MINE.GGUF", "models/mine", "./x", "/x/y.bin"])
def test_a_slash_or_the_ending_makes_a_path(name: str) -> None:
    assert parse(name, shipped()) == Path(name)


def test_the_home_folder_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse("~/x.gguf", shipped()) == tmp_path / "x.gguf"


def test_hf_names_a_file_of_a_repository() -> None:
    assert parse("hf:o-1/r.x/sub dir/x+y.gguf", shipped()) == HubSource(
        repo="o-1/r.x", file="sub dir/x+y.gguf"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("hf:", "hf:o", "hf:o/r", "hf:o/r/", "hf:/r/x.gguf", "hf:o//x.gguf"),
        *("hf:../r/x.gguf", "hf:o/../x.gguf", "hf:o/r/../../x.gguf", "hf:o/r/./x.gguf"),
        *("hf:o/r//x.gguf", "hf:o/r/a\\b.gguf", "hf:o b/r/x.gguf"),
    ],
)
def test_hf_without_a_proper_file_is_refused(name: str) -> None:
    with pytest.raises(InvalidSetting, match="does not name a file") as caught:
        parse(name, shipped())
    assert "hf:OWNER/REPO/FILE" in caught.value.hint


def test_hf_takes_gguf_files_only() -> None:
    with pytest.raises(InvalidSetting, match="is not a GGUF file"):
        parse("hf:o/r/model.safetensors", shipped())


def test_a_piece_of_a_split_file_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="one piece of a split file"):
        parse("hf:o/r/x-00001-of-00002.gguf", shipped())


def test_anything_else_is_unknown() -> None:
    with pytest.raises(UnknownName):
        parse("gpt-9", shipped())
