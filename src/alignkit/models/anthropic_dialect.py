"""How Anthropic's service is asked for a message, and for an object in one.

Models differ in what makes them write an object. We begin with the fullest form, and learn from
what is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alignkit.schema import Prompt

SCHEMA, TOOL, WORDS = "JSON schema", "tool", "words only"
_FORMS = (SCHEMA, TOOL, WORDS)
_TOOL = "answer"
_OF_THE_FORM = {
    SCHEMA: re.compile(r"output_config|output format|structured|schema", re.IGNORECASE),
    TOOL: re.compile(r"tool|schema", re.IGNORECASE),
}
"""What a refusal speaks of that has to do with the form, and not with the prompt."""


@dataclass(frozen=True)
class Ask:
    """One message to ask for."""

    prompt: Prompt
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    """What the text has to satisfy as JSON."""


@dataclass
class Dialect:
    """What a model of the service is known to understand."""

    _refused: dict[str, int] = field(default_factory=dict)

    def form(self, ask: Ask) -> str:
        """How an object is asked for; by schema, for one may be refused and another not."""
        return _FORMS[self._refused.get(_key(ask), 0)]

    def body(self, ask: Ask) -> dict[str, Any]:
        """The fields of the request, apart from the model's name."""
        system, user = ask.prompt.text("system").strip(), ask.prompt.text("user").strip()
        body: dict[str, Any] = {
            "max_tokens": ask.max_tokens,
            "messages": [{"role": "user", "content": user}],
        }
        if system:
            body["system"] = system
        if ask.schema is None or self.form(ask) == WORDS:
            return body
        schema = dict(ask.schema)
        if self.form(ask) == SCHEMA:
            return body | {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
        tool = {"name": _TOOL, "description": "Gives the answer.", "input_schema": schema}
        return body | {"tools": [tool], "tool_choice": {"type": "tool", "name": _TOOL}}

    def learn(self, refusal: str, ask: Ask, sent: Mapping[str, Any]) -> bool:
        """Whether `ask`, refused when put as `sent`, is worth asking again in another form."""
        if self._as_sent(ask, sent) and ask.schema is not None:
            words = _OF_THE_FORM.get(self.form(ask))
            if words and words.search(refusal):
                self._refused[_key(ask)] = self._refused.get(_key(ask), 0) + 1
        return not self._as_sent(ask, sent)

    def _as_sent(self, ask: Ask, sent: Mapping[str, Any]) -> bool:
        """Whether it would be put so again; another request may have learnt better meanwhile."""
        return {**self.body(ask), "model": sent["model"]} == sent


def _key(ask: Ask) -> str:
    return json.dumps(ask.schema, sort_keys=True)
