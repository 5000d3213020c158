"""The scenario of a comparison: picked, searched for, written in a form or as YAML."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui

from alignkit.errors import AlignkitError
from alignkit.schema import Scenario
from alignkit.service.writing import (
    found_names,
    save_scenario,
    scenario_from,
    scenario_of,
    scenario_text,
)
from alignkit.ui.current import here
from alignkit.ui.native import Native, button, text_field
from alignkit.ui.parts.dialogs import told
from alignkit.ui.parts.picking import file_field
from alignkit.ui.templating import rendered
from alignkit.ui.visitor import visitor

_FIELDS = (
    ("id", "Id", 1),
    ("title", "Title", 1),
    ("context", "Situation", 6),
    ("question", "Question", 2),
)
_LONG_TEXT = 250
"""Signs of a situation that is shortened until somebody wants all of it."""


class ScenarioPanel:
    """Shows the scenario, and lets it be changed; says so to `on_change`."""

    def __init__(self, scenario: Scenario, on_change: Callable[[Scenario], Any]) -> None:
        """Begin with `scenario`."""
        self.scenario = scenario
        self._on_change = on_change
        self._draft: dict[str, Any] = {}
        self._way = "form"
        self._short = True
        with Native("section", classes="panel scenario", aria_label="Scenario"):
            with Native("div", classes="head"):
                self._text = ui.html("", sanitize=False)
                with Native("div", classes="tools"):
                    self._all = button("Show all", self._unfold, "quiet")
                    button("Pick another", self._pick)
                    self._edit = button("Edit or write", self._toggle, image="edit")
            self._editor = Native("div", classes="stack")
            self._editor.set_visibility(False)
        self._show()

    def put(self, scenario: Scenario) -> None:
        """Show `scenario` instead."""
        self.scenario = scenario
        self._show()

    def _show(self) -> None:
        long = len(self.scenario.context) > _LONG_TEXT
        self._all.set_visibility(long)
        self._all.say("Show all" if self._short else "Show less")
        self._text.content = rendered(
            "scenario.html.j2", scenario=self.scenario, short=long and self._short
        )

    def _unfold(self) -> None:
        self._short = not self._short
        self._show()

    # Picking

    def _pick(self) -> None:
        with ui.dialog() as dialog, Native("div", classes="sheet"):
            with Native("div", classes="head"):
                Native("h2", "Pick a scenario")
                button("Close", dialog.close, "quiet icon", "close")
            field = text_field(
                "Search",
                "",
                lambda text: fill(text),  # noqa: PLW0108  it comes later
                kind="search",
            )
            field.put(autofocus=True)
            lines = Native("ul", classes="picklist", aria_label="Scenarios")

        made: dict[str, Native] = {}
        with lines:
            for name, title in found_names("", here().workbench.library.scenarios):
                with Native("li") as made[name]:
                    line = Native("button", title, type="button")
                    line.put(aria_pressed=str(name == self.scenario.id).lower())
                    line.on("click", lambda name=name: choose(name))
                    with line:
                        Native("small", name)
            none = Native("li", "No scenario is called so.", "hint")

        def fill(text: str) -> None:
            # Lines are moved and hidden, not made anew: a click on the way still finds its line.
            found = [name for name, _ in found_names(text, here().workbench.library.scenarios)]
            for name, item in made.items():
                item.set_visibility(name in found)
            for at, name in enumerate(one for one in found if one in made):
                made[name].move(target_index=at)
            none.set_visibility(not found)

        def choose(name: str) -> None:
            dialog.close()
            self._take(here().workbench.library.scenarios[name])

        fill("")
        dialog.on("hide", dialog.delete)
        dialog.open()

    def _take(self, scenario: Scenario) -> None:
        self.put(scenario)
        if self._editor.visible:
            self._fill()
        self._on_change(scenario)

    # Writing

    def _toggle(self) -> None:
        opened = not self._editor.visible
        self._editor.set_visibility(opened)
        self._edit.put(aria_expanded=str(opened).lower())
        if opened:
            self._fill()

    def _fill(self) -> None:
        self._draft = scenario_of(self.scenario)
        self._editor.clear()
        with self._editor:
            with Native("div", classes="tabs", role="tablist", aria_label="How to write it"):
                for way, name in (("form", "Form"), ("yaml", "YAML")):
                    tab = Native("button", name, type="button", role="tab")
                    tab.put(aria_selected=str(way == self._way).lower())
                    tab.on("click", lambda way=way: self._turn(way))
            with Native("div", role="tabpanel", aria_label=self._way.upper(), classes="stack"):
                (self._form if self._way == "form" else self._yaml)()
            self._says = Native("p", "", "says", aria_live="polite")
            with Native("div", classes="tools"):
                button("Save into the library", self._save, image="save")
                button("Download YAML", self._download)
                button("Done", self._toggle, "quiet")

    def _turn(self, way: str) -> None:
        self._way = way
        self._fill()

    def _form(self) -> None:
        for name, label, lines in _FIELDS:
            text_field(
                label,
                str(self._draft.get(name) or ""),
                partial(self._put, name),
                lines=lines,
            )
        Native("h4", "Choices")
        for at, choice in enumerate(self._draft["choices"]):
            with Native("div", classes="choicerow"):
                for key, label, lines in (("id", "Id of choice", 1), ("text", "Choice", 2)):
                    text_field(
                        f"{label} {at + 1}",
                        str(choice.get(key, "")),
                        partial(self._chose, at, key),
                        lines=lines,
                        hide_label=True,
                    )
                button(f"Delete choice {at + 1}", partial(self._drop, at), "icon", "close")
        button("Add a choice", self._add, image="plus")

    def _yaml(self) -> None:
        text_field(
            "Scenario as YAML",
            scenario_text(self.scenario),
            self._read,
            lines=18,
            classes="code",
        )
        file_field("Or pick a file, or drop it here", self._file)

    def _file(self, _: str, text: str) -> None:
        if self._read(text):
            self._fill()

    def _put(self, name: str, text: str) -> None:
        if text.strip():
            self._typed({name: text})
        else:
            self._draft.pop(name, None)
            self._typed({})

    def _chose(self, at: int, key: str, text: str) -> None:
        choices = [dict(choice) for choice in self._draft["choices"]]
        choices[at][key] = text
        self._typed({"choices": choices})

    def _drop(self, at: int) -> None:
        choices = [choice for place, choice in enumerate(self._draft["choices"]) if place != at]
        if self._typed({"choices": choices}):
            self._fill()

    def _add(self) -> None:
        number = len(self._draft["choices"]) + 1
        ids = {choice.get("id") for choice in self._draft["choices"]}
        while f"choice-{number}" in ids:
            number += 1
        new = {"id": f"choice-{number}", "text": f"Write choice {number} here"}
        if self._typed({"choices": [*self._draft["choices"], new]}):
            self._fill()

    def _typed(self, change: dict[str, Any]) -> bool:
        """Take a change of the form, if the scenario can be decided with it."""
        self._draft = {**self._draft, **change}
        try:
            scenario = scenario_from(self._draft, here().workbench.library)
        except AlignkitError as error:
            self._tell(str(error), bad=True)
            return False
        self._accept(scenario)
        return True

    def _read(self, text: str) -> bool:
        """Take a whole text, if it is a scenario."""
        try:
            scenario = scenario_from(text, here().workbench.library)
        except AlignkitError as error:
            self._tell(str(error), bad=True)
            return False
        self._accept(scenario)
        return True

    def _accept(self, scenario: Scenario) -> None:
        self._tell("Can be decided.", bad=False)
        if scenario != self.scenario:
            self.put(scenario)
            self._on_change(scenario)

    def _tell(self, text: str, *, bad: bool) -> None:
        self._says.say(text)
        self._says.classes(replace=f"says {'bad' if bad else 'good'}")

    def _save(self) -> None:
        with told():
            visitor().must("admin")
            path = save_scenario(self.scenario, here().workbench)
            self._tell(f"Saved as {path.name} in your library.", bad=False)

    def _download(self) -> None:
        ui.download.content(scenario_text(self.scenario), f"{self.scenario.id[:60]}.yaml")
