"""What the pages show when there is nothing, or no server any more."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.ui.conftest import served

pytestmark = pytest.mark.browser


def test_without_runs_and_without_a_server(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    with served(tmp_path, f"sqlite:///{tmp_path}/store.db") as site:
        page.goto(site.page("runs"))
        expect(page.get_by_text("There are no runs yet")).to_be_visible(timeout=60_000)
        page.goto(site.page("review"))
        expect(page.get_by_text("Nothing waits")).to_be_visible(timeout=60_000)
        page.goto(site.page())
        page.wait_for_selector("main")
        expect(page.locator("#popup")).to_be_hidden()
    expect(page.get_by_text("Connection lost")).to_be_visible(timeout=60_000)
    context.close()
