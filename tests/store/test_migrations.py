from __future__ import annotations

import threading

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from alignkit.store import open_store
from alignkit.store.migrations import VERSION_TABLE, VERSIONS
from alignkit.store.tables import metadata


def test_the_migrations_make_the_tables_that_the_code_uses(url: str) -> None:
    open_store(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == VERSIONS[-1]
    engine.dispose()


def test_every_migration_is_named_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", "alignkit.store:migrations")
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    found = [step.revision for step in script.walk_revisions()]
    assert tuple(reversed(found)) == VERSIONS


def test_several_may_open_a_new_store_at_once(url: str) -> None:
    failures: list[BaseException] = []

    def opened() -> None:
        try:
            open_store(url).close()
        except BaseException as error:  # noqa: BLE001  told below
            failures.append(error)

    threads = [threading.Thread(target=opened) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
