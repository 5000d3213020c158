"""Which formats have mirrored twins, and how they are made.

A method that likes a place, a name or a text can score far above chance on items alone; on an item
and its twin together such a liking scores what chance does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from alignkit.catalog import Catalog
from alignkit.datasets.turning import with_own_group
from alignkit.errors import DataError, UsageError
from alignkit.schema import Scenario

Twin = Callable[[Scenario], Scenario]
"""Makes the twin of a scenario, in the same group; raises DatasetFormat where it has none."""

_OTHER_ORDER = "alignkit.datasets.turning:other_order"
_OTHER_END = "alignkit.datasets.turning:other_end"
_TABLE = {
    "align_phase2": "alignkit.datasets.align_phase2:mirrored",
    "mfq30": _OTHER_END,
    "ous": _OTHER_END,
    "ethics": _OTHER_ORDER,
    "moralchoice": _OTHER_ORDER,
    "truthfulqa_pairs": _OTHER_ORDER,
    "halueval": _OTHER_ORDER,
    "xstest": _OTHER_ORDER,
    "helpsteer2": _OTHER_ORDER,
    "persona_statements": _OTHER_ORDER,
    "table": _OTHER_ORDER,
    "hf": _OTHER_ORDER,
}

TWINS: Catalog[Twin] = Catalog("twin", _TABLE, f"These formats have: {', '.join(_TABLE)}.")


def with_twins(
    format_: str, found: Iterable[Scenario | DataError]
) -> Iterator[Scenario | DataError]:
    """Each scenario of what was `found` in `format_`, and behind it its twin of the same group.

    A scenario whose twin cannot be made is left out, and the error that says why comes instead:
    alone it would bring back what twins are for.

    Raises:
        UsageError: the format offers no twins.
    """
    return _paired(twin_of(format_), found)


def twin_of(format_: str) -> Twin:
    """What makes the twins of scenarios of the format.

    Raises:
        UsageError: the format offers no twins.
    """
    if format_ not in TWINS.names():
        raise UsageError(
            f"The format {format_!r} offers no mirrored twins.",
            f"These do: {', '.join(TWINS.names())}.",
        )
    return TWINS.load(format_)


def _paired(twin: Twin, found: Iterable[Scenario | DataError]) -> Iterator[Scenario | DataError]:
    for one in found:
        if isinstance(one, DataError):
            yield one
            continue
        try:
            other = twin(one)
        except DataError as error:
            yield error
            continue
        yield with_own_group(one)
        yield other
