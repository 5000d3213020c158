"""The main job in one run: three triage scenarios under no profile and under two opposite ones.

Prints them side by side and writes the page. `make demo` runs it.
"""

from __future__ import annotations

import sys

from alignkit.cli.main import run

SCENARIOS = ("surgeon-and-minibus", "last-antivenom", "firefighter-on-the-stretcher")
PROFILES = ("none", "utilitarian-medic", "steadfast-medic")
PAGE = "out/demo.html"


def main() -> int:
    """Decide and show; gives the exit code."""
    profiles = [part for profile in PROFILES for part in ("--profile", profile)]
    return run(["compare", *SCENARIOS, *profiles, "--html", PAGE, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
