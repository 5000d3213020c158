"""What people look at: pages made from decisions."""

from alignkit.report.comparison import Column, Comparison

__all__ = ["Column", "Comparison"]
