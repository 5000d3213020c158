"""Settings of the documentation's build: `make docs`."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "ALIGN"
author = "The ALIGN authors"
project_copyright = "The ALIGN authors, Apache-2.0"
version = release = version_of("alignkit")
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
root_doc = "index"

myst_heading_anchors = 3
napoleon_google_docstring = True
napoleon_numpy_docstring = False
default_role = "code"
autodoc_typehints = "description"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "ALIGN"
html_show_sphinx = False
