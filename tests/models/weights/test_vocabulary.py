"""How long a token can be, as the file of weights says."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from alignkit.models.weights import WeightsFile
from alignkit.models.weights.vocabulary import longest_token

TOKENS = ("a", "\u0120" * 5, "\u2581the", "bomb")


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def texts(values: tuple[str, ...]) -> bytes:
    return struct.pack("<IQ", 8, len(values)) + b"".join(map(text, values))


def file_of(folder: Path, *entries: bytes, version: int = 3) -> Path:
    path = folder / "some.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", version, 7, len(entries)) + b"".join(entries))
    return path


BEFORE = (
    entry("general.architecture", 8, text("llama")),
    entry("llama.context_length", 4, struct.pack("<I", 2048)),
    entry("some.numbers", 9, struct.pack("<IQ3f", 6, 3, 0, 0, 0)),
    entry("some.texts", 9, texts(("much longer than any token",))),
    entry("some.lists", 9, struct.pack("<IQ", 9, 1) + texts(("much longer, too",))),
)
KNOWN = (
    entry("tokenizer.ggml.model", 8, text("gpt2")),
    entry("tokenizer.ggml.tokens", 9, texts(TOKENS)),
)


def test_the_longest_token_is_measured_in_characters(tmp_path: Path) -> None:
    assert longest_token(file_of(tmp_path, *BEFORE, *KNOWN)) == 5
    assert longest_token(file_of(tmp_path, *reversed(KNOWN), *BEFORE, version=2)) == 5


@pytest.mark.parametrize(
    "entries",
    [
        (),
        KNOWN[:1],
        KNOWN[1:],
        (entry("tokenizer.ggml.model", 8, text("t5")), KNOWN[1]),  # leaves blanks out
        (KNOWN[0], entry("tokenizer.ggml.tokens", 9, struct.pack("<IQ3f", 6, 3, 0, 0, 0))),
        (entry("general.new", 77, b""), *KNOWN),
        (text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2**60),),
    ],
)
def test_a_file_that_does_not_say_it_has_no_bound(
    tmp_path: Path, entries: tuple[bytes, ...]
) -> None:
    assert longest_token(file_of(tmp_path, *entries)) is None


def test_what_is_no_such_file_has_no_bound(tmp_path: Path) -> None:
    assert longest_token(tmp_path / "none.gguf") is None
    assert longest_token(file_of(tmp_path, *KNOWN, version=1)) is None
    (tmp_path / "none.gguf").write_bytes(b"")
    assert longest_token(tmp_path / "none.gguf") is None


@pytest.mark.real_model
def test_a_real_vocabulary_is_read(small_model_file: WeightsFile) -> None:
    longest = longest_token(small_model_file.path)
    assert longest is not None
    assert 8 < longest < 200
