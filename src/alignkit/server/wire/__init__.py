"""The formats of services that clients know: decisions, System One, chat."""
