"""The pages; importing them makes their routes."""

from alignkit.ui.pages import ask, compare, profiles, review, runs

__all__ = ["ask", "compare", "profiles", "review", "runs"]
