"""What people do on the compare page, done in a browser. (P67 to P72 of the parity table)"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]


def outcome_cells(page: Page) -> list[str]:
    row = page.locator("#content table.ways tbody.shares tr").first
    return [cell.inner_text() for cell in row.locator("td").all()]


def figures(page: Page, at: int) -> list[str]:
    rows = page.locator("#content table.ways tbody.shares tr:has(.share .bar .fill)")
    return [row.locator("td").nth(at).locator(".figure").inner_text() for row in rows.all()]


def test_a_first_visit_shows_a_decided_case_and_what_to_do(opened: Opening) -> None:
    page = opened()
    expect(page.locator("main .steps li")).to_have_count(4)
    expect(page.locator("main td[data-outcome=done] .outcome")).to_have_count(3)
    expect(page.get_by_text("Shipped with ALIGN; made by qwen2.5-coder-1.5b")).to_have_count(3)
    outcomes = page.locator("main td[data-outcome=done] .outcome")
    expect(outcomes.nth(1)).to_contain_text("each of the two waiting road workers")
    expect(outcomes.nth(2)).to_contain_text("both vials to the shepherd")
    first_bar = page.locator("main .share.chosen").first.bounding_box()
    assert first_bar is not None
    assert first_bar["y"] < 1000


def test_a_slider_moves_the_decision_without_asking_the_model(opened: Opening) -> None:
    page = opened()
    before = figures(page, 1)
    slider = page.get_by_role("slider", name="Utilitarianism, wanted level").first
    slider.press("ArrowLeft")
    expect(page.locator("main .way output").first).to_have_text("0.94")
    slider.press("Home")
    expect(page.locator("main td", has_text="none: from the estimates above")).to_have_count(3)
    expect(page.locator("main .way output").first).to_have_text("0")
    expect(page.get_by_text("Follows from the shipped estimates")).to_have_count(1)
    assert figures(page, 1) != before
    assert "view=" in page.url


def test_columns_are_decided_copied_repicked_marked_and_removed(opened: Opening) -> None:
    page = opened()
    page.get_by_role("button", name="Decide all").click()
    expect(page.get_by_text("Shipped with ALIGN")).to_have_count(0)
    expect(page.locator("main td[data-outcome=done]")).to_have_count(3)
    page.get_by_role("button", name="Copy column Utilitarian medic").click()
    second = page.get_by_role("region", name="Column: Utilitarian medic (2)")
    expect(second).to_be_visible()
    second.get_by_label("Model").select_option("fake?seed=1")
    again = page.get_by_role("region", name=re.compile("seed=1"))
    again.get_by_role("button", name="Decide").click()
    expect(page.locator("main td[data-outcome=done]")).to_have_count(4)
    page.get_by_label("Mark differences").check()
    expect(page.locator("main .diff td.differs").first).to_be_visible()
    again.get_by_role("button", name=re.compile("^Remove column")).click()
    expect(page.locator("main .way")).to_have_count(3)


def test_a_method_without_estimates_is_asked_again(opened: Opening) -> None:
    page = opened()
    column = page.get_by_role("region", name="Column: Steadfast medic")
    column.get_by_label("Method").select_option("instructed")
    page.wait_for_url(re.compile("view="))
    changed = page.get_by_role("region", name=re.compile("Column: Steadfast medic"))
    expect(changed.get_by_text("Not decided yet.")).to_be_visible()
    changed.get_by_role("button", name="Decide").click()
    expect(changed.get_by_text("A moved slider asks the model again.")).to_be_visible()
    changed.get_by_role("slider").first.press("ArrowLeft")
    expect(changed.get_by_text("Not decided yet.")).to_be_visible()


def test_a_mistake_in_a_method_is_told_in_its_column(opened: Opening) -> None:
    page = opened()
    column = page.get_by_role("region", name="Column: Steadfast medic")
    column.get_by_label("Method").select_option("direct_regression")
    changed = page.get_by_role("region", name=re.compile("Column: Steadfast medic"))
    changed.get_by_label("Settings of the method").fill("shots=4&examples=/etc/passwd")
    page.wait_for_url(re.compile("view="))
    changed.get_by_role("button", name="Decide").click()
    expect(changed.get_by_text("examples are not read from files")).to_be_visible()


def test_attributes_are_added_and_taken_away(opened: Opening) -> None:
    page = opened()
    column = page.get_by_role("region", name="Column: Utilitarian medic")
    column.get_by_label("Add an attribute").select_option("risk_aversion")
    expect(column.get_by_role("slider")).to_have_count(4)
    expect(column.get_by_text("Not decided yet.")).to_be_visible()
    column.get_by_role("button", name="Remove Moral deservingness").click()
    expect(column.get_by_role("slider")).to_have_count(3)
    column.get_by_role("button", name="Decide").click()
    expect(page.locator("main .attribute", has_text="Risk aversion")).to_be_visible()
    expect(column.get_by_text("Sliders act at once.")).to_be_visible()


def test_the_address_follows_what_draws_a_column_anew(opened: Opening) -> None:
    page = opened()
    addresses = [page.url]

    def changed() -> None:
        page.wait_for_url(lambda url: url != addresses[-1])
        addresses.append(page.url)

    column = page.locator("main .way").nth(1)
    column.get_by_label("Profile", exact=True).select_option("cautious-medic")
    changed()
    column.get_by_label("Add an attribute").select_option("fairness")
    changed()
    column.get_by_role("button", name="Remove Risk aversion").click()
    changed()
    page.reload()
    expect(column.get_by_role("slider", name="Fairness, wanted level")).to_be_visible()
    expect(column.get_by_role("slider", name="Risk aversion, wanted level")).to_have_count(0)


def test_four_columns_fit_their_cards(opened: Opening) -> None:
    page = opened()
    page.get_by_role("button", name="Add a column").click()
    expect(page.locator("main .way")).to_have_count(4)
    for card in page.locator("main .way").all():
        assert card.evaluate("card => card.scrollWidth <= card.clientWidth")
        for control in card.locator(".foot .btn:visible").all():  # in one line, with its icon
            assert control.evaluate("button => button.clientHeight") < 45


def test_a_field_shows_its_focus_all_around(opened: Opening) -> None:
    page = opened("profiles")
    page.get_by_label("Search").focus()
    around = "getComputedStyle(document.activeElement.parentElement).overflow"
    assert page.evaluate(around) == "visible"


def test_an_emptied_field_is_told_by_its_name(opened: Opening) -> None:
    page = opened()
    page.get_by_role("button", name="Edit or write").click()
    page.get_by_label("Question").fill("")
    expect(page.get_by_text("question: this field is missing")).to_be_visible()
    page.get_by_label("Question").fill("Who first?")
    expect(page.get_by_text("Can be decided.")).to_be_visible()


def test_the_evidence_has_the_exact_prompts(opened: Opening) -> None:
    page = opened()
    page.get_by_role("button", name="Evidence").nth(1).click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("Prompts and answers").click()
    sheet.get_by_text("Call 1,").first.click()
    expect(sheet.get_by_text("shepherd").first).to_be_visible()
    expect(sheet.get_by_text("What would flip it")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_scenario_is_found_by_a_word_that_is_nearly_right(opened: Opening) -> None:
    page = opened()
    page.get_by_role("button", name="Pick another").click()
    page.get_by_role("dialog").get_by_label("Search").fill("spilway")
    page.get_by_role("dialog").get_by_role("button", name="spillway").click()
    expect(page.locator("main .scenario h2")).to_contain_text("spillway", ignore_case=True)
    expect(page.get_by_text("Not decided yet.")).to_have_count(3)


def test_edit_run_share_and_open_elsewhere(opened: Opening, browser: Browser) -> None:
    """What a user does: writes a case, decides it, moves a target, and sends the link."""
    page = opened()
    page.get_by_role("button", name="Edit or write").click()
    page.get_by_label("Question").fill("Who gets the vials tonight?")
    page.get_by_label("Id", exact=True).fill("tonight")
    expect(page.get_by_text("Can be decided.")).to_be_visible()
    page.get_by_role("button", name="Add a choice").click()
    page.get_by_label("Choice 4", exact=True).fill("Wait until tomorrow night")
    expect(page.locator("main th", has_text="Wait until tomorrow night").first).to_be_visible()
    page.get_by_role("tab", name="YAML").click()
    yaml = page.get_by_label("Scenario as YAML")
    text = yaml.input_value()
    yaml.fill(text.replace("question:", "quesion:"))
    expect(page.get_by_text("question: this field is missing")).to_be_visible()
    yaml.fill(text)
    expect(page.get_by_text("Can be decided.")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Decide all").click()
    expect(page.locator("main td[data-outcome=done]")).to_have_count(3)
    page.get_by_role("slider", name="Continuation of care, wanted level").first.press("End")
    expect(page.locator("main td", has_text="none: from the estimates above")).to_have_count(3)
    page.get_by_label("Mark differences").check()
    page.get_by_role("button", name="Share").click()
    link = page.locator("#share-link").input_value()
    assert len(link) < 4000
    expected = [figures(page, at) for at in range(3)]
    page.keyboard.press("Escape")

    context = browser.new_context()
    there = context.new_page()
    there.goto(link)
    expect(there.locator("main td[data-outcome=done]")).to_have_count(3, timeout=60_000)
    assert [figures(there, at) for at in range(3)] == expected
    assert outcome_cells(there) == outcome_cells(page)
    expect(there.locator("main .scenario .question")).to_have_text("Who gets the vials tonight?")
    expect(there.get_by_label("Mark differences")).to_be_checked()
    context.close()


def test_a_scenario_is_saved_into_the_library(opened: Opening, site: object) -> None:
    page = opened()
    page.get_by_role("button", name="Edit or write").click()
    page.get_by_label("Id", exact=True).fill("kept-case")
    expect(page.get_by_text("Can be decided.")).to_be_visible()
    page.get_by_role("button", name="Save into the library").click()
    expect(page.get_by_text("Saved as kept-case.yaml")).to_be_visible()
    assert (site.home / "library" / "scenarios" / "kept-case.yaml").is_file()  # type: ignore[attr-defined]


@pytest.mark.parametrize("letters", ["x", "%00", "A" * 13_000, "eJzLSM3JyQcABiwCFQ"])
def test_a_damaged_link_shows_the_first_visit_and_why(opened: Opening, letters: str) -> None:
    page = opened(f"?view={letters}")
    expect(page.get_by_role("alert")).to_contain_text("The link could not be opened.")
    expect(page.locator("main td[data-outcome=done]")).to_have_count(3)


def test_the_comparison_is_saved_as_a_page_that_needs_no_server(opened: Opening) -> None:
    page = opened()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as a page").click()
    saved = waiting.value.path().read_text(encoding="utf-8")
    assert "How likely each choice is" in saved
    assert "<script" not in saved
