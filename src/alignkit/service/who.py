"""Who sits at the terminal, for the audit log."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """The name of the user who runs this program; `unknown` where the system has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        return "unknown"
