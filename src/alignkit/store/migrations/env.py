"""Called by alembic: runs the steps over the connection that `opening` hands in."""

from __future__ import annotations

from alembic import context

from alignkit.store.migrations import VERSION_TABLE
from alignkit.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
