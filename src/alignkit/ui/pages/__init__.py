"""The pages; importing them makes their routes."""

from alignkit.ui.pages import compare, profiles, review, runs

__all__ = ["compare", "profiles", "review", "runs"]
