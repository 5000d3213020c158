from __future__ import annotations

import numpy as np

from alignkit.evaluate.by_attribute import by_attribute
from alignkit.stats.ranking import auc_interval

from .conftest import item, judged


def test_attributes_have_figures_of_their_own() -> None:
    care = item(0, 1, name="s", attribute="care")
    calm = item(1, 0, name="s", attribute="calm")
    group = [judged(care, "high", choice="b"), judged(care, "low", choice="b")]
    found = by_attribute([*group, judged(calm, "high", choice="b")])
    assert list(found) == ["calm", "care"]
    assert (found["care"].items, found["care"].high, found["care"].low) == (1, 1, 0)
    assert found["calm"].high == 0
    assert np.isnan(found["calm"].low)
    assert found["care"].auc is None
    assert found["care"].auc_interval is None


def test_statements_have_an_area_with_its_interval() -> None:
    shown = (0.9, 0.6, 0.7, 0.2)
    group = []
    for number, (truth, level) in enumerate(zip((1, 1, 0, 0), shown, strict=True)):
        one = item(truth, 1 - truth, name=f"s{number}", family="persona")
        group += [judged(one, end, estimates=(level, 0.5)) for end in ("high", "low")]
    [found] = by_attribute(group).values()
    assert found.auc == 0.75
    scores = np.array(shown)
    assert found.auc_interval == auc_interval(scores, np.array([True, True, False, False]))
