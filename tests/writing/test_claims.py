from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.writing.claims import claims
from alignkit.writing.sentences import sentences

markdown = st.lists(
    st.sampled_from(
        ("# Head\n", "- item ", "1. one ", "```\n", "| a | b |\n", "\n\n", "\n", "\r\n", "; ")
    )
    | st.sampled_from(
        ("Is it? ", "Dr. Lee went. ", "He won. ", "\u4f60\u597d\u3002", "\u2028", "\x0c")
    )
    | st.text(max_size=8),
    max_size=12,
).map("".join)


def said(text: str, **given: Any) -> list[str]:
    """The claims of `text` as texts."""
    return [one.text for one in claims(text, **given)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Oslo is a city. It lies by a fjord.", ["Oslo is a city.", "It lies by a fjord."]),
        (
            "Dr. Smith met Mr. J. R. Jones at 3 p.m. on Jan. 5. He paid $3.50.",
            ["Dr. Smith met Mr. J. R. Jones at 3 p.m. on Jan. 5.", "He paid $3.50."],
        ),
        (
            "Am 3. Mai 2020 kam Dr. M\u00fcller an. Er ging z.B. ins Kino.",
            ["Am 3. Mai 2020 kam Dr. M\u00fcller an.", "Er ging z.B. ins Kino."],
        ),
        (
            "\u4f60\u597d\u3002\u4e16\u754c\u5f88\u5927\uff01\u662f\u7684",
            ["\u4f60\u597d\u3002", "\u4e16\u754c\u5f88\u5927\uff01", "\u662f\u7684"],
        ),
        (
            "\u092f\u0939 \u0938\u091a \u0939\u0948\u0964 \u0935\u0939 \u0917\u092f\u093e\u0964",
            [
                "\u092f\u0939 \u0938\u091a \u0939\u0948\u0964",
                "\u0935\u0939 \u0917\u092f\u093e\u0964",
            ],
        ),
        ("It rains; the road is wet.", ["It rains", "the road is wet."]),
        ("\u96e8\uff1b\u6e7f\u3002", ["\u96e8", "\u6e7f\u3002"]),
        ("Who knows? Nobody does.", ["Nobody does."]),
        ('"Is it so?" \u00bfY t\u00fa?', []),
        ("(Is it so?)\n**Is it?**\n\u00abEst-ce vrai?\u00bb", []),
        ("It opens at nine (really?)", ["It opens at nine (really?)"]),
        ("It opens at nine?)", ["It opens at nine?)"]),
        ('They say "at nine?"', ['They say "at nine?"']),
        ("It opens at nine, doesn't it?", ["It opens at nine, doesn't it?"]),
        ("When it rains, is the pool open for everybody?", []),
        ("It opens at nine; ok?", ["It opens at nine"]),
        ("# Rome\n\nRome is old.\n", ["Rome is old."]),
        ("Facts:\n- One is odd.\n- Two is even", ["Facts:", "One is odd.", "Two is even"]),
        ("1. First\n2) Second\n  * Third", ["First", "Second", "Third"]),
        ("Name: Ann\nBorn: 1920", ["Name: Ann", "Born: 1920"]),
        ("Run:\n```\na = 1; b = 2\n```\nDone.", ["Run:", "```\na = 1; b = 2\n```", "Done."]),
        ("```\nx = 1", ["```\nx = 1"]),
        ("---\n\n***\n...", []),
        ("", []),
        (" \n ", []),
    ],
)
def test_a_text_is_split_into_what_it_states(text: str, expected: list[str]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Paris has 3 million inhabitants\n\nSo.", ["Paris has 3 million inhabitants", "So."]),
        ("## Entry is free; dogs swim ##\n", ["Entry is free", "dogs swim"]),
        ("# 2. Is it free? It is.\n", ["It is."]),
        (
            "# \u6cf3\u6c60\u4e5d\u70b9\u5f00\u95e8\nSo.",
            ["\u6cf3\u6c60\u4e5d\u70b9\u5f00\u95e8", "So."],
        ),
        ("# Opens-at-nine\nSo.", ["Opens-at-nine", "So."]),
        ("# 1912\nSo.", ["1912", "So."]),
        ("# Summary\n## 1. Pool ##\nSo.\n### **Why?**\nSo.", ["So.", "So."]),
        ("# Summary\n\n# Nine\n", ["Nine"]),
        ("## Who opens the pool?\nAnn.", ["Ann."]),
        ("#\n# ##\n", []),
    ],
)
def test_a_heading_states_something_unless_it_is_one_word_above_a_text(
    text: str, expected: list[str]
) -> None:
    assert said(text, headings=True) == expected


@pytest.mark.parametrize("sign", ["*", "(", '"', "?", "# ", "a, ", "?) "])
def test_a_long_row_of_signs_takes_no_time(sign: str) -> None:
    begin = time.perf_counter()
    claims(sign * 20_000 + "a?b", headings=True)
    claims("# " + sign * 20_000 + "a?b", headings=True)
    assert time.perf_counter() - begin < 10


def test_a_language_that_is_told_has_its_own_rules() -> None:
    text = "Am 3. Mai kam er. Er ging."
    assert said(text, language="de") == ["Am 3. Mai kam er.", "Er ging."]
    assert said(text, language="en") != said(text, language="de")


def test_a_claim_knows_the_sentence_before_it_in_its_paragraph() -> None:
    found = claims("Who was Curie? She won twice; once alone.\n\nShe died in 1934.")
    assert [one.before for one in found] == ["Who was Curie?", "She won twice", ""]


def test_a_wrapped_line_goes_on_where_lines_are_not_sentences() -> None:
    text = "The bridge was built\nin 1932. It is red.\n\n- A list\n  goes on\n"
    found = [text[one.start : one.end] for one in sentences(text)]
    assert found == ["The bridge was built\nin 1932.", "It is red.", "A list\n  goes on"]


@given(markdown, st.booleans())
def test_sentences_are_pieces_of_the_text_in_order_and_nothing_said_is_lost(
    text: str,
    by_line: bool,  # noqa: FBT001
) -> None:
    found = sentences(text, by_line=by_line)
    ends = [0]
    for one in found:
        assert ends[-1] <= one.start < one.end <= len(text)
        assert text[one.start : one.end].strip() == text[one.start : one.end]
        between = text[ends[-1] : one.start]
        # Between two sentences stand blanks, signs and the numbers of list items.
        assert not any(sign.isalpha() for sign in between), between
        ends.append(one.end)
    assert not any(sign.isalpha() for sign in text[ends[-1] :])


@given(markdown, st.booleans())
def test_every_claim_is_a_piece_of_the_text(
    text: str,
    headings: bool,  # noqa: FBT001
) -> None:
    place = 0
    for one in claims(text, headings=headings):
        assert place <= one.start < one.end
        assert text[one.start : one.end] == one.text
        place = one.end
