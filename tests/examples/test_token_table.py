from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from alignkit.errors import FileProblem, MissingExtra
from alignkit.examples import TokenTableEmbedding

if TYPE_CHECKING:
    from alignkit.models.llama import LlamaModel
    from alignkit.models.weights import WeightsFile

gguf = pytest.importorskip("gguf")

TOKENS = {"the": 0, "pilot": 1, "captain": 2, "bread": 3, "and": 4}
WIDTH = 32


def vectors() -> np.ndarray:
    """Pilot and captain point in nearly the same direction, and all share a part."""
    rows = np.random.default_rng(0).normal(size=(len(TOKENS), WIDTH)).astype(np.float32)
    rows[TOKENS["captain"]] = rows[TOKENS["pilot"]] + 0.1 * rows[TOKENS["captain"]]
    return rows + 0.5


def tokenise(text: str) -> list[int]:
    return [TOKENS[word] for word in text.split()]


@pytest.fixture(params=["F32", "F16", "Q8_0"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    kind = gguf.GGMLQuantizationType[request.param]
    return written(tmp_path / "model.gguf", "token_embd.weight", kind)


def written(path: Path, name: str, kind: object) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tensor(name, gguf.quants.quantize(vectors(), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


CORPUS = ("the pilot", "the captain", "the bread", "and the pilot and the bread")


def test_words_with_like_vectors_are_like(path: Path) -> None:
    embedding = TokenTableEmbedding(path, tokenise, CORPUS)
    pilot, captain, bread = embedding.embed(["the pilot", "the captain", "the bread"])
    assert pilot @ captain > 0.5 > pilot @ bread


def test_rows_have_length_1_and_do_not_depend_on_each_other(path: Path) -> None:
    embedding = TokenTableEmbedding(path, tokenise, CORPUS)
    rows = embedding.embed(CORPUS)
    assert rows.shape == (4, WIDTH)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    for text, row in zip(CORPUS, rows, strict=True):
        assert np.allclose(embedding.embed([text])[0], row)


def test_what_all_texts_have_in_common_is_removed(path: Path) -> None:
    embedding = TokenTableEmbedding(path, tokenise, CORPUS)
    assert np.allclose(embedding.embed(CORPUS) @ embedding._common.T, 0)


def test_a_text_without_tokens_has_a_row_of_zeros(path: Path) -> None:
    assert not TokenTableEmbedding(path, tokenise, CORPUS).embed([""]).any()


def test_a_pool_may_be_empty(path: Path) -> None:
    assert TokenTableEmbedding(path, tokenise, []).embed(["the pilot"]).shape == (1, WIDTH)


def test_what_is_no_gguf_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("no model at all, but long enough to look at" * 9)
    with pytest.raises(FileProblem, match="cannot be read as a GGUF file"):
        TokenTableEmbedding(tmp_path / "text.gguf", tokenise, CORPUS)
    with pytest.raises(FileProblem, match="cannot be read as a GGUF file"):
        TokenTableEmbedding(tmp_path / "gone.gguf", tokenise, CORPUS)


def test_a_file_without_a_token_table_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "m.gguf", "output.weight", gguf.GGMLQuantizationType.F32)
    with pytest.raises(FileProblem, match=r"has no token table .* Use lexical similarity\.$"):
        TokenTableEmbedding(path, tokenise, CORPUS)


def test_the_library_may_be_missing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(MissingExtra, match=r"gguf.*alignkit\[local\]"):
        TokenTableEmbedding(path, tokenise, CORPUS)


@pytest.mark.real_model
def test_the_small_model_knows_what_is_alike(
    small_model: LlamaModel, small_model_file: WeightsFile
) -> None:
    texts = ["The doctor treats a patient.", "The nurse cares for the sick.", "Bread is baked."]
    embedding = TokenTableEmbedding(
        small_model_file.path, lambda text: small_model.engine.tokenise(text, special=False), texts
    )
    doctor, nurse, bread = embedding.embed(texts)
    assert doctor @ nurse > doctor @ bread
