"""Other orders of the choices: a list of options has no first among them."""

from __future__ import annotations

from alignkit.deciders.ordering import rotations
from alignkit.schema import Choice, Scenario
from alignkit.stress.variant import Variant, Variants


def reordered(scenario: Scenario) -> Variants:
    """The choices listed backwards and in every rotation, pinned ones behind the others."""
    seen = {scenario.choice_ids}
    found = []
    for name, change, choices in _orders(scenario):
        order = tuple(choice.id for choice in choices)
        if order not in seen:
            seen.add(order)
            changed = scenario.model_copy(update={"choices": choices})
            found.append(Variant("order", name, change, changed))
    return Variants(tuple(found), () if found else ("the choices have one order only",))


def _orders(scenario: Scenario) -> list[tuple[str, str, tuple[Choice, ...]]]:
    turned = rotations(scenario.choices)
    free = tuple(choice for choice in turned[0] if not choice.pinned)
    backwards = (*free[::-1], *turned[0][len(free) :])
    return [
        ("reversed", "the choices listed backwards", backwards),
        *(
            (f"rotation-{place}", f"the choices listed from {choices[0].text!r} on", choices)
            for place, choices in enumerate(turned)
        ),
    ]
