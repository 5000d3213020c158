from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from alignkit.errors import CannotWrite, FileProblem, InvalidSetting, UnknownName
from alignkit.schema import Run
from alignkit.service import Settings, existing_store, exported, recorded, store_of, to_prune
from alignkit.service.keeping import moment_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=f"sqlite:///{tmp_path}/align.db")


@pytest.fixture
def with_run(settings: Settings) -> Settings:
    run = Run(
        id="a-1",
        name="a",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        experiment={},
        versions={},
        cells=0,
    )
    with store_of(settings) as store:
        store.start(run)
    return settings


def test_a_store_is_made_for_a_run_and_not_for_a_reader(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="there is no store"):
        existing_store(settings)
    assert list(tmp_path.iterdir()) == []
    store_of(settings).close()
    existing_store(settings).close()


def test_settings_keep_prompts_out(settings: Settings) -> None:
    with store_of(settings) as store:
        assert store.keep_prompts
    with store_of(settings.model_copy(update={"keep_prompts": False})) as store:
        assert not store.keep_prompts


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31 12:30", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        (
            "2026-01-31T12:30:00+02:00",
            datetime(2026, 1, 31, 12, 30, tzinfo=timezone(timedelta(hours=2))),
        ),
    ],
)
def test_a_date_is_its_beginning_in_utc(text: str, moment: datetime) -> None:
    assert moment_of(text) == moment
    assert moment_of(text).tzinfo is not None


def test_what_to_prune_is_one_of_two_things(with_run: Settings) -> None:
    with store_of(with_run) as store:
        assert to_prune(store, None, "a") == "a-1"
        assert to_prune(store, "2026-01-31", None) == datetime(2026, 1, 31, tzinfo=UTC)
        for before, run in ((None, None), ("2026-01-31", "a")):
            with pytest.raises(InvalidSetting, match="Say either"):
                to_prune(store, before, run)
        with pytest.raises(InvalidSetting, match="'soon' is no date"):
            to_prune(store, "soon", None)
        with pytest.raises(UnknownName):
            to_prune(store, None, "b")


def test_without_a_store_a_missing_file_is_a_missing_file(settings: Settings) -> None:
    with (
        recorded(settings) as find,
        pytest.raises(FileProblem, match=r"abc: there is no such file\."),
    ):
        find("abc")


def test_with_a_store_it_is_an_unknown_decision(with_run: Settings) -> None:
    with recorded(with_run) as find:
        with pytest.raises(UnknownName, match="Decision 'abc'"):
            find("abc")
        with pytest.raises(FileProblem, match="records/abc"):
            find("records/abc")
        with pytest.raises(FileProblem, match=r"abc\.json"):
            find("abc.json")


def test_an_export_takes_the_place_of_the_old_file_only_when_it_is_whole(
    with_run: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "runs.csv"
    out.write_text("old", encoding="utf-8")

    def fails(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with store_of(with_run) as store:
        monkeypatch.setattr("alignkit.service.keeping.export", fails)
        with pytest.raises(CannotWrite, match=r"runs\.csv: cannot be written: No space left"):
            exported(store, None, "csv", out)
        assert out.read_text(encoding="utf-8") == "old"
        monkeypatch.undo()
        assert exported(store, None, "csv", out) == 0
    assert out.read_text(encoding="utf-8").startswith("run,dataset,scenario")
    mask = os.umask(0)
    os.umask(mask)
    assert out.stat().st_mode & 0o777 == 0o666 & ~mask
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "align.db",
        "runs.csv",
    ]
