"""Plain HTML controls: what a browser draws, speaks and operates by itself.

What a user types stays the browser's. A text that was handed to a control as its `value` would be
put back whenever anything on the page changes, so texts begin as the control's default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup
from nicegui import ui
from nicegui.element import Element

Handler = Callable[[str], Any]
_ICONS = {
    "copy": '<rect x="8" y="8" width="12" height="12" rx="2"/>'
    '<path d="M16 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h2"/>',
    "close": '<path d="M6 6l12 12M18 6 6 18"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "link": '<path d="M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7L12 7"/>'
    '<path d="M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7L12 17"/>',
    "play": '<path d="M7 4.5v15l12-7.5z"/>',
    "theme": '<path d="M12 3a9 9 0 1 0 0 18z" fill="currentColor"/><circle cx="12" cy="12" r="9"/>',
    "save": '<path d="M12 4v11m0 0 4-4m-4 4-4-4M5 20h14"/>',
    "edit": '<path d="M4 20h4L19 9l-4-4L4 16z"/>',
}


class Native(ui.element):
    """An element with a text, and attributes as they are."""

    def __init__(self, tag: str, text: str = "", classes: str = "", **attributes: object) -> None:
        """Make a `tag`; of `attributes`, `aria_label` is written `aria-label`, `for_` `for`."""
        super().__init__(tag)
        self._text = text or None
        if classes:
            self.classes(classes)
        for name, value in attributes.items():
            if value is not None and value is not False:
                self._props[name.rstrip("_").replace("_", "-")] = "" if value is True else value

    def say(self, text: str) -> None:
        """Show `text` instead."""
        if self._text != text:
            self._text = text
            self.update()

    def put(self, **attributes: object) -> None:
        """Change attributes; None or False takes one away."""
        for name, value in attributes.items():
            key = name.rstrip("_").replace("_", "-")
            if value is None or value is False:
                self._props.pop(key, None)
            else:
                self._props[key] = "" if value is True else value
        self.update()


def icon(name: str) -> Markup:
    """A small drawing that says nothing by itself."""
    return Markup('<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>').format(
        Markup(_ICONS[name])  # noqa: S704  our own drawings
    )


def button(
    text: str, on_click: Callable[[], Any], classes: str = "", image: str | None = None
) -> Native:
    """A button; with an `image` and the class `icon` the text is only spoken."""
    alone = "icon" in classes.split()
    made = Native("button", "", f"btn {classes}", type="button")
    if alone:
        made.put(aria_label=text, title=text)
    if image is None:
        made.say(text)
    else:
        words = Markup("") if alone else Markup("<span>{}</span>").format(text)
        made.put(innerHTML=str(icon(image) + words))
    made.on("click", lambda _: on_click())
    return made


def labelled(text: str, control: Element) -> Native:
    """The visible label of `control`, which stands before it."""
    label = Native("label", text, "label", for_=control.html_id)
    label.move(target_index=control.parent_slot.children.index(control))  # type: ignore[union-attr]
    return label


def select(
    label: str,
    options: Mapping[str, str],
    value: str,
    on_change: Handler,
    *,
    hide_label: bool = False,
) -> Native:
    """A choice of one of `options`, by value with what is shown."""
    with ui.element("div"):
        made = Native("select", classes="field")
        show_options(made, options, value)
        if hide_label:
            made.put(aria_label=label)
        else:
            labelled(label, made)

    def changed(event: Any) -> Any:  # noqa: ANN401  what the browser sends; a coroutine at times
        chosen = str(event.args)
        made._props["value"] = chosen  # noqa: SLF001  in step, without sending it back
        return on_change(chosen)

    made.on("change", changed, js_handler="(e) => emit(e.target.value)")
    return made


def show_options(made: Native, options: Mapping[str, str], value: str) -> None:
    """Let a select offer `options`, with `value` chosen."""
    lines = (Markup('<option value="{}">{}</option>').format(*pair) for pair in options.items())
    made.put(innerHTML=str(Markup("").join(lines)), value=value, title=options.get(value))


def text_field(  # noqa: PLR0913  what a field can be
    label: str,
    value: str,
    on_input: Handler,
    *,
    lines: int = 1,
    classes: str = "",
    hide_label: bool = False,
    kind: str = "text",
    placeholder: str | None = None,
    wait: float = 0.15,
) -> Native:
    """A field for text; `on_input` gets what stands in it, at most every `wait` seconds.

    It hears at once when the field is left, so that a button is never pressed with an older text.
    """
    last = value

    def told(event: Any) -> Any:  # noqa: ANN401  what the browser sends; a coroutine at times
        nonlocal last
        text = str(event.args)
        if text == last:
            return None
        last = text
        return on_input(text)

    with ui.element("div").classes("entry"):
        if lines > 1:
            made = Native("textarea", value, f"field {classes}", rows=lines, spellcheck="false")
        else:
            made = Native("input", "", f"field {classes}", type=kind, autocomplete="off")
            made.put(defaultValue=value)
        made.put(placeholder=placeholder)
        if hide_label:
            made.put(aria_label=label)
        else:
            labelled(label, made)
    send = "(e) => emit(e.target.value)"
    made.on("input", told, js_handler=send, throttle=wait, leading_events=False)
    made.on("change", told, js_handler=send)
    return made


def checkbox(label: str, value: bool, on_change: Callable[[bool], Any]) -> Native:  # noqa: FBT001
    """A box to tick."""
    with Native("label", classes="check"):
        made = Native("input", type="checkbox")
        made.put(checked=value)
        Native("span", label)

    def changed(event: Any) -> Any:  # noqa: ANN401  what the browser sends; a coroutine at times
        made._props["checked"] = bool(event.args)  # noqa: SLF001  in step, without sending it back
        return on_change(bool(event.args))

    made.on("change", changed, js_handler="(e) => emit(e.target.checked)")
    return made


def slider(label: str, value: float, on_input: Callable[[float], Any]) -> Native:
    """A level from 0 to 1 in steps of 0.01; `on_input` hears of it while it moves."""
    made = Native("input", type="range", min=0, max=1, step=0.01, aria_label=label)
    made.put(defaultValue=f"{value:g}")

    def moved(event: Any) -> None:  # noqa: ANN401  what the browser sends
        try:
            level = float(event.args)
        except (TypeError, ValueError):
            return
        if 0 <= level <= 1:
            on_input(level)

    made.on("input", moved, js_handler="(e) => emit(e.target.value)", throttle=0.03)
    return made
