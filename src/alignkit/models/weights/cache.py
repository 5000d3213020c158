"""The folder of weights: what is in it, and how something gets into it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alignkit.errors import FileProblem, InvalidSetting, ModelUnavailable
from alignkit.models.weights import gguf, hub, names, wheels
from alignkit.models.weights.checksums import Checksums, sha256
from alignkit.models.weights.disk import writing
from alignkit.models.weights.lock import held
from alignkit.models.weights.progress import OnProgress, Progress, silent
from alignkit.models.weights.registry import Entry, HubSource, Registry, Source, shipped
from alignkit.models.weights.slot import Slot, files_below
from alignkit.models.weights.sources import Job, SourceFailed


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file of weights that can be used."""

    path: Path
    sha256: str
    entry: Entry | None
    """What the registry says; None for a path or a hub file."""
    first_seen: bool = False
    """Whether the hash was recorded just now, no other being known, and ought to be shown."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of models."""

    name: str
    entry: Entry | None
    """What the registry says; None for a hub file."""
    state: Literal["pulled", "partial", "absent"]
    bytes_on_disk: int
    path: Path
    """Where the file is or would be."""


class Weights:
    """A folder of weights."""

    def __init__(
        self, folder: Path, *, offline: bool = False, registry: Registry | None = None
    ) -> None:
        """Keep weights in `folder`, which is made when something is fetched.

        Args:
            folder: where the files go.
            offline: forbid every download.
            registry: the models with a name; the shipped ones if None.
        """
        self.folder = folder
        self.offline = offline
        self.registry = registry or shipped()
        self._checksums = Checksums(folder / "checksums.json")

    def local(self, name: str) -> WeightsFile | None:
        """The file behind `name` if it is on this machine and is what it should be.

        Args:
            name: a name of the registry, `hf:OWNER/REPO/FILE`, or a path to a GGUF file.

        Raises:
            UnknownName: nothing has that name.
            FileProblem: the path is not that of a GGUF file.
            InvalidSetting: `hf:` is not followed by the name of one GGUF file.
        """
        wanted = names.parse(name, self.registry)
        if isinstance(wanted, Path):
            return self._own(wanted)
        return self._cached(name, wanted, silent)

    def pull(self, name: str, on_progress: OnProgress = silent) -> WeightsFile:
        """The file behind `name`, downloaded if need be.

        A process that finds another one downloading the same waits and then uses its file. What an
        interruption leaves is used by the next try; it never looks like a model.

        Args:
            name: a name of the registry, `hf:OWNER/REPO/FILE`, or a path to a GGUF file.
            on_progress: told how far things are.

        Raises:
            ModelUnavailable: no source could deliver, what came is not the model, the disk is too
                small, or `offline` forbids it; the message says which.
            CannotWrite: the folder cannot be written.
            MissingExtra: a library for downloading is not installed.
            UnknownName: nothing has that name.
            FileProblem: the path is not that of a GGUF file.
            InvalidSetting: `hf:` is not followed by the name of one GGUF file.
        """
        wanted = names.parse(name, self.registry)
        if isinstance(wanted, Path):
            return self._own(wanted)
        if found := self._cached(name, wanted, on_progress):
            return found
        if self.offline:
            raise ModelUnavailable(
                f"Model {name!r} is not on this machine, and --offline forbids downloading it.",
                f"Run `align models pull {name}` once while online, or give the path of a file.",
            )
        size = wanted.size if isinstance(wanted, Entry) else None
        job = Job(name, Slot.of(self.folder, wanted), size, on_progress)
        with writing(self.folder), held(job):
            try:
                return self._cached(name, wanted, on_progress) or self._fetch(wanted, job)
            finally:
                job.slot.tidy()

    def remove(self, name: str) -> int:
        """Delete a downloaded model and what is left of an unfinished download of it.

        A hash that was recorded at the first download stays: the next one has to match it.

        Returns:
            Bytes freed; 0 if there was nothing.

        Raises:
            ModelUnavailable: another process is downloading it.
            InvalidSetting: `name` is a path: a user's own file is not ours to delete.
            UnknownName: nothing has that name.
        """
        wanted = names.parse(name, self.registry)
        if isinstance(wanted, Path):
            raise InvalidSetting(
                f"{name} is a file of your own.", "Only downloaded models are removed here."
            )
        slot = Slot.of(self.folder, wanted)
        freed = slot.bytes_on_disk
        if freed:
            with writing(self.folder), held(Job(name, slot, None, silent), wait=False):
                slot.target.unlink(missing_ok=True)
                slot.clear_partial()
        return freed

    def listing(self) -> list[Listed]:
        """All models of the registry, then the hub files in the folder."""
        listed = [self._listed(e.name, e, Slot.of(self.folder, e)) for e in self.registry.models]
        hub_folder = self.folder / "hf"
        for target in _targets(hub_folder):
            name = names.HUB + target.relative_to(hub_folder).as_posix()
            listed.append(self._listed(name, None, Slot(target)))
        return listed

    def _listed(self, name: str, entry: Entry | None, slot: Slot) -> Listed:
        size = slot.bytes_on_disk
        state: Literal["pulled", "partial", "absent"] = "partial" if size else "absent"
        whole = size if entry is None or entry.size is None else entry.size
        if slot.target.is_file() and slot.target.stat().st_size == whole:
            state = "pulled"
        return Listed(name, entry, state, size, slot.target)

    def _own(self, path: Path) -> WeightsFile:
        gguf.check(path)
        return WeightsFile(path, self._checksums.of(path), None)

    def _cached(
        self, name: str, wanted: Entry | HubSource, on_progress: OnProgress
    ) -> WeightsFile | None:
        target = Slot.of(self.folder, wanted).target
        if not target.is_file():
            return None
        try:
            actual = self._checksums.of(target, on_progress)
        except OSError as error:
            raise FileProblem(f"{target} cannot be read: {error.strerror}.") from error
        if actual != self._expected(name, wanted, stated=actual):
            return None
        return WeightsFile(target, actual, wanted if isinstance(wanted, Entry) else None)

    def _expected(self, name: str, wanted: Entry | HubSource, stated: str | None) -> str | None:
        """The hash that the file must have: the registry's, the recorded one, the source's own."""
        known = wanted.sha256 if isinstance(wanted, Entry) else None
        return known or self._checksums.recorded(name) or stated

    def _fetch(self, wanted: Entry | HubSource, job: Job) -> WeightsFile:
        reasons = []
        for source in wanted.sources if isinstance(wanted, Entry) else (wanted,):
            try:
                stated = _fetch_from(source, job)
            except SourceFailed as failure:
                reasons.append(f"{source}: {failure}")
            else:
                return self._admit(wanted, job, source, stated)
        raise ModelUnavailable(
            f"Model {job.name!r} could not be downloaded: {'; '.join(reasons)}.",
            f"Check the network and run `align models pull {job.name}`, "
            "or give the path of a GGUF file instead of a name.",
        )

    def _admit(
        self, wanted: Entry | HubSource, job: Job, source: Source, stated: str | None
    ) -> WeightsFile:
        """Let the finished download become the model, if that is what it is."""
        data, target = job.slot.data, job.slot.target
        actual = sha256(data, lambda p: job.on_progress(_checking(job, p)))
        expected = self._expected(job.name, wanted, stated)
        if actual != (expected or actual) or not gguf.is_gguf(data):
            job.slot.clear_partial()
            raise self._broken(job, source, actual, expected)
        with data.open("rb") as file:
            os.fsync(file.fileno())
        data.replace(target)
        job.slot.clear_partial()
        entry = wanted if isinstance(wanted, Entry) else None
        first_seen = self._expected(job.name, wanted, None) is None
        if first_seen:
            self._checksums.record(job.name, actual)
        self._checksums.remember(target, actual)
        return WeightsFile(target, actual, entry, first_seen)

    def _broken(
        self, job: Job, source: Source, actual: str, expected: str | None
    ) -> ModelUnavailable:
        if actual == expected or expected is None:
            return ModelUnavailable(
                f"What {source} delivers for {job.name!r} is not a GGUF file; it was deleted.",
                "Choose another model, or give the path of a GGUF file.",
            )
        hint = f"Run `align models pull {job.name}` to try again."
        if self._checksums.recorded(job.name) == expected:
            hint += f" The hash was recorded at the first download, in {self._checksums.file}."
        return ModelUnavailable(
            f"The download of {job.name!r} from {source} was broken or tampered with, and was "
            f"deleted: its SHA-256 is {actual}, not {expected}.",
            hint,
        )


def _targets(folder: Path) -> list[Path]:
    """Where the models below `folder` are, or will be once they are downloaded."""
    found = set()
    for path, _ in files_below(folder):
        unfinished = [parent for parent in path.parents if parent.suffix == ".partial"]
        if unfinished:
            found.add(unfinished[0].with_suffix(""))
        elif path.suffix.lower() == ".gguf":
            found.add(path)
    return sorted(found)


def _fetch_from(source: Source, job: Job) -> str | None:
    """Fetch into the slot's unfinished file; returns the hash that the source states, if any."""
    if isinstance(source, HubSource):
        return hub.fetch(source, job)
    wheels.fetch(source, job)
    return None


def _checking(job: Job, progress: Progress) -> Progress:
    return Progress(f"{job.name}, checking", progress.done, progress.total)
