"""A store that one process has open twice, while another process comes and goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alignkit.store import open_store

OTHER = """
import sys
from alignkit.store import open_store

with open_store(sys.argv[1]) as store:
    print(len(store.keys.all()))
"""


def test_another_process_that_ends_leaves_the_log_to_those_that_have_it_open(
    tmp_path: Path,
) -> None:
    file = tmp_path / "align.db"
    url = f"sqlite:///{file}"
    with open_store(url) as store:
        assert store.keys.all() == []
        with open_store(url) as second:
            assert second.keys.all() == []
        other = subprocess.run(
            [sys.executable, "-c", OTHER, url], capture_output=True, text=True, check=True
        )
        assert other.stdout == "0\n"
        assert file.with_name("align.db-wal").exists()
