from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.errors import FileProblem, InvalidSetting
from alignkit.service import Settings

if TYPE_CHECKING:
    from tests.service.conftest import Write

FOLDERS = ("home", "library", "templates", "data")


def test_without_anything_the_defaults_hold(folder: Path) -> None:
    assert Settings.load({}, {}, folder) == Settings()


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(
    folder: Path, write: Write
) -> None:
    assert Settings.load({}, {}, folder).model == "qwen2.5-coder-1.5b"
    write("align.toml", 'model = "from-file"')
    assert Settings.load({}, {}, folder).model == "from-file"
    environment = {"ALIGN_MODEL": "from-environment"}
    assert Settings.load({}, environment, folder).model == "from-environment"
    assert Settings.load({"model": "from-flag"}, environment, folder).model == "from-flag"


def test_each_source_decides_only_what_it_names(folder: Path, write: Write) -> None:
    write("align.toml", "context = 1024\nthreads = 1\noffline = true")
    found = Settings.load({"threads": 2}, {"ALIGN_MODEL": "fake"}, folder)
    assert (found.context, found.threads, found.offline, found.model) == (1024, 2, True, "fake")


def test_a_flag_that_was_not_given_says_nothing(folder: Path, write: Write) -> None:
    write("align.toml", "offline = true\nthreads = 3")
    found = Settings.load({"offline": None, "threads": None}, {}, folder)
    assert (found.offline, found.threads) == (True, 3)


def test_a_flag_of_zero_or_false_was_given(folder: Path, write: Write) -> None:
    write("align.toml", "offline = true\nthreads = 3")
    found = Settings.load({"offline": False, "threads": 0}, {}, folder)
    assert (found.offline, found.threads) == (False, 0)


def test_an_empty_variable_says_nothing(folder: Path, write: Write) -> None:
    write("align.toml", 'model = "fake"')
    assert Settings.load({}, {"ALIGN_MODEL": "", "ALIGN_HOME": ""}, folder).model == "fake"


def test_all_variables_are_read(folder: Path) -> None:
    environment = {
        "ALIGN_MODEL": "fake",
        "ALIGN_HOME": "/h",
        "ALIGN_DATA": "/d",
        "ALIGN_STORE": "sqlite:///other.db",
        "ALIGN_KEEP_PROMPTS": "false",
        "ALIGN_NOTHING": "x",
    }
    found = Settings.load({}, environment, folder)
    assert (found.model, found.store) == ("fake", "sqlite:///other.db")
    assert found.keep_prompts is False
    assert (found.home, found.data) == (Path("/h"), Path("/d"))


@pytest.mark.parametrize(
    ("said", "kept"), [("false", False), ("0", False), ("no", False), ("true", True), ("1", True)]
)
def test_the_environment_says_whether_prompts_are_kept(
    said: str, folder: Path, write: Write, *, kept: bool
) -> None:
    write("align.toml", f"keep_prompts = {str(not kept).lower()}")
    assert Settings.load({}, {"ALIGN_KEEP_PROMPTS": said}, folder).keep_prompts is kept


def test_a_word_that_is_neither_yes_nor_no_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"^keep_prompts \(from the environment\): "):
        Settings.load({}, {"ALIGN_KEEP_PROMPTS": "flase"}, folder)


def test_the_file_is_found_in_a_folder_above(folder: Path, write: Write) -> None:
    write("align.toml", "context = 1024")
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    assert Settings.load({}, {}, below).context == 1024


def test_the_nearest_file_holds_alone(folder: Path, write: Write) -> None:
    write("align.toml", "context = 1024\nthreads = 3")
    write("a/align.toml", "context = 512")
    found = Settings.load({}, {}, folder / "a")
    assert (found.context, found.threads) == (512, None)


def test_a_folder_of_that_name_is_passed_over(folder: Path, write: Write) -> None:
    write("align.toml", "context = 1024")
    (folder / "a" / "align.toml").mkdir(parents=True)
    assert Settings.load({}, {}, folder / "a").context == 1024


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_in_the_file_are_relative_to_the_file(
    name: str, folder: Path, write: Write
) -> None:
    write("align.toml", f'{name} = "mine/here"')
    below = folder / "a"
    below.mkdir()
    assert getattr(Settings.load({}, {}, below), name) == folder / "mine" / "here"


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_in_the_file_may_be_absolute_or_at_home(
    name: str, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    write("align.toml", f'{name} = "/absolute"')
    assert getattr(Settings.load({}, {}, folder), name) == Path("/absolute")
    write("align.toml", f'{name} = "~/mine"')
    assert getattr(Settings.load({}, {}, folder), name) == Path("/home/somebody/mine")


def test_the_home_of_nobody_is_taken_as_it_is_written(folder: Path, write: Write) -> None:
    write("align.toml", 'home = "~no-such-user-here/mine"')
    assert Settings.load({}, {}, folder).home == folder / "~no-such-user-here" / "mine"


def test_home_holds_models_library_and_templates(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert settings.models_folder == tmp_path / "models"
    assert settings.library_folder == tmp_path / "library"
    assert settings.templates_folder == tmp_path / "templates"


def test_a_folder_of_its_own_goes_before_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, library=Path("/lib"), templates=Path("/tem"))
    assert settings.library_folder == Path("/lib")
    assert settings.templates_folder == Path("/tem")


def test_without_home_the_users_folders_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    settings = Settings()
    for path in (settings.models_folder, settings.library_folder, settings.templates_folder):
        assert path.is_relative_to(tmp_path)
        assert "alignkit" in path.parts


def test_a_mistake_in_the_file_names_the_file(folder: Path, write: Write) -> None:
    path = write("align.toml", "context = 3")
    with pytest.raises(InvalidSetting, match=r"greater than or equal to 256") as caught:
        Settings.load({}, {}, folder)
    assert caught.value.message.startswith(f"context (from {path}): ")


def test_a_mistake_in_the_environment_names_the_environment(folder: Path, write: Write) -> None:
    write("align.toml", 'model = "fake"')
    environment: dict[str, Any] = {"ALIGN_MODEL": 3}  # no text can be wrong as yet
    with pytest.raises(InvalidSetting, match=r"^model \(from the environment\): "):
        Settings.load({}, environment, folder)


def test_a_mistake_in_a_flag_names_the_command_line(folder: Path, write: Write) -> None:
    write("align.toml", "at_once = 4")
    with pytest.raises(InvalidSetting, match=r"^at_once \(from the command line\): ") as caught:
        Settings.load({"at_once": 0}, {}, folder)
    assert "at_once" in caught.value.hint


def test_an_unknown_setting_is_a_mistake_that_lists_the_known(folder: Path, write: Write) -> None:
    path = write("align.toml", 'modell = "fake"')
    with pytest.raises(InvalidSetting) as caught:
        Settings.load({}, {}, folder)
    assert caught.value.message == f"modell (from {path}): there is no such setting."
    assert caught.value.hint.startswith("There are: model, home, ")


def test_a_table_is_not_a_setting(folder: Path, write: Write) -> None:
    write("align.toml", '[model]\nname = "fake"')
    with pytest.raises(InvalidSetting, match=r"^model \(from .*align.toml\): Input should be"):
        Settings.load({}, {}, folder)


@pytest.mark.parametrize("content", ["model = [", b"model = '\xff'", "model 3", '"""'])
def test_what_is_not_toml_is_named(content: str | bytes, folder: Path, write: Write) -> None:
    path = write("align.toml", content)
    with pytest.raises(FileProblem, match=r"cannot be read as TOML") as caught:
        Settings.load({}, {}, folder)
    assert caught.value.message.startswith(f"{path}: ")
    assert caught.value.exit_code == 2
