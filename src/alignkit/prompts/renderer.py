"""Template files in, prompts out.

A template is a Jinja file whose blocks are the segments of a prompt, in the order in which they are
sent. A block's name says who speaks and what its text depends on: `system_nothing`,
`user_scenario`, `user_attribute`. The block `question` holds the wording of the typed question
that is asked about the prompt; how it and its options are laid out is up to the model's backend
(the `readout_` templates, where the model answers with labels). Text outside blocks is not sent.
All text that is not the template's own goes through the filter `data` where it stands between tags,
and through `item` where it shares a line with the template.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alignkit.errors import InvalidSetting, UnknownName
from alignkit.prompts.fence import fenced, set_in
from alignkit.schema import Depends, Prompt, Role, Segment, TemplateVersion

_SHIPPED = files("alignkit.prompts") / "templates"


_QUESTION = "question"


@dataclass(frozen=True)
class Rendered:
    """What a template makes of its values."""

    prompt: Prompt
    question: str
    """The question to put behind the prompt; empty for templates that only state something."""


class Prompts:
    """The templates, the user's own before the shipped ones."""

    def __init__(self, own: Path | None = None) -> None:
        """Look for NAME.j2 in the folder `own` first."""
        self._own = own
        loaders: list[BaseLoader] = [FunctionLoader(_shipped_source)]
        if own is not None:
            loaders.insert(0, FileSystemLoader(own))
        self._loader = ChoiceLoader(loaders)
        self._env = _Environment(
            loader=self._loader,
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._includes: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, tuple[TemplateVersion, list[str]]] = {}
        """Versions of shipped templates, which do not change, and their parts."""
        self._env.filters["data"] = fenced
        self._env.filters["item"] = set_in

    @staticmethod
    def shipped_names() -> list[str]:
        """Names of the shipped templates."""
        return sorted(
            entry.name.removesuffix(".j2")
            for entry in _SHIPPED.iterdir()
            if entry.name.endswith(".j2")
        )

    def render(self, name: str, **values: object) -> Rendered:
        """The prompt that template `name` makes of `values`.

        Raises:
            UnknownName: there is no such template.
            InvalidSetting: a user's template has a mistake, or asks for a value it is not given.
        """
        with self._mistakes_in(name):
            template = self._env.get_template(f"{name}.j2")
            # `shared` takes the values as they are; else Jinja copies all of its globals each time.
            context = template.new_context({**self._env.globals, **values}, shared=True)
            texts = {block: "".join(render(context)) for block, render in template.blocks.items()}
            question = texts.pop(_QUESTION, "").strip()
            segments = tuple(_segment(block, text) for block, text in texts.items() if text)
            if not question and _asks(f"{name}.j2") and self._is_own(f"{name}.j2"):
                raise ValueError(f"the block {_QUESTION!r} is missing or empty")
        return Rendered(Prompt(segments=segments), question)

    @contextmanager
    def _mistakes_in(self, name: str) -> Iterator[None]:
        """Turns a mistake in the template `name`, or in what it includes, into one of ours."""
        hint = "Mend or remove your own copy of it."
        try:
            yield
        except TemplateNotFound as error:
            if error.name == f"{name}.j2":
                raise UnknownName("Template", name, self.shipped_names()) from error
            missing = f"it includes {error.name!r}, which is not there"
            raise InvalidSetting(f"Template {name!r}: {missing}.", hint) from error
        except (TemplateError, ValueError) as error:
            raise InvalidSetting(f"Template {name!r}: {_said(error)}.", hint) from error
        except (TypeError, ArithmeticError, LookupError, RecursionError) as error:
            if self._own is not None and any(self._own.glob("*.j2")):
                raise InvalidSetting(f"Template {name!r}: {_said(error)}.", hint) from error
            raise  # in a shipped template it is a mistake of ours, and must look like one

    def version(self, name: str) -> TemplateVersion:
        """Which wording of template `name` is in use: a hash over its source and what it includes.

        The source is the user's if any part of it is.

        Raises:
            UnknownName: there is no such template.
            InvalidSetting: a user's template has a mistake.
        """
        if name in self._known:
            known, parts = self._known[name]
            if not any(self._is_own(part) for part in parts):
                return known
        with self._mistakes_in(name):
            parts = self._parts(f"{name}.j2")
            sources = [self._loader.get_source(self._env, part)[0] for part in parts]
        digest = hashlib.sha256("".join(sources).encode())
        own = any(self._is_own(part) for part in parts)
        source_of: Literal["shipped", "user"] = "user" if own else "shipped"
        found = TemplateVersion(name=name, sha256=digest.hexdigest(), source=source_of)
        if not own:
            self._known[name] = found, parts
        return found

    def _is_own(self, file: str) -> bool:
        return self._own is not None and (self._own / file).is_file()

    def _parts(self, file: str) -> list[str]:
        """`file` and all it includes, each once."""
        parts = [file]
        for part in parts:
            source, _, _ = self._loader.get_source(self._env, part)
            parts.extend(name for name in self._included(source) if name not in parts)
        return parts

    def _included(self, source: str) -> tuple[str, ...]:
        """What `source` includes; each source is parsed once."""
        if source not in self._includes:
            named = meta.find_referenced_templates(self._env.parse(source))
            self._includes[source] = tuple(name for name in named if name is not None)
        return self._includes[source]

    def versions(self, names: Iterable[str]) -> tuple[TemplateVersion, ...]:
        """The versions of several templates, sorted by name, each once."""
        return tuple(self.version(name) for name in sorted(set(names)))


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja without inheritance, whose blocks would come in another order than they stand."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if tree.find(nodes.Extends):
            raise ValueError("`extends` is not supported; copy the template, or use `include`")
        return tree


def _said(error: Exception) -> str:
    """What `error` says, with the line where it is known."""
    line = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) else ""
    return line + str(error).rstrip(".")


@cache
def _shipped_source(file: str) -> str | None:
    if "/" in file or "\\" in file:  # nothing outside the folder can be named
        return None
    path = _SHIPPED / file
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _asks(file: str) -> bool:
    """Whether the shipped template `file` has a question."""
    return f"{{% block {_QUESTION} %}}" in (_shipped_source(file) or "")


def _segment(block: str, text: str) -> Segment:
    """The segment of a block whose name states role and dependence: `user_scenario`."""
    role, _, depends = block.partition("_")
    if role not in get_args(Role) or depends not in get_args(Depends):
        raise ValueError(f"the block {block!r} is not called ROLE_DEPENDENCE, like user_scenario")
    return Segment.model_validate({"role": role, "depends": depends, "text": text})
