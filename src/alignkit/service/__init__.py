"""What a user can ask for: one function per request, shared by every door."""

from alignkit.service.asking import Asking, ask
from alignkit.service.checking import Check, check_file
from alignkit.service.comparing import PLAIN, Ways, compare, compared
from alignkit.service.data_sets.checking import DatasetReport, check_dataset
from alignkit.service.data_sets.listing import Format, format_named, formats
from alignkit.service.data_sets.opening import dataset
from alignkit.service.deciding import Decided, decide_all, decide_item, record_of
from alignkit.service.decomposing import decomposed, decomposed_for
from alignkit.service.diagnosis import Finding, diagnose
from alignkit.service.explaining import Change, Why, explain
from alignkit.service.inputs import Batch, Item, batch, profile_to_follow, scenario_named
from alignkit.service.keeping import (
    checked,
    existing_store,
    exported,
    exported_for,
    record_names,
    recorded,
    store_of,
    to_prune,
)
from alignkit.service.people.differing import (
    DecisionDifference,
    PartDifference,
    WishDifference,
    decision_differences,
    part_differences,
    wish_differences,
)
from alignkit.service.people.fits import Fit, FitPlan
from alignkit.service.people.fitting import FittedProfile, fit_profile
from alignkit.service.people.grouping import GroupPlan, GroupProfile, group_profile
from alignkit.service.people.past_choices import Past, past_choices
from alignkit.service.records import keep_apart, read_record, write_record, write_text
from alignkit.service.replaying import Replay, replay
from alignkit.service.settings import Settings
from alignkit.service.starting import start_file
from alignkit.service.stressing import StressPlan, StressReport, StressTest, Unchanged, Varied
from alignkit.service.workbench import Workbench

__all__ = [
    "PLAIN",
    "Asking",
    "Batch",
    "Change",
    "Check",
    "DatasetReport",
    "Decided",
    "DecisionDifference",
    "Finding",
    "Fit",
    "FitPlan",
    "FittedProfile",
    "Format",
    "GroupPlan",
    "GroupProfile",
    "Item",
    "PartDifference",
    "Past",
    "Replay",
    "Settings",
    "StressPlan",
    "StressReport",
    "StressTest",
    "Unchanged",
    "Varied",
    "Ways",
    "Why",
    "WishDifference",
    "Workbench",
    "ask",
    "batch",
    "check_dataset",
    "check_file",
    "checked",
    "compare",
    "compared",
    "dataset",
    "decide_all",
    "decide_item",
    "decision_differences",
    "decomposed",
    "decomposed_for",
    "diagnose",
    "existing_store",
    "explain",
    "exported",
    "exported_for",
    "fit_profile",
    "format_named",
    "formats",
    "group_profile",
    "keep_apart",
    "part_differences",
    "past_choices",
    "profile_to_follow",
    "read_record",
    "record_names",
    "record_of",
    "recorded",
    "replay",
    "scenario_named",
    "start_file",
    "store_of",
    "to_prune",
    "wish_differences",
    "write_record",
    "write_text",
]
