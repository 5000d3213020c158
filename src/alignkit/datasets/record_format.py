"""Results in the record format of the phase-2 triage data: `{input, label, output}`.

One file for each data set, profile, method and model, so that no record stands in a file twice. The
reader of `align_phase2` reads them again. Beside the published fields each record has `align`: the
probabilities, the outcome and how it was decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alignkit.datasets.ways import Kept, Parts, Way
from alignkit.schema import Scenario
from alignkit.schema.run import Cell, Result, Run


def write_records(folder: Path, run: Run, kept: Iterable[Kept]) -> list[Path]:
    """The files that were written to `folder` with what was `kept` of `run`.

    What is kept is read once and never held in memory as a whole.

    Raises:
        CannotWrite: a file cannot be written.
    """
    with Parts(folder) as parts:
        for scenario, cell, result in kept:
            record = _record(run, scenario, cell, result)
            parts.add(Way.of(cell), json.dumps(record, ensure_ascii=False))
        return [
            parts.written(way, f"{way.name}.json", before="[\n", after="\n]\n")
            for way in parts.ways()
        ]


def _record(run: Run, scenario: Scenario, cell: Cell, result: Result) -> dict[str, Any]:
    text = f"{scenario.context}\n{scenario.question}"
    choices = [_choice(scenario, place) for place in range(len(scenario.choices))]
    texts = {choice.id: choice.text for choice in scenario.choices}
    return {
        "input": {
            "scenario_id": cell.dataset,
            "alignment_target_id": cell.profile,
            "full_state": {
                "unstructured": text,
                # A repetition with another seed is another scene, for a scene stands there once.
                "meta_info": {"scene_id": _scene(scenario, cell)},
                "scenario_complete": False,
            },
            "state": text,
            "choices": choices,
        },
        "label": [choice["kdma_association"] for choice in choices],
        "choice_info": {
            "predicted_kdma_values": {
                texts[choice]: values for choice, values in result.estimates.items()
            },
            "true_kdma_values": {c["unstructured"]: c["kdma_association"] for c in choices},
        },
        "output": _output(scenario, choices, result),
        "align": {
            "run": run.id,
            "decider": cell.decider,
            "model": cell.model,
            "profile": cell.profile,
            "targets": cell.targets,
            "seed": cell.seed,
            "group": cell.group,
            **result.model_dump(mode="json", exclude={"estimates"}),
        },
    }


def _scene(scenario: Scenario, cell: Cell) -> str:
    return scenario.id if cell.seed == 0 else f"{scenario.id} seed {cell.seed}"


def _choice(scenario: Scenario, place: int) -> dict[str, Any]:
    choice = scenario.choices[place]
    return {
        "action_id": choice.id,
        "unstructured": choice.text,
        "kdma_association": choice.values or {},
    }


def _output(
    scenario: Scenario, choices: list[dict[str, Any]], result: Result
) -> dict[str, Any] | None:
    """The place and the choice itself; null where there is none."""
    if result.choice is None:
        return None
    place = scenario.choice_ids.index(result.choice)
    share = result.probabilities.get(result.choice, 0.0)
    return {
        "choice": place,
        "action": {**choices[place], "justification": f"Probability {share:.3f}."},
    }
