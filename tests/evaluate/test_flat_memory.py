"""A run needs no more memory for many decisions than for few."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COUNT = 12_000
"""What keeps some thousands of things, and no more, is full before the second half begins."""
MOST = 5.0
"""Megabytes that the second half may add: 1 KB for each of its decisions would be found."""


def test_memory_is_flat_over_many_decisions() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.running", str(COUNT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    *lines, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["decisions"] == COUNT
    middle = lines[len(lines) // 2]["megabytes"]
    assert lines[-1]["megabytes"] - middle < MOST
    assert last["bytes_a_decision"] <= 4096
