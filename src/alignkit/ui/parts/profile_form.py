"""A profile as a form: name, wanted levels, persona, and when a person decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from alignkit.errors import AlignkitError
from alignkit.library import Library
from alignkit.schema import Profile, Target
from alignkit.ui.native import Native, button, select, slider, text_field

Typed = Callable[[Mapping[str, Any]], bool]

_TEXTS = (("name", "Name", 1), ("title", "Title", 1), ("description", "What it is for", 2))


class ProfileForm:
    """Fields for `profile`; every change goes to `on_typed` as a whole."""

    def __init__(self, profile: Profile, library: Library, on_typed: Typed) -> None:
        """Draw it where elements are made now."""
        self._fields = profile.model_dump(mode="json", exclude_defaults=True)
        self._library, self._on_typed = library, on_typed
        for name, label, lines in _TEXTS:
            self._text(name, label, lines)
        Native("h3", "What is wanted")
        self._targets = Native("div", classes="stack")
        self._draw_targets()
        self._text("persona", "Who decides, in the second person (may stay empty)", 3)
        self._escalate()
        Native("p", "Boundaries, groups, panels and samples are written as YAML.", "hint")

    def _text(self, name: str, label: str, lines: int) -> None:
        text_field(
            label,
            str(self._fields.get(name) or ""),
            lambda text: self._put(name, text.strip() or None),
            lines=lines,
        )

    def _put(self, name: str, value: object) -> bool:
        self._fields[name] = value
        if value is None:
            del self._fields[name]
        return self._on_typed(self._fields)

    def _draw_targets(self) -> None:
        targets: dict[str, Any] = self._fields.get("targets", {})
        self._targets.clear()
        with self._targets:
            for name, target in targets.items():
                with Native("div", classes="tuner"):
                    self._tuner(name, Target.model_validate(target))
            rest = {"": "Add an attribute …"}
            for name in self._library.attributes:
                if name not in targets:
                    try:
                        rest[name] = self._library.attributes[name].title
                    except AlignkitError:
                        continue
            select("Add an attribute", rest, "", self._add, hide_label=True)

    def _tuner(self, name: str, target: Target) -> None:
        known = self._library.attributes[name]
        Native("span", known.title, "what", title=known.definition)
        slides = Native("div", classes="slides")
        shown = Native("output", str(target))
        button(f"Remove {known.title}", lambda: self._drop(name), "icon", "close")

        def change(update: dict[str, Any]) -> None:
            shown.say(str(target.model_copy(update=update)))
            self._want({name: {**self._fields["targets"][name], **update}})

        ends = list(target.range or ())

        def end(at: int, level: float) -> None:
            ends[at] = level
            change({"range": (min(ends), max(ends))})

        with slides:
            if target.value is not None:
                slider(f"{known.title}, wanted level", target.value, lambda x: change({"value": x}))
            for at, (which, level) in enumerate(zip(("lowest", "highest"), ends, strict=False)):
                slider(f"{known.title}, {which} wanted level", level, partial(end, at))
        Native("p", f"0: {known.low} 1: {known.high}", "hint")

    def _want(self, change: Mapping[str, Any]) -> None:
        self._fields["targets"] = {**self._fields.get("targets", {}), **change}
        self._on_typed(self._fields)

    def _add(self, name: str) -> None:
        if name:
            self._want({name: {"value": 0.5}})
            self._draw_targets()

    def _drop(self, name: str) -> None:
        kept = {k: v for k, v in self._fields["targets"].items() if k != name}
        self._put("targets", kept or None)
        self._draw_targets()

    def _escalate(self) -> None:
        given = self._fields.get("escalate") or {}
        level = given.get("min_confidence", 0)
        if "error_rate" in given:
            return
        with Native("div", classes="tuner"):
            Native("span", "Escalate below", "what")
            slides = Native("div", classes="slides")
            shown = Native("output", f"{level:g}" if level else "never")
            Native("span")

            def moved(value: float) -> None:
                shown.say(f"{value:g}" if value else "never")
                self._put("escalate", {"min_confidence": value} if value else None)

            with slides:
                slider("A person decides below this confidence", float(level), moved)
