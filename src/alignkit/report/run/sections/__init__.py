"""The sections of a report, one file each; a section appears where the run has data for it."""
