"""The command reference: the help of every command, and its examples with what they print.

The examples are those that the commands themselves state, run in this process with the made-up
model `fake`. What differs from run to run or from machine to machine is replaced by something
fixed, so that the same sources give the same page.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import chdir, nullcontext
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import click
from click.testing import CliRunner

from alignkit.cli.main import cli, run

WIDTH = 90
_LONGEST = 60
"""Lines of output that are shown of one example."""

NOT_RUN = {
    "align compare last-antivenom -p equal-care -m smollm2-135m -m qwen2.5-coder-1.5b",
    "align replay records/*.json --model ./the-same-weights.gguf",
    "align models pull qwen2.5-coder-1.5b",
    "align explain 3f9a51c2 --store sqlite:///align.db",
    "align replay 3f9a51c2 --store sqlite:///align.db",
    "align runs --store sqlite:///runs.db",
    "align show 3f9a",
    "align show 3f9a --prompts",
    "align show 3f9a --json --store sqlite:///runs.db > record.json",
    "align export quick --format parquet --out quick.parquet",
    "align export quick --format csv > quick.csv",
    "align export quick --format inspect --out logs",
    "align export --store postgresql+psycopg://me@host/align --format jsonl --out all.jsonl",
    "align calibrate --answers judged.jsonl -p careful.yaml",
    "align calibrate --answers judged.jsonl --sources handbook/",
    "align serve",
    "align serve --port 9000 --model smollm2-135m --model fake",
    "align review",
    "align review list --json",
    "align keys list --json",
    "align review list --limit 20",
    "align review show 3f9a51c2",
    'align review decide 3f9a51c2 --choice a --note "The only one who can wait."',
    'align review decide 3f9a51c2 --none --note "Both break the rule on consent."',
    "align review decide 3f9a51c2 --choice a",
    'align review decide 3f9a51c2 --none --note "Neither may be asked of her."',
    'align review decide 3f9a51c2 --choice b --again --note "I had misread the dose."',
    'align keys create "triage desk" --scopes decide',
    "align keys create ann --scopes read,review",
    "align keys create batch-job --scopes decide --rate 600",
    "align keys revoke ann",
    "align decide cases/ -p quick-counter.yaml --store sqlite:///align.db",
    "align calibrate --reviews --store sqlite:///align.db",
    "align records verify",
    "align records verify quick --json",
    "align records delete 3f9a51c2 --yes",
    "align records prune --before 2026-01-01",
    "align records prune --run quick --yes",
    "align report quick",
    "align report quick --out quick.html",
    "align report quick --format md > quick.md",
    "align report quick --format csv --out figures.csv",
    "align report quick --card utilitarian-medic --out card.html",
    "align compare-runs before after",
    "align compare-runs before after --by attribute,profile",
    "align compare-runs triage --by decider --against instructed",
    "align compare-runs retention --by profile --measure accuracy",
    "align check quick-3f9a01b2c4d5 --min-effect 0.2",
    "align check mine.yaml --min-effect 0.2 --max-loss 0.05 --junit gate.xml",
    "align check retention --max-loss 0.02",
    "align run quick",
    "align run triage --model smollm2-135m --limit 5",
    "align run my-experiment.yaml --set budget.minutes=30 --store sqlite:///mine.db",
    "align plan quick",
    "align plan my-experiment.yaml --limit 100 --json",
    "align plan --effect 0.05 --power 0.8 --pilot triage",
    "align bench methods",
    "align bench methods -d direct_regression -d contrastive -m qwen2.5-coder-1.5b --limit 5",
    "align bench methods --family persona --limit 20 --json > persona.jsonl",
    "align calibrate --examples cases/ -m qwen2.5-coder-1.5b",
    "align calibrate --examples mine.yaml -a fairness,care -d direct_regression",
    "align calibrate --examples persona_statements:statements.csv -a openness --limit 100",
    "align calibrate --examples mine.yaml -p my-values.yaml --report reliability.html",
    "align datasets check align_phase2 AF-train.json --twins",
    "align datasets check table:cases.csv --map columns.yaml --json",
    "align datasets check mmlu",
    "align profiles fit --examples records/*.json --attributes fairness,care --kind range",
    'align profiles from-group opinionqa_align:opinions/ --group "INCOME_Less than $30,000"',
    'align ask "Explain inflation." -p expert-briefing --judge openai:gpt-5-mini --show-work',
    'align ask "When does the pool open?" --sources handbook/ --unsupported remove',
    "align ask - -p plain-language --budget 4000 --json",
    "align chat --profile plain-language",
    "align chat -p truthful-and-harmless --judge openai:gpt-5-mini --show-work",
    "align chat --sources handbook/ --unsupported remove",
    "align chat -p plain-language --json",
    'align decompose "Explain inflation." -p expert-briefing --tailored --model openai:gpt-5-mini',
    "align bench answers -p truthful-and-harmless",
    "align bench answers -p truthful-and-harmless -m qwen2.5-coder-1.5b --limit 20 --tokens 150",
    "align bench answers -p my-profile.yaml --judge openai:gpt-5-mini --json > answers.json",
    "align bench judge",
    "align bench judge -m qwen2.5-coder-1.5b --limit 40",
    "align bench judge --part requests --limit 0 --json > judge.jsonl",
    "align bench methods -d statement_judge --against instructed --half second --limit 0",
    "align bench methods --family persona --limit 240 --json > persona.jsonl",
    "align plan reliability --effect 0.15 --alpha 0.0125 --by profile",
    "align claims reliability",
    "align claims reliability responsibility bias personalization retention",
    "align claims responsibility --json",
    "align injections run",
    "align injections run -m qwen2.5-coder-1.5b --limit 3",
    "align injections run --set document --set encoded --json > attempts.jsonl",
    'align personalize --request "How do I descale a kettle?"',
    "align personalize --answers answers.yaml --attributes verbosity,formality",
    "align personalize learn ratings.jsonl",
    "align personalize learn edits.yaml comparisons.yaml --attributes verbosity,complexity",
    "align personalize show",
    "align personalize show --level 0.8",
    "align personalize export my-style",
    "align personalize export my-style --out my-style.yaml --level 0.8",
    "align personalize erase --yes",
    "align doctor --base-url http://localhost:8000/v1",
    "align completion bash >> ~/.bashrc",
    "align completion zsh >> ~/.zshrc",
    "align completion fish > ~/.config/fish/completions/align.fish",
}
"""Examples that need weights, a network, a service, much labelled data or a store with runs, or
that change a file of the user's shell."""

MORE = {
    "align decide": (
        "align decide last-antivenom leg-or-chest spillway -p cautious-medic",
        "align decide last-antivenon -p cautious-medic",
    ),
    "align compare": ("align compare last-antivenom -p equal-care -m fake -m fake?seed=1",),
    "align models list": ("align models list",),
    "align attributes list": ("align attributes list",),
    "align profiles list": ("align profiles list",),
    "align scenarios list": ("align scenarios list",),
    "align deciders list": ("align deciders list",),
    "align doctor": ("align doctor",),
}
"""Examples beside those that the commands state."""

_INTRODUCTION = f"""\
<!-- Generated by `make schemas`; edit the commands or docs/commands.py instead. -->

# Commands

Every command, its help, and its examples with what they print. The examples were run with the
made-up model `fake` (`-m fake`), so what they choose means nothing. Ids, times, versions and places
are replaced by fixed ones, long fractions are rounded, and of long outputs the first {_LONGEST}
lines are shown. Examples in the help that need weights, a network, a service or much
labelled data are not run here.

Exit codes are the same for all commands: 0 all decided or escalated, 1 a negative verdict (a replay
differs, something is broken), 2 a mistake in the input or the usage, 3 the model or its service
failed, 4 results could not be written, 5 a part of a batch failed, 130 interrupted.
"""


def reference() -> str:
    """The text of docs/commands.md."""
    parts = [_INTRODUCTION, *(_section(path, command) for path, command in _commands(cli, "align"))]
    return "\n".join(parts)


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """`command` and all below it, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _commands(below, f"{path} {name}")


def _section(path: str, command: click.Command) -> str:
    level = "#" * min(path.count(" ") + 2, 3)
    parts = [f"{level} {path}", "", f"```text\n{_help(path)}\n```", ""]
    own = [] if isinstance(command, click.Group) else stated(command)
    if examples := [*(line for line in own if line not in NOT_RUN), *MORE.get(path, ())]:
        with _Desk() as desk:
            for example in examples:
                line = _with_fake(example)
                parts += [f"```text\n$ {line}\n{desk.run(line)}\n```", ""]
    return "\n".join(parts)


def _help(path: str) -> str:
    with CliRunner().isolation() as (_, _, output):
        arguments = [*path.split()[1:], "--help"]
        cli.main(arguments, "align", standalone_mode=False, terminal_width=WIDTH)
    return output.getvalue().decode().strip()


def stated(command: click.Command) -> list[str]:
    """The command lines that the end of the command's help gives as examples."""
    lines = (command.epilog or "").splitlines()
    return [m.group() for line in lines if (m := re.search(r"(align|cat) \S.*", line))]


def _with_fake(example: str) -> str:
    """`example` with the made-up model, where a model is asked and none is named."""
    asks = re.search(r"\balign (ask|decide|compare|stress) ", example)
    named = re.search(r" (-m|--model) ", example)
    return re.sub(r"(?= >|$)", " -m fake", example, count=1) if asks and not named else example


@dataclass(frozen=True)
class _Line:
    """What a command line asks for: `cat INPUT | align ARGUMENTS > OUTPUT`."""

    arguments: list[str]
    input: Path | None
    output: Path | None

    @classmethod
    def parse(cls, text: str) -> _Line:
        """Read the few things of a shell that the examples use: a pipe, patterns, an output."""
        words = shlex.split(text)
        given = wanted = None
        if words[0] == "cat":
            given, words = Path(words[1]), words[3:]
        if ">" in words:
            words, wanted = words[: words.index(">")], Path(words[-1])
        arguments = [path for word in words[1:] for path in _matches(word)]
        return cls(arguments, given, wanted)


def _matches(word: str) -> list[str]:
    return sorted(str(path) for path in Path().glob(word)) if "*" in word else [word]


class _Desk:
    """A folder with the files that the examples name, and a home of its own."""

    def __enter__(self) -> Self:
        self._place = TemporaryDirectory()
        root = Path(self._place.name).resolve()
        self._home, self._folder = root / "home", root / "work"
        for path, text in _files().items():
            (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / path).write_text(text, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._place.cleanup()

    def run(self, text: str) -> str:
        """What the command line `text` prints, and its exit code where that is not 0."""
        with chdir(self._folder):
            line = _Line.parse(text)
            with (
                CliRunner().isolation(None, self._environment()) as (out, errors, both),
                line.input.open() if line.input else nullcontext(sys.stdin) as sys.stdin,
            ):
                code = run(line.arguments)
        printed = both.getvalue()
        if line.output:
            printed = errors.getvalue() + f"$ cat {line.output}\n".encode() + out.getvalue()
        text = settled(printed.decode(), {self._home: "$ALIGN_HOME", self._folder: "."})
        lines = [line.rstrip() for line in text.rstrip().splitlines()]
        if len(lines) > _LONGEST:
            lines = [*lines[:_LONGEST], "..."]
        return "\n".join([*lines, f"(exit code {code})"] if code else lines)

    def _environment(self) -> dict[str, str | None]:
        ours = [name for name in os.environ if name.startswith(("ALIGN_", "OPENAI_"))]
        terminal = ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "LINES")
        fixed = {"ALIGN_HOME": str(self._home), "COLUMNS": str(WIDTH), "TERM": "dumb"}
        return {**dict.fromkeys((*ours, *terminal)), **fixed}


def settled(text: str, places: dict[Path, str]) -> str:
    """`text` with what differs from run to run or machine to machine replaced."""
    for place, name in places.items():
        text = text.replace(str(place), name)
    for pattern, fixed in (
        (r'"[0-9a-f]{32}"', f'"{"0" * 32}"'),
        (r"\.[0-9a-f]{8}\.json", f".{'0' * 8}.json"),
        (r"\b\d+\.\d s\b", "0.0 s"),
        (r'"seconds":[-\d.e]+', '"seconds":0.0'),
        (r"(ok  Python: ).*", r"\1VERSION (PLACE)"),
        (r"(ok  (?:alignkit|[^:]+: \w+)[: ]+)\d+\.\d+\.\S+", r"\1VERSION"),
        (r"\d+ MB free", "N MB free"),
    ):
        text = re.sub(pattern, fixed, text)
    return re.sub(r"\b\d+\.\d{5,}(?:e-\d+)?", lambda found: f"{float(found[0]):.4g}", text)


def _files() -> dict[str, str]:
    """The files that the examples name, made of shipped ones, and a small data set."""
    library = files("alignkit.library")
    scenario, profile = library / "scenarios", library / "profiles"
    lines = [
        {
            "id": f"line-{number}",
            "context": "A tent is left, and two families ask for it.",
            "question": "Who gets it?",
            "choices": [
                {"id": "first", "text": f"The family of {size}, who came first"},
                {"id": "larger", "text": f"The family of {size + 3}, who came second"},
            ],
        }
        for number, size in enumerate((2, 4), start=1)
    ]
    rows = [
        [
            {
                "scenario_id": "harbour",
                "probe_id": f"harbour-{number}",
                "scenario": "Two people were pulled out of the water and you have one blanket.",
                "state": None,
                "probe": "Whom do you give the blanket?",
                "choices": [f"The {who}", "The sailor"],
            },
            [{"affiliation": 8}, {"affiliation": 3}],
        ]
        for number, who in enumerate(("swimmer", "child"), start=1)
    ]
    past = {
        "last-antivenom": "new-arrivals",
        "one-burns-bed": "bed-for-tenant",
        "promised-tents": "to-tollbridge",
        "spillway": "open",
        "surgeon-and-minibus": "turn-to-passengers",
        "water-tankers": "one-each",
    }
    survey = {
        "group": {"name": "Night nurses", "description": "Nurses who work at night."},
        "source": "Staff survey, 214 answers",
        "questions": [
            {
                "scenario": "last-antivenom",
                "shares": {"finish-course": 20, "divide": 40, "new-arrivals": 40},
            }
        ],
    }
    experiment = {
        "name": "my-experiment",
        "data": [{"name": "shipped", "scenarios": "shipped", "limit": 4}],
        "profiles": ["none", "equal-care"],
        "deciders": ["chooser_judge", "baseline"],
        "models": ["fake"],
    }
    return {
        "past.yaml": json.dumps(
            [{"scenario": s, "choice": choice, "person": "Ana"} for s, choice in past.items()]
        ),
        "survey.yaml": json.dumps(survey),
        "my-case.yaml": (scenario / "leg-or-chest.yaml").read_text(encoding="utf-8"),
        "my-values.yaml": (profile / "equal-care.yaml").read_text(encoding="utf-8"),
        "my-experiment.yaml": json.dumps(experiment),
        "mine.yaml": (profile / "cautious-medic.yaml").read_text(encoding="utf-8"),
        "cases/one.yaml": (scenario / "one-burns-bed.yaml").read_text(encoding="utf-8"),
        "cases/two.yaml": (scenario / "second-dose.yaml").read_text(encoding="utf-8"),
        "cases.jsonl": "".join(json.dumps(line) + "\n" for line in lines),
        "triage.json": json.dumps(rows),
    }
