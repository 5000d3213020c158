"""The types that everything else speaks in: frozen, checked, and with public JSON schemas."""

from alignkit.schema.attribute import Attribute, Instructions
from alignkit.schema.base import SCHEMA_VERSION, Frozen, Identifier, Name
from alignkit.schema.decision import Call, Decision, Estimate, Evidence, Generation, Outcome
from alignkit.schema.profile import Boundary, Escalation, Group, Profile, Target
from alignkit.schema.prompt import Depends, Prompt, Role, Segment, TemplateVersion
from alignkit.schema.question import (
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
from alignkit.schema.record import DeciderIdentity, ModelIdentity, Record
from alignkit.schema.scenario import MAX_CHOICES, Choice, Scenario

__all__ = [
    "MAX_CHOICES",
    "NO",
    "SCHEMA_VERSION",
    "YES",
    "Answer",
    "Attribute",
    "Boundary",
    "Call",
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
    "ModelIdentity",
    "Name",
    "Option",
    "Outcome",
    "PredicateQuestion",
    "Profile",
    "Prompt",
    "Question",
    "Record",
    "Request",
    "Role",
    "Scenario",
    "ScoreQuestion",
    "Segment",
    "Target",
    "TemplateVersion",
    "Usage",
]
