"""Runs in a browser: found, filtered, drawn, opened down to the prompts, compared. (P73, P74)"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]


def test_runs_are_listed_sorted_and_searched(opened: Opening) -> None:
    page = opened("runs")
    # Beside what pages were asked for until now, which is a run of the server's own.
    page.get_by_label("Search").fill("small")
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(2)
    newest = rows.first.inner_text()
    page.get_by_role("button", name="Made").click()
    expect(rows.last).to_have_text(newest, use_inner_text=True)
    page.get_by_label("Search").fill("nothing-like-it")
    expect(page.get_by_text("Nothing fits")).to_be_visible()


def test_two_runs_are_compared_with_the_statistics(opened: Opening) -> None:
    page = opened("runs")
    page.get_by_label("Search").fill("small")
    expect(page.locator("main tbody tr")).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Compare the two").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("columnheader", name="p (Holm)")).to_be_visible()
    expect(sheet.locator("tbody tr").first).to_contain_text("lignment")


def test_a_run_is_filtered_searched_and_drawn(opened: Opening) -> None:
    page = opened("runs")
    page.get_by_role("link", name="small", exact=True).first.click()
    expect(page.locator("main .list tbody tr")).to_have_count(40)
    page.get_by_label("Outcome").select_option("escalated")
    expect(page.locator("main .list tbody tr").first).to_contain_text("escalated")
    few = page.locator("main .list tbody tr").count()
    assert 0 < few < 40
    page.get_by_label("Outcome").select_option("")
    page.get_by_label("Search").fill("career")
    expect(page.locator("main .list tbody tr")).to_have_count(5)
    page.get_by_role("button", name="Draw the figures").click()
    expect(page.locator("main .plots .dots").first).to_be_visible()
    page.locator("main .plots .links a").first.click()
    expect(page.get_by_label("Profile")).not_to_have_value("")
    expect(page.locator("main .list tbody tr").first).to_be_visible()


def test_a_record_has_its_prompts_and_is_made_again(opened: Opening) -> None:
    page = opened("runs")
    page.get_by_role("link", name="small", exact=True).first.click()
    page.get_by_role("button", name="Open the record").first.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("Prompts and answers").click()
    sheet.get_by_text("Call 1,").first.click()
    expect(sheet.get_by_text("Answer, read from fake").first).to_be_visible()
    sheet.get_by_role("button", name="Replay").click()
    expect(sheet.get_by_text("The same again.")).to_be_visible()
    sheet.get_by_role("link", name="Open in Compare").click()
    expect(page.locator("main .way")).to_have_count(2)


def test_a_decision_without_a_model_is_made_again_anywhere(opened: Opening) -> None:
    page = opened("runs")
    page.get_by_role("link", name="fixed", exact=True).click()
    page.get_by_role("button", name="Open the record").first.click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Replay").click()
    expect(sheet.get_by_text("The same again.")).to_be_visible()


def test_a_run_is_taken_along(opened: Opening) -> None:
    page = opened("runs")
    for kind, beginning in (("CSV", "run"), ("JSONL", "{")):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=kind).first.click()
        assert waiting.value.path().read_text(encoding="utf-8").startswith(beginning)


def test_an_unknown_run_is_told(opened: Opening) -> None:
    page = opened("runs/no-such-run")
    expect(page.get_by_role("alert")).to_contain_text("no-such-run")
