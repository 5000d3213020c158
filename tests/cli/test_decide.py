from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.errors import ModelError
from alignkit.models.fake import FakeModel
from alignkit.models.llama_engine import too_long
from alignkit.service import read_record

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

    Make = Callable[..., dict[str, Any]]

KEYS = [
    "id",
    "schema_version",
    "scenario",
    "profile",
    "decider",
    "model",
    "outcome",
    "choice",
    "probabilities",
    "confidence",
    "estimates",
    "name_shift",
    "order_shift",
    "explanation",
    "reason",
    "usage",
]
USAGE = ["tokens_submitted", "tokens_evaluated", "tokens_generated", "calls", "seconds"]
PROFILE = "utilitarian-medic"
CHOICES = ["finish-course", "divide", "new-arrivals"]
"""Those of the shipped scenario last-antivenom, in its order."""
DATA = json.dumps(
    [
        [
            {
                "scenario_id": "x",
                "probe_id": probe,
                "scenario": "A field hospital.",
                "probe": "Whom first?",
                "choices": ["The first", "The second"],
            },
            [{"care": 0}, {"care": 10}],
        ]
        for probe in ("p1", "p2", "p3")
    ]
)


def failing(monkeypatch: pytest.MonkeyPatch, error: ModelError, *scenarios: str) -> None:
    """Make the model fail with `error`, or only where a prompt holds one of `scenarios`."""
    answer = FakeModel.answer

    async def fail(self: FakeModel, requests: Any) -> Any:
        text = "".join(request.prompt.text("user") for request in requests)
        if not scenarios or any(scenario in text for scenario in scenarios):
            raise error
        return await answer(self, requests)

    monkeypatch.setattr(FakeModel, "answer", fail)


# JSON


def test_a_decision_as_json_has_the_keys_of_the_contract(align: Align) -> None:
    ran = align("decide", "last-antivenom", "--profile", PROFILE, "--json")
    assert (ran.code, ran.err) == (0, "")
    [decision] = ran.decisions
    assert sorted(decision) == sorted(KEYS)
    assert sorted(decision["usage"]) == sorted(USAGE)
    assert (decision["scenario"], decision["profile"]) == ("last-antivenom", PROFILE)
    assert (decision["decider"], decision["model"]) == ("chooser_judge", "fake")
    assert decision["schema_version"] == 1
    assert (decision["outcome"], decision["reason"]) == ("decided", None)
    assert decision["choice"] in CHOICES
    assert list(decision["estimates"]) == CHOICES
    assert list(decision["estimates"]["divide"]["utilitarianism"]) == ["mean", "sd"]


@pytest.mark.parametrize("decider", DECIDERS.names())
def test_probabilities_are_in_the_order_of_the_choices_and_sum_to_1(
    decider: str, align: Align
) -> None:
    ran = align("decide", "last-antivenom", "-p", PROFILE, "-d", decider, "--json")
    [decision] = ran.decisions
    shares = decision["probabilities"]
    assert list(shares) == CHOICES
    assert sum(shares.values()) == pytest.approx(1)
    assert decision["confidence"] == pytest.approx((max(shares.values()) - 1 / 3) / (2 / 3))
    assert sorted(decision) == sorted(KEYS)


def test_texts_stay_readable_in_json(align: Align, write: Write, make: Make) -> None:
    write("case.yaml", make("größe-場景"))
    assert '"größe-場景"' in align("decide", "case.yaml", "--json").out


def test_a_batch_is_one_json_object_a_line_in_the_order_of_the_items(
    align: Align, write: Write, make: Make
) -> None:
    write("cases.json", [make(f"s{i}") for i in range(20)])
    ran = align("decide", "cases.json", "--json")
    assert [decision["scenario"] for decision in ran.decisions] == [f"s{i}" for i in range(20)]
    assert ran.err.startswith("20 decided in ")


def test_escalated_has_no_choice_and_a_reason_and_is_no_failure(align: Align, write: Write) -> None:
    write("p.yaml", "name: p\ntargets: {care: 1}\nescalate: {min_confidence: 1}\n")
    ran = align("decide", "last-antivenom", "-p", "p.yaml", "--json")
    [decision] = ran.decisions
    assert ran.code == 0
    assert (decision["outcome"], decision["choice"]) == ("escalated", None)
    assert "below the profile's 1" in decision["reason"]
    assert sum(decision["probabilities"].values()) == pytest.approx(1)


def test_failed_has_no_choice_no_probabilities_and_a_reason(
    align: Align, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, too_long(5000, 4096))
    ran = align("decide", "last-antivenom", "--json")
    [decision] = ran.decisions
    assert (ran.code, ran.err) == (3, "")
    assert (decision["outcome"], decision["choice"]) == ("failed", None)
    assert (decision["probabilities"], decision["confidence"]) == ({}, 0)
    assert decision["reason"].startswith(
        "While weighing the choices: The prompt has 5000 tokens, the context holds 4096. "
    )


# For people


def test_one_decision_is_a_card(align: Align) -> None:
    ran = align("decide", "last-antivenom", "-p", PROFILE)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "The last two vials: Who gets the last two vials?"
    assert sum(line.startswith("▶") for line in lines[1:4]) == 1
    assert "Give both vials to the shepherd" in lines[1]
    assert any(line.startswith("Utilitarianism") for line in lines)
    assert any(line.startswith("decided: confidence 0.") for line in lines)
    assert f"{PROFILE}, chooser_judge, fake; " in ran.out


def test_many_decisions_are_rows_with_a_sum_on_standard_error(align: Align) -> None:
    ran = align("decide", "last-antivenom", "two-funds")
    lines = ran.out.splitlines()
    assert lines[0].split() == ["scenario", "outcome", "probability", "choice"]
    assert [line.split()[:2] for line in lines[1:]] == [
        ["last-antivenom", "decided"],
        ["two-funds", "decided"],
    ]
    assert all(len(line) <= 100 for line in lines)
    assert ran.err.startswith("2 decided in ")
    assert ran.err.count("\n") == 1


def test_signs_that_mean_something_to_the_terminal_library_are_shown_as_they_are(
    align: Align, write: Write, make: Make
) -> None:
    choices = [{"id": "[/x]", "text": "[bold]A[/b]"}, {"id": "[red]", "text": ":smile:"}]
    write("case.json", make("[/s]", title="[/t]", question="[/q]", choices=choices))
    write("p.yaml", "name: p\ntargets: {care: 1}\n")
    ran = align("decide", "case.json", "-p", "p.yaml")
    assert ran.code == 0
    for text in ("[/t]: [/q]", "[bold]A[/b]", ":smile:", "[/x]", "[red]"):
        assert text in ran.out
    many = align("decide", "case.json", "case.json")
    assert "[/s]" in many.out


def test_no_model_is_asked_by_controls(align: Align) -> None:
    ran = align("decide", "last-antivenom", "-d", "first", "-m", "no-such-model", "--json")
    [decision] = ran.decisions
    assert (decision["model"], decision["choice"]) == ("none", CHOICES[0])


# Options


def test_without_profile_the_plain_model_decides(align: Align) -> None:
    [decision] = align("decide", "last-antivenom", "--json").decisions
    assert (decision["profile"], decision["decider"]) == (None, "baseline")


def test_profile_and_scenario_may_be_files(align: Align, write: Write, make: Make) -> None:
    write("my case.yaml", make("mine"))
    write("p.yaml", "name: p\ntargets: {care: 1}\n")
    [decision] = align("decide", "my case.yaml", "-p", "p.yaml", "--json").decisions
    assert (decision["scenario"], decision["profile"]) == ("mine", "p")


def test_decider_and_model_take_settings(align: Align) -> None:
    ran = align(
        *("decide", "last-antivenom", "-p", PROFILE, "--json"),
        *("--decider", "direct_regression?temperature=0.5", "--model", "fake?seed=3"),
    )
    [decision] = ran.decisions
    assert decision["decider"] == "direct_regression?temperature=0.5"
    assert decision["model"] == "fake?seed=3"


def test_a_folder_and_several_names_are_decided(align: Align, write: Write, make: Make) -> None:
    write("cases/b.json", [make("b1"), make("b2")])
    write("cases/a.yaml", make("a"))
    ran = align("decide", "cases", "two-funds", "--json")
    assert [one["scenario"] for one in ran.decisions] == ["a", "b1", "b2", "two-funds"]


def test_a_data_set_is_decided_up_to_the_limit(align: Align, write: Write) -> None:
    write("rows.json", DATA)
    ran = align("decide", "--dataset", "mta:rows.json", "--json")
    assert [one["scenario"] for one in ran.decisions] == ["p1", "p2", "p3"]
    limited = align("decide", "two-funds", "--dataset", "mta:rows.json", "--limit", 2, "--json")
    assert [one["scenario"] for one in limited.decisions] == ["two-funds", "p1"]


def test_records_are_kept_one_file_a_decision(
    align: Align, folder: Path, write: Write, make: Make
) -> None:
    write("cases.json", [make("x"), {"id": "bad"}, make("y")])
    ran = align("decide", "cases.json", "--records", "records", "--json")
    assert ran.code == 5
    records = [read_record(path) for path in sorted((folder / "records").iterdir())]
    assert [record.scenario.id for record in records] == ["x", "y"]
    ids = {decision["id"] for decision in ran.decisions}
    assert {record.decision.id for record in records} < ids


def test_a_failed_decision_is_recorded_too(
    align: Align, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ModelError("It broke."))
    assert align("decide", "two-funds", "--records", "records").code == 3
    [path] = (folder / "records").iterdir()
    assert read_record(path).decision.reason == "While weighing the choices: It broke."


def test_options_of_embedded_models_are_accepted_with_any_model(align: Align) -> None:
    options = ("--offline", "--context", 512, "--threads", 1, "--gpu-layers", 0)
    assert align("decide", "two-funds", *options, "--at-once", 2).code == 0


def test_flags_go_before_the_environment_before_the_file(
    align: Align, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def model(*options: str) -> str:
        [decision] = align("decide", "two-funds", "--json", *options).decisions
        return str(decision["model"])

    write("align.toml", 'model = "fake?seed=1"')
    assert model() == "fake"  # ALIGN_MODEL, which these tests set
    monkeypatch.delenv("ALIGN_MODEL")
    assert model() == "fake?seed=1"
    assert model("-m", "fake?seed=2") == "fake?seed=2"


def test_the_users_own_scenarios_and_profiles_are_found_by_name(
    align: Align, home: Path, make: Make
) -> None:
    for kind, content in (
        ("scenarios", make("mine")),
        ("profiles", {"name": "mine", "targets": {"care": 1}}),
    ):
        own = home / "library" / kind / "mine.yaml"
        own.parent.mkdir(parents=True)
        own.write_text(json.dumps(content))
    [decision] = align("decide", "mine", "-p", "mine", "--json").decisions
    assert (decision["scenario"], decision["profile"]) == ("mine", "mine")


# Exit codes


def test_a_single_bad_scenario_is_a_mistake_in_the_input(align: Align, write: Write) -> None:
    write("bad.yaml", "id: x\n")
    for options in ((), ("--json",)):
        ran = align("decide", "bad.yaml", *options)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("align: bad.yaml:1: context: this field is missing.")


def test_a_single_scenario_that_the_decider_cannot_use_is_a_mistake_in_the_input(
    align: Align, write: Write, make: Make
) -> None:
    write("case.yaml", make())
    ran = align("decide", "case.yaml", "-p", PROFILE, "-d", "oracle")
    assert (ran.code, ran.out) == (2, "")
    assert "which the oracle needs" in ran.err


def test_names_that_nothing_answers_to_are_told_once_and_decided_without(
    align: Align, write: Write, make: Make
) -> None:
    choices = [
        {"id": sign, "text": text, "values": {"fairnes": 1, "care": 0}}
        for sign, text in (("a", "Help Ann"), ("b", "Help Ben"))
    ]
    odd = [make(name, choices=choices, entities=["Ann", "Bne"]) for name in "st"]
    write("odd.json", odd)
    ran = align("decide", "odd.json", "--json")
    assert ran.code == 0
    assert len(ran.decisions) == 2
    unknown, absent, _ = ran.err.splitlines()
    assert unknown.startswith("warning: odd.json:1: choice 'a': values: Attribute 'fairnes' is not")
    assert "Did you mean 'fairness'" in unknown
    assert absent == (
        "warning: odd.json:1: entities: 'Bne' does not occur in context, question or choices."
    )
    assert "warning" not in align("decide", "last-antivenom").err


def test_a_card_says_which_targets_were_not_relevant(align: Align, write: Write) -> None:
    names = ("care", "fairness", "loyalty", "authority", "sanctity", "risk_aversion")
    write("wary.json", {"name": "wary", "targets": dict.fromkeys(names, 0.9)})
    ran = align("decide", "last-antivenom", "-p", "wary.json", "-d", "direct_regression")
    rows = [line for line in ran.out.splitlines() if " ±" in line or "not relevant" in line]
    assert len(rows) == len(names)
    assert 0 < sum("not relevant" in row for row in rows) < len(names)


def test_in_a_batch_bad_items_fail_and_the_rest_is_decided(
    align: Align, write: Write, make: Make
) -> None:
    write("cases.json", [make("x"), {"id": "bad"}, make("y")])
    ran = align("decide", "cases.json", "--json")
    assert ran.code == 5
    assert [one["outcome"] for one in ran.decisions] == ["decided", "failed", "decided"]
    bad = ran.decisions[1]
    assert (bad["scenario"], bad["choice"]) == ("cases.json#2", None)
    assert bad["reason"].startswith("cases.json:1: context: this field is missing.")
    assert sorted(bad) == sorted(KEYS)
    assert ran.err.startswith("2 decided, 1 failed in ")


def test_a_batch_of_bad_items_alone_is_no_fault_of_the_model(align: Align, write: Write) -> None:
    write("cases.json", [1, 2])
    assert align("decide", "cases.json").code == 5


def test_the_reason_of_a_failure_is_never_cut(
    align: Align, write: Write, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    failing(monkeypatch, too_long(5000, 4096), "A ship.")
    write("cases.json", [make("x"), make("y", context="A ship.")])
    ran = align("decide", "cases.json")
    assert ran.code == 5
    assert ran.out.rstrip().endswith("or give the model a larger context (--context N).")


def test_a_model_that_fails_in_part_of_a_batch_is_a_part_and_in_all_of_it_the_model(
    align: Align, write: Write, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("cases.json", [make("x"), make("y", context="A ship.")])
    failing(monkeypatch, ModelError("It broke."), "A ship.")
    assert align("decide", "cases.json").code == 5
    failing(monkeypatch, ModelError("It broke."))
    assert align("decide", "cases.json").code == 3


def test_a_model_that_cannot_be_had_is_the_models_failure(align: Align) -> None:
    ran = align("decide", "two-funds", "-m", "smollm2-135m", "--offline")
    assert (ran.code, ran.out) == (3, "")
    assert "--offline forbids downloading it" in ran.err


def test_a_service_that_cannot_be_reached_is_the_models_failure(align: Align) -> None:
    nobody = ("-m", "openai:x", "--base-url", "http://127.0.0.1:9/v1")
    ran = align("decide", "two-funds", "--json", *nobody)
    assert (ran.code, ran.err) == (3, "")
    [decision] = ran.decisions
    assert decision["outcome"] == "failed"
    reason = "While weighing the choices: http://127.0.0.1:9/v1 cannot be reached"
    assert decision["reason"].startswith(reason)


def test_records_that_cannot_be_written_are_a_failure_of_the_store(
    align: Align, folder: Path
) -> None:
    (folder / "file").write_text("here")
    ran = align("decide", "two-funds", "--records", "file/below")
    assert ran.code == 4
    assert ran.err.startswith("align: file/below/two-funds.plain.")
    assert ran.err.endswith(": cannot be written: Not a directory.\n")


def test_a_disk_that_is_full_is_a_failure_of_the_store(
    align: Align, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("pathlib.Path.replace", full)
    ran = align("decide", "two-funds", "--records", "records")
    assert ran.code == 4
    assert "cannot be written: No space left on device." in ran.err
    assert list((folder / "records").iterdir()) == []


def test_what_exchanging_names_removed_is_shown(align: Align) -> None:
    spec = "comparative_regression?exchange_names=true"
    arguments = ("decide", "career-gap", "-p", "cautious-medic", "-d", spec)
    [decision] = align(*arguments, "--json").decisions
    assert decision["name_shift"] > 0
    text = " ".join(align(*arguments).out.split())
    assert f"and {decision['name_shift']:.2f} over exchanged names" in text


def test_a_file_of_json_lines_is_told_where_to_go(align: Align, write: Write, make: Make) -> None:
    write("cases.jsonl", json.dumps(make("a")) + "\n" + json.dumps(make("b")) + "\n")
    ran = align("decide", "cases.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert "`align decide - < cases.jsonl` decides them" in ran.err
    assert align("decide", "gone.jsonl").err == "align: gone.jsonl: there is no such file.\n"
