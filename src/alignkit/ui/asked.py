"""What is asked on the page *Ask*: what its address holds, and how it is put to a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self
from urllib.parse import urlencode

from pydantic import Field, ValidationError

from alignkit.errors import InvalidSetting
from alignkit.schema import Frozen
from alignkit.service.asking import request_from
from alignkit.ui.place import Place
from alignkit.ui.state import MOST_LINK
from alignkit.writing import WritingSettings

PATH = "/ui/ask"
MOST_DRAFTS, MOST_REVISIONS = 4, 3
"""What one visitor may let a server do for a request."""
_EXAMPLES = (
    ("How do vaccines work?", "plain-language"),
    ("Is it safe to take two painkillers at once?", "truthful-and-harmless"),
    ("Should our town close its library on Sundays?", "expert-briefing"),
)


class Asked(Frozen):
    """A request, and how it is to be answered."""

    q: str = ""
    """The request."""
    profile: Annotated[str, Field(max_length=200)] | None = None
    """By its name in the library; None for the plain model."""
    model: str | None = None
    """None for the server's default one."""
    judge: str | None = None
    """None for the one that writes."""
    drafts: Annotated[int, Field(ge=1, le=MOST_DRAFTS)] = 1
    revisions: Annotated[int, Field(ge=0, le=MOST_REVISIONS)] = 1
    beside: bool = True
    """Whether the plain model answers too."""

    @property
    def address(self) -> str:
        """The path with all that is asked.

        Raises:
            InvalidSetting: it is too long for a link.
        """
        given = {
            name: str(int(value)) if isinstance(value, bool) else value
            for name, value in self.model_dump(exclude_defaults=True, exclude_none=True).items()
        }
        address = f"{PATH}?{urlencode(given)}" if given else PATH
        if len(address) > MOST_LINK:
            raise InvalidSetting("This request is too long for a link.", "Send it as a text.")
        return address

    @property
    def settings(self) -> WritingSettings:
        """How much is done for the answer."""
        return WritingSettings(drafts=self.drafts, revisions=self.revisions)

    def checked(self, place: Place) -> Self:
        """The same, if it can be asked here; anybody may have written the link.

        Models are named as they may be shown.

        Raises:
            UsageError: the request is no text, or the server has no such profile or model.
        """
        if self.q:
            request_from(self.q)
        if self.profile is not None:
            place.workbench.library.profiles[self.profile]
        models = {"model": self.model, "judge": self.judge}
        return self.model_copy(
            update={field: place.offered(name) for field, name in models.items() if name}
        )


def asked_from(given: Mapping[str, str], place: Place) -> Asked:
    """What an address asks.

    Raises:
        InvalidSetting: it asks what cannot be.
        UsageError: the server has no such profile or model.
    """
    if sum(map(len, given.values())) > MOST_LINK:
        raise InvalidSetting("The link is longer than any that was made here.")
    try:
        return Asked.model_validate({k: v for k, v in given.items() if v}).checked(place)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidSetting(f"The link cannot be used: {where[:100]}: {first['msg']}.") from error


def examples(place: Place) -> tuple[Asked, ...]:
    """What somebody can try at first, of the profiles that are here; at least one."""
    known = place.workbench.library.profiles
    found = tuple(Asked(q=q, profile=name) for q, name in _EXAMPLES if name in known)
    return found or (Asked(q=_EXAMPLES[0][0]),)
