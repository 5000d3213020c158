"""For the tests of those who build on ALIGN: a made-up model, a suite for backends, strategies.

- `FakeModel` answers from hashes or from a script of yours, without weights or network.
- `alignkit.testing.contract.BackendContract` is a suite that every backend passes (needs pytest and
  pytest-asyncio).
- `alignkit.testing.strategies` draws scenarios and profiles (needs hypothesis).

The last two are not imported here, so that neither library is needed for the first.
"""

from alignkit.models.fake import FakeModel, FakeSettings, Script

__all__ = ["FakeModel", "FakeSettings", "Script"]
