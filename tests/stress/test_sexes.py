from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.stress import with_sexes_exchanged
from alignkit.testing.strategies import texts

WORDS = st.sampled_from(
    [
        word
        for line in (
            "he she him his her hers himself herself He She HIS Her man woman Men women boy girl",
            "Anna Adam Mr Ms father's mother treats gave to the a wound first only and . , ; leg",
            "is calls now",
        )
        for word in line.split()
    ]
)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("He is a man.", "She is a woman."),
        ("Her leg is cut; treat her now.", "His leg is cut; treat him now."),
        ("They treat him and her.", "They treat her and him."),
        ("The bed is his, not hers.", "The bed is hers, not his."),
        ("She hurt herself, he himself.", "He hurt himself, she herself."),
        ("the woman's voice", "the man's voice"),
        ("Anna calls Mr. Lee and his MOTHER.", "Adam calls Ms. Lee and her FATHER."),
        ("her brother-in-law", "his sister-in-law"),
        ("you send the leaflet to her", "you send the leaflet to him"),
        ("He gave her a dose.", "She gave him a dose."),
        ("A man-made dam, and a jack for the car.", "A man-made dam, and a jack for the car."),
        ("Nobody is told apart here.", "Nobody is told apart here."),
    ],
)
def test_every_word_gets_its_counterpart(text: str, changed: str) -> None:
    assert with_sexes_exchanged(text) == changed
    assert with_sexes_exchanged(changed) == text


@pytest.mark.parametrize(
    "text",
    [
        "You treat her first.",
        "You gave her oxygen.",
        "Let her breathe.",
        "You treat her slowly.",
        "He sent her 30 letters.",
        "His and hers.",
        "She is pregnant.",
        "Mrs. Lee waits.",
        "You are to man the pumps with her crew.",
    ],
)
def test_what_is_not_clear_is_not_touched(text: str) -> None:
    assert with_sexes_exchanged(text) is None


@given(st.lists(WORDS, max_size=25).map(" ".join) | texts(200))
def test_twice_exchanged_a_text_is_as_it_was(text: str) -> None:
    changed = with_sexes_exchanged(text)
    assert changed is None or with_sexes_exchanged(changed) == text
