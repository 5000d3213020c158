"""Serves for the browser tests: `serving.py HOME STORE HOST PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

from alignkit.server.running import serve
from alignkit.server.serving import Serving
from alignkit.service import Settings

if __name__ == "__main__":
    home, store, host, port = sys.argv[1:5]
    serve(
        Serving(
            settings=Settings(model="fake", home=Path(home), store=store, offline=True),
            host=host,
            port=int(port),
            models=("fake", "fake?seed=1", "fake?latency_ms=1500"),
        )
    )
