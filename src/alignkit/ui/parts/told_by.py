"""What a model is told of a profile, in words."""

from __future__ import annotations

from alignkit.decompose import decompose
from alignkit.errors import AlignkitError
from alignkit.library import Library, attributes_of
from alignkit.report.wording import escalation_words
from alignkit.schema import Profile
from alignkit.ui.templating import rendered


def told_by_html(profile: Profile, library: Library) -> str:
    """The HTML of the instructions that `profile` becomes."""
    try:
        guides = decompose(profile, attributes_of(library.attributes, profile))
    except AlignkitError as error:
        return rendered("told_by.html.j2", profile=profile, guides=(), left="", problem=str(error))
    left = escalation_words(profile.escalate) if profile.escalate else ""
    return rendered("told_by.html.j2", profile=profile, guides=guides, left=left, problem="")
