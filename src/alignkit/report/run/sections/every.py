"""All sections of a report, in their order."""

from __future__ import annotations

from alignkit.report.run.blocks import Section
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.sections.alignment import alignment_section, steering_section
from alignkit.report.run.sections.capability import capability_section
from alignkit.report.run.sections.cost import cost_section
from alignkit.report.run.sections.moral import moral_section
from alignkit.report.run.sections.people import opinion_section
from alignkit.report.run.sections.reliability import reliability_section
from alignkit.report.run.sections.responsibility import responsibility_section

_ORDER = (
    alignment_section,
    steering_section,
    moral_section,
    opinion_section,
    capability_section,
    reliability_section,
    responsibility_section,
    cost_section,
)


def sections_of(found: Findings, items: Items) -> tuple[Section, ...]:
    """The sections that the run has data for."""
    made = (section(found, items) for section in _ORDER)
    return tuple(section for section in made if section is not None)
