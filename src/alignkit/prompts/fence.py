"""Keeps text that comes from outside in its place inside a prompt.

Templates put such text between tags like `<situation>` and `</situation>`, or behind something of
their own on a line. A text could close the tag early, open one of its own, or spell a model's
control token such as `<|im_end|>` or `[INST]`. So the sign that opens these is replaced by a
look-alike, unless a number or an equals sign follows ("pressure < 90"). And a text with several
lines could forge a line of the template, such as another option. So where a text shares a line
with the template, its other lines are set in. Unicode has an invisible twin of each sign of ASCII,
its tags; models read them and people don't, so they are left out, but for those that make the flags
of regions. (Backends also tokenise the text without control
tokens; this holds for services that don't.)
"""

from __future__ import annotations

import re

# The wide and small forms become the plain sign in tokenisers that normalise.
_OPENS = re.compile(r"[<\uff1c\ufe64](?!\s*[\d=])")
_BRACKET = re.compile(
    r"[\[\uff3b](?=\s*+(?:/\s*)?(?:INST|SYS(?:TEM\w*)?|TOOL\w*|AVAILABLE\w*|THINK|ARGS|CALL_ID"
    r"|PREFIX|SUFFIX|MIDDLE)\b)",
    re.IGNORECASE,
)
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f)|[\U000e0000-\U000e007f]")
"""A flag of a region (a black flag, a code, an end), or any other tag."""


def fenced(text: str) -> str:
    """`text` with nothing in it that opens or closes a tag; applying it twice changes nothing."""
    seen = _TAGS.sub(lambda found: found[1] or "", text)
    return _BRACKET.sub("\u2045", _OPENS.sub("\u2039", seen))


def set_in(text: str) -> str:
    """`text` fenced, all its lines but the first set in by two blanks."""
    return "\n  ".join(fenced(text).splitlines())
