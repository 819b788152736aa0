"""The URLs of dumps and archives, and messages about them that contain no credentials."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from catindex.errors import MissingExtraError, UsageError


def is_url(path: str) -> bool:
    """Return whether this is a URL and not a path."""
    return "://" in path


def without_secrets(path: str) -> str:
    """Return a URL without user name, password and query, which may be a signature; a path as it is."""
    if not is_url(path):
        return path
    parts = urlsplit(path)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def storage_problem(error: Exception) -> str:
    """Return the error of a storage as one line, without the arguments of the call, which may be secret."""
    if isinstance(error, FileNotFoundError):
        return "does not exist; check the URL"
    if isinstance(error, PermissionError):
        return "access denied; check the credentials"
    return f"{type(error).__name__}: {getattr(error, 'strerror', None) or 'the storage could not be reached'}"


def file_system(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL and the path in it. Raises MissingExtraError and UsageError."""
    try:
        fsspec = importlib.import_module("fsspec")
    except ImportError as error:
        raise MissingExtraError(f"{without_secrets(url)}: URLs need the package fsspec", "remote") from error
    try:
        files, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        package = urlsplit(url).scheme
        raise MissingExtraError(f"{package}:// URLs need a package of fsspec ({error})", "remote") from error
    except ValueError:
        raise UsageError(
            f"{without_secrets(url)}: fsspec does not support this kind of URL; check the part before ://"
        ) from None
    return files, str(path).rstrip("/")
