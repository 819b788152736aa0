"""Turns combined Netflix catalog index dumps into streaming and DVD files with unified series."""

__version__ = "0.1.0"
