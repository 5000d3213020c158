"""Pools of labelled examples, from a file of the user's or from a data set."""

from __future__ import annotations

from pathlib import Path

from alignkit.examples import Pool
from alignkit.library import Library
from alignkit.schema import Scenario
from alignkit.service.inputs import Item, scenarios_named, scenarios_of_dataset


def pool_of(source: str, library: Library, data: Path | None = None) -> Pool:
    """The scenarios of `source`: a file, a folder, a name of the library, or FORMAT:PATH.

    A data set that is not in the working folder is looked for below `data`.

    Items of a data set that do not follow its format are passed over.

    Raises:
        UnknownName: there is no such format or scenario.
        DataError: the file cannot be read, or one of the user's scenarios has a mistake.
    """
    format_, colon, _ = source.partition(":")
    if colon and "/" not in format_ and not Path(source).exists():
        return Pool(item.scenario for item in scenarios_of_dataset(source, data) if item.scenario)
    return Pool(_scenario(item) for item in scenarios_named([source], library))


def _scenario(item: Item) -> Scenario:
    if item.scenario is None:
        raise item.error or ValueError(item.name)
    return item.scenario
