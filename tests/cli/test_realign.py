from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Ran, Write

Make = Callable[..., dict[str, Any]]
PANEL = "name: panel\ntargets: {care: {samples: [0.2, 0.8]}}\n"
HALF = "name: half\ntargets: {care: 0.5}\n"
ROWS = """\
scenario                   outcome     probability         choice
case-0                     decided     ██████       0.50   Go on
case-1                     decided     ████████████ 1.00   Turn back
case-2                     decided     ██████       0.50   Go on
case-3                     decided     ████████████ 1.00   Turn back
"""


@pytest.fixture
def cases(make: Make, write: Write) -> None:
    """Four scenarios that differ in nothing but their names, and the profiles."""
    for number in range(4):
        case = make(f"case-{number}")
        for choice, level in zip(case["choices"], (0.2, 0.8), strict=True):
            choice["values"] = {"care": level}
        write(f"cases/{number}.json", case)
    write("panel.yaml", PANEL)
    write("half.yaml", HALF)


@pytest.fixture
def records(align: Align, cases: None) -> Path:  # noqa: ARG001  they have to be there
    """A folder with what the oracle decided for the panel."""
    return decided(align, "panel.yaml", "records")


def decided(align: Align, profile: str, folder: str) -> Path:
    ran = align("decide", "cases", "-p", profile, "-d", "oracle", "--records", folder)
    assert ran.code == 0
    return Path(folder)


def choices(ran: Ran) -> str:
    return "".join(one["choice"] for one in ran.decisions)


def test_decisions_that_were_all_alike_follow_the_distribution(align: Align, records: Path) -> None:
    ran = align("realign", records, "--by", "match_population", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert sorted(choices(ran)) == ["a", "a", "b", "b"]
    first = ran.decisions[0]
    assert first["scenario"] == "case-0"
    assert first["decider"] == "oracle + match_population"
    assert first["explanation"].startswith("Taken by match_population as decision 1 of 4; ")
    assert "evidence" not in first
    assert len({one["id"] for one in ran.decisions}) == 4


@pytest.mark.usefixtures("cases")
def test_rows_are_for_people_and_what_moved_is_said_beside_them(align: Align) -> None:
    ran = align("realign", decided(align, "half.yaml", "r"), "--by", "cumulative_distance")
    assert ran.code == 0
    assert "\n".join(line.rstrip() for line in ran.out.splitlines()) == ROWS.strip()
    assert ran.err == "4 of 4 are decided otherwise than by themselves.\n"


@pytest.mark.usefixtures("cases")
def test_files_are_decided_in_the_order_given(align: Align) -> None:
    files = sorted(decided(align, "half.yaml", "r").iterdir(), reverse=True)
    ran = align("realign", *files, "--by", "cumulative_distance", "--json")
    assert [one["scenario"] for one in ran.decisions] == [f"case-{n}" for n in (3, 2, 1, 0)]
    assert choices(ran) == "abab"


def test_a_temperature_changes_how_sure_they_are(align: Align, records: Path) -> None:
    by = ("--by", "match_population", "--json")
    usual = align("realign", records, *by).decisions
    warm = align("realign", records, *by, "--temperature", "5").decisions
    assert [one["choice"] for one in warm] == [one["choice"] for one in usual]
    assert all(w["confidence"] < u["confidence"] for w, u in zip(warm, usual, strict=True))


def test_no_model_is_asked(align: Align, records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGN_MODEL", "no-such-model")
    assert align("realign", records, "--by", "cumulative_divergence").code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--by", "cumulative"), "'cumulative' is not one of 'cumulative_distance',"),
        ((), "Missing option '--by'"),
        (("--by", "match_population", "--temperature", "0"), "--temperature"),
        (("--by", "match_population", "--temperature", "inf"), "inf is not in the range"),
        (("--by", "match_population", "--temperature", "nan"), "nan is not a finite number"),
    ],
)
def test_options_that_cannot_be_followed_are_refused(
    options: tuple[str, ...], said: str, align: Align, records: Path
) -> None:
    ran = align("realign", records, *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_record_of_another_profile_is_a_mistake(
    align: Align, write: Write, records: Path
) -> None:
    other = write("other.yaml", PANEL.replace("panel", "other"))
    align("decide", "cases/0.json", "-p", other, "-d", "oracle", "--records", records)
    ran = align("realign", records, "--by", "match_population")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "align: The records are of different profiles: 'panel' and 'other'. "
        "Give those of one profile at a time.\n"
    )


def test_a_record_without_estimates_is_a_mistake(align: Align, records: Path) -> None:
    align("decide", "cases", "-p", "panel.yaml", "-d", "instructed", "--records", "other")
    ran = align("realign", "other", "--by", "match_population")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("align: The decision on 'case-0' has no estimates of care. ")
    assert records.is_dir()


@pytest.mark.parametrize(
    ("name", "said"), [("empty", "empty: holds no record."), ("gone.json", "gone.json: ")]
)
def test_what_is_no_record_is_told_in_a_line(name: str, said: str, align: Align) -> None:
    Path("empty").mkdir()
    ran = align("realign", name, "--by", "match_population")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"align: {said}")
    assert ran.err.count("\n") == 1
