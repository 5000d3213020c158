from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.service import read_record, write_text

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

BRIDGE = """\
id: bridge
title: The bridge at night
context: Two teams wait at a damaged bridge.
question: Which way do they go?
choices:
  - id: over-the-bridge
    text: Over the bridge at once, before the river rises any further
    values: {risk_aversion: 0.1, care: 0.3}
  - {id: wait, text: Wait for the engineers, values: {risk_aversion: 0.8, care: 0.6}}
  - id: around
    text: Around through the valley, which takes until morning
    values: {risk_aversion: 0.6, care: 0.9}
"""
WARY = """\
name: wary
targets:
  risk_aversion: {range: [0.7, 1], weight: 2}
  care: 0.8
"""
AT_80 = """\
The bridge at night: Which way do they go?
decided: confidence 0.37

   over-the-bridge  0.00  Over the bridge at once, before the river rises any
                          further
▶  wait             0.58  Wait for the engineers
   around           0.42  Around through the valley, which takes until morning

held against                    over-the-bridge   wait  around
Risk aversion, wanted 0.7 to 1            0.400  0.000   0.067
Care, wanted 0.8                          0.167  0.067   0.033
sum                                       0.567  0.067   0.100

Decided by: Risk aversion.
Smallest changes of the profile that would flip it:
  Risk aversion: low end from 0.7 to 0.649, then around
  Care: value from 0.8 to 0.851, then around
  Risk aversion: weight from 2 to 0.999, then around
  Care: weight from 1 to 2.05, then around
"""
AT_120 = AT_80.replace(f"any\n{' ' * 26}further", "any further")
AT_50 = """\
The bridge at night: Which way do they go?
decided: confidence 0.37

   over-the-bridge  0.00  Over the bridge at once,
                          before the river rises
                          any further
▶  wait             0.58  Wait for the engineers
   around           0.42  Around through the
                          valley, which takes
                          until morning

held against               over-the-bridge   wait
Risk aversion, wanted 0.7            0.400  0.000
to 1
Care, wanted 0.8                     0.167  0.067
sum                                  0.567  0.067

held against               around
Risk aversion, wanted 0.7   0.067
to 1
Care, wanted 0.8            0.033
sum                         0.100

Decided by: Risk aversion.
Smallest changes of the profile that would flip
it:
  Risk aversion: low end from 0.7 to 0.649, then
around
  Care: value from 0.8 to 0.851, then around
  Risk aversion: weight from 2 to 0.999, then
around
  Care: weight from 1 to 2.05, then around
"""


@pytest.fixture
def profile(write: Write) -> Path:
    """The profile; the scenario is there as well."""
    write("bridge.yaml", BRIDGE)
    return write("wary.yaml", WARY)


@pytest.fixture
def record(align: Align, profile: Path) -> Path:
    """A record of what the oracle decides."""
    return decided(align, profile)


def decided(align: Align, profile: Path, *options: str) -> Path:
    """The record of a decision on the bridge."""
    given = ("-d", "oracle", *options)
    assert align("decide", "bridge.yaml", "-p", profile, *given, "--records", "r").code == 0
    return max(Path("r").iterdir(), key=lambda path: path.stat().st_mtime_ns)


def plain(text: str) -> str:
    """`text` without spaces at the ends of lines."""
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize(("width", "shown"), [(80, AT_80), (120, AT_120), (50, AT_50)])
def test_the_explanation_is_whole_in_a_terminal_of_any_width(
    width: int, shown: str, align: Align, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    ran = align("explain", record)
    assert (ran.code, ran.err) == (0, "")
    assert plain(ran.out) == shown
    assert max(map(len, ran.out.splitlines())) <= width


def test_several_records_have_a_line_between_them(align: Align, record: Path) -> None:
    one = align("explain", record).out
    assert align("explain", record, record).out == f"{one}\n{one}"


def test_a_folder_stands_for_its_records(align: Align, record: Path, profile: Path) -> None:
    decided(align, profile)
    files = sorted(map(str, record.parent.iterdir()))
    assert len(files) == 2
    assert align("explain", record.parent) == align("explain", *files)
    Path("none").mkdir()
    ran = align("explain", "none")
    assert (ran.code, ran.out, ran.err) == (2, "", "align: none: holds no record.\n")


def test_targets_that_were_not_relevant_are_named(
    align: Align, profile: Path, write: Write
) -> None:
    names = ("care", "fairness", "loyalty", "authority", "sanctity", "risk_aversion")
    write(profile.name, {"name": "wary", "targets": dict.fromkeys(names, 0.9)})
    path = decided(align, profile, "-d", "direct_regression")
    record = read_record(path)
    found, counted = record.evidence.relevance, next(iter((record.evidence.costs or {}).values()))
    assert found is not None
    assert 0 < len(counted) < len(names), "the fake model finds some of them relevant"
    text = " ".join(align("explain", path).out.split())
    [named] = re.findall(r"Not relevant here, and so without a part in it: (.*?)\. Decided", text)
    left = [name for name in names if name not in counted]
    assert [line.rpartition(" ")[0].lower().replace(" ", "_") for line in named.split(", ")] == left


def test_json_is_one_object_a_record_whose_costs_add_up(align: Align, record: Path) -> None:
    ran = align("explain", record, record, "--json")
    found, again = ran.decisions
    assert found == again
    assert list(found) == [
        *("record", "decision", "costs", "temperature", "decisive", "changes", "note"),
    ]
    assert (found["record"], found["decisive"], found["note"]) == (
        str(record),
        "risk_aversion",
        None,
    )
    assert found["changes"][0] == {
        "attribute": "risk_aversion",
        "what": "low end",
        "before": 0.7,
        "after": 0.649,
        "choice": "around",
        "size": pytest.approx(0.051),
    }
    weights = {
        choice: math.exp(-sum(row.values()) / found["temperature"])
        for choice, row in found["costs"].items()
    }
    shares = {choice: weight / sum(weights.values()) for choice, weight in weights.items()}
    assert found["decision"]["probabilities"] == pytest.approx(shares)
    assert "evidence" not in found["decision"]


def test_no_model_is_asked(align: Align, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = decided(align, profile, "-d", "direct_regression")
    monkeypatch.setenv("ALIGN_MODEL", "no-such-model")
    ran = align("explain", path)
    assert ran.code == 0
    assert "held against" in ran.out


def test_a_method_without_estimates_shows_its_choice_and_why_there_is_no_table(
    align: Align, profile: Path
) -> None:
    ran = align("explain", decided(align, profile, "-d", "instructed"))
    assert "▶  " in ran.out
    assert "held against" not in ran.out
    assert "'instructed' does not estimate attributes" in ran.out
    assert "Decided by" not in ran.out


@pytest.mark.usefixtures("profile")
def test_a_choice_that_is_ruled_out_says_by_what(align: Align, write: Write) -> None:
    never = "boundaries: [{id: no-waiting, rule: Never wait., never_say: [wait for]}]\n"
    ran = align("explain", decided(align, write("strict.yaml", WARY + never)))
    assert "   wait             0.00  Wait for the engineers (ruled out: boundary no-wa" in ran.out
    assert "▶  around           0.99" in ran.out


@pytest.mark.usefixtures("profile")
def test_an_escalated_decision_has_a_likeliest_choice_and_none_that_is_marked(
    align: Align, write: Write
) -> None:
    ran = align(
        "explain", decided(align, write("p.yaml", f"{WARY}escalate: {{min_confidence: 1}}"))
    )
    assert "escalated: confidence 0.37 is below the profile's 1" in ran.out
    assert "▶" not in ran.out
    assert "The likeliest is ahead by: Risk aversion." in ran.out
    assert (
        "Smallest changes of the profile that would make another choice the likeliest:" in ran.out
    )


@pytest.mark.usefixtures("profile")
def test_samples_are_said_by_their_mean_rounded_so_that_it_suffices(
    align: Align, write: Write
) -> None:
    wish = "name: p\ntargets: {care: {samples: [0.3, 0.41, 0.5]}}\n"
    ran = align("explain", decided(align, write("p.yaml", wish)))
    assert "Care, wanted 0.4 (mean of 3)" in ran.out
    [line] = [line for line in ran.out.splitlines() if "samples" in line]
    assert re.fullmatch(r"  Care: mean of the samples from 0\.403 to 0\.\d{3}, then wait", line)


def test_many_choices_are_in_several_tables(
    align: Align, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    choices = "".join(
        f"  - {{id: choice-number-{n}, text: Way {n}, values: {{care: {n / 10}}}}}\n"
        for n in range(10)
    )
    write("bridge.yaml", BRIDGE.partition("choices:")[0] + "choices:\n" + choices)
    ran = align("explain", decided(align, write("p.yaml", "name: p\ntargets: {care: 0.3}\n")))
    assert max(map(len, ran.out.splitlines())) <= 80
    assert ran.out.count("held against") == ran.out.count("\nsum ") == 4
    for n in range(10):
        assert ran.out.count(f"choice-number-{n}") >= 2
        assert f"{abs(n / 10 - 0.3):.3f}" in ran.out


def test_a_failed_decision_has_its_reason_only(align: Align, record: Path) -> None:
    found = read_record(record)
    changes = {"outcome": "failed", "choice": None, "reason": "It broke.", "probabilities": {}}
    failed = found.model_copy(
        update={
            "decision": found.decision.model_copy(update=changes),
            "evidence": found.evidence.model_copy(update={"costs": None}),
        }
    )
    write_text(record, failed.model_dump_json())
    assert align("explain", record).out == (
        "The bridge at night: Which way do they go?\n"
        "failed: It broke.\n"
        "A failed decision has nothing to explain but its reason.\n"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [("r.json", "is not a record: "), ("gone.json", "there is no such file")],
)
def test_what_is_no_record_is_told_in_a_line(
    name: str, said: str, align: Align, write: Write
) -> None:
    write("r.json", "{}")
    ran = align("explain", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"align: {name}: {said}")
    assert ran.err.count("\n") == 1


def test_a_record_has_to_be_named(align: Align) -> None:
    ran = align("explain")
    assert ran.code == 2
    assert "Missing argument 'RECORD|FOLDER|ID...'" in ran.err
