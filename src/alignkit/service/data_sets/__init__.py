"""Data sets: which formats there are, what one holds, and what it gives away."""
