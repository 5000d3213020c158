"""Words that must not be said, found whatever they are disguised as."""

from alignkit.words.forbidden import ForbiddenWords, Hit
from alignkit.words.holding import Holding
from alignkit.words.signs import shows

__all__ = ["ForbiddenWords", "Hit", "Holding", "shows"]
