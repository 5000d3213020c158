"""The documentation's sources and what generates parts of them."""
