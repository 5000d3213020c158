"""A run as a report: verdicts, figures with their plots, and the decisions they rest on."""
