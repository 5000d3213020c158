"""How good the judge of free text is, wherever people have said what is right."""
