"""Who may ask for what: keys, sign-in, where requests may come from, and what browsers are told."""

from alignkit.server.access.guard import Guard
from alignkit.server.access.headers import SecureHeaders
from alignkit.server.access.known import Access
from alignkit.server.access.signing import router

__all__ = ["Access", "Guard", "SecureHeaders", "router"]
