"""How the tests of this folder look at what a type refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

Mistake = Callable[[type[BaseModel], Any], str]


@pytest.fixture
def mistake() -> Mistake:
    """Gives "field: message" of the only mistake that a type finds in a value."""

    def found(model: type[BaseModel], value: Any) -> str:
        with pytest.raises(ValidationError) as caught:
            model.model_validate(value)
        [error] = caught.value.errors()
        field = ".".join(map(str, error["loc"]))
        return f"{field}: {error['msg'].removeprefix('Value error, ')}"

    return found
