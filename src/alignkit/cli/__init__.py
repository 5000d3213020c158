"""The command `align`: a thin door onto `alignkit.service`."""

from alignkit.cli.main import main

__all__ = ["main"]
