"""What stored runs show: reports, comparisons, gates."""
