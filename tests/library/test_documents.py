from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.errors import BadAttribute, BadProfile, BadScenario, FileProblem
from alignkit.library import (
    Document,
    parse_document,
    parse_line,
    read_document,
    read_text,
    written_document,
)
from alignkit.schema import Attribute, Profile, Scenario

SCENARIO = """\
# A comment.
id: s
context: >-
  Two are
  hurt.
question: Whom?
choices:
  - {id: a, text: Treat A}
  - id: b
    text: Treat B
    values:
      care: 0.5
"""


def value(text: str) -> Any:
    """What the YAML `text` means."""
    return parse_document(text, "f").value


def mistake(text: str) -> str:
    """What a scenario file with this text is told."""
    with pytest.raises(BadScenario) as caught:
        parse_document(text, "f.yaml").parse(Scenario, BadScenario)
    return str(caught.value)


def problem(text: str) -> str:
    """What a file with this text is told that is not YAML."""
    with pytest.raises(FileProblem) as caught:
        parse_document(text, "f.yaml")
    return str(caught.value)


def test_a_good_file_is_read() -> None:
    scenario = parse_document(SCENARIO, "f.yaml").parse(Scenario, BadScenario)
    assert scenario.context == "Two are hurt."
    assert scenario.choices[1].values == {"care": 0.5}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("id: s\n", "id: 3\n", "f.yaml:2: id: Input should be a valid string."),
        ("question: Whom?\n", "", "f.yaml:2: question: this field is missing."),
        ("question: Whom?", "question: ''", "f.yaml:6: question: must not be empty."),
        ("question:", "qestion:", "f.yaml:2: question: this field is missing. (1 more mistake.)"),
        ("id: s\n", "id: s\nnote: x\n", "f.yaml:3: note: there is no such field."),
        ("text: Treat B", "txt: B", "f.yaml:9: choices.1.text: this field is missing."),
        (", text: Treat A", "", "f.yaml:8: choices.0.text: this field is missing."),
        (
            "0.5",
            "1.5",
            "f.yaml:12: choices.1.values.care: Input should be less than or equal to 1.",
        ),
        ("0.5", "high", "f.yaml:12: choices.1.values.care: Input should be a valid number"),
        ("care: 0.5", "Care!: 0.5", "f.yaml:12: choices.1.values.Care!: use small letters"),
        (SCENARIO.partition("choices:")[2], " both\n", "f.yaml:7: choices: should be a list."),
        ("id: b", "id: a", "f.yaml:2: choices: 2 choices have the same id 'a'."),
        ("  Two are\n", "  Two\x7f\n", "is not valid YAML"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_field(old: str, new: str, told: str) -> None:
    assert old in SCENARIO
    text = SCENARIO.replace(old, new)
    if told == "is not valid YAML":
        assert told in problem(text)
    else:
        assert mistake(text).startswith(told)


def test_the_number_of_further_mistakes_is_told() -> None:
    assert mistake("{}").endswith("(3 more mistakes.)")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f.yaml: expected a scenario with its fields, got nothing."),
        ("# only this", "f.yaml: expected a scenario with its fields, got nothing."),
        ("\n\n[1]", "f.yaml:3: expected a scenario with its fields, got a list."),
        ("hello", "f.yaml:1: expected a scenario with its fields, got the text 'hello'."),
        ("x" * 99, f"got the text {'x' * 40!r}."),
        ("17", "f.yaml:1: expected a scenario with its fields, got 17."),
        ("~", "f.yaml:1: expected a scenario with its fields, got nothing."),
    ],
)
def test_what_is_no_mapping_is_told(text: str, told: str) -> None:
    assert mistake(text).endswith(told)


def test_the_article_fits_the_name() -> None:
    with pytest.raises(BadAttribute, match="expected an attribute with its fields"):
        parse_document("", "f.yaml").parse(Attribute, BadAttribute)


def test_the_place_of_a_target_is_told_without_the_types_behind_it() -> None:
    document = parse_document("name: x\ntargets:\n  care: {range: [0, 2]}\n  a: [1]\n", "p.yaml")
    with pytest.raises(BadProfile) as caught:
        document.parse(Profile, BadProfile)
    assert str(caught.value) == (
        "p.yaml:3: targets.care.range.1: Input should be less than or equal to 1. (1 more mistake.)"
    )


def test_keys_that_are_no_text_are_told() -> None:
    with pytest.raises(BadProfile, match=r"^p\.yaml:1: 3: Keys should be strings\."):
        parse_document("3: x\nname: x\npersona: y", "p.yaml").parse(Profile, BadProfile)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *((word, word) for word in ("yes", "no", "on", "off", "Yes", "NO", "y", "n")),
        *(
            (word, word)
            for word in ("2026-01-02", "12:30", "190:20:30", "0x1F", "1_000", "=", "<<")
        ),
        *(("true", True), ("False", False), ("TRUE", True)),
        *(("null", None), ("~", None), ("", None)),
        *(("1", 1), ("-7", -7), ("+3", 3), ("010", 10), ("0", 0)),
        *(("0.5", 0.5), (".5", 0.5), ("1.", 1.0), ("1e-05", 1e-05), ("1E3", 1000.0)),
        *(("-.inf", float("-inf")), (".INF", float("inf")), ("1e5", 1e5), ("e5", "e5")),
        *(("'1'", "1"), ("1.2.3", "1.2.3"), ("-", [None]), ("1-2", "1-2")),
    ],
)
def test_plain_words_mean_what_they_mean_in_yaml_1_2(word: str, expected: object) -> None:
    found = value(f"x: {word}" if word != "-" else "x:\n  -")["x"]
    assert found == expected
    assert type(found) is type(expected)


def test_no_is_a_fine_id_and_language() -> None:
    text = SCENARIO.replace("id: b", "id: no") + "language: no\n"
    scenario = parse_document(text, "f").parse(Scenario, BadScenario)
    assert (scenario.choices[1].id, scenario.language) == ("no", "no")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3", "f.yaml:3: is not valid YAML: the key 'a' stands here a second time."),
        ("x:\n  {a: 1, a: 2}", "f.yaml:2: is not valid YAML: the key 'a' stands"),
        ("1: a\n'1': b", "f.yaml:2: is not valid YAML: the key '1' stands"),
        ("a: &x [1]\nb: *x", "f.yaml:2: is not valid YAML: aliases (*name) are not supported."),
        ("a: b\n? [1]\n: 2", "f.yaml:2: is not valid YAML: found unhashable key."),
        ("a: 1\nb: [1, 2", "f.yaml:2: is not valid YAML: expected ',' or ']'"),
        ("a: b: c", "f.yaml:1: is not valid YAML: mapping values are not allowed here."),
        ("a: 1\n\tb: 2", "f.yaml:2: is not valid YAML: "),
        ("a: 1\n---\nb: 2", "f.yaml:2: is not valid YAML: "),
        ("a: \x00", "f.yaml: is not valid YAML: unacceptable character"),
        ("\n\nx: !!int one", "f.yaml:3: is not valid YAML: 'one' cannot be read as what it claims"),
        ("x: !!bool maybe", "f.yaml:1: is not valid YAML: 'maybe' cannot be read"),
        ("x: !!timestamp soon", "f.yaml:1: is not valid YAML: 'soon' cannot be read"),
        (f"x: {'1' * 5000}", f"f.yaml:1: is not valid YAML: '{'1' * 40}' cannot be read"),
        ("x: !!python/name:os.system", "f.yaml:1: is not valid YAML: could not determine a const"),
        ("[" * 100_000, "f.yaml: is nested too deeply."),
        ("{a: " * 100_000, "f.yaml: is nested too deeply."),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, told: str) -> None:
    assert problem(text).startswith(told)


def test_anchors_without_alias_do_no_harm() -> None:
    assert value("a: &x 1") == {"a": 1}


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=10)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(texts, json_values, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_json_means_the_same_as_yaml(given: dict[str, Any], indent: int | str | None) -> None:
    assert value(json.dumps(given, indent=indent)) == given


def test_json_is_told_its_line_too() -> None:
    text = json.dumps({"id": "s", "question": "?", "choices": [], "contxt": "x"}, indent=1)
    assert mistake(text) == "f.yaml:1: context: this field is missing. (1 more mistake.)"


@pytest.mark.parametrize("indent", [1, "\t"])
def test_a_number_in_json_is_told_its_line(indent: int | str) -> None:
    choices = [{"id": "a", "text": "x", "values": {"care": 7}}, {"id": "b", "text": "y"}]
    text = json.dumps(
        {"id": "s", "context": "x", "question": "?", "choices": choices}, indent=indent
    )
    assert mistake(text).startswith("f.yaml:10: choices.0.values.care: ")


def test_a_sign_written_as_two_escapes_is_one_sign() -> None:
    assert value(json.dumps({"😀": "😀"})) == {"😀": "😀"}


def test_half_of_such_a_sign_is_refused() -> None:
    assert mistake(SCENARIO.replace("Whom?", '"\\ud83d"')).startswith("f.yaml:6: question: ")


def test_a_list_is_many_documents_with_lines_of_their_own() -> None:
    text = "\n".join(f"- {line}" if n == 0 else f"  {line}" for n, line in enumerate(["id: s"]))
    documents = parse_document(f"{text}\n- id: t\n  note: x\n", "f.yaml").items()
    assert [document.value["id"] for document in documents] == ["s", "t"]
    with pytest.raises(BadScenario) as caught:
        documents[1].parse(Scenario, BadScenario)
    assert str(caught.value).startswith("f.yaml:2: context: this field is missing.")


def test_what_is_no_list_is_one_document() -> None:
    document = parse_document("a: 1", "f")
    assert document.items() == [document]
    assert parse_document("[]", "f").items() == []


def test_a_line_of_json_is_a_document_without_lines() -> None:
    document = parse_line('{"id": "s", "choices": [{"id": "a"}]}', "line 7")
    with pytest.raises(BadScenario) as caught:
        document.parse(Scenario, BadScenario)
    assert str(caught.value).startswith("line 7: context: this field is missing. (")


def test_a_mistake_deep_in_a_line_is_told_with_its_field() -> None:
    line = '{"id": "s", "context": "x", "question": "y", "choices": [{"id": "a"}]}'
    with pytest.raises(BadScenario) as caught:
        parse_line(line, "line 7").parse(Scenario, BadScenario)
    assert str(caught.value) == "line 7: choices.0.text: this field is missing."


@pytest.mark.parametrize("line", ["{", "", "{'a': 1}", "[" * 100_000, "1" * 5000, '{"a": 1} x'])
def test_a_line_that_is_not_json_is_told(line: str) -> None:
    with pytest.raises(FileProblem, match=r"line 1: is not valid JSON: .+\."):
        parse_line(line, "line 1")


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    document = read_document(path)
    assert document.parse(Scenario, BadScenario).id == "s"
    assert document.name == str(path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbfid: \xc3\xa4")
    assert read_document(path).value == {"id": "ä"}


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(SCENARIO.replace("\n", "\r\n").encode())
    assert read_document(path).parse(Scenario, BadScenario).context == "Two are hurt."


def told_of(path: Path) -> str:
    with pytest.raises(FileProblem) as caught:
        read_text(path)
    return str(caught.value).removeprefix(f"{path}: ")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert told_of(tmp_path / "x.yaml") == "there is no such file."


def test_a_file_that_would_take_minutes_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(FileProblem) as error:
        read_document(path)
    assert str(error.value).startswith(
        f"{path}: has 100 MB; YAML and JSON are read up to 20 MB. Write many scenarios as JSON "
    )


def test_the_members_of_a_long_list_are_found_at_once() -> None:
    count = 20_000
    lines = {(str(n), "id"): n + 1 for n in range(count)}
    start = time.process_time()
    members = Document([{"id": n} for n in range(count)], "f", lines).items()
    assert time.process_time() - start < 2  # a minute, where each looks at the lines of all
    assert members[-1].where(("id",)) == f"f:{count}"


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert told_of(tmp_path) == "cannot be read: Is a directory."


def test_another_encoding_is_told_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("id: Straße".encode("latin-1"))
    assert told_of(path) == "is not UTF-8 text (byte 8)."


@pytest.mark.parametrize(
    "text", ["08", "-07", "yes", "no", "1e5", ".5", "~", "null", "0x1F", "12:30"]
)
def test_a_text_that_looks_like_something_else_is_written_so_that_it_stays_a_text(
    text: str,
) -> None:
    assert parse_document(written_document({"id": text}, 80), "x").value == {"id": text}
