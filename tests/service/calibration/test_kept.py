from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alignkit.deciders.base import Decider
from alignkit.errors import BadRecord
from alignkit.schema import Calibration, DeciderIdentity, ModelIdentity, TemplateVersion
from alignkit.service import Workbench
from alignkit.service.calibration.kept import (
    calibration_for,
    calibrations_in,
    label_of,
    path_of,
    read_calibration,
    write_calibration,
)
from alignkit.testing import FakeModel

Write = Callable[[str, object], Path]


def of(decider: Decider, **changes: object) -> Calibration:
    """An empty calibration of `decider`."""
    assert decider.model is not None
    return Calibration(
        created=datetime.now(UTC),
        model=decider.model.identity.model_copy(update=changes),
        decider=decider.identity,
        templates=decider.prompts.versions(["baseline"]),
    )


def test_what_is_written_is_found_again(workbench: Workbench, folder: Path) -> None:
    decider = workbench.decider("baseline")
    assert calibration_for(folder, decider) is None
    known = of(decider)
    path = write_calibration(folder, known)
    assert read_calibration(path) == known
    assert calibration_for(folder, decider) == known
    assert list(calibrations_in(folder)) == [(path, known)]


def test_the_same_weights_under_another_name_are_the_same_model(folder: Path) -> None:
    method = DeciderIdentity(name="baseline")
    one = ModelIdentity(name="small", backend="llama", sha256="1" * 64)
    other = ModelIdentity(name="./small.gguf", backend="llama", sha256="1" * 64, engine="x 2")
    assert path_of(folder, one, method) == path_of(folder, other, method)
    for changed in ({"sha256": "2" * 64}, {"settings": {"context": 512}}):
        assert path_of(folder, one.model_copy(update=changed), method) != path_of(
            folder, one, method
        )


class Served(FakeModel):
    """A made-up model behind a service that names it."""

    served_as: str | None = None

    @property
    def identity(self) -> ModelIdentity:
        return super().identity.model_copy(update={"served_as": self.served_as})


def test_a_model_that_is_served_under_another_id_is_another_one(
    workbench: Workbench, folder: Path
) -> None:
    model = Served()
    decider = workbench.decider("baseline", model)
    write_calibration(folder, of(decider, served_as="large-2026-05"))
    assert calibration_for(folder, decider) is not None  # it has not answered yet
    model.served_as = "large-2026-05"
    assert calibration_for(folder, decider) is not None
    model.served_as = "large-2026-09"
    assert calibration_for(folder, decider) is None


def test_a_template_that_is_gone_makes_it_useless(workbench: Workbench, folder: Path) -> None:
    decider = workbench.decider("baseline")
    own = TemplateVersion(name="my_own", sha256="0" * 64, source="user")
    write_calibration(folder, of(decider).model_copy(update={"templates": (own,)}))
    assert calibration_for(folder, decider) is None


def test_a_broken_file_is_named_with_the_way_out(write: Write, workbench: Workbench) -> None:
    known = of(workbench.decider("baseline"))
    path = write("broken.json", known.model_dump_json().replace('"templates"', '"tmplates"'))
    with pytest.raises(BadRecord, match=r"broken.json: is not a calibration: ") as found:
        read_calibration(path)
    assert "--uncalibrated" in str(found.value)
    newer = known.model_copy(update={"schema_version": 99})
    with pytest.raises(BadRecord, match="newer version"):
        read_calibration(write("newer.json", newer.model_dump_json()))


def test_a_method_is_named_as_it_is_asked_for(workbench: Workbench) -> None:
    for spec in ("baseline", "direct_regression?temperature=0.2", "instructed?reasoning=true"):
        assert label_of(workbench.decider(spec).identity) == spec
    gone = DeciderIdentity(name="gone", settings={"x": 1})
    assert label_of(gone) == "gone?x=1"
