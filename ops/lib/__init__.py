"""Shared code of ops/up, ops/down, ops/ctl and ops/test (Python 3.11, standard library only)."""
