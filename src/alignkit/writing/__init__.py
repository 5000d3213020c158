"""Free text under a profile: drafted, judged by typed questions, revised, or left to a person."""

from alignkit.writing.checks import Check, Work, Written
from alignkit.writing.settings import WritingSettings
from alignkit.writing.stages import OnStage, Stage
from alignkit.writing.writer import Writer

__all__ = ["Check", "OnStage", "Stage", "Work", "Writer", "WritingSettings", "Written"]
