"""Writes the table of look-alikes from Unicode's own list of confusable characters.

    python -m docs.lookalikes confusables.txt

`confusables.txt` belongs to Unicode Technical Standard 39 and is published at
https://www.unicode.org/Public/security/. Of its lines the table keeps those that `alignkit.words`
has use for: one letter that looks like one other or like punctuation, a digit that looks like a
Latin letter, or a Latin ligature that looks like several, and only where compatibility forms and
case do not make them the same anyway. Parts of Korean syllables are left out: alone they are no
letters.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

TABLE = Path(__file__).parents[1] / "src" / "alignkit" / "words" / "lookalikes.txt"
_LINE = re.compile(r"([0-9A-F]+) ;\t([0-9A-F ]+) ;")
_HEAD = """\
# What looks like what: letters, then the signs that look like them, as code points.
# Made by docs/lookalikes.py from confusables.txt (Unicode Technical Standard 39), {version}.
# Copyright (c) Unicode, Inc. Terms of use: https://www.unicode.org/terms_of_use.html
"""


def table(text: str) -> str:
    """The table of what the `text` of confusables.txt says."""
    sources: dict[str, list[str]] = defaultdict(list)
    for source, target in _pairs(text):
        sources[target].append(source)
    version = re.search(r"# Version: ([\d.]+)", text)
    lines = [
        f"{_code(target)}: {' '.join(sorted(map(_code, found)))}"
        for target, found in sorted(sources.items())
    ]
    return _HEAD.format(version=version[1] if version else "unknown") + "\n".join(lines) + "\n"


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for found in _LINE.finditer(text):
        source, target = (
            "".join(chr(int(code, 16)) for code in group.split()) for group in found.groups()
        )
        target = "m" if target == "rn" else _plain(target)  # what the list has for an m itself
        if _kept(source, target):
            yield source, target


def _kept(source: str, target: str) -> bool:
    if source.isascii() or not target or unicodedata.normalize("NFKD", source) != source:
        return False  # compatibility forms are taken apart before anything is looked up
    if _plain(source) == target or unicodedata.name(source, "").startswith("HANGUL"):
        return False
    kinds = [unicodedata.category(sign) for sign in source + target]
    if kinds[0] == "Nd":
        return len(target) == 1 and target.isascii() and target.isalpha()
    if kinds[0][0] == "L" and len(target) == 1 and kinds[1][0] == "P":
        return True
    if not all(kind.startswith("L") for kind in kinds):
        return target in {"'", "-"} and kinds[0][0] in "PSL"
    return len(target) == 1 or (target.isascii() and _is_latin(source))


def _is_latin(source: str) -> bool:
    return unicodedata.name(source, "").startswith("LATIN")


def _plain(text: str) -> str:
    """`text` without compatibility forms, marks and case."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()


def _code(signs: Iterable[str]) -> str:
    return "+".join(f"{ord(sign):04X}" for sign in signs)


if __name__ == "__main__":
    TABLE.write_text(table(Path(sys.argv[1]).read_text("utf-8-sig")), encoding="utf-8")
