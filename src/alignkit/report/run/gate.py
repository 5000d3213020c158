"""What a gate found, as lines and as a JUnit file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from alignkit.evaluate.gate import Checked
from alignkit.report.run.numbers import ends, number
from alignkit.report.wording import counted

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


def gate_line(one: Checked) -> str:
    """What was asked and what was found, in a sentence."""
    state = {"passed": "passed", "failed": "FAILED", "undecided": "FAILED (cannot tell)"}[one.state]
    if one.kind == "failures":
        return (
            f"{state}: {one.value:,.0f} of {counted(one.n, 'decision')} failed, asked for at most "
            f"{one.limit:,.0f}"
        )
    if one.why:
        return f"{state}: {one.kind} of {one.about}: there is {one.why}"
    limit = "at least" if one.kind == "effect" else "at most"
    return (
        f"{state}: {one.kind} of {one.about}: {number(one.value, signed=one.kind == 'effect')} "
        f"{ends(one.interval)}, asked for {limit} {number(one.limit)}; n {one.n:,} in "
        f"{one.groups:,} groups"
    )


def junit(suite: str, checks: Sequence[Checked]) -> str:
    """`checks` as a JUnit file, as continuous integration reads them: a test case for each."""
    failed = sum(not one.passed for one in checks)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites tests="{len(checks)}" failures="{failed}">',
        f'<testsuite name={_quoted(suite)} tests="{len(checks)}" failures="{failed}" errors="0">',
        *(_case(suite, one) for one in checks),
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _case(suite: str, one: Checked) -> str:
    head = f"<testcase classname={_quoted(suite)} name={_quoted(f'{one.kind}: {one.about}')}"
    if one.passed:
        return f"{head}/>"
    return (
        f"{head}><failure type={_quoted(one.state)} message={_quoted(gate_line(one))}/></testcase>"
    )


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
