"""Profiles: looked through, written with the instructions they become beside them, compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from alignkit.errors import AlignkitError
from alignkit.schema import Profile, Target
from alignkit.service.trying import Way
from alignkit.service.writing import found_names, profile_from, profile_text, save_profile
from alignkit.ui.current import here
from alignkit.ui.example import first_view
from alignkit.ui.frame import fragment, frame
from alignkit.ui.native import Native, button, select, text_field
from alignkit.ui.parts.dialogs import notify, told
from alignkit.ui.parts.differing import differences_html
from alignkit.ui.parts.picking import file_field
from alignkit.ui.parts.profile_form import ProfileForm
from alignkit.ui.parts.told_by import told_by_html
from alignkit.ui.state import packed
from alignkit.ui.visitor import visitor

_NEW = Profile(name="my-profile", title="My profile", targets={"fairness": Target(value=0.8)})


@ui.page("/profiles")
def profiles(name: str = "", against: str = "") -> None:
    """All profiles; the one called `name` opened, and compared with `against`."""
    with frame("Profiles", "profiles"):
        Native("h1", "Profiles")
        Native(
            "p",
            "A profile says whose values decide: how much of each attribute is wanted, what must "
            "never be chosen, and when a person decides instead.",
            "lead",
        )
        ProfilesPage().open(name, against)


class ProfilesPage:
    """A list beside an editor."""

    def open(self, name: str, against: str) -> None:
        """Draw everything with the profile called `name`."""
        self._library = here().workbench.library
        self._way, self._against, self._client = "form", against, ui.context.client
        known = list(self._library.profiles)
        self._text = ""
        with Native("div", classes="halves"):
            with Native("section", classes="stack", aria_label="All profiles"):
                text_field("Search", "", self._list, kind="search")
                self._lines = Native("ul", classes="picklist", aria_label="Profiles")
                with Native("div", classes="tools"):
                    button("New profile", lambda: self._take(_NEW), image="plus")
                file_field("Import YAML: pick files, or drop them", self._import, multiple=True)
            self._editor = Native("section", classes="stack", aria_label="The profile")
        try:
            self.profile = self._library.profiles[name or known[0]]
        except AlignkitError as error:
            self.profile = self._library.profiles[known[0]]
            notify(str(error), bad=True)
        self._list("")
        self._draw()

    def _list(self, text: str) -> None:
        self._text = text
        self._lines.clear()
        with self._lines:
            names = found_names(text, self._library.profiles)
            for name, title in names:
                with Native("li"):
                    line = Native("button", title, type="button")
                    line.put(aria_pressed=str(name == self.profile.name).lower())
                    line.on("click", lambda name=name: self._pick(name))
                    own = " · yours" if self._library.profiles.is_own(name) else ""
                    with line:
                        Native("small", f"{name}{own}")
            if not names:
                Native("li", "No profile is called so.", "hint")

    def _pick(self, name: str) -> None:
        with self._client, told():  # the line that was clicked is drawn anew, and is no more
            self._take(self._library.profiles[name])
            ui.navigate.history.replace(f"/ui/profiles?name={name}")

    def _take(self, profile: Profile) -> None:
        self.profile = profile
        self._draw()
        self._list(self._text)

    def _draw(self) -> None:
        self._editor.clear()
        with self._editor:
            with Native("div", classes="tools"):
                Native("h2", self.profile.title or self.profile.name)
                Native("span", classes="grow")
                button("Save into your library", self._save, "primary", "save")
                button("Export YAML", self._export)
                self._link = Native("a", "Compare decisions", "btn")
            with Native("div", classes="halves even", style="margin-top:.75rem"):
                with Native("div", classes="stack"):
                    self._tabs()
                    with Native("div", role="tabpanel", classes="stack", aria_label="Editor"):
                        if self._way == "form":
                            ProfileForm(self.profile, self._library, self._typed)
                        else:
                            text_field(
                                "Profile as YAML",
                                profile_text(self.profile),
                                self._typed,
                                lines=20,
                                classes="code",
                            )
                    self._says = Native("p", "", "says", aria_live="polite")
                with Native("div", classes="panel"):
                    self._told = fragment("")
            with Native("div", classes="panel stack"):
                self._differing()
        self._preview()

    def _tabs(self) -> None:
        with Native("div", classes="tabs", role="tablist", aria_label="How to write it"):
            for way, name in (("form", "Form"), ("yaml", "YAML")):
                tab = Native("button", name, type="button", role="tab")
                tab.put(aria_selected=str(way == self._way).lower())
                tab.on("click", lambda way=way: self._turn(way))

    def _turn(self, way: str) -> None:
        self._way = way
        self._draw()

    def _differing(self) -> None:
        Native("h3", "Difference to another profile")
        options = {"": "Choose one …"} | dict(found_names("", self._library.profiles))
        if self._against not in options:
            self._against = ""
        select("The other profile", options, self._against, self._differ, hide_label=True)
        self._differences = fragment("")

    def _differ(self, name: str) -> None:
        self._against = name
        self._preview()

    def _typed(self, written: str | Mapping[str, Any]) -> bool:
        """Take what was written, if it can be followed; says what is wrong otherwise."""
        try:
            self.profile = profile_from(written, self._library)
        except AlignkitError as error:
            self._tell(str(error), bad=True)
            return False
        self._tell("Can be followed.", bad=False)
        self._preview()
        return True

    def _tell(self, text: str, *, bad: bool) -> None:
        self._says.say(text)
        self._says.classes(replace=f"says {'bad' if bad else 'good'}")

    def _preview(self) -> None:
        self._told.content = told_by_html(self.profile, self._library)
        self._lead_to_compare()
        if not self._against:
            self._differences.content = ""
            return
        with told():
            other = self._library.profiles[self._against]
            self._differences.content = differences_html(self.profile, other, self._library)

    def _save(self) -> None:
        with told():
            visitor().must("admin")
            shipped = self.profile.name in self._library.profiles and not (
                self._library.profiles.is_own(self.profile.name)
            )
            path = save_profile(self.profile, here().workbench)
            over = " It now stands before the shipped one of this name." if shipped else ""
            notify(f"Saved as {path.name} in your library.{over}")
            self._list(self._text)
            self._lead_to_compare()

    def _export(self) -> None:
        ui.download.content(profile_text(self.profile), f"{self.profile.name}.yaml")

    def _import(self, _: str, text: str) -> None:
        with told():
            profile = profile_from(text, self._library)
            self._take(profile)
            notify(f"{profile.name} is open. Save it to keep it.")

    def _lead_to_compare(self) -> None:
        """Let the link hold the profile as it stands."""
        try:
            self._link.put(href=self._compare())
            self._link.set_visibility(True)
        except AlignkitError:  # too long for a link
            self._link.set_visibility(False)

    def _compare(self) -> str:
        first = first_view(here().workbench)
        try:
            known = self._library.profiles.get(self.profile.name) == self.profile
        except AlignkitError:
            known = False
        own = self.profile.name if known else self.profile
        view = first.model_copy(update={"ways": (Way(), Way(profile=own)), "shipped": False})
        return f"/ui/?view={packed(view)}"
