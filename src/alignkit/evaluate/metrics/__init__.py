"""Figures of stored results: cells and what became of them in, numbers with intervals out.

Each figure says its formula, range and direction where it is defined, and carries the number of
decisions, the number of groups that its interval rests on, chance, and the best constant answer.
"""
