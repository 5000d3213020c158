"""Who may not look at a page any more does not go on looking at the one that is open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from alignkit.service.keys import create_key
from alignkit.store import open_store

from .conftest import PATIENCE, served

pytestmark = pytest.mark.browser


def test_who_may_only_read_asks_for_no_answer(browser: Browser, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with open_store(url) as store:
        eve = create_key(store, "eve", ["read"], None, "test")
    with served(tmp_path, url, "0.0.0.0", eve.text) as site:  # noqa: S104  off loopback
        context = browser.new_context()
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.goto(site.page("ask"))
        expect(page).to_have_url(re.compile("/signin"))
        page.locator("input[name=key]").fill(eve.text)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Answer", exact=True).click()
        expect(page.get_by_text("Your key does not allow you to ask models.")).to_have_count(2)
        expect(page.locator("main .draft")).to_have_count(0)
        context.close()


def test_an_open_page_is_closed_when_its_key_is_revoked(browser: Browser, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    with open_store(url) as store:
        ann = create_key(store, "ann", ["decide"], None, "test")
        watch = create_key(store, "watch", ["read"], None, "test")
    with served(tmp_path, url, "0.0.0.0", watch.text) as site:  # noqa: S104  off loopback
        context = browser.new_context()
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.goto(site.page("profiles"))
        expect(page).to_have_url(re.compile("/signin"))
        page.locator("input[name=key]").fill(ann.text)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Profiles", level=1)).to_be_visible()
        page.wait_for_timeout(8000)  # longer than it takes to find out
        expect(page.get_by_role("heading", name="Profiles", level=1)).to_be_visible()
        with open_store(url) as store:
            store.keys.revoke("ann", "test")
        expect(page).to_have_url(re.compile("/signin"))
        context.close()
