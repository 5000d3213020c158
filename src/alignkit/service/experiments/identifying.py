"""Which model a name stands for, told without opening it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

from pydantic import ValidationError

from alignkit.catalog import parse_spec
from alignkit.errors import AlignkitError
from alignkit.models.llama import LlamaSettings
from alignkit.models.llama_engine import LlamaEngine
from alignkit.models.weights import Weights
from alignkit.schema import ModelIdentity
from alignkit.service.settings import Settings
from alignkit.service.workbench import Workbench


def identity_of(model: str, workbench: Workbench) -> ModelIdentity | None:
    """What the model called `model` will say it is once it is open.

    A service or the made-up model says so without being asked anything. An embedded one is told by
    its file, or by the registry where the file is not on this machine. None where that cannot be
    told: no hash is known, the engine or the key of a service is missing.
    """
    try:
        if is_embedded(model):
            return _embedded_identity(model, workbench.settings)
        return workbench.model(model).identity
    except (AlignkitError, PackageNotFoundError, ValidationError):
        return None  # the run will say what is wrong; a plan does without


def is_embedded(model: str) -> bool:
    """Whether the model runs in this process, on a file of weights."""
    kind, colon, _ = parse_spec(model)[0].partition(":")
    return model.partition("?")[0] != "fake" and (not colon or kind == "hf")


def _embedded_identity(model: str, settings: Settings) -> ModelIdentity | None:
    name, given = parse_spec(model)
    sha256 = _hash_of(name, Weights(settings.models_folder, offline=True))
    if sha256 is None:
        return None
    asked = settings.model_dump(include={"context", "gpu_layers"}, exclude_none=True)
    return ModelIdentity(
        name=name,
        backend="llama",
        sha256=sha256,
        engine=LlamaEngine.name(),
        settings=LlamaSettings.model_validate({**asked, **given}).model_dump(exclude={"threads"}),
    )


def _hash_of(name: str, weights: Weights) -> str | None:
    found = weights.local(name)
    if found is not None:
        return found.sha256
    return next((one.sha256 for one in weights.registry.models if one.name == name), None)
