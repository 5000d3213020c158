"""The server: aligned decisions over HTTP, for clients that exist already and for the pages."""

from alignkit.server.serving import Serving

__all__ = ["Serving"]
