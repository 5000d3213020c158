"""Ways to write a sentence so that a filter does not see it and a model may."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Mapping

from alignkit.schema.injection import PLACE, Encoding, Injection

_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_WIDE = {sign: sign + 0xFEE0 for sign in range(0x21, 0x7F)}
_JOINER = "\u2060"
_TAGS = 0xE0000
"""Unicode's tags: invisible twins of the signs of ASCII."""

_WAYS: Mapping[Encoding, Callable[[str], str]] = {
    "plain": lambda text: text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "leet": lambda text: text.translate(_LEET),
    "spaced": lambda text: "   ".join(" ".join(word) for word in text.split()),
    "invisible": _JOINER.join,
    "wide": lambda text: text.translate(_WIDE),
    "tags": lambda text: "".join(
        chr(_TAGS + ord(sign)) if " " <= sign <= "~" else sign for sign in text
    ),
}


def encoded(text: str, encoding: Encoding) -> str:
    """`text` written in `encoding`."""
    return _WAYS[encoding](text)


def written(injection: Injection) -> Injection:
    """`injection` with its payload, encoded, in the place of the texts that is for it."""
    if injection.payload is None:
        return injection
    code = encoded(injection.payload, injection.encoding)

    def put(text: str | None) -> str | None:
        return text.replace(PLACE, code) if text else text

    texts = {name: put(getattr(injection, name)) for name in ("request", "document", "persona")}
    return injection.model_copy(update=texts)
