"""What an experiment will cost, from a dry run of a few of its cells."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from alignkit.evaluate.matrix import Matrix, Part, Planned, Totals
from alignkit.evaluate.probing import Probe
from alignkit.evaluate.runner import decision_on
from alignkit.evaluate.standing import Stock, left, stocks
from alignkit.schema import Frozen
from alignkit.schema.experiment import Price
from alignkit.store import Store

CHARACTERS = 4.0
"""Characters of a token of English prose, about; a model's own tokens are known when it runs."""
_BLOCKS = 3
_IN_BLOCK = 4
"""So many neighbours are tried in each of so many places of a part."""


class Speed(Frozen):
    """How fast a model answers."""

    tokens: float
    """Tokens it evaluates a second."""
    call: float = 0.0
    """Seconds of a call beside that."""
    together: int = 1
    """Calls that are answered at the same time."""
    shares: bool = False
    """What a prompt shares with its neighbours is not evaluated again."""
    measured: bool = False
    """From an earlier run; otherwise a rough guess."""

    def seconds(self, tokens: float, calls: float) -> float:
        """Seconds that so much takes."""
        return (tokens / self.tokens + calls * self.call) / self.together


class Cost(Frozen):
    """What some cells of one part take, about."""

    cells: int = 0
    calls: int = 0
    """Questions put to the model."""
    tokens_submitted: int = 0
    tokens_evaluated: int = 0
    """Without those that neighbours share, where the model keeps them."""
    tokens_generated: int = 0
    """At most."""
    minutes: float = 0.0
    money: float | None = None
    """None where no price is given."""


class Estimate(Cost):
    """What one decider on one model makes of one data set: all its cells, and those that are left.

    Its own figures are those of all cells, as if none were known.
    """

    dataset: str
    decider: str
    model: str
    minutes_measured: bool
    """Whether the speed is that of an earlier run; otherwise it is a rough guess."""
    known: int = 0
    """Cells that have a result, so that they are not decided again."""
    erased: int = 0
    """Cells whose result was erased; they are not decided again either."""
    left: Cost
    """What the cells take that are to be decided."""


@dataclass
class _Sample:
    """What the cells that were tried of one part came to."""

    cells: int = 0
    calls: int = 0
    submitted: float = 0.0
    evaluated: float = 0.0
    generated: int = 0


async def estimates(
    matrix: Matrix,
    totals: Totals,
    speed: Callable[[str], Speed],
    prices: Mapping[str, Price],
    store: Store | None = None,
) -> list[Estimate]:
    """An estimate for every data set, decider and model of `matrix`, whose models are probes.

    What `store` holds is not left to decide, by the rule of the runner.

    Raises:
        UsageError: a method cannot work with a profile.
    """
    whole = await _costs(matrix, totals.by_part, speed, prices)
    stock = stocks(matrix, store) if store is not None else {}
    rest = whole
    if store is not None and any(one.cells for one in stock.values()):
        counts = {part: n - stock.get(part, Stock()).cells for part, n in totals.by_part.items()}
        rest = await _costs(left(matrix, store), counts, speed, prices)
    return [
        Estimate(
            **cost.model_dump(),
            dataset=part[0],
            decider=part[1],
            model=part[2],
            minutes_measured=speed(part[2]).measured,
            **asdict(stock.get(part, Stock())),
            left=rest[part],
        )
        for part, cost in whole.items()
    ]


async def _costs(
    cells: Iterable[Planned],
    counts: Mapping[Part, int],
    speed: Callable[[str], Speed],
    prices: Mapping[str, Price],
) -> dict[Part, Cost]:
    """What `cells` take by part, of which there are `counts`."""
    samples: dict[Part, _Sample] = defaultdict(_Sample)
    for part, block in _blocks(cells, counts):
        await _try(samples[part], block)
    return {
        part: _cost(count, samples[part], speed(part[2]), prices.get(part[2]))
        for part, count in counts.items()
    }


def _blocks(
    cells: Iterable[Planned], counts: Mapping[Part, int]
) -> Iterable[tuple[Part, list[Planned]]]:
    """Neighbouring cells at the beginning, in the middle and at the end of every part.

    A part may come in pieces, one for each seed, with other parts between them; the cells of a
    block are of one piece.
    """
    seen: dict[Part, int] = defaultdict(int)
    blocks: dict[Part, list[Planned]] = defaultdict(list)
    for planned in cells:
        part = planned.part
        place, block = seen[part], blocks[part]
        seen[part] += 1
        wanted = any(0 <= place - start < _IN_BLOCK for start in _starts(counts[part]))
        if block and (not wanted or len(block) == _IN_BLOCK or block[0].way is not planned.way):
            yield part, blocks.pop(part)
        if wanted:
            blocks[part].append(planned)
    yield from ((part, block) for part, block in blocks.items() if block)


def _starts(count: int) -> set[int]:
    last = max(0, count - _IN_BLOCK)
    return {round(last * block / (_BLOCKS - 1)) for block in range(_BLOCKS)}


async def _try(sample: _Sample, block: Sequence[Planned]) -> None:
    """Decide the cells of `block`, which are of one way, and add what that takes to `sample`."""
    probe = block[0].way.decider.model
    if isinstance(probe, Probe):
        probe.forget()
    for planned in block:
        await decision_on(planned)
    sample.cells += len(block)
    if isinstance(probe, Probe):
        sample.calls += len(probe.texts)
        sample.submitted += sum(map(len, probe.texts)) / CHARACTERS
        sample.evaluated += _unshared(probe.texts) / CHARACTERS
        sample.generated += probe.writable


def _unshared(texts: Sequence[str]) -> int:
    """Characters that are left to read when each text keeps what it shares with the last one."""
    ordered = sorted(texts)
    left = [len(text) for text in ordered[:1]]
    left += [len(other) - _shared(one, other) for one, other in pairwise(ordered)]
    return sum(left)


def _shared(one: str, other: str) -> int:
    """How many characters both have in common from the start."""
    most = min(len(one), len(other))
    return next((at for at in range(most) if one[at] != other[at]), most)


def _cost(cells: int, sample: _Sample, speed: Speed, price: Price | None) -> Cost:
    scale = cells / max(sample.cells, 1)
    calls, submitted = sample.calls * scale, sample.submitted * scale
    evaluated = sample.evaluated * scale if speed.shares else submitted
    generated = sample.generated * scale
    return Cost(
        cells=cells,
        calls=round(calls),
        tokens_submitted=math.ceil(submitted),
        tokens_evaluated=math.ceil(evaluated),
        tokens_generated=math.ceil(generated),
        minutes=speed.seconds(evaluated, calls) / 60,
        money=price.of(math.ceil(submitted), math.ceil(generated)) if price else None,
    )
