"""Deciders from their names: `NAME?key=value&key=value`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError

from alignkit.catalog import parse_spec
from alignkit.deciders.base import Decider
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.table import DECIDERS
from alignkit.errors import InvalidSetting
from alignkit.schema.complaints import complaint


@dataclass(frozen=True)
class Named:
    """A decider's class, and its settings as the name gives them."""

    kind: type[Decider]
    settings: DeciderSettings


def named(spec: str, given: Mapping[str, object] | None = None) -> Named:
    """The decider that `spec` names; settings `given` here come before those in the name.

    Those in the name have to have an effect. Those given need not: a record gives all there are.

    Raises:
        UnknownName: there is no such decider.
        InvalidSetting: it has no such setting, not with this value, or not with the others.
    """
    name, written = parse_spec(spec)
    kind = DECIDERS.load(name)
    try:
        settings = kind.settings_type.model_validate(
            {**written, **(given or {})}, context=written.keys()
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        unknown = first["type"] == "extra_forbidden"
        message = "there is no such setting" if unknown else complaint(first)
        near = get_close_matches(field, kind.settings_type.model_fields, n=1) if unknown else []
        meant = [f"Did you mean {near[0]!r}?"] if near else []
        hint = " ".join([*meant, f"`align deciders show {name}` lists its settings."])
        raise InvalidSetting(
            f"Decider {name!r}: {field + ': ' if field else ''}{message}.", hint
        ) from error
    return Named(kind, settings)
