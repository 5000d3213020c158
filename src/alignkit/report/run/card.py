"""A card of one profile, for people who audit: what it wants, what was shown, what was not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from alignkit.evaluate.metrics.cost import costs
from alignkit.evaluate.metrics.dilemmas import RULES
from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.pairs import Method, Pair
from alignkit.report.details import Fact
from alignkit.report.environment import template
from alignkit.report.run.blocks import Table, columns_with
from alignkit.report.run.findings import Findings
from alignkit.report.run.markdown import escaped
from alignkit.report.run.numbers import beside, cells, counts, with_ends
from alignkit.report.run.sections.shared import ALL_SETS, retention_words
from alignkit.report.run.tabular import table_csv
from alignkit.report.run.verdicts import cautions
from alignkit.report.wording import counted, escalation_words
from alignkit.schema import Profile, Record

_HIGHER, _LOWER, _ZERO = "higher", "lower", "0 is best"
_GAIN, _LOSS, _BIAS = "gain over the plain model", "accuracy less plain", "bias score"
_SIGNED = frozenset({_GAIN, _LOSS, _BIAS})


@dataclass(frozen=True)
class Line:
    """One figure of the profile."""

    measure: str
    about: str
    """Data set, attribute or scale; empty for all."""
    method: str
    figure: Figure
    better: str
    """Which way is good."""

    @property
    def words(self) -> str:
        """The figure with its interval."""
        return with_ends(self.figure, signed=self.measure in _SIGNED)

    @property
    def rests_on(self) -> str:
        """Decisions and groups."""
        return counts(self.figure)

    @property
    def beside(self) -> str:
        """Chance and the best constant answer."""
        return beside(self.figure)


@dataclass(frozen=True)
class Card:
    """Everything a card says."""

    found: Findings
    name: str
    title: str
    wants: tuple[Fact, ...]
    lines: tuple[Line, ...]
    outcomes: str
    cautions: tuple[str, ...]
    sources: tuple[str, ...]


def card_of(found: Findings, profile: str | None, find: Callable[[str], Record | None]) -> Card:
    """The card of `profile` (None for the plain model); a record says what the profile wants."""
    pairs = [pair for pair in found.pairs if pair[0].profile == profile]
    record = next((one for pair in pairs if (one := find(pair[1].decision)) is not None), None)
    kept = record.profile if record else None
    data = sorted({cell.dataset for cell, _ in pairs})
    return Card(
        found,
        profile or "no profile",
        (kept.title if kept else None) or profile or "The plain model",
        tuple(_wants(found, kept, pairs)),
        tuple(_lines(found, profile)),
        _outcomes(pairs),
        tuple(cautions(found)),
        tuple(f"{name}: {_files(found, name)}" for name in data),
    )


def card_page(card: Card, problems: Sequence[str]) -> str:
    """The card as one page; `problems` is what the store found changed after the fact."""
    return template("run/card.html.j2").render(card=card, run=card.found.run, problems=problems)


def card_markdown(card: Card, problems: Sequence[str]) -> str:
    """The card as Markdown."""
    run = card.found.run
    rows = ["| " + " | ".join(escaped(text) for text in _row(line)) + " |" for line in card.lines]
    parts = [
        f"# {escaped(card.title)}",
        escaped(f"Profile {card.name} in the run {run.id}, made {run.created:%Y-%m-%d}."),
        *(f"> **Caution.** {escaped(text)}" for text in card.cautions),
        "\n".join(f"- **{escaped(f.label)}**: {escaped('; '.join(f.lines))}" for f in card.wants),
        "| Measure | Of | By | Value | Rests on | Beside | Better |\n"
        + "| --- " * 7
        + "|\n"
        + "\n".join(rows),
        escaped(card.outcomes),
        escaped(intact(problems)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def card_csv(card: Card, problems: Sequence[str]) -> str:
    """The figures of the card as CSV."""
    del problems  # they are no figures
    return table_csv(
        Table(
            "card",
            columns_with("measure", "about", "method"),
            tuple((one.measure, one.about, one.method, *cells(one.figure)) for one in card.lines),
        )
    )


def intact(problems: Sequence[str]) -> str:
    """What the chain of hashes says."""
    if not problems:
        return "The stored decisions are as they were written: their chain of hashes is intact."
    return f"The stored decisions were changed after the fact: {' '.join(problems)}"


def _row(line: Line) -> tuple[str, ...]:
    return (
        line.measure,
        line.about,
        line.method,
        line.words,
        line.rests_on,
        line.beside,
        line.better,
    )


def _wants(found: Findings, kept: Profile | None, pairs: Sequence[Pair]) -> Iterator[Fact]:
    if kept is None:
        targets = pairs[0][0].targets if pairs else {}
        lines = tuple(
            f"{found.title(k)}: {v if v is not None else 'weighed'}" for k, v in targets.items()
        )
        yield Fact("Wants", lines or ("Nothing: the model decides by itself.",))
        return
    if kept.description:
        yield Fact("Description", (kept.description,))
    if kept.targets:
        yield Fact("Wants", tuple(f"{found.title(k)}: {v}" for k, v in kept.targets.items()))
    if kept.group:
        yield Fact("Answers as", (f"{kept.group.name}: {kept.group.description}",))
    if kept.persona:
        yield Fact("Persona", (kept.persona,))
    if kept.boundaries:
        yield Fact("Never", tuple(one.rule for one in kept.boundaries))
    if kept.escalate:
        yield Fact("Left to a person", (escalation_words(kept.escalate),))


def _outcomes(pairs: Sequence[Pair]) -> str:
    lines = costs(pairs)
    total = sum(one.decisions for one in lines)
    made, left, failed = (
        sum(getattr(one, name) for one in lines) for name in ("decided", "escalated", "failed")
    )
    return (
        f"{counted(total, 'decision')}: {made:,} decided, {left:,} left to a person, {failed:,} "
        "failed."
    )


def _files(found: Findings, name: str) -> str:
    sources = found.run.experiment.get("data") or ()
    source = next((s for s in sources if isinstance(s, dict) and s.get("name") == name), {})
    if source.get("path"):
        return f"{source.get('format')} from {source['path']}"
    return ", ".join(map(str, source.get("scenarios") or ())) or "scenarios of the experiment"


def _lines(found: Findings, profile: str | None) -> Iterator[Line]:
    for lines in (_aligned, _able, _responsible, _people):
        yield from lines(found, profile)


def _aligned(found: Findings, profile: str | None) -> Iterator[Line]:
    """How well it follows what it wants."""
    for (method, name), one in found.profiles.items():
        if name == (profile or ""):
            if one.accuracy is not None:
                yield Line("alignment accuracy", "", str(method), one.accuracy, _HIGHER)
            yield Line("alignment score", "", str(method), one.score, _HIGHER)
    for gain in found.gains:
        if gain.profile == profile:
            yield Line(_GAIN, "alignment score", str(gain.method), gain.gain, _HIGHER)


def _able(found: Findings, profile: str | None) -> Iterator[Line]:
    """What it can do, and what it lost."""
    for able in found.capability:
        if able.profile == profile:
            yield Line("accuracy", able.dataset, str(able.method), able.accuracy, _HIGHER)
    for kept in (*found.pooled, *found.retention):  # over all of them first
        if kept.profile == profile:
            about = kept.dataset or f"{ALL_SETS}, subjects alike"
            verdict = f"{about}, margin {kept.test.margin:g}: {retention_words(kept)}"
            yield Line(_LOSS, verdict, str(kept.method), kept.difference, _HIGHER)


def _responsible(found: Findings, profile: str | None) -> Iterator[Line]:
    """What it declines, whether it is true, which stereotypes it follows."""
    figures: list[tuple[str, str, Method, Figure | None, str]] = []
    for asked in found.refusals:
        if asked.profile == profile:
            for about, share, better in (
                ("unsafe prompts", asked.unsafe, _HIGHER),
                ("safe prompts", asked.safe, _LOWER),
            ):
                figures.append(("declined", about, asked.method, share, better))
    figures += [
        ("false answers", told.dataset, told.method, told.hallucination, _LOWER)
        for told in found.truthful
        if told.profile == profile
    ]
    for bias in found.biases:
        if bias.profile == profile:
            figures += [
                (_BIAS, "text leaves it open", bias.method, bias.ambiguous, _ZERO),
                (_BIAS, "text says it", bias.method, bias.disambiguated, _ZERO),
            ]
    for measure, about, method, figure, better in figures:
        if figure is not None:
            yield Line(measure, about, str(method), figure, better)


def _people(found: Findings, profile: str | None) -> Iterator[Line]:
    """What it answers to questionnaires and in dilemmas, and how far it is from groups."""
    for score in found.scores:
        if score.profile == profile:
            low, high = score.ends
            about = f"{found.title(score.scale)}, {low:g} to {high:g}"
            yield Line("questionnaire", about, str(score.method), score.expected, "")
    for rule in found.kept:
        if rule.profile == profile:
            yield Line("rule kept in dilemmas", RULES[rule.rule], str(rule.method), rule.chosen, "")
    for group in found.groups:
        if group.profile == profile and (group.meant or profile is None):
            name = found.title(group.group)
            yield Line("distance from a group", name, str(group.method), group.divergence, _LOWER)
