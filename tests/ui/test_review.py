"""The review queue in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alignkit.store import open_store

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]


def test_a_person_decides_what_the_machine_left(opened: Opening, site: Any) -> None:
    with open_store(f"sqlite:///{site.home}/store.db") as store:
        waiting = store.reviews.count()
    page = opened("review")
    expect(page.get_by_text(f"{waiting} waiting")).to_be_visible()
    expect(page.get_by_text("below the profile's 0.2").first).to_be_visible()
    page.get_by_role("button", name="Give this verdict").click()
    expect(page.get_by_text("Pick a choice first.")).to_be_visible()
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Give this verdict").click()
    expect(page.get_by_text("say why no choice is right")).to_be_visible()
    page.get_by_role("radio").first.check()
    page.get_by_label("Note").fill("The first, by a hair.")
    page.wait_for_timeout(300)  # what is typed is sent at most every 0.15 s
    page.get_by_role("button", name="Give this verdict").click()
    expect(page.get_by_text(f"{waiting - 1} waiting")).to_be_visible()
    with open_store(f"sqlite:///{site.home}/store.db") as store:
        (done,) = store.reviews.decided()
    assert done.review is not None
    assert done.review.note == "The first, by a hair."
    page.goto(site.page(f"review?decision={done.result.decision}"))
    expect(page.get_by_text("decided:").first).to_be_visible()
