"""The part of llama.cpp that we use: load a file, tokenise, apply the chat template, complete."""

from __future__ import annotations

import http.client
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from alignkit.errors import ContextTooLong, EngineFailed, MissingExtra

BATCH = 512
"""Tokens that are evaluated together."""
_SYSTEM, _USER = "[[system-text]]", "[[user-text]]"


@dataclass(frozen=True)
class ChatTemplate:
    """The model's own chat template, cut where the texts of the roles go."""

    before_system: str
    before_user: str
    after_user: str
    has_system: bool
    """False where the template has no place for a system text; it then goes before the user's."""


class LlamaEngine:
    """One model file loaded into this process, with one slot. Calls block.

    Any thread may ask for tokens, one after another; completions are for one thread at a time.

    llama.cpp also opens a port on the loopback interface; a random key keeps others away from it.
    """

    def __init__(
        self, path: Path, *, context: int, threads: int, gpu_layers: int, exact: bool
    ) -> None:
        """Load the GGUF file `path`; with `exact`, use only kernels that round alike.

        Raises:
            MissingExtra: xllamacpp is not installed.
            EngineFailed: the engine cannot load the file.
        """
        try:
            import xllamacpp
        except ImportError as error:
            raise MissingExtra("The embedded engine (xllamacpp)", "local") from error
        self._key = secrets.token_urlsafe(16)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = context
        params.n_parallel = 1  # more slots measured slower, and answers moved with the batch
        params.n_gpu_layers = gpu_layers
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        params.cache_ram_mib = 0  # the slot's own state is the cache; no copies of old states
        params.n_ubatch = BATCH
        if exact:
            disabled = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
            params.flash_attn_type = disabled
            params.no_extra_bufts = True
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        params.endpoint_slots = False
        params.n_threads_http = 2
        params.api_keys = [self._key]
        try:
            self._server: Any = xllamacpp.Server(params)
        except RuntimeError as error:
            raise EngineFailed(
                f"{path}: the engine cannot load this file.",
                "It may be damaged, of a kind the engine does not know, or too large for memory.",
            ) from error
        host, _, port = self._server.listening_address.removeprefix("http://").rpartition(":")
        self._http = http.client.HTTPConnection(host, int(port), timeout=60)
        self._asking = threading.Lock()
        self.context = context
        self.template = self._chat_template()

    @staticmethod
    def name() -> str:
        """The engine with its version."""
        return f"xllamacpp {version('xllamacpp')}"

    @property
    def address(self) -> tuple[str, str]:
        """URL and key of the engine's own HTTP server."""
        return self._server.listening_address, self._key

    def tokenise(self, text: str, *, special: bool, start: bool = False) -> list[int]:
        """Tokens of `text`; control tokens only if `special`; with the start token if `start`."""
        body = {"content": text, "parse_special": special, "add_special": start}
        tokens: list[int] = self._post("/tokenize", body)["tokens"]
        return tokens

    def complete(
        self, request: Mapping[str, Any], on_piece: Callable[[str], bool] | None = None
    ) -> dict[str, Any]:
        """The engine's reply to a completion request.

        Pieces of text go to `on_piece` as they come; the engine stops when it returns False.

        Raises:
            ContextTooLong: the prompt does not fit.
            EngineFailed: anything else that the engine reports.
        """
        if on_piece is None:
            return self._checked(self._open().handle_completions(dict(request)))
        last: dict[str, Any] = {}
        failed: list[Exception] = []

        def take(part: Any) -> bool:  # noqa: ANN401  the engine calls back with parsed JSON
            """Whether the engine is to stop. What is raised here would be lost in the engine."""
            nonlocal last
            try:
                last = self._checked(part)
                return not all(on_piece(c.get("text") or "") for c in last.get("choices", ()))
            except Exception as error:  # noqa: BLE001  raised again below
                failed.append(error)
                return True

        self._open().handle_completions({**request, "stream": True}, take)
        if failed:
            raise failed[0]
        return last

    def close(self) -> None:
        """Free the model, once nobody asks for tokens any more."""
        with self._asking:
            self._http.close()
            self._server = None

    def _open(self) -> Any:  # noqa: ANN401  the engine ships no types
        if self._server is None:
            raise EngineFailed("This model has been closed.")
        return self._server

    def _checked(self, reply: Any) -> dict[str, Any]:  # noqa: ANN401  the engine's parsed JSON
        error: Any = reply.get("error") if isinstance(reply, dict) else {"message": repr(reply)}
        if not error:
            return dict(reply)
        if error.get("type") == "exceed_context_size_error":
            raise too_long(error["n_prompt_tokens"], self.context)
        raise EngineFailed(f"The engine reports: {error.get('message', error)}")

    def _chat_template(self) -> ChatTemplate:
        user = {"role": "user", "content": _USER}
        try:
            text = self._applied([{"role": "system", "content": _SYSTEM}, user])
        except EngineFailed:
            text = ""
        if (
            text.count(_SYSTEM) == 1
            and text.count(_USER) == 1
            and text.index(_SYSTEM) < text.index(_USER)
        ):
            before_system, _, rest = text.partition(_SYSTEM)
            before_user, _, after_user = rest.partition(_USER)
            return ChatTemplate(before_system, before_user, after_user, has_system=True)
        before_user, found, after_user = self._applied([user]).partition(_USER)
        if not found:
            raise EngineFailed("The model's chat template does not show the user's text.")
        return ChatTemplate("", before_user, after_user, has_system=False)

    def _applied(self, messages: list[dict[str, str]]) -> str:
        # Models that think aloud by default must not here: the readout is the first token.
        body = {"messages": messages, "chat_template_kwargs": {"enable_thinking": False}}
        prompt: str = self._post("/apply-template", body)["prompt"]
        return prompt

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        text = json.dumps(body)
        with self._asking:  # several threads may ask for tokens
            self._open()
            try:
                reply = self._ask(path, text, headers)
            except (OSError, http.client.HTTPException):
                self._http.close()  # the engine drops idle connections; a new one tells
                try:
                    reply = self._ask(path, text, headers)
                except (OSError, http.client.HTTPException) as error:
                    raise EngineFailed(f"The engine does not answer {path}: {error}.") from error
        try:
            return self._checked(json.loads(reply))
        except ValueError as error:
            raise EngineFailed(f"The engine's answer to {path} is not JSON: {error}.") from error

    def _ask(self, path: str, text: str, headers: Mapping[str, str]) -> bytes:
        self._http.request("POST", path, text, dict(headers))
        return self._http.getresponse().read()


def too_long(tokens: int, context: int, *, counted: bool = True) -> ContextTooLong:
    """The error for a prompt of `tokens`, or more unless `counted`, in a context of `context`."""
    number = tokens if counted else f"more than {tokens}"
    error = ContextTooLong(
        f"The prompt has {number} tokens, the context holds {context}.",
        "Shorten the scenario, or give the model a larger context (--context N).",
    )
    error.times = tokens / context
    return error
