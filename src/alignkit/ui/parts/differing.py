"""Two profiles beside each other."""

from __future__ import annotations

from alignkit.errors import AlignkitError
from alignkit.library import Library
from alignkit.schema import Profile
from alignkit.service import part_differences, wish_differences
from alignkit.service.people.differing import Wish
from alignkit.ui.templating import rendered


def differences_html(one: Profile, other: Profile, library: Library) -> str:
    """The HTML of what `one` wants otherwise than `other`."""
    wishes = [
        (
            _title(found.attribute, library),
            _words(found.one),
            _words(found.other),
            "" if found.distance is None else f"{found.distance:.2f}",
        )
        for found in wish_differences(one, other)
        if found.differs
    ]
    return rendered(
        "differences.html.j2",
        one=one.title or one.name,
        other=other.title or other.name,
        wishes=wishes,
        parts=part_differences(one, other),
    )


def _words(wish: Wish | None) -> str:
    return "nothing" if wish is None else f"{wish.target} ({wish.share:.0%} of the weight)"


def _title(name: str, library: Library) -> str:
    try:
        return library.attributes[name].title
    except AlignkitError:
        return name
