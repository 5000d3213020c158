"""A tokenizer's chat template, cut where the texts of the roles go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alignkit.errors import EngineFailed

_SYSTEM, _USER = "[[system-text]]", "[[user-text]]"


@dataclass(frozen=True)
class Template:
    """What stands around the texts of a chat."""

    before_system: str
    before_user: str
    after_user: str
    has_system: bool
    """False where there is no place for a system text; it then goes before the user's."""


def template_of(tokenizer: Any) -> Template:  # noqa: ANN401  the library's, loaded late
    """The template of `tokenizer`; for a model that was not made for chats, blank lines.

    Raises:
        EngineFailed: the template does not show the user's text.
    """
    if not tokenizer.chat_template:
        start = tokenizer.bos_token or ""
        return Template(start, "\n\n", "\n", has_system=True)
    user = {"role": "user", "content": _USER}
    try:
        text = _applied(tokenizer, [{"role": "system", "content": _SYSTEM}, user])
    except Exception:  # noqa: BLE001  templates raise what they like where a role is unknown
        text = ""
    if text.count(_SYSTEM) == 1 and text.find(_SYSTEM) < text.find(_USER):
        before_system, _, rest = text.partition(_SYSTEM)
        before_user, _, after_user = rest.partition(_USER)
        return Template(before_system, before_user, after_user, has_system=True)
    before_user, found, after_user = _applied(tokenizer, [user]).partition(_USER)
    if not found:
        raise EngineFailed("The model's chat template does not show the user's text.")
    return Template("", before_user, after_user, has_system=False)


def _applied(tokenizer: Any, messages: list[dict[str, str]]) -> str:  # noqa: ANN401
    # Models that think aloud by default must not here: the readout is the first token.
    text: str = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    return text
