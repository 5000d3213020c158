"""What stands behind a comparison: who decided, with what, and the exact prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from alignkit.report.comparison import Column, Comparison
from alignkit.report.exchanges import Exchanges, exchanges
from alignkit.report.wording import escalation_words, share_figures, short_hash, target_words
from alignkit.schema import DeciderIdentity, ModelIdentity, Profile, Record, Scenario


@dataclass(frozen=True)
class Fact:
    """A heading and what is to be said under it."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Facts about one thing."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Truths:
    """The true values of the choices."""

    attributes: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """Each choice's text, and a figure for every attribute."""


@dataclass(frozen=True)
class Template:
    """Which wording was used."""

    name: str
    hash: str
    short_hash: str
    source: str


@dataclass(frozen=True)
class ColumnDetails:
    """What stands behind one column."""

    title: str
    facts: tuple[Facts, ...]
    templates: tuple[Template, ...]
    exchanges: Exchanges


@dataclass(frozen=True)
class Details:
    """What stands behind a comparison."""

    scenario: tuple[Fact, ...]
    truths: Truths | None
    columns: tuple[ColumnDetails, ...]


def details(comparison: Comparison) -> Details:
    """All that the page keeps folded away about `comparison`."""
    titles = {attribute.name: attribute.title for attribute in comparison.attributes}
    return Details(
        scenario=_scenario(comparison.scenario),
        truths=_truths(comparison.scenario, titles),
        columns=tuple(_column(column) for column in comparison.columns),
    )


def _scenario(scenario: Scenario) -> tuple[Fact, ...]:
    ids = tuple(
        f"{number}: {choice.id}" + (" (stays last when the choices are reordered)" * choice.pinned)
        for number, choice in enumerate(scenario.choices, start=1)
    )
    return _given(
        ("Id", scenario.id),
        ("Ids of the choices", ids),
        ("Domain", scenario.domain),
        ("Names that may be exchanged", scenario.entities),
        ("Source", scenario.source),
        ("Licence", scenario.licence),
    )


def _truths(scenario: Scenario, titles: Mapping[str, str]) -> Truths | None:
    named = {name: None for choice in scenario.choices for name in choice.values or ()}
    if not named:
        return None
    rows = tuple(
        (choice.text, tuple(_figure((choice.values or {}).get(name)) for name in named))
        for choice in scenario.choices
    )
    return Truths(tuple(titles.get(name, name) for name in named), rows)


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _column(column: Column) -> ColumnDetails:
    record = column.record
    return ColumnDetails(
        title=column.title,
        facts=(
            Facts("Profile", _profile(record)),
            Facts("Decider", _given(("Name", record.decision.decider), _settings(record.decider))),
            Facts("Model", _model(record)),
            Facts("Decision", _decision(record)),
        ),
        templates=tuple(
            Template(t.name, t.sha256, short_hash(t.sha256), t.source)
            for t in record.evidence.templates
        ),
        exchanges=exchanges(record.evidence),
    )


def _profile(record: Record) -> tuple[Fact, ...]:
    profile = record.profile
    if profile is None:
        return (Fact("No profile", ("The model decided by itself.",)),)
    return _given(
        ("Name", profile.name),
        ("Title", profile.title),
        ("Description", profile.description),
        ("Targets", _targets(profile, record)),
        ("Persona", profile.persona),
        ("Group", f"{profile.group.name}: {profile.group.description}" if profile.group else None),
        ("Boundaries", _boundaries(profile)),
        ("Left to a person", escalation_words(profile.escalate) if profile.escalate else None),
    )


def _targets(profile: Profile, record: Record) -> tuple[str, ...]:
    known = {attribute.name: attribute for attribute in record.attributes}
    return tuple(
        f"{known[name].title}: {target_words(target, known[name])}"
        if name in known
        else f"{name}: {target}"
        for name, target in profile.targets.items()
    )


def _boundaries(profile: Profile) -> tuple[str, ...]:
    return tuple(
        f"{boundary.id}: {boundary.rule}"
        + (f" Never to be said: {'; '.join(boundary.never_say)}." if boundary.never_say else "")
        for boundary in profile.boundaries
    )


def _model(record: Record) -> tuple[Fact, ...]:
    model = record.model
    return _given(
        ("Name", model.name),
        ("Backend", model.backend),
        ("Weights (SHA-256)", short_hash(model.sha256) if model.sha256 else None),
        ("Served as", model.served_as),
        ("Answers by", model.answers_by),
        ("Engine", model.engine),
        _settings(model),
    )


def _decision(record: Record) -> tuple[Fact, ...]:
    decision, evidence = record.decision, record.evidence
    costs = share_figures({k: sum(row.values()) for k, row in (evidence.costs or {}).items()})
    return _given(
        ("Id", decision.id),
        ("Made", f"{record.created:%Y-%m-%d %H:%M:%S %Z}"),
        ("Held against each choice", tuple(f"{k}: {v}" for k, v in costs.items())),
        ("Ruled out by a boundary", tuple(f"{k}: {v}" for k, v in evidence.excluded.items())),
        ("Versions", ", ".join(f"{k} {v}" for k, v in record.versions.items())),
    )


def _settings(identity: ModelIdentity | DeciderIdentity) -> tuple[str, tuple[str, ...]]:
    found = identity.settings.items()
    return "Settings", tuple(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in found)


def _given(*facts: tuple[str, str | tuple[str, ...] | None]) -> tuple[Fact, ...]:
    """Those of `facts` that there is something to say about."""
    return tuple(
        Fact(label, (said,) if isinstance(said, str) else said) for label, said in facts if said
    )
