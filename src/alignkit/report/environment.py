"""How pages are made from their templates: everything that is shown is escaped."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import (
    ChoiceLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    Template,
)
from markupsafe import Markup

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a model or a file's name may hold, but HTML or UTF-8 cannot."""


def template(name: str) -> Template:
    """The template `name` of this package."""
    return template_of("alignkit.report", name)


@cache
def template_of(package: str, name: str) -> Template:
    """The template `name` of a package; it may use those of this one."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("alignkit.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    return environment.get_template(name)


def _printable(value: object) -> object:
    """`value` with a replacement character for each that a page cannot hold."""
    if type(value) is str:  # not Markup, which the template itself has made
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def _breakable(name: str) -> Markup:
    """`name` with places where a narrow column may break it."""
    clean = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", name)
    return Markup("<wbr>").join(re.split(r"(?<=[_/?&=])", clean))
