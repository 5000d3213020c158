"""Where runs are kept: cells, results and records in a database."""
