"""What a user can ask for: one function per request, shared by every door."""

from alignkit.service.checking import Check, check_file
from alignkit.service.comparing import PLAIN, Ways, compare, compared
from alignkit.service.deciding import Decided, decide_all, decide_item, record_of
from alignkit.service.diagnosis import Finding, diagnose
from alignkit.service.inputs import Batch, Item, batch, profile_to_follow, scenario_named
from alignkit.service.records import read_record, write_record, write_text
from alignkit.service.replaying import Replay, replay
from alignkit.service.settings import Settings
from alignkit.service.starting import start_file
from alignkit.service.workbench import Workbench

__all__ = [
    "PLAIN",
    "Batch",
    "Check",
    "Decided",
    "Finding",
    "Item",
    "Replay",
    "Settings",
    "Ways",
    "Workbench",
    "batch",
    "check_file",
    "compare",
    "compared",
    "decide_all",
    "decide_item",
    "diagnose",
    "profile_to_follow",
    "read_record",
    "record_of",
    "replay",
    "scenario_named",
    "start_file",
    "write_record",
    "write_text",
]
