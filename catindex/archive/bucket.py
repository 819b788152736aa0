"""Archives at URLs that fsspec supports: complete files are uploaded, and there are no locks."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from catindex.archive.urls import file_system, storage_problem, without_secrets
from catindex.errors import TransferError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


class Bucket:
    """An archive at a URL such as ``s3://bucket/archive``."""

    def __init__(self, url: str) -> None:
        """Use the URL, which need not exist. Raises MissingExtraError and UsageError."""
        self.name, self.location = without_secrets(url), url
        if url != self.name:
            raise UsageError(
                f"{self.name}: the URL of an archive must not contain credentials; configure them for fsspec"
            )
        if urlsplit(url).scheme in {"http", "https"}:
            raise UsageError(
                f"{self.name}: an archive cannot be at an HTTP address (a dump can); use a directory or a bucket"
            )
        self._files, self._root = file_system(url)
        self._protocol = url.partition("://")[0]

    def files(self, table: str = "") -> set[str]:
        """Return the names of the Parquet files of a table or of all tables."""
        with self._errors():
            self._files.invalidate_cache()
            found = self._files.find(f"{self._root}/{table}")  # one request per 1000 files
        return {name for path in found if (name := path.removeprefix(f"{self._root}/")).endswith(".parquet")}

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of files by name; files that do not exist are left out."""
        paths = {f"{self._root}/{name}": name for name in names}
        with self._errors():
            found = self._files.cat(list(paths), on_error="omit") if paths else {}
        return {paths[path]: data for path, data in found.items()}

    def url(self, name: str) -> str:
        """Return the name by which DuckDB opens a file."""
        return f"{self._protocol}://{self._root}/{name}"

    def prepare(self, connection: Any) -> None:  # noqa: ANN401 - duckdb need not be installed
        """Let DuckDB read the files through fsspec. Listing them first saves one request per file."""
        connection.register_filesystem(self._files)
        self.files()

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """Provide an empty directory for files that are being written. It is removed at the end."""
        with tempfile.TemporaryDirectory(prefix="catindex-") as path:
            yield Path(path)

    def has(self, names: Iterable[str]) -> bool:
        """Return whether all these files exist."""
        with self._errors():
            self._files.invalidate_cache()
            return all(self._files.exists(f"{self._root}/{name}") for name in names)

    def put(self, source: Path, name: str) -> None:
        """Upload a complete file."""
        with self._errors():
            self._files.put_file(str(source), f"{self._root}/{name}")

    def write(self, name: str, data: bytes, *, replace: bool) -> None:
        """Write a small file atomically. Raises FileExistsError if it exists and ``replace`` is false."""
        with self._errors():
            self._files.pipe_file(f"{self._root}/{name}", data, mode="overwrite" if replace else "create")

    def remove(self, names: Collection[str]) -> None:
        """Remove files."""
        with self._errors():
            if names:
                self._files.rm([f"{self._root}/{name}" for name in names])

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """Yield False, because there are no locks: other runs can write at the same time."""
        yield False

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn errors of the storage into a TransferError with the name of the archive."""
        try:
            yield
        except FileExistsError:
            raise
        except Exception as error:  # noqa: BLE001 - each storage has its own exceptions
            raise TransferError(f"{self.name}: {storage_problem(error)}") from None  # it may name credentials
