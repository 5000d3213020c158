"""Text files that a visitor picks in the browser, or drops there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from alignkit.ui.native import Native, labelled
from alignkit.ui.parts.dialogs import notify

OnFile = Callable[[str, str], Any]
"""Gets the name of a file and its text."""
_YAML = (".yaml", ".yml", ".json")
MOST_BYTES = 500_000
"""Size of a file; a message of the browser's has to hold it."""
_READ = f"""async (e) => {{
  for (const file of e.target.files) {{
    let text = null;
    if (file.size <= {MOST_BYTES}) try {{
      text = new TextDecoder("utf-8", {{fatal: true}}).decode(await file.arrayBuffer());
    }} catch {{}}
    emit(file.name, text);
  }}
  e.target.value = "";
}}"""


def file_field(
    label: str, on_file: OnFile, suffixes: Sequence[str] = _YAML, *, multiple: bool = False
) -> Native:
    """A place for files that end in one of `suffixes`; what cannot be read is told by its name."""
    with Native("div"):
        made = Native("input", classes="field", type="file", accept=",".join(suffixes))
        made.put(multiple=multiple)
        labelled(label, made)

    def read(event: Any) -> Any:  # noqa: ANN401  what the browser sends; a coroutine at times
        name, text = event.args
        if isinstance(text, str):
            return on_file(str(name), text)
        why = f"is larger than {MOST_BYTES // 1000} kB, or no text in UTF-8"
        return notify(f"{name}: {why}, and was not read.", bad=True)

    made.on("change", read, js_handler=_READ)
    return made
