"""Do the statistics keep what they promise? Samples are drawn from known worlds and judged.

`make simulate` runs it in less than five minutes on two processors. It prints:

- whether learned thresholds keep their guarantee, and after how many examples calibration pays;
- how often intervals hold the true value;
- how often tests find what is not there, and how often they find what is.

All draws come from one seed. It ends with 1 if a promise is broken. With `--write PAGE` the tables
also replace those between the marks of the page, as in docs/statistics.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import os
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.simulated import learning, table
from benchmarks.simulated.study import SEED, Line

_PLACE = "(<!-- {name} -->\n).*?(<!-- end -->)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all simulations; 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables there too")
    page: Path | None = parser.parse_args(arguments).write
    start = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        learned = pool.submit(learning.report)
        studies = table.every()
        counts = pool.map(table.count, range(len(studies)))
        lines = [Line(study, *found) for study, found in zip(studies, counts, strict=True)]
        said, kept = learned.result()
    count = len(table.intervals())
    intervals, tests = lines[:count], lines[count:]
    print(said)
    print(f"INTERVALS: how often they hold the true value.\n\n{table.text(intervals)}\n")
    print(f"TESTS: how often they find something.\n\n{table.text(tests)}\n")
    broken = [line.study for line in lines if not line.kept]
    print(*(f"BROKEN: {study.about}, {study.world}" for study in broken), sep="\n")
    print(f"{time.monotonic() - start:.0f} s, seed {SEED}")
    if page:
        _write(page, said, intervals, tests)
    return 0 if kept and not broken else 1


def _write(page: Path, said: str, intervals: Sequence[Line], tests: Sequence[Line]) -> None:
    """Replace what stands between the marks of the page."""
    today = dt.datetime.now(dt.UTC).date()
    guarantee = said.partition("CALIBRATION")[0].strip()
    parts = {
        "run": f"Last run on {today}, seed {SEED}.\n",
        "thresholds": f"```text\n{guarantee}\n```\n",
        "intervals": table.markdown(intervals) + "\n",
        "tests": table.markdown(tests) + "\n",
    }
    text = page.read_text(encoding="utf-8")
    for name, part in parts.items():
        place = re.compile(_PLACE.format(name=name), re.DOTALL)
        text = place.sub(lambda found, part=part: found[1] + part + found[2], text)  # type: ignore[misc]
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
