"""Results as eval logs of Inspect (inspect_ai): version 2, in JSON, as `inspect view` reads them.

One log for each data set, profile, method and model. The shape is that of `inspect_ai.log.EvalLog`
as of 0.3 (https://inspect.aisi.org.uk/eval-logs.html). Choices are lettered as `multiple_choice`
does. A log has a score for each thing that its decisions can be right in; what that is, the caller
says. A failed item is scored "N" (no answer); one without known truth is not scored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic

from alignkit.datasets.ways import Judge, Kept, Parts, V, Verdict, Way
from alignkit.schema import Scenario
from alignkit.schema.question import Usage
from alignkit.schema.run import Cell, Result, Run

VERSION = 2
RIGHT, WRONG, NONE = "C", "I", "N"


def write_inspect_logs(folder: Path, run: Run, kept: Iterable[Kept], judge: Judge[V]) -> list[Path]:
    """The logs that were written to `folder` with what was `kept` of `run`.

    What is kept is read once and never held in memory as a whole; verdicts are.

    Raises:
        CannotWrite: a file cannot be written.
    """
    totals: dict[Way, _Totals[V]] = {}
    with Parts(folder) as parts:
        for scenario, cell, result in kept:
            way = Way.of(cell)
            total = totals.setdefault(way, _Totals())
            verdicts = judge.verdicts(cell, result)
            sample = _sample(scenario, cell, result, verdicts, total.epoch(cell.seed))
            total.add(scenario, result, verdicts)
            parts.add(way, json.dumps(sample, ensure_ascii=False))
        return [
            _written(parts, run, way, totals[way], totals[way].scores(judge))
            for way in parts.ways()
        ]


@dataclass
class _Totals(Generic[V]):
    """What is summed up while samples go by."""

    epochs: dict[int, int] = field(default_factory=dict)
    """By seed: the number of the repetition, from 1."""
    ids: dict[str, None] = field(default_factory=dict)
    samples: int = 0
    completed: int = 0
    verdicts: dict[str, list[V]] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    def epoch(self, seed: int) -> int:
        return self.epochs.setdefault(seed, len(self.epochs) + 1)

    def add(self, scenario: Scenario, result: Result, verdicts: Sequence[V]) -> None:
        self.ids.setdefault(scenario.id)
        self.samples += 1
        self.completed += result.outcome != "failed"
        self.usage += result.usage
        for one in verdicts:
            self.verdicts.setdefault(one.name, []).append(one)

    def scores(self, judge: Judge[V]) -> list[dict[str, Any]]:
        return [self._score(name, judge.metrics(ones)) for name, ones in self.verdicts.items()]

    def _score(self, name: str, metrics: Mapping[str, float]) -> dict[str, Any]:
        return {
            "name": name,
            "scorer": name,
            "scored_samples": len(self.verdicts[name]),
            "unscored_samples": self.samples - len(self.verdicts[name]),
            "params": {},
            "metrics": {
                metric: {"name": metric, "value": value, "params": {}}
                for metric, value in metrics.items()
            },
        }


def _letter(scenario: Scenario, choice: str) -> str:
    """The letter of a choice, as Inspect counts: A to Z, then numbers from 1."""
    place = scenario.choice_ids.index(choice)
    return chr(ord("A") + place) if place < 26 else str(place - 25)  # noqa: PLR2004


def _sample(
    scenario: Scenario, cell: Cell, result: Result, verdicts: Sequence[Verdict], epoch: int
) -> dict[str, Any]:
    asked = f"{scenario.context}\n\n{scenario.question}"
    # What is right in every way; a profile of several wishes may leave nothing.
    right = frozenset.intersection(*(one.right for one in verdicts)) if verdicts else frozenset()
    targets = [_letter(scenario, one) for one in scenario.choice_ids if one in right]
    answer = _letter(scenario, result.choice) if result.choice is not None else None
    said = {"role": "assistant", "content": answer, "source": "generate", "model": cell.model}
    sample = {
        "id": scenario.id,
        "epoch": epoch,
        "input": asked,
        "choices": [choice.text for choice in scenario.choices],
        "target": targets[0] if len(targets) == 1 else targets,
        "messages": [
            {"role": "user", "content": asked, "source": "input"},
            *([said] if answer is not None else []),
        ],
        "output": _output(cell, result, answer),
        "metadata": _metadata(cell, result),
        "store": {},
        "events": [],
        "model_usage": {_model(cell.model): _usage(result.usage)},
        "total_time": result.usage.seconds,
        "uuid": result.decision,
        "attachments": {},
    }
    if verdicts:
        sample["scores"] = {one.name: _score(result, one, answer) for one in verdicts}
    if result.outcome == "failed":
        message = result.reason or "failed"
        sample["error"] = {"message": message, "traceback": "", "traceback_ansi": ""}
    return sample


def _output(cell: Cell, result: Result, answer: str | None) -> dict[str, Any]:
    said = {"role": "assistant", "content": answer or "", "source": "generate", "model": cell.model}
    choices = [{"message": said, "stop_reason": "stop"}] if answer is not None else []
    return {
        "model": _model(cell.model),
        "choices": choices,
        "completion": answer or "",
        "usage": _usage(result.usage),
        "time": result.usage.seconds,
        **({"error": result.reason} if result.outcome == "failed" else {}),
    }


def _score(result: Result, verdict: Verdict, answer: str | None) -> dict[str, Any]:
    whole = {0.0: WRONG, 1.0: RIGHT}  # an escalated decision may be torn between likeliest choices
    value = NONE if result.outcome == "failed" else whole.get(verdict.value, verdict.value)
    return {"value": value, "answer": answer, "explanation": result.reason}


def _metadata(cell: Cell, result: Result) -> dict[str, Any]:
    """What Inspect has no field for."""
    return {
        "outcome": result.outcome,
        "choice": result.choice,
        "confidence": result.confidence,
        "probabilities": result.probabilities,
        "estimates": result.estimates,
        "truths": cell.truths,
        "profile": cell.profile,
        "targets": cell.targets,
        "group": cell.group,
        "tags": cell.tags,
        "seed": cell.seed,
        "key": cell.key,
        "reason": result.reason,
    }


def _model(name: str) -> str:
    """As Inspect names models: who provides it, and its name."""
    return f"alignkit/{name}"


def _usage(usage: Usage) -> dict[str, int]:
    return {
        "input_tokens": usage.tokens_evaluated,
        "output_tokens": usage.tokens_generated,
        "total_tokens": usage.tokens_submitted + usage.tokens_generated,
        "input_tokens_cache_read": usage.tokens_submitted - usage.tokens_evaluated,
    }


def _written(
    parts: Parts, run: Run, way: Way, total: _Totals[V], scores: Sequence[Mapping[str, Any]]
) -> Path:
    identity = f"{run.id}/{way.sha256}"
    created = run.created.isoformat(timespec="seconds")
    ended = run.created + timedelta(seconds=total.usage.seconds)
    head = {
        "version": VERSION,
        "status": "success",
        "eval": _spec(run, way, total, created, identity),
        "plan": {"name": way.decider, "steps": [], "config": {}},
        "results": {
            "total_samples": total.samples,
            "completed_samples": total.completed,
            "scores": scores,
        },
        "stats": {
            "started_at": created,
            "completed_at": ended.isoformat(timespec="seconds"),
            "model_usage": {_model(way.model): _usage(total.usage)},
        },
    }
    before = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
    stamp = created.replace(":", "-")
    name = f"{stamp}_{way.name}.json"
    return parts.written(way, name, f'{before},\n  "samples": [\n', "\n  ]\n}\n")


def _spec(run: Run, way: Way, total: _Totals[V], created: str, identity: str) -> dict[str, Any]:
    return {
        "eval_id": identity,
        "run_id": run.id,
        "created": created,
        "task": f"{run.name}/{way.dataset}",
        "task_id": way.sha256[:22],
        "task_display_name": f"{run.name}: {way.title}",
        "task_args": {"profile": way.profile, "decider": way.decider},
        "solver": way.decider,
        "dataset": {
            "name": way.dataset,
            "samples": len(total.ids),
            "sample_ids": list(total.ids),
            "shuffled": False,
        },
        "model": _model(way.model),
        "config": {"epochs": len(total.epochs), "fail_on_error": False},
        "packages": run.versions,
        "metadata": {"experiment": run.experiment, "profile": way.profile},
    }
