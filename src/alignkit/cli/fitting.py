"""What `align profiles fit` prints."""

from __future__ import annotations

import json

from rich.console import Group
from rich.table import Table
from rich.text import Text

from alignkit.service import Fit, FittedProfile


def table(found: FittedProfile) -> Group:
    """What was found, an attribute a row, and what could not be."""
    rows = Table(box=None, pad_edge=False, header_style="bright_black")
    rows.add_column("attribute")
    what = "weight" if found.plan.kind == "logit" else "wish"
    for heading in (what, found.plan.interval, "informative", "gain"):
        rows.add_column(heading, justify="right")
    rows.add_column("target")
    for fit in found.fits:
        rows.add_row(*map(Text, _cells(fit)))
    return Group(rows, *([Text(found.too_few)] if found.scarce else []))


def _cells(fit: Fit) -> tuple[str, ...]:
    low, high = fit.interval
    interval = f"{low:.2f} to {high:.2f}"
    target = "left out: flat" if fit.flat else str(fit.target)
    numbers = (f"{fit.estimate:.2f}", interval, str(fit.informative), f"{fit.gain:.2f}")
    return (fit.attribute, *numbers, target)


def as_json(found: FittedProfile) -> str:
    """All that was found, as one JSON object."""
    result = {
        "profile": found.profile.model_dump(mode="json", exclude_defaults=True),
        "fits": [
            {
                **vars(fit),
                "target": fit.target.model_dump(mode="json", exclude_defaults=True),
                "flat": fit.flat,
            }
            for fit in found.fits
        ],
        "scarce": found.scarce,
    }
    return json.dumps(result, ensure_ascii=False)
