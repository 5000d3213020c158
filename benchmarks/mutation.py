"""How many small mistakes in alignment, stats and prompts do the tests notice?

    python -m benchmarks.mutation

mutmut changes one thing at a time in a copy of the source under `mutants/` and runs the tests that
reach it. A mutant that no test notices has survived. What is changed and which tests run stands in
`pyproject.toml`. Some mutants cannot be told from the original by any test, so the goal is below 1.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

GOAL = 0.85
"""Share of mutants that must be killed."""
_ROOT = Path(__file__).parent.parent
_MUTANTS = _ROOT / "mutants"
_SURVIVED, _NO_TESTS = 0, (5, 33)
"""Exit codes of the tests of a mutant; with any other the mutant was noticed."""


def main() -> int:
    """Run mutmut, print a table, and give 1 where too few mutants were killed."""
    start = time.monotonic()
    shutil.rmtree(_MUTANTS, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", "run"], cwd=_ROOT, capture_output=True, check=False
    )
    modules = _results()
    total = sum(modules.values(), Counter[str]())
    if done.returncode or not total or total["unchecked"]:
        sys.stderr.buffer.write(done.stdout[-4000:] + done.stderr[-4000:])
        print("\nThe run broke off.")
        return 1
    print(f"{'module':<24}{'killed':>8}{'survived':>10}{'share':>8}")
    for module, counts in sorted(modules.items()):
        print(_line(module, counts))
    print(_line("all", total))
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    print(
        f"{minutes} min {seconds} s; `mutmut results` lists the survivors, `mutmut show NAME` one"
    )
    if _share(total) < GOAL:
        print(f"Fewer than {GOAL:.0%} were killed.")
        return 1
    return 0


def _results() -> dict[str, Counter[str]]:
    """By module: how many mutants were killed, survived, or were not checked."""
    found: dict[str, Counter[str]] = {}
    for meta in sorted((_MUTANTS / "src").rglob("*.meta")):
        codes = json.loads(meta.read_text())["exit_code_by_key"].values()
        if codes:
            module = meta.relative_to(_MUTANTS / "src/alignkit").with_suffix("").with_suffix("")
            found[".".join(module.parts)] = Counter(map(_fate, codes))
    return found


def _fate(code: int | None) -> str:
    if code is None:
        return "unchecked"
    return "survived" if code in {_SURVIVED, *_NO_TESTS} else "killed"


def _share(counts: Counter[str]) -> float:
    return counts["killed"] / counts.total()


def _line(name: str, counts: Counter[str]) -> str:
    return f"{name:<24}{counts['killed']:>8}{counts['survived']:>10}{_share(counts):>8.1%}"


if __name__ == "__main__":
    sys.exit(main())
