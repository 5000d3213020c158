"""`python -m alignkit` is `align`."""

from alignkit.cli import main

main()
