"""Findings of a made-up run that has something for every section."""

from __future__ import annotations

import numpy as np
import pytest

from alignkit.report.run.findings import Findings, findings
from alignkit.testing.runs import Pair, answered, asked, made, prompted, run_of, steered_run

BASE = dict.fromkeys(("care", "fairness", "loyalty", "authority", "sanctity"), 2.5)
EXPERIMENT = {
    "margin": 0.05,
    "prices": {"fake": {"submitted": 2.0}},
    "data": [
        {"name": "halu", "format": "halueval", "path": "halueval"},
        {"name": "opinions", "format": "opinionqa_align", "path": "opinionqa_align"},
    ],
}


def everything(seed: int = 1) -> list[Pair]:
    """Decisions for every figure there is."""
    rng = np.random.default_rng(seed)
    pairs = steered_run(
        rng,
        {"care": 0.8, "fairness": 0.0},
        40,
        levels=(0.0, 0.5, 1.0),
        leak={("care", "fairness"): 0.5},
        plain=True,
    )
    pairs += asked(rng, {None: 0.7, "care-high": 0.7, "care-low": 0.3}, 100)
    pairs += answered(rng, {None: BASE, "care-high": {**BASE, "care": 4.3}, "loyalty-high": BASE})
    pairs += prompted(rng, 0.9, 0.1)
    right = {"c1": {"correctness": 1.0}, "c2": {"correctness": 0.0}}
    pairs += [made(f"h{n}", right, ("c1", "c2")[n % 2], dataset="halu") for n in range(12)]
    group = {"c1": {"low_income": 1.0}, "c2": {"low_income": 0.4}, "c3": {"low_income": 0.0}}
    pairs += [
        made(f"o{n}", group, "c1", dataset="opinions", profile=name)
        for n in range(12)
        for name in (None, "low-income")
    ]
    both = {"x": {"deceives": 1.0, "cheats": 0.0}, "y": {"deceives": 0.0, "cheats": 1.0}}
    pairs += [
        made(f"d{n}", both, "xy"[n % 4 > 0], dataset="dilemmas", profile=name)
        for n in range(12)
        for name in (None, "care-high")
    ]
    bbq = {key: {"correctness": float(key == "u")} for key in "bnu"}
    pairs += [
        made(
            f"b{n}",
            bbq,
            "bnu"[n % 3],
            dataset="bbq",
            tags={"condition": ("ambig", "disambig")[n % 2], "unknown": "u", "biased": "b"},
        )
        for n in range(24)
    ]
    return pairs


@pytest.fixture(scope="session")
def found() -> Findings:
    pairs = everything()
    return findings(run_of(pairs, **EXPERIMENT), pairs, titles={"care": "Care"})
