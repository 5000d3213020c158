"""Decisions for people at a terminal: cards, rows, and columns side by side."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from alignkit.report import Column, Comparison
from alignkit.report.wording import no_estimate_words
from alignkit.schema import Attribute, Decision, Profile, Record, Scenario

_BAR = 12
_CHOICES, _COLUMN = 24, 18
"""Least width of the choices' texts, and of a column beside them, in a comparison."""
_EIGHTHS = " ▏▎▍▌▋▊▉"
CHOSEN = "▶"
_OUTCOMES = {"decided": "green", "escalated": "yellow", "failed": "red"}


def bar(share: float, width: int = _BAR) -> str:
    """`share` (0 to 1) as a bar of at most `width` cells, in eighths of a cell."""
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def share_line(share: float, *, chosen: bool, width: int = _BAR) -> Text:
    """A probability as mark, bar and figure."""
    style = "bold" if chosen else ""
    return Text.assemble(
        (CHOSEN if chosen else " ", "bold green"),
        (bar(share, width), "green" if chosen else "bright_black"),
        (f" {share:.2f}", style),
    )


def card(scenario: Scenario, decision: Decision, attributes: tuple[Attribute, ...]) -> Group:
    """One decision in full."""
    shares = Table(box=None, pad_edge=False, show_header=False)
    shares.add_column(no_wrap=True)
    shares.add_column(overflow="fold")
    for choice in scenario.choices:
        chosen = choice.id == decision.choice
        share = decision.probabilities.get(choice.id)
        cell = Text("-") if share is None else share_line(share, chosen=chosen)
        shares.add_row(cell, Text(choice.text, style="bold" if chosen else ""))
    parts: list[RenderableType] = [
        Text(f"{scenario.title or scenario.id}: {scenario.question}", style="bold"),
        shares,
    ]
    if decision.estimates:
        parts.append(_estimates(scenario, decision, attributes))
    parts.append(outcome_line(decision))
    if decision.explanation:
        parts.append(Text(decision.explanation, style="italic"))
    return Group(*parts, Text(cost_line(decision), style="bright_black"))


def _estimates(scenario: Scenario, decision: Decision, attributes: tuple[Attribute, ...]) -> Table:
    """How much each choice shows each attribute: attributes as rows, choices as columns."""
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    table.add_column("estimates")
    for choice in scenario.choices:
        table.add_column(Text(choice.id), overflow="fold")
    for attribute in attributes:
        cells = (_estimate(decision, choice.id, attribute) for choice in scenario.choices)
        table.add_row(Text(attribute.title), *cells)
    return table


def _estimate(decision: Decision, choice: str, attribute: Attribute) -> Text:
    found = decision.estimates.get(choice, {}).get(attribute.name)
    if found is None:
        return Text(no_estimate_words(decision, attribute.name, "-"))
    return Text(f"{found.mean:.2f} ±{found.sd:.2f}")


def outcome_line(decision: Decision) -> Text:
    """The outcome in a word, its reason or its confidence."""
    tail = decision.reason or f"confidence {decision.confidence:.2f}"
    shifts = (
        (decision.order_shift, "over the orders of the choices"),
        (decision.name_shift, "over exchanged names"),
    )
    moved = [f"{shift:.2f} {over}" for shift, over in shifts if shift is not None]
    if moved:
        tail += f", moved by at most {' and '.join(moved)}"
    return Text.assemble((decision.outcome, f"bold {_OUTCOMES[decision.outcome]}"), f": {tail}")


def cost_line(decision: Decision) -> str:
    """Who decided and what it cost."""
    usage = decision.usage
    who = f"{decision.profile or 'no profile'}, {decision.decider}, {decision.model}"
    return (
        f"{who}; {usage.calls} calls, {usage.tokens_evaluated} of {usage.tokens_submitted} tokens "
        f"evaluated, {usage.seconds:.1f} s"
    )


class Rows:
    """A table whose rows are printed as they come, in columns of fixed width."""

    def __init__(self, console: Console) -> None:
        """Print to `console`, as wide as it is."""
        self._console = console
        self._widths = (min(30, max(14, console.width // 4)), 10, _BAR + 6)

    def header(self) -> None:
        """Print the headings."""
        names = ("scenario", "outcome", "probability", "choice")
        self._console.print(Text(self._line(names), style="bold"))

    def row(self, decision: Decision, scenario: Scenario | None) -> None:
        """Print one decision."""
        text = decision.reason or ""
        if scenario is not None and decision.choice is not None:
            text = next(c.text for c in scenario.choices if c.id == decision.choice)
        share = decision.probabilities.get(decision.choice or "")
        shown = "" if share is None else f"{bar(share)} {share:.2f}"
        line = Text(self._line((decision.scenario, decision.outcome, shown, text)))
        start = cell_len(set_cell_size("", self._widths[0] + 2))
        line.stylize(_OUTCOMES[decision.outcome], start, start + self._widths[1])
        if decision.outcome != "failed":  # the reason of a failure is never cut
            line.truncate(self._console.width, overflow="ellipsis")
        self._console.print(line, soft_wrap=True)

    def _line(self, cells: tuple[str, str, str, str]) -> str:
        fixed = [set_cell_size(c, w) for c, w in zip(cells, self._widths, strict=False)]
        return "  ".join([*fixed, cells[3].replace("\n", " ")])


def side_by_side(comparison: Comparison, width: int) -> Panel:
    """One scenario with a column for each way it was decided, for a terminal `width` cells wide.

    Columns that do not fit beside each other go below, with the choices repeated.
    """
    scenario, columns = comparison.scenario, comparison.columns
    fit = max(1, (width - _CHOICES) // _COLUMN)
    blocks = [columns[at : at + fit] for at in range(0, len(columns), fit)]
    parts: list[RenderableType] = []
    for block in blocks:
        parts += [_block(comparison, block), Text()]
    parts += [why_line(column) for column in columns]
    title = Text(f"{scenario.title or scenario.id}: {scenario.question}", style="bold")
    return Panel(Group(*parts), title=title, title_align="left")


def _block(comparison: Comparison, columns: Sequence[Column]) -> Table:
    """A table of those columns that fit beside each other."""
    choices = comparison.scenario.choices
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 1))
    table.add_column("", ratio=1, overflow="fold")
    for column in columns:
        table.add_column(Text(column.title.replace(" · ", "\n")), overflow="fold")
    for choice in choices:
        cells = [_share_cell(column.record, choice.id) for column in columns]
        table.add_row(Text(choice.text), *cells)
    for attribute in comparison.attributes:
        wanted = [Text(_wanted(column.profile, attribute), style="cyan") for column in columns]
        if not any(cell.plain for cell in wanted):
            continue
        table.add_row(Text(attribute.title, style="bold"), *wanted)
        for choice in choices:
            cells = [_estimate(column.record.decision, choice.id, attribute) for column in columns]
            if any(cell.plain != "-" for cell in cells):
                label = Text(f"  {choice.text}", "bright_black", overflow="ellipsis", no_wrap=True)
                table.add_row(label, *cells)
    table.add_row(Text("outcome"), *(_outcome_cell(column) for column in columns))
    return table


def _share_cell(record: Record, choice: str) -> Text:
    if choice in record.evidence.excluded:
        return Text("ruled out", style="yellow")
    decision = record.decision
    share = decision.probabilities.get(choice)
    if share is None:
        return Text("-")
    return share_line(share, chosen=choice == decision.choice, width=8)


def _wanted(profile: Profile | None, attribute: Attribute) -> str:
    target = profile.targets.get(attribute.name) if profile else None
    return f"wanted {target}" if target else ""


def _outcome_cell(column: Column) -> Text:
    decision = column.record.decision
    return Text(decision.outcome, style=_OUTCOMES[decision.outcome])


def why_line(column: Column) -> Text:
    """One line of why for a column."""
    decision = column.record.decision
    why = decision.reason or decision.explanation.partition("\n")[0]
    excluded = column.record.evidence.excluded.items()
    ruled = ", ".join(f"{choice} (boundary {boundary})" for choice, boundary in excluded)
    return Text.assemble(
        (f"{column.title}: ", "bold"), why, f" Ruled out: {ruled}." if ruled else ""
    )
