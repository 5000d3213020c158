from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.examples import LexicalEmbedding, Similarity, text_of
from alignkit.examples.similarity import rarity, unit
from alignkit.testing.strategies import scenarios, texts

from .conftest import Placed, scenario

CORPUS = [
    "You are a medic. The pilot bleeds from the head.",
    "You are a medic. The gunner has a burnt arm.",
    "You are a medic. The cook cannot breathe.",
]


def test_similarity_is_the_cosine_rounded() -> None:
    similarity = Similarity(Placed())
    others = [scenario(f"{degrees} degrees") for degrees in (0, 60, 90, 180)]
    assert similarity.of(scenario("0 degrees", id="item"), others) == [1.0, 0.5, 0.0, -1.0]


def test_every_text_is_embedded_once() -> None:
    embedding = Placed()
    similarity = Similarity(embedding)
    pool = [scenario(f"{degrees} degrees") for degrees in (10, 20, 10)]
    for item in (scenario("5 degrees"), scenario("6 degrees"), pool[1]):
        similarity.of(item, pool)
    assert [text.split()[0] for text in embedding.asked] == ["5", "10", "20", "6"]


def test_there_may_be_nothing_to_compare_with() -> None:
    assert Similarity(Placed()).of(scenario("5 degrees"), []) == []


@given(scenarios())
def test_the_order_of_choices_and_the_id_are_not_compared(one: object) -> None:
    turned = one.model_copy(  # type: ignore[attr-defined]
        update={"id": "x", "choices": tuple(reversed(one.choices))}  # type: ignore[attr-defined]
    )
    assert text_of(turned) == text_of(one)  # type: ignore[arg-type]


def test_rare_is_heavier_and_nothing_weighs_nothing() -> None:
    weights = [rarity(10, containing) for containing in (0, 1, 2, 10)]
    assert weights[0] == weights[1] == pytest.approx(np.log(11))
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0
    assert rarity(0, 0) > 0


def test_rows_of_zeros_stay() -> None:
    rows = unit(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert rows.tolist() == [[0.6, 0.8], [0.0, 0.0]]


class TestLexical:
    def test_rows_have_length_1_and_the_same_width(self) -> None:
        rows = LexicalEmbedding(CORPUS).embed([*CORPUS, "Something else."])
        assert rows.shape == (4, 8192)
        assert np.allclose(np.linalg.norm(rows, axis=1), 1)

    @given(st.lists(texts(), max_size=3), texts())
    def test_any_text_has_a_row(self, corpus: list[str], text: str) -> None:
        [row] = LexicalEmbedding(corpus).embed([text])
        assert np.isfinite(row).all()
        assert np.linalg.norm(row) == pytest.approx(1, abs=1e-6) or not row.any()

    def test_no_texts_are_no_rows(self) -> None:
        assert LexicalEmbedding([]).embed([]).shape == (0, 8192)

    def test_a_row_does_not_depend_on_the_other_texts(self) -> None:
        embedding = LexicalEmbedding(CORPUS)
        together = embedding.embed(CORPUS)
        assert all((embedding.embed([t])[0] == together[n]).all() for n, t in enumerate(CORPUS))

    def test_case_and_blanks_do_not_count(self) -> None:
        one, other = LexicalEmbedding(CORPUS).embed([CORPUS[0], CORPUS[0].upper() + "\n"])
        assert (one == other).all()

    def test_what_all_texts_share_counts_little(self) -> None:
        rows = LexicalEmbedding(CORPUS).embed([*CORPUS, "His head bleeds."])
        shared, distinctive = rows[0] @ rows[1], rows[0] @ rows[3]
        assert shared < 0.3 < distinctive

    def test_forms_of_a_word_are_near(self) -> None:
        one, near, far = LexicalEmbedding([]).embed(["bleeding", "bleeds", "trains"])
        assert one @ near > one @ far

    def test_rows_are_the_same_in_every_process(self) -> None:
        code = (
            "from alignkit.examples import LexicalEmbedding as L;"
            "print(L(['a b c', 'b c d']).embed(['b c d e'])[0].nonzero()[0].tolist())"
        )
        run = {
            subprocess.run(
                [sys.executable, "-c", code],
                env={"PYTHONHASHSEED": seed},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            for seed in ("1", "2")
        }
        assert len(run) == 1
