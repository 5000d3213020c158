"""Profiles as YAML with comments that say where each target comes from."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from alignkit.errors import InvalidSetting
from alignkit.library import written_document
from alignkit.schema import Name, Profile, Target

_WIDTH = 92
_NAME: TypeAdapter[str] = TypeAdapter(Name)


def profile_text(
    profile: Profile,
    header: Sequence[str],
    about: Mapping[str, Sequence[str]],
    footer: Sequence[str] = (),
) -> str:
    """`profile` as a YAML file.

    Args:
        profile: read back, the text gives an equal one.
        header: comments above everything, a paragraph each.
        about: comments above each target, by attribute.
        footer: comments below everything.
    """
    fields = profile.model_dump(mode="json", exclude_defaults=True, exclude={"targets"})
    lines = [*_comments(header), *_yaml(fields)]
    if profile.targets:
        lines.append("targets:")
        for name, target in profile.targets.items():
            lines += _comments(about.get(name, ()), "  ")
            lines += _yaml({"targets": {name: _plain(target)}})[1:]
    return "\n".join([*lines, *_comments(footer)]) + "\n"


def name_from(text: str | None, otherwise: str) -> str:
    """A name for a profile, made of `text`.

    >>> name_from("Ágnes O'Hara", "fitted")
    'agnes-o-hara'
    """
    plain = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100].rstrip("-") or otherwise


def checked_name(name: str) -> str:
    """`name`, if a profile can be called so.

    Raises:
        InvalidSetting: it cannot.
    """
    try:
        return _NAME.validate_python(name)
    except ValidationError as error:
        raise InvalidSetting(
            f"{name!r} cannot be the name of a profile.",
            "Use small letters, digits and '-', beginning with a letter.",
        ) from error


def _plain(target: Target) -> object:
    """What stands for `target` in YAML: the bare number where that is all."""
    fields = target.model_dump(mode="json", exclude_defaults=True)
    return fields["value"] if fields.keys() == {"value"} else fields


def _yaml(value: object) -> list[str]:
    return written_document(value, _WIDTH).rstrip("\n").split("\n")


def _comments(paragraphs: Sequence[str], indent: str = "") -> Iterator[str]:
    first = f"{indent}# "
    for text in paragraphs:
        yield from textwrap.wrap(
            _one_line(text),
            _WIDTH,
            initial_indent=first,
            subsequent_indent=first,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _one_line(text: str) -> str:
    """`text` without line breaks, which would end a comment, and signs that no YAML may hold."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
