"""An explanation for people at a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from alignkit.cli.rendering import CHOSEN, outcome_line
from alignkit.service.explaining import Change, Why

_SHOWN = 4
"""Changes that are printed."""
_LEAST, _MOST = 5, 20
"""Width of a choice's column."""
_GAP = 2


def explanation(why: Why, width: int) -> Group:
    """The choices, the costs as tables that add up, and what would flip the decision.

    Choices whose columns do not fit in a terminal `width` cells wide get a table further below.
    """
    decision, scenario = why.record.decision, why.record.scenario
    head = Text(f"{scenario.title or scenario.id}: {scenario.question}", style="bold")
    parts: list[RenderableType] = [head, outcome_line(decision)]
    if decision.probabilities:
        parts += [Text(), _choices(why), Text()]
    parts += [part for table in _tables(why, width) for part in (table, Text())]
    if left := _left_out(why):
        parts += [Text(f"Not relevant here, and so without a part in it: {left}."), Text()]
    if why.decisive is not None:
        lead = "Decided" if decision.choice is not None else "The likeliest is ahead"
        parts.append(Text(f"{lead} by: {_title(why, why.decisive)}."))
    if why.changes:
        what = "flip it" if decision.choice is not None else "make another choice the likeliest"
        parts.append(Text(f"Smallest changes of the profile that would {what}:"))
        parts += [Text(f"  {_said(why, change)}") for change in why.changes[:_SHOWN]]
    if why.note:
        parts.append(Text(why.note))
    return Group(*parts)


def _choices(why: Why) -> Table:
    """Every choice with its probability and its text; the chosen one is marked."""
    decision, excluded = why.record.decision, why.record.evidence.excluded
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, _GAP, 0, 0))
    table.add_column(width=1)
    table.add_column(overflow="fold", max_width=_MOST)
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for choice in why.record.scenario.choices:
        chosen = choice.id == decision.choice
        ruled = f" (ruled out: boundary {excluded[choice.id]})" if choice.id in excluded else ""
        style = "bold" if chosen else ""
        table.add_row(
            Text(CHOSEN if chosen else "", style="bold green"),
            Text(choice.id, style=style),
            Text(f"{decision.probabilities[choice.id]:.2f}", style=style),
            Text.assemble((choice.text, style), (ruled, "yellow")),
        )
    return table


def _tables(why: Why, width: int) -> Iterator[Table]:
    """What each target holds against each choice, and the sums."""
    if not why.costs:
        return
    names = list(next(iter(why.costs.values())))
    labels = [_label(why, name) for name in names]
    most = min(width // 2, max(map(cell_len, labels)))
    for choices in _fitting(list(why.costs), width - most):
        table = Table(
            box=None, pad_edge=False, header_style="bright_black", padding=(0, _GAP, 0, 0)
        )
        table.add_column("held against", overflow="fold", width=most)
        for choice in choices:
            table.add_column(
                Text(choice), justify="right", overflow="fold", min_width=_LEAST, max_width=_MOST
            )
        for name, label in zip(names, labels, strict=True):
            table.add_row(Text(label), *(f"{why.costs[choice][name]:.3f}" for choice in choices))
        sums = (f"{sum(why.costs[choice].values()):.3f}" for choice in choices)
        table.add_row(Text("sum", style="bold"), *(Text(total, style="bold") for total in sums))
        yield table


def _left_out(why: Why) -> str:
    """Targets that the model found irrelevant to the scenario, with how relevant it found them."""
    found = why.record.evidence.relevance or {}
    counted = next(iter((why.costs or {}).values()), {})
    left = [name for name in found if name not in counted] if counted else []
    return ", ".join(f"{_title(why, name)} {found[name]:.2f}" for name in left)


def _fitting(choices: Sequence[str], width: int) -> list[list[str]]:
    """`choices` in as few rows as their columns need that are `width` cells wide."""
    rows: list[list[str]] = [[]]
    room = width
    for choice in choices:
        needed = _GAP + min(max(cell_len(choice), _LEAST), _MOST)
        if rows[-1] and needed > room:
            rows.append([])
            room = width
        rows[-1].append(choice)
        room -= needed
    return rows


def _label(why: Why, name: str) -> str:
    target = why.record.profile.targets[name] if why.record.profile else None
    return f"{_title(why, name)}, wanted {target}"


def _title(why: Why, name: str) -> str:
    titles = {attribute.name: attribute.title for attribute in why.record.attributes}
    return titles.get(name, name)


def _said(why: Why, change: Change) -> str:
    what = "mean of the samples" if change.what == "samples" else change.what
    levels = f"{change.before:.3g} to {_shown(change)}"
    return f"{_title(why, change.attribute)}: {what} from {levels}, then {change.choice}"


def _shown(change: Change) -> str:
    """What it is changed to, with three digits that are not below what it needs."""
    if change.what == "weight":
        return f"{change.after:.3g}"
    steps = round(change.after * 1000, 6)
    return f"{(math.ceil if change.after > change.before else math.floor)(steps) / 1000:g}"
