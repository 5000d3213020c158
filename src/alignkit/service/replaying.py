"""Makes a recorded decision again and says what differs."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.catalog import format_spec
from alignkit.schema import Decision, ModelIdentity, Record, TemplateVersion
from alignkit.service.workbench import Workbench

TOLERANCE = 1e-3
"""Probabilities further apart than this differ."""


@dataclass(frozen=True)
class Replay:
    """A recorded decision, the same one made again, and what differs."""

    record: Record
    decision: Decision
    differences: tuple[str, ...]
    """One line each; none when the decision holds."""
    notes: tuple[str, ...]
    """What is not as it was and need not matter: the engine's version, another name of the same
    file."""


async def replay(record: Record, workbench: Workbench, model: str | None = None) -> Replay:
    """Decide again what `record` holds, with its model or with `model`.

    Raises:
        UnknownName: the record's model or decider is not known here.
        ModelError: the model cannot be had or started.
    """
    decider = workbench.decider(
        record.decider.name,
        model or _model_spec(record.model),
        attributes={attribute.name: attribute for attribute in record.attributes},
        given=record.decider.settings,
        calibration=record.calibration,
    )
    decision = await decider.decide(record.scenario, record.profile)
    now = decider.model.identity if decider.model else record.model
    return Replay(
        record=record,
        decision=decision,
        differences=(
            *_models_differ(record.model, now),
            *_templates_differ(record.evidence.templates, decision.evidence.templates),
            *_decisions_differ(record.decision, decision),
        ),
        notes=tuple(_noted(record.model, now)),
    )


def _model_spec(model: ModelIdentity) -> str:
    """The name under which the recorded model is opened with the settings it had."""
    return format_spec(model.name.partition("?")[0], model.settings)


def _models_differ(was: ModelIdentity, now: ModelIdentity) -> list[str]:
    pairs = (
        ("model", was.name, was.name if _same_weights(was, now) else now.name),
        ("model hash", was.sha256, now.sha256),
        ("served model", was.served_as, now.served_as),
        ("model settings", was.settings, now.settings),
    )
    return [f"{what}: was {a}, is {b}" for what, a, b in pairs if a != b]


def _same_weights(was: ModelIdentity, now: ModelIdentity) -> bool:
    return was.sha256 is not None and was.sha256 == now.sha256


def _noted(was: ModelIdentity, now: ModelIdentity) -> list[str]:
    pairs = [
        ("engine", was.engine, now.engine),
        ("answers by", was.answers_by, now.answers_by),
    ]
    if _same_weights(was, now):
        pairs.append(("model", was.name, now.name))
    return [f"{what}: was {a}, is {b}" for what, a, b in pairs if a != b]


def _templates_differ(
    was: tuple[TemplateVersion, ...], now: tuple[TemplateVersion, ...]
) -> list[str]:
    before = {template.name: template.sha256 for template in was}
    after = {template.name: template.sha256 for template in now}
    return [
        f"template {name}: was {_short(before.get(name))}, is {_short(after.get(name))}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _decisions_differ(was: Decision, now: Decision) -> list[str]:
    found = []
    if was.outcome != now.outcome:
        found.append(f"outcome: was {was.outcome}, is {now.outcome} ({now.reason})")
    if was.choice != now.choice:
        found.append(f"choice: was {was.choice}, is {now.choice}")
    for choice in {**was.probabilities, **now.probabilities}:
        before, after = was.probabilities.get(choice), now.probabilities.get(choice)
        if before is None or after is None or abs(before - after) > TOLERANCE:
            found.append(f"probability of {choice}: was {_told(before)}, is {_told(after)}")
    return found


def _told(probability: float | None) -> str:
    return "not there" if probability is None else f"{probability:.4f}"


def _short(digest: str | None) -> str:
    return digest[:12] if digest else "not used"
