from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.errors import FileProblem
from alignkit.writing.ranking import Ranking
from alignkit.writing.sources import MOST_BYTES, Source, Sources, passages, read_sources

RULES = """# Pool

The pool opens at six.
Children under ten swim
with an adult.

- No glass.
- No dogs.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two documents and a hidden file."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rules.md").write_text(RULES)
    (tmp_path / "staff.txt").write_text("\ufeffAnn Berg leads the staff.\r\nShe started in 2011.")
    (tmp_path / ".DS_Store").write_bytes(b"\x00\xff")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.bin").write_bytes(b"\xff")
    return tmp_path


def test_a_folder_is_read_with_what_is_below_it(folder: Path) -> None:
    found = read_sources([folder])
    assert [one.file for one in found] == ["in/rules.md", "staff.txt"]
    assert found[0].text == RULES
    assert found[1].text == "Ann Berg leads the staff.\nShe started in 2011."


def test_what_is_left_out_of_a_folder_is_known_by_name(folder: Path) -> None:
    (folder / "in" / ".notes.md").write_text("Hidden.")
    assert Sources.read(folder).left_out == (".DS_Store", ".git", "in/.notes.md")
    assert Sources.read(folder / "staff.txt").left_out == ()
    named = Sources.read(folder / "in" / ".notes.md")  # who names it wants it
    assert [one.file for one in named.documents] == [".notes.md"]


def test_a_folder_that_cannot_be_read_is_told_by_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, scan = folder / "in", os.scandir

    def scandir(path: str) -> Any:
        if Path(path) == closed:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(FileProblem, match="in: this folder cannot be read: Permission denied"):
        read_sources([folder])


def test_a_link_to_a_folder_is_no_file(folder: Path) -> None:
    (folder / "again").symlink_to(folder / "in")
    with pytest.raises(FileProblem, match="again: this is no file"):
        read_sources([folder])


def test_a_file_counts_once(folder: Path) -> None:
    assert len(read_sources([folder, folder / "staff.txt", folder])) == 2


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text(f"From {name}.")
    found = [one.file for one in read_sources([tmp_path / "a", tmp_path / "b"])]
    assert found == [(tmp_path / name / "x.txt").as_posix() for name in "ab"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("report.pdf", b"%PDF", "report.pdf: only .txt and .md files are read as sources."),
        ("x.txt", b"\xff\xfe", "is not UTF-8 text"),
        ("x.txt", b" \n", "there is no text to read."),
        (None, b"", "there is no text to read."),
    ],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, name: str | None, content: bytes, told: str
) -> None:
    if name:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FileProblem, match=told) as caught:
        read_sources([tmp_path])
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="gone: there is no such file or folder"):
        read_sources([tmp_path / "gone"])


def test_too_much_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(FileProblem, match=r"have 20 MB; up to 20 MB"):
        read_sources([tmp_path])


def test_passages_are_whole_sentences_with_their_lines() -> None:
    found = passages(Source("rules.md", RULES), size=60)
    assert [(one.text, one.place) for one in found] == [
        ("# Pool\n\nThe pool opens at six.", "rules.md:1-3"),
        ("Children under ten swim\nwith an adult.\n\n- No glass.", "rules.md:4-7"),
        ("No glass.\n- No dogs.", "rules.md:7-8"),
    ]


texts = st.lists(
    st.sampled_from(
        ("One is here. ", "Two! ", "\n\n", "\n", "- item\n", "# H\n", "x" * 1600, "\x0c")
    )
    | st.text(max_size=20),
    max_size=30,
).map("".join)


@given(texts, st.integers(1, 200))
def test_passages_hold_every_sentence_and_quote_the_text_exactly(text: str, size: int) -> None:
    found = passages(Source("a.txt", text), size)
    covered = set[int]()
    for one in found:
        assert one.text == text[one.start : one.end]
        assert one.line == text.count("\n", 0, one.start) + 1
        assert one.last_line == text.count("\n", 0, one.end - 1) + 1
        covered.update(range(one.start, one.end))
    assert [one.start for one in found] == sorted({one.start for one in found})
    assert all(place in covered for place, sign in enumerate(text) if sign.isalpha())


def test_the_passage_that_speaks_of_a_claim_is_found(folder: Path) -> None:
    sources = Sources(read_sources([folder]), size=40)
    [best] = sources.nearest("Who is in charge? Ann Berg was the leader of staff.", 1)
    assert best.text == "Ann Berg leads the staff."
    assert best.place == "staff.txt:1"
    assert sources.nearest("Zzz qqq", 3) == ()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("The treatment helped", 0),
        ("Behandlungen", 1),
        ("\u6e38\u6cf3\u6c60\u51e0\u70b9\u5f00\u95e8", 2),
        ("\u041a\u043e\u0448\u043a\u0438", 3),
    ],
)
def test_other_forms_and_scripts_are_found(asked: str, expected: int) -> None:
    texts = (
        "They treated him well.",
        "Die Behandlung war kurz.",
        "\u6e38\u6cf3\u6c60\u516d\u70b9\u5f00\u95e8\u3002",
        "\u041a\u043e\u0448\u043a\u0430 \u0441\u043f\u0438\u0442.",
    )
    assert Ranking(texts).nearest(asked, 1) == [expected]


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    ranking = Ranking(["the dog runs", "the cat runs", "the fox runs"])
    assert ranking.nearest("the fox runs", 3)[0] == 2
    scores = ranking.scores("fox runs")
    assert scores[2] > scores[0] == scores[1] > 0


def test_of_equal_texts_the_earlier_comes_first() -> None:
    assert Ranking(["same words", "same words"]).nearest("words", 2) == [0, 1]


@given(st.lists(st.text(max_size=30), max_size=6), st.text(max_size=30))
def test_a_ranking_names_texts_that_are_there(texts: list[str], asked: str) -> None:
    ranking = Ranking(texts)
    found = ranking.nearest(asked, 3)
    assert len(found) == len(set(found)) <= min(3, len(texts))
    scores = ranking.scores(asked)
    assert all(scores[place] > 0 for place in found)
    assert [scores[place] for place in found] == sorted(scores[found], reverse=True)
