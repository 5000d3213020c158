"""Simulations of every interval and test in `alignkit.stats`, by what they promise."""
