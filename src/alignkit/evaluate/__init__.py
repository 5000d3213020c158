"""Methods measured on labelled items: what to run, what was found, what it comes to."""
