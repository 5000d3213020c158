"""Templates of the pages: everything that is shown is escaped, as in the reports."""

from __future__ import annotations

from alignkit.report.environment import template_of


def rendered(name: str, **values: object) -> str:
    """The HTML that the template `name` makes of `values`."""
    return template_of("alignkit.ui", name).render(**values)
