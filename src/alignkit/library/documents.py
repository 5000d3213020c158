"""YAML and JSON files with a place for every mistake: file, line and field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from alignkit.errors import DataError, FileProblem
from alignkit.schema.complaints import complaint

M = TypeVar("M", bound=BaseModel)

_MEGABYTE = 1_000_000
MOST_BYTES = 20 * _MEGABYTE
"""Size of the largest file that is read as a whole: YAML takes some seconds a megabyte."""


class _Loader(yaml.SafeLoader):
    """Safe YAML whose plain `yes`, `no`, `on`, dates and times stay text, as in YAML 1.2.

    A choice with the id `no` must not become `False`, nor the language `no` (Norwegian), nor the
    id `12:30` a number. Of what JSON writes, `1e-05` is a number and a surrogate pair one sign.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML reads it from the class
        first: [(tag, regexp) for tag, regexp in resolvers if tag.endswith(":null")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # An alias can make a small file mean gigabytes, and nothing of ours needs one.
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not supported", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands here a second time", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:
            # `!!int x`, or a number of thousands of digits: PyYAML lets these through.
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"{node.value[:40]!r} cannot be read as what it claims to be",
                node.start_mark,
            ) from error

    def construct_text(self, node: yaml.ScalarNode) -> str:
        text = str(self.construct_scalar(node))
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")

    def construct_integer(self, node: yaml.ScalarNode) -> int:
        return int(self.construct_scalar(node))


for _tag, _pattern, _first in (
    ("bool", r"^(true|false)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    (
        "float",
        r"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?|[-+]?\.inf|\.nan)$",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern, re.IGNORECASE), list(_first)
    )
_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.construct_text)
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_integer)


class _Dumper(yaml.SafeDumper):
    """Plain YAML with lists in one piece and no aliases, which our reader refuses.

    A text that our reader or other ones would take for something else is quoted: `08` is a text for
    YAML 1.1 and a number for us, `yes` the other way round.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML reads it from the class
        first: [
            *yaml.SafeDumper.yaml_implicit_resolvers.get(first, ()),
            *_Loader.yaml_implicit_resolvers.get(first, ()),
        ]
        for first in {**yaml.SafeDumper.yaml_implicit_resolvers, **_Loader.yaml_implicit_resolvers}
    }

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  asked for each value
        return True

    def represent_whole(self, data: list[object]) -> yaml.Node:
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)


_Dumper.add_representer(list, _Dumper.represent_whole)


class Document:
    """One value read from a file, that knows on which line each of its fields stands."""

    def __init__(self, value: Any, name: str, lines: Mapping[tuple[str, ...], int]) -> None:  # noqa: ANN401
        """Hold a parsed `value`; `lines` maps paths of keys and indices to line numbers from 1."""
        self.value = value
        self.name = name
        self._lines = lines

    def items(self) -> list[Document]:
        """The document itself, or its members when it is a list."""
        if not isinstance(self.value, list):
            return [self]
        lines: dict[str, dict[tuple[str, ...], int]] = {}
        for path, at in self._lines.items():
            if path:
                lines.setdefault(path[0], {})[path[1:]] = at
        return [
            Document(member, self.name, lines.get(str(index), {}))
            for index, member in enumerate(self.value)
        ]

    def parse(self, model: type[M], error: type[DataError]) -> M:
        """The value as `model`.

        Raises:
            DataError: `error`, with file, line and field of the first mistake and how many follow.
        """
        if not isinstance(self.value, dict):
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).lower()
            expected = f"expected {'an' if name[0] in 'aeiou' else 'a'} {name} with its fields"
            raise error(f"{self.where(())}: {expected}, got {_kind(self.value)}.")
        try:
            return model.model_validate(self.value)
        except ValidationError as invalid:
            raise error(self._describe(invalid)) from invalid

    def _describe(self, invalid: ValidationError) -> str:
        found = invalid.errors(include_url=False, include_input=False)
        first = found[0]
        path = _reached(self.value, first["loc"])
        field = ".".join(path)
        message = complaint(first)
        if first["type"] == "extra_forbidden":
            message = "there is no such field"
        elif first["type"] == "tuple_type":
            message = "should be a list"
        elif first["type"] == "missing":
            field = ".".join((*path, str(first["loc"][-1])))
            message = "this field is missing"
        others = len(found) - 1
        more = f" ({others} more mistake{'s' if others > 1 else ''}.)" if others else ""
        return f"{self.where(path)}: {field + ': ' if field else ''}{message}.{more}"

    def where(self, path: tuple[str, ...]) -> str:
        """File and line of the field at `path`, or of the nearest field around it."""
        while path and path not in self._lines:
            path = path[:-1]
        line = self._lines.get(path)
        return f"{self.name}:{line}" if line else self.name


def read_document(path: Path) -> Document:
    """The content of a YAML or JSON file.

    Raises:
        FileProblem: the file is missing, unreadable, not UTF-8, not YAML (with the line), or so
            large that it would take minutes to read.
    """
    _check_size(path)
    return parse_document(read_text(path), str(path))


def read_documents(path: Path) -> Iterator[Document]:
    """What a file holds: YAML or JSON with one or a list, or JSON lines with one each.

    Raises:
        FileProblem: as of `read_document`; for JSON lines with the line.
    """
    if path.suffix != ".jsonl":
        yield from read_document(path).items()
        return
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield parse_line(line, f"{path}:{number}")


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError:  # told where it is read
        return
    if size > MOST_BYTES:
        raise FileProblem(
            f"{path}: has {size / _MEGABYTE:,.0f} MB; "
            f"YAML and JSON are read up to {MOST_BYTES / _MEGABYTE:.0f} MB.",
            "Write many scenarios as JSON lines, one a line: `align decide - < FILE.jsonl`, or "
            "`--dataset table:FILE.jsonl`.",
        )


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises:
        FileProblem: the file is missing, a folder, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileProblem(f"{path}: there is no such file.") from error
    except UnicodeDecodeError as error:
        raise FileProblem(f"{path}: is not UTF-8 text (byte {error.start}).") from error
    except OSError as error:
        raise FileProblem(f"{path}: cannot be read: {error.strerror}.") from error


def parse_document(text: str, name: str) -> Document:
    """The content of a YAML (or JSON, which is YAML) text that came from `name`.

    Raises:
        FileProblem: the text is not YAML; with the line.
    """
    if text.lstrip().startswith(("{", "[")):
        text = text.replace("\t", " ")  # JSON may be indented with tabs, its texts hold none
    try:
        node = yaml.compose(text, _Loader)
        value = _Loader("").construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f":{mark.line + 1}" if mark else ""
        raise FileProblem(
            f"{name}{at}: is not valid YAML: {error.problem or error.context}."
        ) from error
    except yaml.YAMLError as error:
        raise FileProblem(f"{name}: is not valid YAML: {str(error).splitlines()[0]}.") from error
    except RecursionError as error:
        raise FileProblem(f"{name}: is nested too deeply.") from error
    return Document(value, name, dict(_lines(node)) if node is not None else {})


def written_document(value: object, width: int) -> str:
    """The YAML text that `parse_document` reads back as `value`, in lines of about `width`."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width)


def parse_line(line: str, name: str) -> Document:
    """One line of a JSON lines text as a document.

    Raises:
        FileProblem: the line is not JSON.
    """
    try:
        return Document(json.loads(line), name, {})
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "a number is too long, or it is nested too deeply")
        raise FileProblem(f"{name}: is not valid JSON: {reason}.") from error


def _reached(value: object, place: tuple[str | int, ...]) -> tuple[str, ...]:
    """As much of `place` as is in `value`; what is not there names a type that was tried."""
    path = []
    for part in place:
        inside = isinstance(value, list) and isinstance(part, int)
        if part in value if isinstance(value, dict) else inside:
            value = cast("Any", value)[part]
            path.append(str(part))
    return tuple(path)


def _lines(node: yaml.Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            yield below, key.start_mark.line + 1
            for found, line in _lines(value, below):
                if found != below:
                    yield found, line
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*path, str(index)))


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return "a list"
    return f"the text {value[:40]!r}" if isinstance(value, str) else f"{value!r:.40}"
