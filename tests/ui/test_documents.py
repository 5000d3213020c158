"""Documents of the page *Ask*: what is taken, and what is refused whoever sends it."""

from __future__ import annotations

import pytest

from alignkit.errors import FileProblem
from alignkit.ui.documents import MOST_FILES, MOST_LETTERS, Documents, added, without


def test_a_document_takes_the_place_of_one_that_is_called_so() -> None:
    documents = added(added((), "pool.md", "It opens at six."), "slide.TXT", "It is long.")
    documents = added(documents, "pool.md", "It opens at seven.")
    assert {one.file: one.text for one in documents} == {
        "slide.TXT": "It is long.",
        "pool.md": "It opens at seven.",
    }
    assert [one.file for one in without(documents, "pool.md")] == ["slide.TXT"]
    assert without(documents, "other.md") == documents


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("scan.pdf", "text", "only .txt and .md"),
        ("txt", "text", "only .txt and .md"),
        ("", "text", "only .txt and .md"),
        ("empty.md", " \n", "no text"),
        ("a" * 200 + ".md", "text", "longer than 100"),
        ("long.md", "a" * (MOST_LETTERS + 1), "2,000,000 letters"),
    ],
)
def test_what_is_no_source_is_refused(name: str, text: str, why: str) -> None:
    with pytest.raises(FileProblem, match=why):
        added((), name, text)


def test_many_documents_are_too_many() -> None:
    documents: Documents = ()
    for number in range(MOST_FILES):
        documents = added(documents, f"{number}.md", "text")
    with pytest.raises(FileProblem, match="up to 20 documents"):
        added(documents, "more.md", "text")
    assert len(added(documents, "0.md", "another")) == MOST_FILES
