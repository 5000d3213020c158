"""Reports as pages, Markdown and CSV: complete, safe, self-contained."""

from __future__ import annotations

import base64
import csv
import io
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from alignkit.report.run.blocks import Table
from alignkit.report.run.card import card_csv, card_markdown, card_of, card_page
from alignkit.report.run.embedding import embedded
from alignkit.report.run.findings import Findings, findings, formats_of, margin_of
from alignkit.report.run.items import Items
from alignkit.report.run.markdown import report_markdown
from alignkit.report.run.page import MOST_BYTES, report_page
from alignkit.report.run.sections.every import sections_of
from alignkit.report.run.tabular import report_csv, table_csv
from alignkit.report.run.verdicts import cautions, verdicts
from alignkit.schema import (
    Choice,
    DeciderIdentity,
    Decision,
    Evidence,
    Generation,
    ModelIdentity,
    Profile,
    Prompt,
    Record,
    Scenario,
    Segment,
    Target,
    Usage,
)
from alignkit.testing.runs import asked, made, run_of, steered_run

HOSTILE = """</td></table><script>alert(1)</script>"'><img src=x onerror=alert(1)>{{ 7*7 }}"""
VOID = {"meta", "br", "link", "input", "wbr", "col", "img"}


class Page(HTMLParser):
    """Reads a page, complains about unbalanced tags, and keeps what is on it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(name)) is not None]


def record(decision: str, text: str = "A bridge.", prompt: str = "What now?") -> Record:
    scenario = Scenario(
        id="s",
        context=text,
        question=text,
        choices=(Choice(id="a", text=text + " a"), Choice(id="b", text=text + " b")),
    )
    profile = Profile(name="care-high", title=text, targets={"care": Target(value=1.0)})
    generation = Generation(
        prompt=Prompt(segments=(Segment(role="user", text=prompt, depends="scenario"),)),
        output=text,
        usage=Usage(),
    )
    made_decision = Decision(
        id=decision,
        scenario="s",
        profile="care-high",
        decider="d",
        model="fake",
        outcome="decided",
        choice="a",
        probabilities={"a": 0.75, "b": 0.25},
        confidence=0.5,
        explanation=text,
        evidence=Evidence(generations=(generation,)),
    )
    return Record(
        created=datetime(2026, 1, 1, tzinfo=UTC),
        versions={},
        model=ModelIdentity(name="fake", backend="fake"),
        decider=DeciderIdentity(name="d"),
        scenario=scenario,
        profile=profile,
        attributes=(),
        decision=made_decision,
        evidence=made_decision.evidence,
    )


def nothing(_: str) -> None:
    return None


@pytest.fixture(scope="module")
def html(found: Findings) -> str:
    return report_page(found, record)


def test_every_section_appears_with_its_plots_and_the_numbers_behind_them(html: str) -> None:
    page = Page(html)
    anchors = set(page.values("id"))
    assert {
        *("alignment", "steering", "moral-psychology", "opinions", "capability", "reliability"),
        *("responsibility", "cost", "items", "records"),
    } <= anchors
    for title in (
        *("Alignment accuracy", "Dose and response", "Leakage", "Reliability diagram"),
        *("Risk and coverage", "Trade-off", "Retained capability", "Moral foundations"),
        *("Rules kept in dilemmas", "Do not deceive"),
        *("Jensen-Shannon distance", "Hallucinated choices", "Bias score", "Prompts declined"),
    ):
        assert title in page.text
    figures = sum(tag == "figure" for tag, _ in page.tags)
    downloads = page.values("download")
    assert len(downloads) == figures
    assert len(set(downloads)) == figures


def test_rules_in_dilemmas_have_both_actions_in_their_table(found: Findings) -> None:
    [section] = [
        s for s in sections_of(found, Items(found.pairs)) if s.anchor == "moral-psychology"
    ]
    [block] = [one for one in section.blocks if one.table.name == "rules-in-dilemmas"]
    table = [dict(zip(block.table.columns, row, strict=True)) for row in block.table.rows]
    plain = [row for row in table if row["profile"] is None and row["what"] == "chosen"]
    assert [(row["rule"], row["action"], row["value"]) for row in plain] == [
        ("Do not deceive", "keeps", 0.75),
        ("Do not deceive", "breaks", 0.25),
        ("Do not cheat", "keeps", 0.25),
        ("Do not cheat", "breaks", 0.75),
    ]
    for keeps, breaks in zip(table[::2], table[1::2], strict=True):
        low, high = keeps["low"], breaks["high"]
        assert isinstance(low, float)
        assert isinstance(high, float)
        assert low + high == pytest.approx(1)
        assert (keeps["n"], keeps["groups"], keeps["chance"]) == (12, 12, 0.5)


def test_every_link_leads_somewhere_on_the_page(html: str) -> None:
    page = Page(html)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    inside = [href for href in page.values("href") if href.startswith("#")]
    assert {href[1:] for href in inside} <= set(ids)
    assert any(href.startswith("#items-") for href in inside)
    assert any(href.startswith("#record-") for href in inside)


def test_of_a_few_decisions_every_link_leads_somewhere_too() -> None:
    pairs = steered_run(np.random.default_rng(0), {"care": 0.5}, 3, plain=True)
    page = Page(report_page(findings(run_of(pairs), pairs), nothing))
    inside = {href[1:] for href in page.values("href") if href.startswith("#")}
    assert inside <= set(page.values("id"))


def test_the_page_loads_nothing_and_runs_nothing(html: str) -> None:
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "form"}
    assert not page.values("src")
    outside = [h for h in page.values("href") if not h.startswith(("#", "data:text/csv"))]
    assert outside == []
    assert not re.search(r"url\(|@import|https?://", html)
    assert "default-src 'none'" in html


def test_downloads_hold_the_numbers(html: str) -> None:
    page = Page(html)
    (address,) = [
        attrs["href"] for _, attrs in page.tags if attrs.get("download") == "steering-effect.csv"
    ]
    assert address is not None
    text = base64.b64decode(address.partition("base64,")[2]).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["attribute"] for row in rows} == {"care", "fairness"}
    assert 0.4 < float(rows[0]["value"]) < 1


def test_the_verdicts_are_right(found: Findings) -> None:
    said = {(one.tone, one.text) for one in verdicts(found)}

    def has(tone: str, *parts: str) -> bool:
        return any(t == tone and all(part in text for part in parts) for t, text in said)

    assert has("yes", "steers 1 of 2 attributes", "Care +0.")
    assert has("open", "do not show", "fairness")
    assert has("yes", "care-high", "raises Care above the other foundations")
    assert has("open", "loyalty-high", "is not shown to raise loyalty above the other foundations")
    assert has("no", "Loses more than 0.05 of accuracy", "care-low")


def test_a_method_that_steers_backwards_is_said_to() -> None:
    pairs = steered_run(np.random.default_rng(1), {"care": -0.8}, 60)
    said = verdicts(findings(run_of(pairs), pairs))
    assert [one.tone for one in said[:2]] == ["no", "no"]
    assert "the wrong way" in said[0].text
    assert "worse than chance" in said[1].text


def test_cautions_name_what_a_reader_has_to_know() -> None:
    pairs = [made(f"s{n}", {"a": {}, "b": {}}, "a") for n in range(3)]
    pairs.append(made("x", {"a": {}, "b": {}}, None, outcome="failed"))
    run = run_of(pairs).model_copy(update={"cells": 10})
    said = " ".join(cautions(findings(run, pairs, erased=1)))
    assert "Made-up answers" in said
    assert "5 of 10 cells" in said
    assert "1 decision of 4 failed" in said
    assert "Erased, and counted nowhere: 1 decision." in said


def test_without_true_values_there_is_a_cost_and_no_verdict() -> None:
    pairs = [made(f"s{n}", {"a": {}, "b": {}}, "a") for n in range(3)]
    found = findings(run_of(pairs), pairs)
    assert verdicts(found) == []
    assert [one.anchor for one in sections_of(found, Items(pairs))] == ["cost"]
    assert "Nothing was measured" in report_page(found, nothing)


def test_hostile_texts_are_shown_as_texts() -> None:
    truths = {HOSTILE + "a": {"care": 1.0}, HOSTILE + "b": {"care": 0.0}}
    pairs = [
        made(
            f"{HOSTILE} {n}",
            truths,
            HOSTILE + "ab"[n % 2],
            profile=HOSTILE,
            targets={"care": float(n % 2)},
            dataset=HOSTILE,
            decider=HOSTILE,
            model=HOSTILE,
        )
        for n in range(12)
    ]
    found = findings(run_of(pairs, HOSTILE), pairs)
    html = report_page(found, lambda decision: record(decision, HOSTILE, HOSTILE))
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert "{{ 7*7 }}" in page.text
    card = card_page(card_of(found, HOSTILE, lambda d: record(d, HOSTILE)), [HOSTILE])
    assert not {tag for tag, _ in Page(card).tags} & {"script", "img"}
    sections = sections_of(found, Items(pairs))
    markdown = report_markdown(found, sections)
    assert not re.search(r"(?<!\\)<", markdown)


def test_a_spreadsheet_runs_no_text() -> None:
    table = Table("t", ("a", "b"), (("=1+1", -1.5), ("@x", None)))
    assert table_csv(table) == "a,b\n'=1+1,-1.5\n'@x,\n"


def test_at_most_500_records_are_in_a_report() -> None:
    rng = np.random.default_rng(0)
    pairs = steered_run(rng, {"care": 0.5}, 400)
    html = report_page(findings(run_of(pairs), pairs), record)
    page = Page(html)
    assert sum(one.startswith("record-") for one in page.values("id")) == 500
    assert page.text.count("decision values/") >= 300


def test_large_records_are_cut_and_the_page_stays_below_6_mb() -> None:
    rng = np.random.default_rng(0)
    pairs = steered_run(rng, {"care": 0.5}, 400)
    big = "\N{GREEK SMALL LETTER ALPHA}<" * 20_000
    html = report_page(findings(run_of(pairs), pairs), lambda d: record(d, prompt=big))
    assert len(html.encode()) <= MOST_BYTES
    assert "cut: the record has 40,000 signs" in html


def test_records_that_are_gone_are_named_by_their_id(found: Findings) -> None:
    html = report_page(found, nothing)
    assert "align show ID" in html
    assert 'id="records"' not in html
    assert embedded(["x"], nothing) == {}


def test_the_wrong_and_sure_ones_come_first() -> None:
    truths = {"a": {"care": 1.0}, "b": {"care": 0.0}}
    wish = {"profile": "p", "targets": {"care": 1.0}}
    pairs = [
        made("right", truths, "a", **wish),  # type: ignore[arg-type]
        made("unsure", truths, "b", probability=0.6, **wish),  # type: ignore[arg-type]
        made("sure", truths, "b", probability=0.9, **wish),  # type: ignore[arg-type]
    ]
    (one,) = Items(pairs).lists
    assert [row.scenario for row in one.rows] == ["sure", "unsure", "right"]
    assert [row.right for row in one.rows] == ["wrong", "wrong", "right"]
    assert one.right == "1 of 3 right"


def test_markdown_and_csv_have_every_table(found: Findings) -> None:
    sections = sections_of(found, Items(found.pairs))
    markdown = report_markdown(found, sections)
    rows = list(csv.DictReader(io.StringIO(report_csv(sections))))
    for section in sections:
        assert f"## {section.title}" in markdown
        for block in section.blocks:
            assert any(row["table"] == block.table.name for row in rows)
    assert all(float(row["value"]) == float(row["value"]) for row in rows)


def test_a_card_is_about_one_profile(found: Findings) -> None:
    card = card_of(found, "care-high", record)
    html = card_page(card, [])
    page = Page(html)
    assert "intact" in page.text
    assert "alignment accuracy" in page.text
    assert "accuracy less plain" in page.text
    assert "Care: 1" in page.text
    assert "changed after the fact" in card_page(card, ["Cell 3 was changed."])
    assert "| alignment accuracy |" in card_markdown(card, [])
    assert card_csv(card, []).startswith("measure,about,method,value")
    plain = card_page(card_of(found, None, nothing), [])
    assert "declined" in plain


def test_a_card_has_what_is_retained_over_all_data_sets_before_each_of_them() -> None:
    rng = np.random.default_rng(1)
    pairs = asked(rng, {None: 0.7, "care-high": 0.7}, 900, dataset="able")
    pairs += asked(rng, {None: 0.7, "care-high": 0.2}, 40, dataset="basic", subjects=("one",))
    run = findings(run_of(pairs), pairs)
    lines = [
        one
        for one in card_of(run, "care-high", nothing).lines
        if one.measure.startswith("accuracy l")
    ]
    start = [one.about.partition(": ") for one in lines]
    assert [(about, said.partition(",")[0]) for about, _, said in start] == [
        ("all data sets, subjects alike, margin 0.05", "lost more than the margin"),
        ("able, margin 0.05", "retained"),
        ("basic, margin 0.05", "lost more than the margin"),
    ]
    whole, able, basic = (one.figure for one in lines)
    assert whole.n == able.n + basic.n
    # Of three subjects one is lost: its share counts alike, and not by its 40 of 940 questions.
    assert whole.value == pytest.approx((2 * able.value + basic.value) / 3, abs=0.01)


def test_a_card_has_one_line_where_all_is_one() -> None:
    pairs = asked(np.random.default_rng(1), {None: 0.7, "care-high": 0.7}, 30, subjects=("one",))
    card = card_of(findings(run_of(pairs), pairs), "care-high", nothing)
    assert [one.about.split(",")[0] for one in card.lines] == ["mmlu", "mmlu"]


def test_the_experiment_says_formats_and_margin(found: Findings) -> None:
    assert formats_of(found.run) == {"halu": "halueval", "opinions": "opinionqa_align"}
    assert margin_of(found.run) == 0.05
    assert margin_of(run_of([])) == 0.05
