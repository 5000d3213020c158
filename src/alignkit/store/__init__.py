"""Where runs are kept: cells, results and records in a database.

- `open_store` opens a SQLite file or a PostgreSQL database and brings it up to date.
- A `Store` keeps what a runner adds and gives it back; `Kept` goes in, `Held` comes out.
- `export` writes a run as flat rows for other tools.

Importing this loads no database library; opening a store does.
"""

from alignkit.store.exporting import Format, export
from alignkit.store.kept import Checked, Held, Kept, Looked, Tally, Wanted
from alignkit.store.opening import open_store
from alignkit.store.people import Entry, Key, Logged, Reviewed, Scope
from alignkit.store.store import Store

__all__ = [
    "Checked",
    "Entry",
    "Format",
    "Held",
    "Kept",
    "Key",
    "Logged",
    "Looked",
    "Reviewed",
    "Scope",
    "Store",
    "Tally",
    "Wanted",
    "export",
    "open_store",
]
