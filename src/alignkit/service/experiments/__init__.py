"""Experiments: read from files and presets, resolved, planned and run."""
