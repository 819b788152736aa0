"""Archives: many dumps as Parquet files, and queries over time."""

from __future__ import annotations

from catindex.archive.api import Archive, Change, Period, keys_of
from catindex.archive.dumps import Dump
from catindex.archive.results import Result

__all__ = ["Archive", "Change", "Dump", "Period", "Result", "keys_of"]
