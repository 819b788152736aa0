"""Turns combined Netflix catalog index dumps into streaming and DVD files with unified series.

The names in ``__all__`` are the Python API; docs/python.md describes it. Everything else is private.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catindex.api import diff, info, process, tables, titles
    from catindex.archive import Archive
    from catindex.compare import Event
    from catindex.errors import (
        BusyError,
        CannotCreateError,
        CatindexError,
        DataError,
        FaultError,
        MissingExtraError,
        NoInputError,
        TransferError,
        UsageError,
    )
    from catindex.model import Title
    from catindex.write.report import Report

__version__ = "0.2.0"

__all__ = [
    "Archive",
    "BusyError",
    "CannotCreateError",
    "CatindexError",
    "DataError",
    "Event",
    "FaultError",
    "MissingExtraError",
    "NoInputError",
    "Report",
    "Title",
    "TransferError",
    "UsageError",
    "__version__",
    "diff",
    "info",
    "process",
    "tables",
    "titles",
]

#: Name -> the module that defines it. Each is imported on first use, so that ``import catindex`` does not load lxml.
_MODULES = {
    "Archive": "catindex.archive",
    "BusyError": "catindex.errors",
    "CannotCreateError": "catindex.errors",
    "CatindexError": "catindex.errors",
    "DataError": "catindex.errors",
    "Event": "catindex.compare",
    "FaultError": "catindex.errors",
    "MissingExtraError": "catindex.errors",
    "NoInputError": "catindex.errors",
    "Report": "catindex.write.report",
    "Title": "catindex.model",
    "TransferError": "catindex.errors",
    "UsageError": "catindex.errors",
    "diff": "catindex.api",
    "info": "catindex.api",
    "process": "catindex.api",
    "tables": "catindex.api",
    "titles": "catindex.api",
}

if not TYPE_CHECKING:  # with __getattr__, type checkers would accept any misspelled name

    def __getattr__(name: str) -> object:
        """Import a name of the API on first use. Raises AttributeError for any other name."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = getattr(import_module(_MODULES[name]), name)
        return globals()[name]


def __dir__() -> list[str]:
    """Return the names of the API, which editors and notebooks complete."""
    return sorted(__all__)
