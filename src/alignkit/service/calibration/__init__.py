"""Learning from labelled examples how to read a method with a model, and keeping it."""
