"""Models: what deciders may ask of them, and the backends that reach them."""

from alignkit.models.opening import ModelOptions, check_model, open_model
from alignkit.models.protocols import (
    AnswersQuestions,
    GeneratesObjects,
    GeneratesText,
    Model,
    Sampling,
)

__all__ = [
    "AnswersQuestions",
    "GeneratesObjects",
    "GeneratesText",
    "Model",
    "ModelOptions",
    "Sampling",
    "check_model",
    "open_model",
]
