"""Words that must not be said, found whatever they are disguised as."""

from alignkit.words.forbidden import ForbiddenWords, Hit
from alignkit.words.holding import Holding

__all__ = ["ForbiddenWords", "Hit", "Holding"]
