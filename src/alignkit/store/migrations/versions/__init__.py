"""One file per version of the tables, run by alembic."""
