"""Steps from one version of the tables to the next, run by alembic when a store is opened."""

VERSIONS = ("0001", "0002", "0003")
"""All versions, the oldest first; the last is that of this program."""
VERSION_TABLE = "align_version"
"""Holds the version of a database."""
