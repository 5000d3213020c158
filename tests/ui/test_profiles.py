"""Profiles in a browser: found, written with a live preview, compared, imported, kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Opening = Callable[..., Page]


def test_a_slider_changes_the_instructions_at_once(opened: Opening) -> None:
    page = opened("profiles?name=cautious-medic")
    guide = page.locator("main .guide", has_text="Risk aversion")
    before = guide.inner_text()
    page.get_by_role("slider", name="Risk aversion, wanted level").press("Home")
    expect(guide).not_to_have_text(before)
    expect(page.get_by_text("Can be followed.")).to_be_visible()


def test_both_ends_of_a_wanted_range_have_sliders(opened: Opening) -> None:
    page = opened("profiles?name=equal-care")
    page.get_by_role("slider", name="Fairness, lowest wanted level").press("Home")
    expect(page.locator("main output").first).to_have_text("0 to 1")
    page.get_by_role("slider", name="Fairness, highest wanted level").press("ArrowLeft")
    expect(page.locator("main output").first).to_have_text("0 to 0.99")
    expect(page.get_by_text("Can be followed.")).to_be_visible()


def test_what_is_picked_stands_in_the_address_and_changes_go_to_compare(opened: Opening) -> None:
    page = opened("profiles")
    page.get_by_role("button", name="Bold medic bold-medic").click()
    page.wait_for_url(re.compile("name=bold-medic"))
    page.get_by_role("slider", name="Risk aversion, wanted level").press("End")
    expect(page.locator("main output").first).to_have_text("1")
    page.get_by_role("link", name="Compare decisions").click()
    expect(page.locator("main .way").nth(1).locator("output").first).to_have_text("1")


def test_a_profile_is_written_as_yaml_and_kept(opened: Opening, site: Any) -> None:
    page = opened("profiles")
    page.get_by_role("button", name="New profile").click()
    expect(page.get_by_role("heading", name="My profile")).to_be_visible()
    page.get_by_role("tab", name="YAML").click()
    yaml = page.get_by_label("Profile as YAML")
    yaml.fill("name: careful\ntargets: {fairnes: 0.9}\n")
    expect(page.get_by_text("Did you mean 'fairness' or")).to_be_visible()
    yaml.fill("name: careful\ntitle: Careful\ntargets: {fairness: 0.9}\n")
    expect(page.get_by_text("Can be followed.")).to_be_visible()
    page.get_by_role("button", name="Save into your library").click()
    expect(page.get_by_role("button", name="Careful careful · yours")).to_be_visible()
    assert "fairness: 0.9" in (site.home / "library" / "profiles" / "careful.yaml").read_text()


def test_two_profiles_are_compared(opened: Opening) -> None:
    page = opened("profiles?name=cautious-medic")
    page.get_by_label("The other profile").select_option("bold-medic")
    row = page.get_by_role("row", name="Risk aversion")
    expect(row).to_contain_text("0.9")
    expect(row).to_contain_text("0.1")


def test_yaml_goes_out_and_comes_in(opened: Opening, tmp_path: Path) -> None:
    page = opened("profiles?name=cautious-medic")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export YAML").click()
    text = waiting.value.path().read_text(encoding="utf-8")
    assert "risk_aversion: 0.9" in text
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("cautious-medic", "mine").replace("Cautious medic", "Mine"))
    page.get_by_label("Import YAML").set_input_files(file)
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()


def test_a_profile_is_found_by_a_word_that_is_nearly_right(opened: Opening) -> None:
    page = opened("profiles")
    page.get_by_label("Search").fill("utilitarien")
    expect(page.locator("main .picklist button")).to_have_count(1)
    page.get_by_label("Search").fill("qqqq")
    expect(page.get_by_text("No profile is called so.")).to_be_visible()
