"""What people do on the page *Ask*, done in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alignkit.schema import Reply

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]
SLOW = "model=fake%3Flatency_ms%3D1500"
WRITTEN = re.compile("fake [0-9a-f]{8}")
"""What the made-up model writes."""
NEVER = """
name: never-fake
title: Never fake
targets: {verbosity: 0.2}
boundaries: [{id: no-fake, rule: Say nothing made up., never_say: [fake]}]
"""


def press(page: Page) -> None:
    page.get_by_role("button", name="Answer", exact=True).click()


def card(page: Page, title: str) -> Any:
    return page.get_by_role("region", name=title, exact=True)


def downloaded(page: Page, title: str) -> Reply:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Download JSON: {title}").click()
    return Reply.model_validate_json(waiting.value.path().read_text(encoding="utf-8"))


def test_a_first_visit_has_an_example_that_is_answered(opened: Opening) -> None:
    page = opened("ask")
    expect(page.get_by_text("Nothing is asked yet")).to_be_visible()
    press(page)
    under, plain = card(page, "Under Plain language"), card(page, "Without a profile")
    expect(under.locator(".answer")).to_have_text(WRITTEN)
    expect(plain.locator(".answer")).to_have_text(WRITTEN)
    expect(under.get_by_role("status")).to_contain_text("2 of 3 criteria hold")
    rows = page.locator("main table.criteria tr:has([data-holds])")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Verbosity")
    expect(page.locator("main [data-holds=no] .advice").first).to_contain_text("it has to be")

    expect(page.locator("main .quality")).to_contain_text("was not measured; `align bench judge`")

    reply = downloaded(page, "Under Plain language")
    assert (reply.profile, reply.outcome) == ("plain-language", "answered")
    assert reply.text == under.locator(".answer").inner_text()
    copy = page.get_by_role("button", name="Copy the answer: Under Plain language")
    assert copy.get_attribute("data-copy") == reply.text
    figures = page.locator("main table.criteria tr:has([data-holds]) td:nth-child(2) .figure")
    assert reply.chosen is not None
    chances = [one.probability for one in reply.drafts[reply.chosen - 1].findings]
    assert figures.all_inner_texts() == [f"{chance:.2f}" for chance in chances if chance]
    drafts = page.locator("main .draft")
    expect(drafts).to_have_count(len(reply.drafts) + 1)
    expect(drafts.nth(reply.chosen - 1)).to_contain_text("the answer")
    expect(drafts.nth(1)).to_contain_text("revises draft 1")
    beside = downloaded(page, "Without a profile")
    assert beside.profile is None
    assert [one.about for one in beside.drafts[0].findings] == [
        one.about for one in reply.drafts[0].findings
    ]


def test_what_breaks_a_boundary_is_on_no_side_of_the_page(opened: Opening, site: Any) -> None:
    folder = site.home / "library" / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "never-fake.yaml").write_text(NEVER, encoding="utf-8")
    page = opened("ask?q=Who+is+it%3F&profile=never-fake&drafts=2")
    frames: list[str] = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda data: frames.append(str(data))))
    page.reload()
    press(page)
    under, plain = card(page, "Under Never fake"), card(page, "Without a profile")
    expect(under).to_contain_text("Left to a person: every draft breaks a boundary (no-fake)")
    expect(plain).to_contain_text("Withheld: every draft breaks a boundary (no-fake)")
    expect(
        page.locator("main .draft", has_text="Withheld: something that binds fails")
    ).to_have_count(4)
    expect(page.get_by_role("button", name=re.compile("^Copy the answer"))).to_have_count(0)
    for title in ("Under Never fake", "Without a profile"):
        reply = downloaded(page, title)
        assert reply.outcome == "escalated"
        assert not WRITTEN.search(reply.model_dump_json())
    assert not WRITTEN.search(page.content())
    assert frames
    assert not any(map(WRITTEN.search, frames))


def test_it_says_how_far_it_is_and_can_be_stopped(opened: Opening) -> None:
    page = opened(f"ask?q=Why%3F&profile=plain-language&drafts=2&revisions=3&beside=0&{SLOW}")
    press(page)
    under = card(page, "Under Plain language")
    expect(under.get_by_role("status")).to_have_text("Judging draft 1 …")
    expect(under.locator(".stages")).to_contain_text("Writing draft 1")
    expect(page.get_by_role("button", name="Answer", exact=True)).to_be_disabled()
    # Who waits can do something else meanwhile.
    page.get_by_label("Profile", exact=True).select_option("expert-briefing")
    expect(page).to_have_url(re.compile("profile=expert-briefing"))
    expect(under.get_by_role("status")).to_have_text("Judging draft 2 …")
    page.get_by_role("button", name="Stop").click()
    expect(under.get_by_role("status")).to_have_text("Stopped.")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.get_by_role("button", name="Answer", exact=True)).to_be_enabled()


def test_two_visitors_do_not_meet(opened: Opening) -> None:
    quick = opened("ask?q=Which+way%3F&profile=expert-briefing&beside=0")
    slow = opened(f"ask?q=Where+to%3F&profile=plain-language&{SLOW}")
    press(slow)
    expect(slow.get_by_text("Judging draft 1 …").first).to_be_visible()
    press(quick)
    expect(card(quick, "Under Expert briefing").get_by_role("status")).to_contain_text("Answered")
    assert downloaded(quick, "Under Expert briefing").request == "Which way?"
    expect(slow.locator("main .state.busy").first).to_be_visible()  # not held up, nor overtaken
    expect(card(slow, "Under Plain language").get_by_role("status")).to_contain_text("Answered")
    assert downloaded(slow, "Under Plain language").request == "Where to?"


def test_a_link_holds_what_is_asked(opened: Opening) -> None:
    page = opened("ask")
    page.get_by_role("button", name="Is it safe to take two painkillers at once?").click()
    expect(page.get_by_label("Request")).to_have_value(re.compile("painkillers"))
    page.get_by_label("Request").fill("Is it säfe & sound?")
    page.get_by_label("New drafts").select_option("3")
    page.get_by_label("Judge").select_option("fake?seed=1")
    page.get_by_label("Also answer without the profile").uncheck()
    expect(page).to_have_url(re.compile("beside=0"))
    page.get_by_role("button", name="Share").click()
    link = page.locator("#share-link").input_value()
    assert link == page.url
    page.goto(link)
    expect(page.get_by_label("Request")).to_have_value("Is it säfe & sound?")
    expect(page.get_by_label("Profile", exact=True)).to_have_value("truthful-and-harmless")
    expect(page.get_by_label("New drafts")).to_have_value("3")
    expect(page.get_by_label("Judge")).to_have_value("fake?seed=1")
    expect(page.get_by_label("Also answer without the profile")).not_to_be_checked()
    expect(page.get_by_text("Nothing is asked yet")).to_be_visible()  # until somebody wants it


def test_documents_are_what_claims_are_checked_against(opened: Opening, tmp_path: Path) -> None:
    (tmp_path / "pool.md").write_text("The pool opens at six.\n", encoding="utf-8")
    (tmp_path / "slide.txt").write_text("It has a slide.\n", encoding="utf-8")
    (tmp_path / "picture.md").write_bytes(b"\x89PNG\xff\xfe")
    (tmp_path / "long.txt").write_text("a" * 500_001, encoding="utf-8")
    (tmp_path / "scan.pdf").write_text("%PDF", encoding="utf-8")
    page = opened("ask?q=When+does+the+pool+open%3F&profile=plain-language")
    page.get_by_text("Documents", exact=True).click()
    picked = page.get_by_label("Pick text files")
    for name, why in (("picture.md", "no text"), ("long.txt", "500 kB"), ("scan.pdf", "only .txt")):
        picked.set_input_files(tmp_path / name)
        expect(page.get_by_role("alert").filter(has_text=name)).to_contain_text(why)
    picked.set_input_files([tmp_path / "pool.md", tmp_path / "slide.txt"])
    lines = page.get_by_role("list", name="Documents").get_by_role("listitem")
    expect(lines).to_have_count(2)
    page.get_by_role("button", name="Take out slide.txt").click()
    expect(lines).to_have_text(["pool.md"])
    assert "pool.md" not in page.url
    press(page)
    for title in ("Under Plain language", "Without a profile"):
        expect(card(page, title).locator(".claims li").first).to_be_visible()
        reply = downloaded(page, title)
        quotes = [c.quote.place for d in reply.drafts for c in d.claims if c.quote]
        assert set(quotes) <= {"pool.md:1"}
    page.get_by_role("button", name="Take out pool.md").click()
    expect(lines).to_have_count(0)
    press(page)
    expect(card(page, "Without a profile").get_by_role("status")).to_contain_text("Answered")
    expect(page.locator("main .claims")).to_have_count(0)  # this profile asks for no such check


def test_mistakes_are_told_in_words(opened: Opening) -> None:
    page = opened("ask?q=Why%3F&profile=plain-langage")
    expect(page.get_by_role("alert").first).to_contain_text("Did you mean 'plain-language'")
    page.get_by_label("Request").fill("  ")
    press(page)
    expect(page.get_by_role("alert").last).to_contain_text("Write what you want to know.")
    expect(page.get_by_text("Nothing is asked yet")).to_be_visible()


def test_it_is_used_by_keyboard_alone(opened: Opening) -> None:
    page = opened("ask")
    page.get_by_label("Request").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Why is the sky blue?")
    around = "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
    reached = []
    while not reached or reached[-1] != "Answer":
        page.keyboard.press("Tab")
        reached.append(page.evaluate(around).strip().partition("\n")[0])
        assert len(reached) < 20, reached
    page.keyboard.press("Enter")
    expect(card(page, "Without a profile").get_by_role("status")).to_contain_text("Answered")
    expect(card(page, "Under Plain language").get_by_role("status")).to_contain_text("Answered")
    assert downloaded(page, "Under Plain language").request == "Why is the sky blue?"
    page.get_by_role("button", name="Answer", exact=True).focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(around).strip().partition("\n")[0])
    assert "The profile in words" in reached
    assert {"Copy the answer: Under Plain language", "Download JSON: Without a profile"} <= set(
        reached
    )
