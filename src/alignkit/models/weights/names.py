"""What a user's name of embedded weights stands for: a registry entry, a hub file, or a path."""

from __future__ import annotations

import os
import re
from pathlib import Path

from alignkit.errors import InvalidSetting
from alignkit.models.weights.registry import Entry, HubSource, Registry

HUB = "hf:"
_SHARD = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)

Wanted = Entry | HubSource | Path


def parse(name: str, registry: Registry) -> Wanted:
    """What `name` stands for.

    Raises:
        UnknownName: it looks like a registry name, and the registry does not have it.
        InvalidSetting: it starts with `hf:` and does not name one GGUF file.
    """
    if name.startswith(HUB):
        return _hub_file(name)
    if os.sep in name or name.lower().endswith(".gguf"):
        return Path(name).expanduser()
    return registry.lookup(name)


def _hub_file(name: str) -> HubSource:
    owner, _, rest = name.removeprefix(HUB).partition("/")
    repo, _, file = rest.partition("/")
    good_repo = all(re.fullmatch(r"[\w.-]+", part) and part.strip(".") for part in (owner, repo))
    # No empty step and no step of dots: the file's path is also its place in the folder.
    if not good_repo or not all(part.strip(". ") for part in file.split("/")) or "\\" in file:
        raise InvalidSetting(
            f"Model {name!r} does not name a file of a hub repository.",
            "Write hf:OWNER/REPO/FILE, as in hf:bartowski/Qwen2.5-7B-Instruct-GGUF/"
            "Qwen2.5-7B-Instruct-Q4_K_M.gguf.",
        )
    if not file.lower().endswith(".gguf"):
        raise InvalidSetting(
            f"Model {name!r} is not a GGUF file.",
            "The embedded engine reads files ending in .gguf.",
        )
    if _SHARD.search(file):
        raise InvalidSetting(
            f"Model {name!r} is one piece of a split file.",
            "Choose a repository that has the model as a single file.",
        )
    return HubSource(repo=f"{owner}/{repo}", file=file)
