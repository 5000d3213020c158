from __future__ import annotations

from pathlib import Path

from alignkit.library import Library
from alignkit.store import open_store

from .conftest import a_run, decided


def test_a_decision_takes_at_most_4_kb_where_prompts_are_shared(file: Path) -> None:
    """The whole database of 1,000 decisions by the default method over shipped scenarios."""
    library = Library()
    scenarios, profiles = [*library.scenarios.values()], [*library.profiles.values()]
    made = decided(scenarios, profiles, seeds=2)[:1000]
    assert len(made) == 1000
    assert all(one.record and one.record.evidence.calls for one in made)
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        for start in range(0, len(made), 20):
            store.add("quick-1", made[start : start + 20])
        last = made[-1]
        assert store.record(last.result.decision) == last.record
        assert store.verify("quick-1") == []
    assert [path.name for path in file.parent.iterdir() if path.name.startswith("align.db")] == [
        "align.db"  # the log was taken in when it was closed
    ]
    assert file.stat().st_size / len(made) <= 4096
