"""The kinds of array that statistics take, beside the Floats of probability.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Labels = npt.NDArray[np.generic]
"""A label per item, such as the id of its scenario. Items with equal labels belong together."""
