"""How one server wants chat completions to be asked for.

Servers that follow OpenAI's format differ in what they understand, and nothing announces it. So we
begin with the fullest form, and learn from what a server refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alignkit.schema import Prompt

_FEW = 5
"""A number of top tokens that servers allow which do not allow 20."""
_STRICT, _LOOSE, _PLAIN = range(3)
"""Forms of asking for an object: bound to the schema, bound as far as possible, by words only."""


_ANSWER = "answer"


@dataclass(frozen=True)
class Way:
    """A way of making a server choose among labels."""

    name: str
    fields: Callable[[Sequence[str]], dict[str, Any]] | None = None
    """What the request says besides, where that is not an answer's JSON schema."""


JSON = Way("JSON schema")
PLAIN = Way("words only")


def _alternatives(labels: Sequence[str]) -> str:
    return " | ".join(json.dumps(label) for label in labels)


WAYS: Mapping[str, tuple[Way, ...]] = {
    "vllm": (
        Way("structured_outputs", lambda labels: {"structured_outputs": {"choice": [*labels]}}),
        Way("guided_choice", lambda labels: {"guided_choice": [*labels]}),
    ),
    "sglang": (Way("regex", lambda labels: {"regex": f"({'|'.join(map(re.escape, labels))})"}),),
    "llamacpp": (Way("grammar", lambda labels: {"grammar": f"root ::= {_alternatives(labels)}"}),),
}
"""By what a server calls the owner of its models. Ollama's `format` is set by the JSON schema."""


@dataclass(frozen=True)
class Ask:
    """One chat completion to ask for."""

    prompt: Prompt
    max_tokens: int
    temperature: float
    seed: int | None = None
    schema: Mapping[str, Any] | None = None
    """What the text has to satisfy as JSON."""
    logprobs: bool = False
    """Whether the likeliest tokens are asked for."""
    one_of: tuple[str, ...] = ()
    """Labels, of which the text has to be one."""
    way: Way = JSON
    """How the server is made to choose one of them."""

    @property
    def bound(self) -> Mapping[str, Any] | None:
        """The JSON schema that the server is to see to."""
        if self.one_of and self.way is JSON:
            return one_of(self.one_of)
        return self.schema


@dataclass
class Dialect:
    """What a server is known to understand."""

    top_logprobs: int
    """As many of the likeliest tokens are asked for; 0 when the server shows none."""
    limit: str = "max_tokens"
    """The name of the largest number of tokens."""
    seed: bool = True
    system: bool = True
    """Whether there is a role for a system text; it goes before the user's otherwise."""
    _forms: dict[str, int] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)
    """Ways of guiding a choice that the server refused."""

    def body(self, ask: Ask) -> dict[str, Any]:
        """The fields of the request, apart from the model's name."""
        body: dict[str, Any] = {
            "messages": self._messages(ask.prompt),
            self.limit: ask.max_tokens,
            "temperature": ask.temperature,
        }
        if self.seed and ask.seed is not None:
            body["seed"] = ask.seed
        if ask.logprobs and self.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if ask.one_of and ask.way.fields and ask.way.name not in self._refused:
            body["extra_body"] = ask.way.fields(ask.one_of)
        form = self._form(ask)
        if ask.bound is not None and form != _PLAIN:
            bound: dict[str, Any] = {"name": _ANSWER, "schema": dict(ask.bound)}
            if form == _STRICT:
                bound["strict"] = True
            body["response_format"] = {"type": "json_schema", "json_schema": bound}
        return body

    def learn(self, refusal: str, ask: Ask, sent: Mapping[str, Any]) -> bool:
        """Whether `ask`, refused when put as `sent`, is worth asking again in another form."""
        if self.body(ask) == sent:
            self._drop(refusal.lower(), ask, sent)
        return self.body(ask) != sent

    def _drop(self, refusal: str, ask: Ask, sent: Mapping[str, Any]) -> None:
        if self.limit == "max_tokens" and "max_completion_tokens" in refusal:
            self.limit = "max_completion_tokens"
        elif "logprobs" in sent and "logprob" in refusal:
            self.top_logprobs = _FEW if self.top_logprobs > _FEW else 0
        elif "seed" in sent and "seed" in refusal:
            self.seed = False
        elif self.system and "system" in refusal and "role" in refusal:
            self.system = False
        elif "response_format" in sent:
            self._forms[_key(ask)] = self._form(ask) + 1
        elif "extra_body" in sent:
            self._refused.add(ask.way.name)

    def _form(self, ask: Ask) -> int:
        # By schema, for a service that refuses one schema may well accept another.
        return self._forms.get(_key(ask), _STRICT)

    def _messages(self, prompt: Prompt) -> list[dict[str, str]]:
        system, user = prompt.text("system").strip(), prompt.text("user").strip()
        if not self.system:
            system, user = "", f"{system}\n\n{user}".strip()
        messages = [{"role": "system", "content": system}] if system else []
        return [*messages, {"role": "user", "content": user}]


def _key(ask: Ask) -> str:
    return json.dumps(ask.bound, sort_keys=True)


def one_of(labels: Sequence[str]) -> dict[str, Any]:
    """The schema of an object with one of `labels` in it; services want an object outside."""
    return {
        "type": "object",
        "properties": {_ANSWER: {"type": "string", "enum": list(labels)}},
        "required": [_ANSWER],
        "additionalProperties": False,
    }


def chosen(text: str) -> str:
    """The label in an object of that schema; other texts as they are."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return str(found.get(_ANSWER, text)) if isinstance(found, dict) else text
