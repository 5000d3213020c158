from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alignkit.datasets import READERS
from alignkit.datasets.mmlu import LICENCE, SOURCE, read
from alignkit.errors import DatasetFormat, FileProblem
from alignkit.schema import Choice, Scenario

DEV = "".join(f'"Old {n}?",w,x,y,z,{letter}\n' for n, letter in enumerate("ABCDA", start=1))
Exam = Callable[..., Path]


@pytest.fixture
def exam(tmp_path: Path) -> Exam:
    """A folder as published, with one subject."""

    def made(test: str, dev: str | None = DEV, subject: str = "moral_disputes") -> Path:
        for folder in ("test", "dev"):
            (tmp_path / folder).mkdir(exist_ok=True)
        path = tmp_path / "test" / f"{subject}_test.csv"
        path.write_text(test, encoding="utf-8")
        if dev is not None:
            (tmp_path / "dev" / f"{subject}_dev.csv").write_text(dev, encoding="utf-8")
        return path

    return made


def test_a_file_that_is_missing_is_told_before_its_examples(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"law_test\.csv: there is no such file"):
        list(read(tmp_path / "law_test.csv"))


def test_the_table_of_readers_knows_it() -> None:
    assert READERS.load("mmlu") is read


def test_a_question_comes_behind_five_solved_ones(exam: Exam) -> None:
    path = exam("Is it?,never,always,now,then,B\n")
    shots = "\n\n".join(
        f"Old {n}?\nA. w\nB. x\nC. y\nD. z\nAnswer: {letter}"
        for n, letter in enumerate("ABCDA", start=1)
    )
    heading = "The following are multiple choice questions (with answers) about moral disputes."
    assert list(read(path)) == [
        Scenario(
            id="moral_disputes 1",
            context=f"{heading}\n\n{shots}",
            question="Is it?",
            choices=(
                Choice(id="A", text="never", values={"correctness": 0}),
                Choice(id="B", text="always", values={"correctness": 1}),
                Choice(id="C", text="now", values={"correctness": 0}),
                Choice(id="D", text="then", values={"correctness": 0}),
            ),
            source=SOURCE,
            licence=LICENCE,
            language="en",
            exam=True,
            tags={"subject": "moral_disputes", "shots": "5"},
        )
    ]


def test_a_folder_is_read_subject_after_subject(exam: Exam) -> None:
    exam("Second?,1,2,3,4,A\nThird?,1,2,3,4,A\n", subject="virology")
    path = exam("First?,1,2,3,4,A\n", subject="anatomy")
    found = [one.id for one in read(path.parent.parent) if isinstance(one, Scenario)]
    assert found == ["anatomy 1", "virology 1", "virology 2"]


def test_all_questions_of_a_subject_share_their_context(exam: Exam) -> None:
    path = exam("One?,1,2,3,4,A\nTwo?,1,2,3,4,A\n")
    first, second = (one for one in read(path) if isinstance(one, Scenario))
    assert first.context == second.context


def test_examples_may_lie_beside_the_questions(exam: Exam) -> None:
    path = exam("One?,1,2,3,4,A\n", dev=None)
    path.with_name("moral_disputes_dev.csv").write_text(DEV)
    [one] = read(path)
    assert isinstance(one, Scenario)
    assert one.tags["shots"] == "5"


def test_a_file_of_another_name_is_asked_without_examples(tmp_path: Path) -> None:
    path = tmp_path / "my_quiz.csv"
    path.write_text("One?,1,2,3,4,A\n")
    [one] = read(path)
    assert isinstance(one, Scenario)
    assert one.context.endswith("about my quiz.")
    assert one.tags == {"subject": "my_quiz", "shots": "0"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Two?,1,2,3,A", "_test.csv:2: has 5 cells, not 6."),
        ("Two?,1,2,3,4,E", "_test.csv:2: its answer is 'E', not one of ABCD."),
        ("Two?,1,2,3,4,AB", "_test.csv:2: its answer is 'AB', not one of ABCD."),
        ("Two?,1,1,3,4,A", "_test.csv:2: choices: 2 choices have the same text '1'."),
        (",1,2,3,4,A", "_test.csv:2: question: must not be empty."),
        ('"Two"?,1,2,3,4,A', "_test.csv:2: ',' expected after '\"'."),
    ],
)
def test_a_broken_row_is_told_with_its_line_and_the_others_keep_their_numbers(
    row: str, message: str, exam: Exam
) -> None:
    path = exam(f"One?,1,2,3,4,A\n{row}\n\nThree?,1,2,3,4,A\n")
    first, error, last = read(path)
    assert message in str(error)
    assert [one.id.split()[1] for one in (first, last) if isinstance(one, Scenario)] == ["1", "3"]


def test_rows_of_several_lines_are_placed_where_they_begin(exam: Exam) -> None:
    path = exam('"One\nhas two lines?",1,2,3,4,A\nTwo?,1,2,3,4,E\n')
    _, error = read(path)
    assert "_test.csv:3: its answer" in str(error)


@pytest.mark.parametrize(
    ("dev", "message"),
    [
        (None, "its examples are missing"),
        (DEV + DEV, "holds 10 examples, not 5"),
        (DEV.replace(",C", ",X"), "_dev.csv:3: its answer is 'X'"),
    ],
)
def test_fewer_or_broken_examples_are_no_five_shot_exam(
    dev: str | None, message: str, exam: Exam
) -> None:
    with pytest.raises(DatasetFormat, match=message):
        read(exam("One?,1,2,3,4,A\n", dev=dev))


def test_a_folder_without_questions_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetFormat, match=r"has no \*_test.csv files"):
        read(tmp_path)
