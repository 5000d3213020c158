"""Weights of embedded models: which there are, where they come from, and the files on this machine.

A registry (`registry.yaml`) names models and their sources. `Weights` fetches them into a folder:
a source that does not answer is given up within five seconds, a download grows under a temporary
name, resumes after an interruption, and becomes a model only when its SHA-256 is right.
"""

from alignkit.models.weights.cache import Listed, Weights, WeightsFile
from alignkit.models.weights.progress import OnProgress, Progress, silent
from alignkit.models.weights.registry import (
    DEFAULT_MODEL,
    Entry,
    HubSource,
    Registry,
    Source,
    WheelsSource,
    lookup,
    shipped,
)

__all__ = [
    "DEFAULT_MODEL",
    "Entry",
    "HubSource",
    "Listed",
    "OnProgress",
    "Progress",
    "Registry",
    "Source",
    "Weights",
    "WeightsFile",
    "WheelsSource",
    "lookup",
    "shipped",
    "silent",
]
