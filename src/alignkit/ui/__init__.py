"""Pages for people who would rather look than read: compare, profiles, runs, review.

They are NiceGUI pages on the server's own application, and call `service` as commands do.
"""

from alignkit.ui.attaching import attach
from alignkit.ui.place import Place

__all__ = ["Place", "attach"]
