"""What other tools are told of a run is what its report says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alignkit.evaluate.measures import MEASURES
from alignkit.report.run.findings import formats_of
from alignkit.service import Workbench, exported_for
from alignkit.service.evidence.stored import stored
from alignkit.service.experiments.preparing import prepared
from alignkit.service.experiments.reading import read_experiment
from alignkit.service.experiments.running import Running
from alignkit.store import Store

from .conftest import Write

HEADER = (
    "Type,Category,Question,Best Answer,Best Incorrect Answer,Correct Answers,Incorrect Answers"
)


async def test_a_log_has_the_accuracies_of_the_report(
    bench: Workbench, write: Write, store: Store, data: Path, tmp_path: Path
) -> None:
    asked = "".join(f"x,y,Is it {n}?,Yes {n},No {n},Yes {n},No {n}\n" for n in range(6))
    (data / "pairs.csv").write_text(f"{HEADER}\n{asked}", encoding="utf-8")
    path = write(
        data=[
            {"name": "mta", "format": "mta", "path": "mta.json"},
            {"name": "pairs", "format": "truthfulqa_pairs", "path": "pairs.csv"},
        ],
        profiles=[{"sweep": {"attributes": ["fairness"], "levels": [0, 0.5, 1]}}],
        deciders=["first"],
    )
    found = await prepared(read_experiment(path), bench)
    assert [one async for one in Running(found, bench, store).events()]
    run = store.runs()[0]
    kept = stored(store, run.id)
    logs = [
        json.loads(one.read_text(encoding="utf-8"))
        for one in exported_for(store, run.id, "inspect", tmp_path / "logs")
    ]
    seen = set()
    for log in logs:
        args, dataset = log["eval"]["task_args"], log["eval"]["dataset"]["name"]
        pairs = [
            pair
            for pair in kept.pairs
            if (pair[0].dataset, pair[0].profile) == (dataset, args["profile"])
        ]
        for score in log["results"]["scores"]:
            name = score["name"]
            measure = MEASURES[name.partition("_")[0]]
            points = measure.points(pairs, formats_of(run))
            accuracy = score["metrics"]["accuracy"]["value"]
            assert accuracy == pytest.approx(sum(one.value for one in points) / len(points))
            seen.add((dataset, args["profile"], name))
    assert seen == {
        ("mta", "fairness-low", "alignment_fairness"),
        ("mta", "fairness-high", "alignment_fairness"),  # nothing is right at the middle level
        ("pairs", "fairness-low", "truth"),
        ("pairs", "fairness-50", "truth"),
        ("pairs", "fairness-high", "truth"),
    }
