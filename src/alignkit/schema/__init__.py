"""The types that everything else speaks in: frozen, checked, and with public JSON schemas."""

from alignkit.schema.attribute import Attribute, Instructions
from alignkit.schema.base import SCHEMA_VERSION, Frozen, Identifier, Name
from alignkit.schema.calibration import (
    AttributeCalibration,
    Bin,
    Calibration,
    LevelMap,
    Reliability,
    Threshold,
)
from alignkit.schema.decision import (
    Call,
    Decision,
    Estimate,
    Evidence,
    Generation,
    Outcome,
    Worked,
)
from alignkit.schema.identity import DeciderIdentity, ModelIdentity
from alignkit.schema.marginals import Marginal, Marginals
from alignkit.schema.past_choice import PastChoice
from alignkit.schema.profile import (
    Boundary,
    Escalation,
    Group,
    LogitEffects,
    Person,
    Profile,
    Target,
)
from alignkit.schema.prompt import Depends, Prompt, Role, Segment, TemplateVersion
from alignkit.schema.question import (
    MAX_LEVELS,
    NO,
    YES,
    Answer,
    ChoiceQuestion,
    Option,
    PredicateQuestion,
    Question,
    Request,
    ScoreQuestion,
    Usage,
)
from alignkit.schema.record import Record
from alignkit.schema.review import Review
from alignkit.schema.run import Cell, Result, Run
from alignkit.schema.scenario import MAX_CHOICES, Choice, Scenario
from alignkit.schema.writing import Writing

__all__ = [
    "MAX_CHOICES",
    "MAX_LEVELS",
    "NO",
    "SCHEMA_VERSION",
    "YES",
    "Answer",
    "Attribute",
    "AttributeCalibration",
    "Bin",
    "Boundary",
    "Calibration",
    "Call",
    "Cell",
    "Choice",
    "ChoiceQuestion",
    "DeciderIdentity",
    "Decision",
    "Depends",
    "Escalation",
    "Estimate",
    "Evidence",
    "Frozen",
    "Generation",
    "Group",
    "Identifier",
    "Instructions",
    "LevelMap",
    "LogitEffects",
    "Marginal",
    "Marginals",
    "ModelIdentity",
    "Name",
    "Option",
    "Outcome",
    "PastChoice",
    "Person",
    "PredicateQuestion",
    "Profile",
    "Prompt",
    "Question",
    "Record",
    "Reliability",
    "Request",
    "Result",
    "Review",
    "Role",
    "Run",
    "Scenario",
    "ScoreQuestion",
    "Segment",
    "Target",
    "TemplateVersion",
    "Threshold",
    "Usage",
    "Worked",
    "Writing",
]
