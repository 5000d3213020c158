from __future__ import annotations

import re
from pathlib import Path

from alignkit.prompts import Prompts

PAGE = Path(__file__).parents[2] / "docs" / "templates.md"


def test_every_shipped_template_is_in_the_table() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == Prompts.shipped_names()
