"""`align run` and `align plan` as a user meets them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from alignkit.cli.running import speed
from alignkit.models.patience import Patience
from alignkit.models.patient import patient
from alignkit.service.experiments.reading import presets
from alignkit.store import open_store

from .conftest import COMMAND, Align, Write

ROWS = [
    [
        {
            "scenario_id": "s",
            "probe_id": f"p{number}",
            "scenario": f"{number} are hurt.",
            "state": "",
            "probe": "Whom?",
            "choices": ["The first", "The second"],
        },
        [{"fairness": number % 2 * 10}, {"fairness": 10 - number % 2 * 10}],
    ]
    for number in range(10)
]


@pytest.fixture
def mine(write: Write) -> str:
    """An experiment of 20 cells of two deciders."""
    write("rows.json", ROWS)
    content = {
        "name": "mine",
        "data": [{"name": "rows", "format": "mta", "path": "rows.json"}],
        "profiles": ["equal-care"],
        "deciders": ["instructed", "first"],
    }
    return str(write("mine.yaml", content))


def held(folder: Path, url: str = "align.db") -> int:
    with open_store(f"sqlite:///{folder / url}") as store:
        return sum(1 for run in store.runs() for _ in store.held(run.id))


def test_a_run_is_told_stored_and_gone_on_with(align: Align, mine: str, folder: Path) -> None:
    ran = align("run", mine)
    assert ran.code == 0
    assert "20 of 20 cells have a decision." in ran.out
    assert "Run mine-" in ran.err
    assert "begins: 20 cells." in ran.err
    assert held(folder) == 20
    again = align("run", mine, "--json")
    [summary] = again.decisions
    assert (summary["known"], summary["done"], summary["usage"]["calls"]) == (20, 20, 0)
    assert summary["ended"] == "complete"
    assert "goes on: 20 cells." in again.err
    fresh = align("run", mine, "--new", "--json").decisions[0]
    assert fresh["run"] != summary["run"]
    assert fresh["known"] == 20


@pytest.mark.parametrize(
    ("rate", "shown"), [(0.041, "0.041"), (3.72, "3.7"), (9.96, "10"), (247.3, "247")]
)
def test_a_speed_is_told_in_plain_digits(rate: float, shown: str) -> None:
    assert speed(rate) == shown


def test_its_help_names_every_preset(align: Align) -> None:
    ran = align("run", "--help")
    listed = ran.out.partition("Presets: ")[2].partition(".")[0]
    assert {name.strip() for name in listed.split(",")} == set(presets())


def test_the_store_can_be_elsewhere(align: Align, mine: str, folder: Path) -> None:
    assert align("run", mine, "--store", f"sqlite:///{folder / 'other.db'}").code == 0
    assert held(folder, "other.db") == 20
    assert not (folder / "align.db").exists()


def records(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "align.db")) as database:
        [count] = database.execute("SELECT COUNT(*) FROM records").fetchone()
    return int(count)


@pytest.mark.parametrize("command", ["run", "check"])
def test_the_settings_keep_prompts_out_of_the_store(
    align: Align, mine: str, folder: Path, write: Write, command: str
) -> None:
    write("align.toml", "keep_prompts = false")
    limits = ["--min-effect", "0"] if command == "check" else []
    align(command, mine, *limits)
    assert (held(folder), records(folder)) == (20, 0)
    write("align.toml", "keep_prompts = true")
    align(command, mine, "--limit", "3", "-m", "fake?seed=1", *limits)
    assert records(folder) == 3  # of the model; what asks none is known already


def test_a_variable_keeps_prompts_out_of_the_store(
    align: Align, mine: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGN_KEEP_PROMPTS", "false")
    assert align("run", mine).code == 0
    assert (held(folder), records(folder)) == (20, 0)
    monkeypatch.setenv("ALIGN_KEEP_PROMPTS", "perhaps")
    ran = align("run", mine)
    assert (ran.code, "keep_prompts (from the environment)" in ran.err) == (2, True)


def test_options_change_the_experiment(align: Align, mine: str) -> None:
    def cells(*options: str) -> int:
        found = align("run", mine, *options, "--dry-run", "--json").decisions[0]
        count = found["cells"]
        assert isinstance(count, int)
        return count

    assert cells() == 20
    assert cells("--limit", "3") == 6
    assert cells("-d", "first") == 10
    assert cells("--set", "profiles=[equal-care, cautious-medic]") == 40
    assert cells("-m", "fake", "-m", "fake?seed=1") == 30  # `first` asks no model
    assert cells("--set", "data.rows.limit=2", "--set", "deciders=[first]") == 2


def test_a_dry_run_says_what_is_known_and_decides_nothing(
    align: Align, mine: str, folder: Path
) -> None:
    align("run", mine, "--limit", "4")
    ran = align("run", mine, "--dry-run")
    assert ran.code == 0
    assert "20 cells, 8 of them known, 12 to decide." in ran.out
    assert held(folder) == 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "quik"], "Did you mean 'quick'"),
        (["run", "none.yaml"], "there is no such file"),
        (["run", "quick", "--set", "limit=3"], "limit: there is no such field"),
        (["run", "quick", "--set", "x"], "is not KEY=VALUE"),
        (["run", "triage"], "ALIGN_DATA"),
        (["run", "quick", "-d", "nobody"], "'nobody' is not known"),
        (["plan"], "Name an experiment"),
        (["plan", "--effect", "0.05"], "pilot"),
        (["plan", "--pilot", "x", "--effect", "nan"], "--effect"),
        (["plan", "--pilot", "x", "--effect", "0.1", "--power", "nan"], "--power"),
    ],
)
def test_mistakes_are_one_line_and_code_2(align: Align, arguments: list[str], said: str) -> None:
    ran = align(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_budget_ends_a_run_cleanly(align: Align, mine: str) -> None:
    ran = align("run", mine, "--set", "budget.calls=4", "--at-once", "1")
    assert ran.code == 0
    assert "The budget is used up (4 of 4 calls)" in ran.out


@pytest.mark.usefixtures("mine")
def test_failed_cells_are_code_5(align: Align, write: Write) -> None:
    bare = {"id": "bare", "context": "A bridge.", "question": "What now?"}
    choices = [{"id": "a", "text": "Go"}, {"id": "b", "text": "Stay"}]
    write("bare.json", {**bare, "choices": choices})
    content = {
        "name": "part",
        "data": [
            {"name": "bare", "scenarios": "bare.json"},
            {"name": "rows", "format": "mta", "path": "rows.json", "limit": 1},
        ],
        "profiles": [{"name": "fair", "targets": {"fairness": 1}}],
        "deciders": ["oracle"],
    }
    ran = align("run", write("part.yaml", content))
    assert ran.code == 5
    assert "1 failed; the same command tries them again." in ran.out


def test_the_preset_quick_runs_as_it_stands_and_is_small(align: Align) -> None:
    ran = align("run", "quick", "-m", "fake", "--json")
    assert ran.code == 0
    summary = ran.decisions[0]
    assert summary["done"] == summary["cells"]
    assert 100 < summary["usage"]["calls"] < 500


# Stopped by a person


def started(mine: str, *options: str, latency: int = 100) -> subprocess.Popen[str]:
    model = f"fake?latency_ms={latency}"
    arguments = ["run", mine, "-m", model, "-d", "baseline", "--at-once", "2", *options]
    return subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(folder: Path, count: int) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            if (folder / "align.db").exists() and held(folder) >= count:
                return
        except Exception:  # noqa: BLE001, S110  it is just being made
            pass
        time.sleep(0.02)
    pytest.fail("nothing was stored")


def test_an_interrupt_finishes_what_is_under_way(mine: str, folder: Path) -> None:
    process = started(mine, "--set", "profiles=[equal-care, cautious-medic, duty-first]")
    wait_for(folder, 2)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Finishing what is under way" in err
    assert "Stopped; the same command goes on." in out
    assert f"{held(folder)} of 30 cells have a decision." in out


def test_a_second_interrupt_stops_at_once(mine: str) -> None:
    process = started(mine, latency=100_000)
    limit = time.monotonic() + 60
    assert process.stderr
    while "begins" not in process.stderr.readline() and time.monotonic() < limit:
        pass
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopped at once" in err.lower()
    assert err.count("Finishing what is under way") == 1
    assert "Traceback" not in err


# A model server


class Server:
    """Answers chat completions so many times, then breaks every connection."""

    def __init__(self, answers: int) -> None:
        self.left = answers
        self.tried = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.tried += 1
                outer.left -= 1
                self.rfile.read(int(self.headers["content-length"]))
                if outer.left < 0:
                    self.connection.close()
                    return
                body = json.dumps(COMPLETION).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


_TOP = [{"token": "A", "logprob": -0.5}, {"token": "B", "logprob": -1.0}]
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 0,
    "model": "small",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "A"},
            "logprobs": {"content": [{"token": "A", "logprob": -0.5, "top_logprobs": _TOP}]},
        }
    ],
    "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
}


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server(7)
    yield found
    found.close()


def test_a_model_server_that_dies_in_the_middle_stops_the_run_with_a_clear_message(
    align: Align, mine: str, folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly = Patience(tries=3, first_pause=0.01)
    monkeypatch.setattr(
        "alignkit.service.experiments.preparing.patient",
        lambda opening: patient(opening, quickly),
    )
    price = "prices={'openai:small?max_retries=0': {submitted: 2}}"
    changes = ["--set", "profiles=[{sweep: {levels: [1]}}]", "--set", price]
    options = ["-m", "openai:small?max_retries=0", "--base-url", server.url, *changes]
    options += ["-d", "instructed", "--at-once", "1"]
    ran = align("run", mine, *options)
    assert ran.code == 3
    assert "cannot be reached" in ran.err
    assert "The run stops; 3 of 10 cells are decided and stored." in ran.err, ran.err
    assert "Run the same command again to go on." in ran.err
    assert held(folder) == 3
    assert server.tried < 7 + 2 * 3 + 1
    server.left = 10**6
    again = align("run", mine, *options, "--json").decisions[0]
    assert (again["known"], again["done"], again["failed"]) == (3, 10, 0)
    assert again["money"] == pytest.approx(2 * again["usage"]["tokens_submitted"] / 1e6)


# Plans


def test_a_plan_has_a_row_for_each_part_and_a_sum(align: Align, mine: str, folder: Path) -> None:
    ran = align("plan", mine)
    assert ran.code == 0
    assert "20 cells, about" in ran.out
    assert "estimated" in ran.out
    parts = align("plan", mine, "--json").decisions
    assert [(one["dataset"], one["decider"], one["cells"]) for one in parts] == [
        ("rows", "first", 10),
        ("rows", "instructed", 10),
    ]
    assert not (folder / "align.db").exists()


def test_a_plan_subtracts_what_the_store_has(align: Align, mine: str) -> None:
    align("run", mine, "--limit", "4")
    ran = align("plan", mine)
    assert "20 cells, 8 of them known, 12 to decide: " in ran.out
    assert "All 20 cells from the start: " in ran.out
    parts = align("plan", mine, "--json").decisions
    assert [(one["cells"], one["known"], one["left"]["cells"]) for one in parts] == [(10, 4, 6)] * 2
    assert 0 < parts[1]["left"]["calls"] < parts[1]["calls"]
    align("run", mine)
    ran = align("plan", mine)
    assert "20 cells, 20 of them known, 0 to decide.\n" in ran.out


def test_every_preset_on_shipped_scenarios_can_be_planned_without_its_model(align: Align) -> None:
    ran = align("plan", "quick")
    assert ran.code == 0
    assert "smollm2-135m" in ran.out.replace("…", "smollm2-135m")


def test_a_plan_without_a_pilot_says_how_to_make_one(align: Align, mine: str) -> None:
    align("run", mine, "--limit", "1")
    ran = align("plan", "quick", "--effect", "0.1")
    assert (ran.code, ran.out) == (2, "")
    assert "'quick' has no run yet" in ran.err
    assert "`align run quick --limit 20` makes one" in ran.err


def test_a_plan_tells_how_many_items_an_effect_takes_or_that_a_pilot_cannot_tell(
    align: Align, mine: str
) -> None:
    swept = ["--set", "profiles=[{sweep: {levels: [1]}}]"]
    assert align("plan", mine, "--effect", "0.1").code == 2  # there is no pilot
    align("run", mine, *swept, *("-d", "oracle", "-d", "random", "-d", "oracle?temperature=0.5"))
    ran = align("plan", mine, "--effect", "0.1")
    about = "oracle against random on none in alignment accuracy"
    assert f"{about}: a difference of 0.1 is found" in ran.out
    assert "shows no spread, so it cannot tell" in ran.out
    assert align("plan", mine, "--effect", "0.1", "--power", "0.04").code == 2
    found = align("plan", mine, "--effect", "0.1", "--measure", "score", "--json").decisions
    assert {one["measure"] for one in found} == {"score"}
    ran = align("plan", mine, "--effect", "0.1", "--measure", "scoer")
    assert (ran.code, "Did you mean 'score'" in ran.err) == (2, True)


def test_what_was_erased_is_told_and_is_no_decision(align: Align, mine: str, folder: Path) -> None:
    align("run", mine)
    with open_store(f"sqlite:///{folder / 'align.db'}") as store:
        found = [one.result.decision for one in store.held(store.run("mine").id) if one.result]
        store.erase(found[:4])
    assert (
        "20 cells, 16 of them known, 4 erased, 0 to decide." in align("run", mine, "--dry-run").out
    )
    ran = align("run", mine)
    assert ran.code == 0
    assert "16 of 20 cells have a decision." in ran.out
    assert "4 were erased and are not made again; --new makes them." in ran.out
    assert align("run", mine, "--json").decisions[0]["erased"] == 4
    assert "20 of 20 cells have a decision." in align("run", mine, "--new").out
