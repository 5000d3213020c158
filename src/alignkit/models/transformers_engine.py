"""The part of transformers that we use: load, tokenise, evaluate behind a shared beginning, write.

Calls block, and are for one thread at a time; any thread may ask for tokens.
"""

from __future__ import annotations

import copy
import hashlib
import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from alignkit.errors import EngineFailed, MissingExtra, ModelUnavailable, UnsupportedCapability
from alignkit.models.llama_engine import too_long
from alignkit.models.protocols import Sampling
from alignkit.models.readout import label_tokens
from alignkit.models.transformers_template import Template, template_of
from alignkit.schema import Prompt, Usage

Tokens = tuple[int, ...]
_UNBOUNDED = 1 << 20
"""Tokens of context that are believed; some tokenizers say 10**30 where they don't know."""


@dataclass(frozen=True)
class Evaluated:
    """What a model gives the labels of one prompt."""

    shares: tuple[float, ...]
    """Probabilities, in the order of the labels; they sum to 1."""
    inside: float
    """Share of all of the probability that fell on the labels."""
    usage: Usage

    def again(self) -> Evaluated:
        """The same from memory, which costs nothing."""
        submitted = self.usage.tokens_submitted
        return replace(self, usage=Usage(tokens_submitted=submitted))


class TransformersEngine:
    """One causal language model, loaded into this process."""

    def __init__(
        self, source: str, *, device: str, dtype: str, revision: str | None, offline: bool
    ) -> None:
        """Load the model in the folder or repository `source`.

        Raises:
            MissingExtra: torch or transformers is not installed.
            ModelUnavailable: there is no such model.
            EngineFailed: the library cannot load it.
        """
        try:
            import transformers

            import torch
        except ImportError as error:
            raise MissingExtra("The library transformers with torch", "transformers") from error
        self._torch: Any = torch
        self.name = f"transformers {transformers.__version__}, torch {torch.__version__}"
        self.device = device if device != "auto" else _best(torch)
        number: Any = "auto" if dtype == "auto" else getattr(torch, dtype)
        if dtype == "auto" and self.device == "cpu":
            number = torch.float32  # halves are slow and coarse on processors
        found = {"revision": revision or "main", "local_files_only": offline}
        with _loading(source):
            _check_folder(source)
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(source, **found)
            self._model: Any = transformers.AutoModelForCausalLM.from_pretrained(
                source, dtype=number, **found
            )
            self._model.to(self.device).eval()
        # Renamed in transformers 5: the keys and values of what was read.
        takes = inspect.signature(self._model.forward).parameters
        self._cache_name = "cache" if "cache" in takes else "past_key_values"
        self.commit: str | None = getattr(self._model.config, "_commit_hash", None)
        self.sha256 = _hash_of(Path(source)) if Path(source).is_dir() else None
        self.context = self._context()
        self.template: Template = template_of(self._tokenizer)
        self._tail = self._tokenise(self.template.after_user, special=True)
        self.label_token = lru_cache(256)(self._find_label_token)
        self._held: tuple[Tokens, Any] = ((), None)
        """The beginning whose keys and values are kept, and these."""

    def close(self) -> None:
        """Free the model."""
        self._model = None
        self._held = ((), None)

    def tokens(self, prompt: Prompt, begun: str = "") -> Tokens:
        """The tokens of `prompt` in the model's own chat template, with its answer `begun`.

        Text of the prompt never becomes a control token, whatever it spells.
        """
        system, user = prompt.text("system").strip(), prompt.text("user").strip()
        template = self.template
        if not template.has_system:
            system, user = "", f"{system}\n\n{user}".strip()
        return (
            *self._tokenise(template.before_system, special=True),
            *self._tokenise(system, special=False),
            *self._tokenise(template.before_user, special=True),
            *self._tokenise(user, special=False),
            *self._tail,
            *self._tokenise(begun, special=False),
        )

    def fitting(self, tokens: Tokens, room: int) -> Tokens:
        """`tokens`, if there is `room` for as many more.

        Raises:
            ContextTooLong: there is not.
        """
        if len(tokens) + room > self.context:
            raise too_long(len(tokens), self.context)
        return tokens

    def evaluate(self, asked: Sequence[tuple[Tokens, tuple[int, ...]]]) -> list[Evaluated]:
        """What the model gives the labels of each prompt, all evaluated in one batch.

        What the prompts share is read once, and not again where it is still held.
        """
        start = time.perf_counter()
        prompts = [tokens for tokens, _ in asked]
        with self._working():
            beginning = _shared(prompts)
            read, cache = self._read(beginning)
            endings = [tokens[len(beginning) :] for tokens in prompts]
            rows = self._last_logits(endings, len(beginning), cache)
            found = [
                self._labels(row, labels) for row, (_, labels) in zip(rows, asked, strict=True)
            ]
        seconds = (time.perf_counter() - start) / len(asked)
        return [
            Evaluated(
                shares=shares,
                inside=inside,
                usage=Usage(
                    tokens_submitted=len(tokens),
                    # What they share is told with the first of them.
                    tokens_evaluated=len(ending) + (read if place == 0 else 0),
                    calls=1,
                    seconds=seconds,
                ),
            )
            for place, (tokens, ending, (shares, inside)) in enumerate(
                zip(prompts, endings, found, strict=True)
            )
        ]

    def write(
        self, tokens: Tokens, sampling: Sampling, pass_on: Callable[[str], bool] | None = None
    ) -> tuple[str, Usage]:
        """The text after `tokens`; pieces go to `pass_on`, until it says that it is enough."""
        start = time.perf_counter()
        written: list[int] = []
        text = ""
        with self._working():
            draw = self._drawing(sampling)
            read, cache = self._read(tokens[:-1])
            cache = copy.deepcopy(cache)
            last = tokens[-1]
            for _ in range(sampling.max_tokens):
                output, cache = self._forward(cache, input_ids=self._ids([[last]]))
                last = draw(output.logits[0, -1])
                if last in self._ends():
                    break
                written.append(last)
                now = self._tokenizer.decode(written, skip_special_tokens=True)
                if now.endswith("\ufffd"):  # the rest of the sign is still to come
                    continue
                piece, text = now[len(text) :], now
                if pass_on is not None and piece and not pass_on(piece):
                    break
        usage = Usage(
            tokens_submitted=len(tokens),
            tokens_evaluated=read + 1,
            tokens_generated=len(written),
            calls=1,
            seconds=time.perf_counter() - start,
        )
        return text, usage

    @contextmanager
    def _working(self) -> Iterator[None]:
        """No gradients are kept, and what breaks becomes an error of ours."""
        if self._model is None:
            raise EngineFailed("This model has been closed.")
        try:
            with self._torch.inference_mode():
                yield
        except (RuntimeError, IndexError) as error:  # out of memory is a RuntimeError
            self._held = ((), None)
            raise EngineFailed(f"transformers reports: {str(error)[:300]}") from error

    def _read(self, tokens: Tokens) -> tuple[int, Any]:
        """How many of `tokens` had to be read, and the keys and values of all of them."""
        held, cache = self._held
        keep = len(_shared([held, tokens], left=0))
        if keep < len(held) and not _cropped(cache, len(held), keep):
            keep, cache = 0, None
        self._held = ((), None)  # until it is done
        if len(tokens) > keep:
            unread = self._ids([tokens[keep:]])
            _, cache = self._forward(cache, input_ids=unread, logits_to_keep=1)
        self._held = (tokens, cache)
        return len(tokens) - keep, cache

    def _last_logits(self, endings: Sequence[Tokens], behind: int, cache: Any) -> list[Any]:  # noqa: ANN401
        """The logits behind each of `endings`, which follow `behind` tokens that are held."""
        torch, longest = self._torch, max(map(len, endings))
        padded = [[*ending, *[0] * (longest - len(ending))] for ending in endings]
        mask = [[1] * (behind + len(e)) + [0] * (longest - len(e)) for e in endings]
        places = torch.arange(behind, behind + longest, device=self.device)
        last = sorted({len(ending) - 1 for ending in endings})
        if cache is not None:
            cache = copy.deepcopy(cache)
            cache.batch_repeat_interleave(len(endings))
        output, _ = self._forward(
            cache,
            input_ids=self._ids(padded),
            attention_mask=self._ids(mask),
            position_ids=places.expand(len(endings), -1),
            logits_to_keep=self._ids(last),
        )
        logits = output.logits
        return [logits[row, last.index(len(ending) - 1)] for row, ending in enumerate(endings)]

    def _forward(self, cache: Any, **given: Any) -> tuple[Any, Any]:  # noqa: ANN401
        """What the model puts out for what is `given` behind `cache`, and the cache after it."""
        output = self._model(**given, **{self._cache_name: cache}, use_cache=True)
        return output, getattr(output, self._cache_name)

    def _labels(self, logits: Any, labels: Sequence[int]) -> tuple[tuple[float, ...], float]:  # noqa: ANN401
        logs = self._torch.log_softmax(logits.double(), dim=-1)[self._ids(list(labels))]
        shares = self._torch.softmax(logs, dim=-1)
        inside = float(logs.exp().sum())
        return tuple(shares.tolist()), min(1.0, inside)

    def _drawing(self, sampling: Sampling) -> Callable[[Any], int]:
        """Takes the next token from logits."""
        torch = self._torch
        rng = torch.Generator().manual_seed(sampling.seed % 2**63)

        def draw(logits: Any) -> int:  # noqa: ANN401
            if not sampling.temperature:
                return int(logits.argmax())
            shares = torch.softmax(logits.double().cpu() / sampling.temperature, dim=-1)
            return int(torch.multinomial(shares, 1, generator=rng))

        return draw

    def _ends(self) -> set[int]:
        found = self._model.generation_config.eos_token_id
        ends = found if isinstance(found, list) else [found]
        return {end for end in (*ends, self._tokenizer.eos_token_id) if end is not None}

    def _context(self) -> int:
        config = self._model.config.get_text_config()
        says = getattr(config, "max_position_embeddings", None) or _UNBOUNDED
        return int(min(says, self._tokenizer.model_max_length, _UNBOUNDED))

    def _tokenise(self, text: str, *, special: bool) -> Tokens:
        if not text:
            return ()
        found = self._tokenizer(text, add_special_tokens=False, split_special_tokens=not special)
        return tuple(found["input_ids"])

    def _find_label_token(self, label: str, begun: str) -> int:
        """The one token that `label` is behind the chat template's end, or what is `begun`."""
        found = label_tokens(self._tokenise, self.template.after_user, label, begun)
        if len(found) != 1:
            raise UnsupportedCapability(f"The label {label!r} is {len(found)} tokens, not one.")
        return found[0]

    def _ids(self, values: Any) -> Any:  # noqa: ANN401
        return self._torch.tensor(values, dtype=self._torch.long, device=self.device)


def _best(torch: Any) -> str:  # noqa: ANN401
    return "cuda" if torch.cuda.is_available() else "cpu"


@contextmanager
def _loading(source: str) -> Iterator[None]:
    """Errors of loading as ours.

    Raises:
        ModelUnavailable: there is no such model, or it cannot be fetched.
        EngineFailed: it cannot be loaded.
    """
    try:
        yield
    except OSError as error:
        raise ModelUnavailable(
            f"transformers finds no model {source!r}: {str(error).splitlines()[0][:200]}",
            "Name a folder with config.json and weights, or a repository of the hub.",
        ) from error
    except (ValueError, KeyError, RuntimeError, ImportError) as error:
        raise EngineFailed(f"transformers cannot load {source!r}: {str(error)[:300]}") from error


def _check_folder(source: str) -> None:
    """Say that `source` is no model where it is a folder; the library's own words are far off.

    Raises:
        OSError: it is not there, or has no model in it.
    """
    path = Path(source)
    if (path.is_dir() or source.startswith(("/", ".", "~"))) and not (
        path / "config.json"
    ).is_file():
        raise FileNotFoundError(f"there is no {path / 'config.json'}.")


def _hash_of(folder: Path) -> str | None:
    """The hash of all files of weights in `folder`."""
    files = sorted((*folder.glob("*.safetensors"), *folder.glob("*.bin")))
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _cropped(cache: Any, held: int, keep: int) -> bool:  # noqa: ANN401
    """Whether of the `held` tokens in `cache` only the first to `keep` are left now.

    Some caches forget what they no longer need and cannot go back.
    """
    if keep == 0:
        return False
    try:
        cache.crop(keep - held)  # that many are taken away
    except (RuntimeError, ValueError, NotImplementedError):
        return False
    return bool(cache.get_seq_length() == keep)


def _shared(prompts: Sequence[Tokens], left: int = 1) -> Tokens:
    """What all of `prompts` begin with, where each has so many tokens `left` behind it."""
    first, last = min(prompts), max(prompts)
    most = max(0, min(map(len, prompts)) - left)
    count = next((place for place in range(most) if first[place] != last[place]), most)
    return first[:count]
