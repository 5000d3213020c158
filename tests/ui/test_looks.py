"""What every page has to be: usable by all, at both widths, in light and dark, and quick."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]
WIDTHS = (1280, 390)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
SHOTS = os.environ.get("ALIGN_SCREENSHOTS")


def _settle(page: Page, path: str) -> None:
    """Wait for what `path` shows in the end."""
    wanted = {"": "main td[data-outcome=done]", "profiles": "main .guide", "runs": "main tbody tr"}
    page.locator(wanted.get(path, "main .record, main .empty, main .list tr")).first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["", "ask", "profiles", "runs", "review"])
def test_a_page_is_accessible_and_fits(
    opened: Opening, path: str, width: int, scheme: str, tmp_path: Path
) -> None:
    page = opened(path, viewport={"width": width, "height": 900}, color_scheme=scheme)
    _settle(page, path)
    folder = Path(SHOTS) if SHOTS else tmp_path
    shot = folder / f"{path or 'compare'}-{width}-{scheme}.png"
    page.screenshot(path=shot, full_page=True)
    assert shot.stat().st_size > 10_000
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("body.body--dark").count() == (scheme == "dark")
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()


def test_run_and_dialogs_are_accessible(opened: Opening) -> None:
    page = opened("runs")
    page.get_by_role("link", name="small", exact=True).first.click()
    page.get_by_role("button", name="Draw the figures").click()
    page.locator("main .plots .dots").first.wait_for()
    page.get_by_role("button", name="Open the record").first.click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Replay")).to_be_visible()
    page.wait_for_timeout(400)  # the sheet comes in with a movement
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_answers_are_accessible_and_fit(
    opened: Opening, width: int, scheme: str, tmp_path: Path
) -> None:
    how = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page = opened("ask?q=Is+it+safe%3F&profile=truthful-and-harmless&drafts=2", **how)
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator("main .draft")).to_have_count(4)
    expect(page.locator("main .state.busy")).to_have_count(0)
    shot = (Path(SHOTS) if SHOTS else tmp_path) / f"answers-{width}-{scheme}.png"
    page.screenshot(path=shot, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()


def test_everything_is_reached_by_keyboard(opened: Opening) -> None:
    page = opened()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.textContent.trim().slice(0, 40)"
            )
        )
    wanted = {"Decide all", "Share", "Profile", "Method", "Evidence"}
    assert wanted <= reached
    assert "Utilitarianism, wanted level" in reached


def test_dark_and_light_are_chosen_and_remembered(opened: Opening) -> None:
    page = opened(color_scheme="light")
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))


def test_nothing_is_loaded_from_elsewhere_and_the_policy_holds(opened: Opening, site: Any) -> None:
    page = opened()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    answer = page.goto(site.page())
    assert answer is not None
    _settle(page, "")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self' 'nonce-" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    assert hosts == {site.url.removeprefix("http://")}


def test_a_script_that_got_into_the_page_does_not_run(browser: Browser, site: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.page())
    _settle(page, "")
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.bad = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", '<b onclick="window.bad = 1">x</b>');
          document.body.lastElementChild.click();
        }"""
    )
    assert page.evaluate("window.bad") is None
    context.close()
