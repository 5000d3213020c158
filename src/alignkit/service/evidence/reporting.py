"""Reports of stored runs: as a page, as Markdown, as CSV, or a card of one profile."""

from __future__ import annotations

from typing import Literal

from alignkit.errors import UnknownName
from alignkit.library import Library
from alignkit.report.run.findings import Findings, findings
from alignkit.service.evidence.stored import finder, stored, titles
from alignkit.store import Store

Format = Literal["html", "md", "csv"]


def report(
    store: Store, name: str, library: Library, form: Format = "html", card: str | None = None
) -> str:
    """The text of a report on the run `name`.

    Args:
        store: where it is kept.
        name: id, unique prefix, or name of the latest run.
        library: where the names of attributes for people are from.
        form: html for one self-contained page; md; csv.
        card: a profile of the run, or `none`: only a page about it.

    Raises:
        UnknownName: there is no such run, or the run has no such profile.
        DataError: the run holds no decision.
        StoreError: the store cannot be read.
    """
    found = stored(store, name)
    figures = findings(found.run, found.pairs, found.erased, titles(library), found.reviews)
    if card is not None:
        return _card(figures, store, card, form)
    if form == "html":
        from alignkit.report.run.page import report_page

        return report_page(figures, finder(store))
    from alignkit.report.run.items import Items
    from alignkit.report.run.markdown import report_markdown
    from alignkit.report.run.sections.every import sections_of
    from alignkit.report.run.tabular import report_csv

    sections = sections_of(figures, Items(found.pairs))
    return report_csv(sections) if form == "csv" else report_markdown(figures, sections)


def _card(figures: Findings, store: Store, profile: str, form: Format) -> str:
    from alignkit.report.run.card import card_csv, card_markdown, card_of, card_page

    known = {cell.profile or "none" for cell, _ in figures.pairs}
    if profile not in known:
        raise UnknownName("profile", profile, known, f"The run has: {', '.join(sorted(known))}.")
    found = card_of(figures, None if profile == "none" else profile, finder(store))
    problems = store.verify(figures.run.id)
    make = {"html": card_page, "md": card_markdown, "csv": card_csv}[form]
    return make(found, problems)
