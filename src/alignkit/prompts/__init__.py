"""Prompts from template files: from shared to specific, with data kept in its place."""

from alignkit.prompts.fence import fenced
from alignkit.prompts.renderer import Prompts, Rendered

__all__ = ["Prompts", "Rendered", "fenced"]
