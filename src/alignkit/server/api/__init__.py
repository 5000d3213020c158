"""The server's own REST API, below /api: the same requests as the commands."""

from alignkit.server.api import deciding, kept, named, people

ROUTERS = (deciding.router, named.router, kept.router, people.router)

__all__ = ["ROUTERS"]
