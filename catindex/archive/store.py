"""Opens the storage of an archive: a directory or a URL.

Both classes have the same methods. Names of files are relative to the archive, with slashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catindex.archive.bucket import Bucket
from catindex.archive.directory import Directory
from catindex.archive.urls import is_url

if TYPE_CHECKING:
    from typing import TypeAlias

    Store: TypeAlias = Directory | Bucket


def open_store(location: str) -> Store:
    """Return the archive at a path or URL, which need not exist yet."""
    return Bucket(location) if is_url(location) else Directory(location)
