"""Which of two is better, in a sentence and a table."""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.evaluate.contrasts import POWER, Contrast
from alignkit.evaluate.equivalents import Equivalent
from alignkit.report.run.blocks import Table
from alignkit.report.run.numbers import ends, number, p_words

_HALF = 0.5
COLUMNS = (
    *("measure", "a", "b", "part", "value_a", "value_b", "difference", "low", "high"),
    *("p_holm", "family", "items", "groups", "items_needed"),
)


def answer(found: Sequence[Contrast]) -> list[str]:
    """One sentence for each pair and measure, over all items, the first measure first."""
    return [sentence(one) for one in found if one.part is None]


def sentence(one: Contrast) -> str:
    """Which is better and how sure that is, or that the data cannot tell and what would.

    Where a margin was asked for: whether both are equivalent within it.
    """
    if one.equivalent is not None:
        return _equivalence(one, one.equivalent)
    figures = (
        f"{number(one.difference, signed=True)} {ends(one.interval)}, {p_words(one.p_value)}, "
        f"{one.items:,} paired items{_grouped(one)}{_family(one)}{_parted(one)}"
    )
    if one.told:
        side = "better" if one.difference > 0 else "worse"
        return f"{one.b} is {side} than {one.a} in {one.title}: {figures}{_wide(one)}."
    if one.difference == 0 and one.interval.low == one.interval.high:
        return (
            f"{one.b} and {one.a} came out the same in {one.title} on {one.items:,} paired items."
        )
    return f"The data cannot tell {one.b} from {one.a} in {one.title}: {figures}{_needed(one)}."


def _equivalence(one: Contrast, judged: Equivalent) -> str:
    """Whether both are less than the margin apart, with both one-sided tests."""
    within = f"within {judged.margin:g}"
    together = f", {p_words(judged.p_value)} for both, Holm-corrected over {one.family}"
    figures = (
        f"{number(one.difference, signed=True, digits=3)}, 90 % interval "
        f"{ends(judged.interval, digits=3)}, one-sided {_at_most_half(judged.p_not_lower)} (not "
        f"lower) and {_at_most_half(judged.p_not_higher)} (not higher){together * (one.family > 1)}"
        f", {one.items:,} paired items{_grouped(one)}{_parted(one)}"
    )
    if judged.verdict == "equivalent":
        return f"{one.b} and {one.a} are equivalent {within} in {one.title}: {figures}."
    if judged.verdict == "different":
        side = "better" if one.difference > 0 else "worse"
        return (
            f"{one.b} and {one.a} are not equivalent {within} in {one.title}, {one.b} is {side} by "
            f"more: {figures}."
        )
    more = (
        f"; about {judged.needed:,} items would show it if they are truly alike (power {POWER:g})"
        if judged.needed is not None
        else ""
    )
    return (
        f"The data cannot tell whether {one.b} and {one.a} are equivalent {within} in {one.title}: "
        f"{figures}{more}."
    )


def _at_most_half(p_value: float) -> str:
    """A one-sided p-value, which is not followed above 0.5."""
    return "p \N{GREATER-THAN OR EQUAL TO} 0.5" if p_value >= _HALF else p_words(p_value)


def _grouped(one: Contrast) -> str:
    return f" in {one.groups:,} groups" if one.groups != one.items else ""


def _wide(one: Contrast) -> str:
    """Why an interval holds 0 where the test tells the two apart."""
    if not one.interval.low <= 0 <= one.interval.high:
        return ""
    return "; the interval is the more careful of the two, as where few groups differ"


def _family(one: Contrast) -> str:
    return f", Holm-corrected over {one.family}" if one.family > 1 else ""


def _parted(one: Contrast) -> str:
    """Over what, where one side has more profiles, deciders, models or seeds than the other."""
    if not one.left_out:
        return ""
    return f", over what both have: {one.shared}; left out: {one.left_out}"


def _needed(one: Contrast) -> str:
    if one.needed is None:
        return ""
    return (
        f"; about {one.needed:,} items would show a difference of {number(one.looked_for)} "
        f"(power {POWER:g})"
    )


def table(found: Sequence[Contrast]) -> Table:
    """All comparisons, one a row."""
    return Table(
        "comparison",
        COLUMNS,
        tuple(
            (
                one.measure,
                one.a,
                one.b,
                one.part or "all",
                one.value_a,
                one.value_b,
                one.difference,
                one.interval.low,
                one.interval.high,
                one.p_value,
                one.family,
                one.items,
                one.groups,
                one.needed,
            )
            for one in found
        ),
    )
