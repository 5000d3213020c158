"""Profiles that come from people: from past choices, from surveys; and what two differ in."""
