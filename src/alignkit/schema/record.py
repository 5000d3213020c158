"""Everything that led to a decision: enough to make it again and to see what differs."""

from __future__ import annotations

from pydantic import AwareDatetime

from alignkit.schema.attribute import Attribute
from alignkit.schema.base import SCHEMA_VERSION, Frozen
from alignkit.schema.calibration import Calibration
from alignkit.schema.decision import Decision, Evidence
from alignkit.schema.identity import DeciderIdentity, ModelIdentity
from alignkit.schema.profile import Profile
from alignkit.schema.review import Review
from alignkit.schema.scenario import Scenario


class Record(Frozen):
    """A decision with all that led to it."""

    schema_version: int = SCHEMA_VERSION
    created: AwareDatetime
    versions: dict[str, str]
    """Versions of alignkit, Python and the libraries that matter."""
    model: ModelIdentity
    decider: DeciderIdentity
    scenario: Scenario
    profile: Profile | None
    attributes: tuple[Attribute, ...]
    """Full text of every attribute that the profile names."""
    calibration: Calibration | None = None
    """What labelled examples had taught about this method with this model, where it was used."""
    decision: Decision
    evidence: Evidence
    review: Review | None = None
    """What a person decided later; null where nobody has."""
