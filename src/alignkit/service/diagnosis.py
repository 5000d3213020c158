"""What is installed, what answers, what is missing, and the command that mends it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeVar
from urllib.error import HTTPError
from urllib.request import urlopen

from pydantic import BaseModel

from alignkit.catalog import shown, shown_spec
from alignkit.errors import AlignkitError
from alignkit.library import Library, Shelf
from alignkit.models.opening import BACKENDS
from alignkit.models.weights import Weights
from alignkit.prompts import Prompts
from alignkit.service.settings import Settings

M = TypeVar("M", bound=BaseModel)
State = Literal["ok", "missing", "broken"]
_MB = 1_000_000
_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    detail: str
    mend: str | None = None
    """The command that mends it, where one does."""


def diagnose(settings: Settings) -> Iterator[Finding]:
    """What is found, one thing after another; `missing` is optional, `broken` needs mending."""
    yield _python()
    yield Finding("alignkit", "ok", version("alignkit"))
    yield _library("embedded engine", "xllamacpp", "local")
    yield _library("OpenAI-compatible services", "openai", "openai")
    yield _downloader(settings)
    yield from _weights(settings)
    yield from _own_files(settings)
    yield _service(settings)


def _python() -> Finding:
    state: State = "ok" if sys.version_info >= _PYTHON else "broken"
    return Finding("Python", state, f"{platform.python_version()} ({sys.executable})")


def _library(what: str, package: str, extra: str) -> Finding:
    try:
        return Finding(what, "ok", f"{package} {version(package)}")
    except PackageNotFoundError:
        mend = f"pip install 'alignkit[{extra}]'"
        return Finding(what, "missing", f"{package} is not installed", mend)


def _downloader(settings: Settings) -> Finding:
    missing = [name for name in ("pip", "filelock", "huggingface_hub") if find_spec(name) is None]
    if missing:
        mend = "pip install 'alignkit[local]'"
        return Finding("downloads", "missing", f"{', '.join(missing)} not installed", mend)
    return Finding(
        "downloads", "ok", "forbidden (offline)" if settings.offline else "with pip and from a hub"
    )


def _weights(settings: Settings) -> Iterator[Finding]:
    folder = settings.models_folder
    weights = Weights(folder, offline=True)
    pulled = [listed.name for listed in weights.listing() if listed.state == "pulled"]
    yield Finding("models here", "ok", ", ".join(pulled) or "none yet")
    yield _default_model(settings, weights)
    yield Finding("room for models", "ok", f"{_free(folder) // _MB} MB free in {folder}")


def _default_model(settings: Settings, weights: Weights) -> Finding:
    name = shown_spec(settings.model)
    if name.startswith(("fake", *(f"{one}:" for one in BACKENDS))):
        return Finding("default model", "ok", name)
    try:
        found = weights.local(name.partition("?")[0])
    except AlignkitError as error:
        return Finding("default model", "broken", str(error), "align models list")
    if found is None:
        return Finding(
            "default model", "missing", f"{name} is not here", f"align models pull {name}"
        )
    return Finding("default model", "ok", f"{name} ({found.sha256[:12]})")


def _free(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _own_files(settings: Settings) -> Iterator[Finding]:
    library = Library(settings.library_folder)
    yield _shelf(library.attributes, settings.library_folder)
    yield _shelf(library.profiles, settings.library_folder)
    yield _shelf(library.scenarios, settings.library_folder)
    yield _templates(Prompts(settings.templates_folder))


def _templates(prompts: Prompts) -> Finding:
    try:
        found = prompts.versions(prompts.shipped_names())
    except AlignkitError as error:
        return Finding("templates", "broken", error.message, error.hint)
    own = [version.name for version in found if version.source == "user"]
    return Finding("templates", "ok", f"replaced by your own: {', '.join(own) or 'none'}")


def _shelf(shelf: Shelf[M], folder: Path) -> Finding:
    own = [name for name in shelf if shelf.is_own(name)]
    broken = [name for name in own if not _readable(shelf, name)]
    detail = f"{len(shelf) - len(own)} shipped, {len(own)} of your own"
    if not broken:
        return Finding(f"{shelf.kind}s", "ok", detail)
    mend = f"align validate {folder / f'{shelf.kind}s' / f'{broken[0]}.yaml'}"
    return Finding(f"{shelf.kind}s", "broken", f"{detail}; mistakes in {', '.join(broken)}", mend)


def _readable(shelf: Shelf[M], name: str) -> bool:
    try:
        shelf[name]
    except AlignkitError:
        return False
    return True


def _service(settings: Settings) -> Finding:
    """Whether the configured service answers; nothing else is contacted."""
    if settings.base_url is None:
        return Finding("service", "ok", "none configured (--base-url)")
    given = settings.base_url
    told = shown(given)
    url = given if told == given.rstrip("/") else told
    if not url.startswith(("http://", "https://")):
        return Finding("service", "broken", f"{url} is no http address", "mend --base-url")
    try:
        with urlopen(f"{url.rstrip('/')}/models", timeout=5):  # noqa: S310  http or https only
            return Finding("service", "ok", f"{url} answers")
    except HTTPError as error:
        return Finding("service", "ok", f"{url} answers (HTTP {error.code})")
    except (OSError, HTTPException, ValueError) as error:  # ValueError: not an address at all
        return Finding("service", "broken", f"{url}: {error}", "start it, or mend --base-url")
