"""The head of a column: whose values decide, how, with what; and sliders for the wanted levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alignkit.catalog import parse_spec, shown_spec
from alignkit.deciders import DEFAULT_DECIDER, PLAIN_DECIDER
from alignkit.errors import AlignkitError
from alignkit.schema import Profile, Target
from alignkit.service.choosing import deciders
from alignkit.service.trying import Way
from alignkit.ui.native import Native, button, select, slider, text_field
from alignkit.ui.parts.options import PLAIN, model_options, profile_options
from alignkit.ui.parts.side import Side

_OWN = "(own)"


@dataclass(frozen=True)
class Asks:
    """What a card asks of the page around it."""

    changed: Callable[[Side], Any]
    """Something else is to be decided now."""
    moved: Callable[[Side], Any]
    """A target moved, and the decision may have followed."""
    decide: Callable[[Side], Any]
    copy: Callable[[Side], Any]
    remove: Callable[[Side], Any]
    evidence: Callable[[Side], Any]


class WayCard:
    """Draws the head of `side`, and draws it again when that is changed."""

    def __init__(self, side: Side, asks: Asks) -> None:
        """Draw it where elements are made now."""
        self.side, self._asks = side, asks
        self._card = Native("section", classes="way")
        self.title = ""
        self._levels: dict[str, Native] = {}

    def draw(self, title: str, *, removable: bool, copyable: bool) -> None:
        """Draw everything."""
        self.title, side = title, self.side
        self._card.clear()
        self._card.put(aria_label=f"Column: {title}")
        with self._card:
            with Native("div", classes="name"):
                self._name = Native("h3", title, title=title)
                if copyable:
                    button(f"Copy column {title}", lambda: self._asks.copy(side), "icon", "copy")
                if removable:
                    remove = lambda: self._asks.remove(side)  # noqa: E731
                    button(f"Remove column {title}", remove, "icon", "close")
            self._profile()
            fold = Native("button", "Method, model, targets", "btn quiet fold", type="button")
            fold.put(data_fold="", aria_expanded="false")
            with Native("div", classes="foldable"):
                with Native("div", classes="two"):
                    self._decider()
                    self._model()
                self._settings()
                self._tuners()
            self._state = Native("p", "", "state", role="status")
            with Native("div", classes="tools foot"):
                self._go = button("Decide", lambda: self._asks.decide(side), image="play")
                self._evidence = button("Evidence", lambda: self._asks.evidence(side), "quiet")
                self._adding()
        self.tell()

    def rename(self, title: str) -> None:
        """Show another title."""
        self.title = title
        self._name.say(title)

    def tell(self) -> None:
        """Say how far the column is."""
        side = self.side
        words, kind = state_words(side)
        self._state.say(words)
        self._state.classes(replace=f"state {kind}")
        self._go.put(disabled=side.state == "running")
        self._go.classes(remove="primary")
        if side.state in {"idle", "failed"}:
            self._go.classes(add="primary")
        self._evidence.set_visibility(side.record is not None)

    def _profile(self) -> None:
        way = self.side.way
        options = profile_options(self.side.place)
        value = way.profile if isinstance(way.profile, str) else PLAIN
        if isinstance(way.profile, Profile):
            options[_OWN] = f"{way.profile.title or way.profile.name} (changed here)"
            value = _OWN
        if isinstance(way.profile, str) and way.profile not in options:
            options[way.profile] = f"{way.profile} (not in the library)"

        def changed(name: str) -> None:
            if name != _OWN:
                profile = None if name == PLAIN else name
                self._change(self.side.way.model_copy(update={"profile": profile, "targets": {}}))

        select("Profile", options, value, changed, hide_label=True)

    def _decider(self) -> None:
        way, plain = self.side.way, self.side.way.profile is None
        default = PLAIN_DECIDER if plain else (self.side.place.decider or DEFAULT_DECIDER)
        options = {"": f"{default} (default)"} | {name: name for name in deciders(plain=plain)}
        name = "" if way.decider is None else _name(way.decider)
        if name not in options:
            options[name] = f"{name} (needs a profile)" if plain else name
        select(
            "Method", options, name, lambda text: self._with(decider=text or None), hide_label=True
        )

    def _model(self) -> None:
        side = self.side
        options = model_options(side.place)
        value = shown_spec(side.way.model or side.place.models[0])
        if side.from_shipped and side.record is not None:
            value = "shipped"
            options = {value: f"{side.model} (recorded)"} | options
        elif value not in options:
            options[value] = f"{value} (not offered here)"

        def changed(name: str) -> None:
            if name != "shipped":
                self._with(model=name)

        select("Model", options, value, changed, hide_label=True)

    def _settings(self) -> None:
        spec = self.side.way.decider
        if spec is None:
            return
        name, _, given = spec.partition("?")

        def changed(text: str) -> None:
            wanted = f"{name}?{text.strip()}" if text.strip() else name
            self.side.change(self.side.way.model_copy(update={"decider": wanted}))
            self._asks.moved(self.side)

        text_field("Settings of the method", given, changed, placeholder="key=value&key=value")

    def _tuners(self) -> None:
        profile = self.side.profile()
        if profile is None:
            return
        for name, target in profile.targets.items():
            with Native("div", classes="tuner"):
                self._tuner(name, target, removable=len(profile.targets) > 1)

    def _adding(self) -> None:
        profile = self.side.profile()
        rest = _attributes(self.side, profile) if profile and profile.targets else {}
        if rest:
            adding = {"": "Add"} | rest
            select("Add an attribute", adding, "", self._add, hide_label=True)

    def _tuner(self, name: str, target: Target, *, removable: bool) -> None:
        known = self.side.place.workbench.library.attributes[name]
        Native("span", known.title, "what", title=f"0: {known.low}\n1: {known.high}")
        with Native("div", classes="slides"):
            self._slides(name, known.title, target)
        self._levels[name] = Native("output", str(target))
        if removable:
            button(f"Remove {known.title}", lambda: self._drop(name), "icon", "close")
        else:
            Native("span")

    def _slides(self, name: str, title: str, target: Target) -> None:
        if target.value is not None:
            wanted = f"{title}, wanted level"
            slider(wanted, target.value, lambda x: self._want(name, {"value": x}))
        elif target.range is not None:
            ends = list(target.range)

            def end(at: int, level: float) -> None:
                ends[at] = level
                self._want(name, {"range": (min(ends), max(ends))})

            slider(f"{title}, lowest wanted level", ends[0], lambda x: end(0, x))
            slider(f"{title}, highest wanted level", ends[1], lambda x: end(1, x))

    def _want(self, name: str, update: dict[str, object]) -> None:
        profile = self.side.profile()
        if profile is None or name not in profile.targets:
            return
        now = profile.targets[name].model_copy(update=update)
        self._levels[name].say(str(now))
        self.side.retarget(name, now)
        self._asks.moved(self.side)

    def _add(self, name: str) -> None:
        profile = self.side.profile()
        if name and profile is not None:
            targets = {**profile.targets, name: Target(value=0.5)}
            self._rewrite(profile.model_copy(update={"targets": targets}))

    def _drop(self, name: str) -> None:
        profile = self.side.profile()
        if profile is not None:
            targets = {k: v for k, v in profile.targets.items() if k != name}
            self._rewrite(profile.model_copy(update={"targets": targets}))

    def _rewrite(self, profile: Profile) -> None:
        """Decide under a profile that is in no library."""
        name = profile.name if profile.name.endswith("-changed") else f"{profile.name}-changed"
        own = profile.model_copy(update={"name": name})
        self._change(self.side.way.model_copy(update={"profile": own, "targets": {}}))

    def _with(self, **update: object) -> None:
        self._change(self.side.way.model_copy(update=update))

    def _change(self, way: Way) -> None:
        self.side.change(way)
        self._asks.changed(self.side)


def _name(spec: str) -> str:
    try:
        return parse_spec(spec)[0]
    except AlignkitError:
        return spec


def _attributes(side: Side, profile: Profile) -> dict[str, str]:
    """Attributes that the profile wants nothing of, with their titles."""
    library = side.place.workbench.library
    found = {}
    for name in library.attributes:
        if name not in profile.targets:
            try:
                found[name] = library.attributes[name].title
            except AlignkitError:
                continue
    return found


def state_words(side: Side) -> tuple[str, str]:
    """How far a column is, and how to show that."""
    waits = {
        "running": (f"Deciding with {side.model} …", "busy"),
        "failed": (side.message, "bad"),
        "idle": ("Not decided yet.", ""),
    }
    if side.state in waits or side.record is None:
        return waits.get(side.state, waits["idle"])
    kind = "live" if side.live else ""
    if side.from_shipped:
        if side.free:
            return f"Follows from the shipped estimates of {side.model}.", kind
        made = f"{side.record.created:%Y-%m-%d}"
        return f"Shipped with ALIGN; made by {side.model} on {made}.", kind
    if side.kept and side.record.decision.outcome == "escalated":
        return "Left to a person: it waits under Review.", kind
    if side.way.profile is None:
        return "Decided.", ""
    return "Sliders act at once." if side.live else "A moved slider asks the model again.", kind
