"""The table ``dumps``: one small Parquet file per dump, whose presence makes the dump part of the archive."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import io
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from catindex.errors import DataError, MissingExtraError
from catindex.export.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catindex.archive.store import Store

DUMPS = "dumps"

_ROW_FILE = re.compile(r"dumps/dump_date=([^/]+)/data\.parquet")
_DATA_FILE = re.compile(rf"(?:{'|'.join(TABLES)})/dump_date=([^/]+)/[0-9a-f]{{16}}\.parquet")


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump in the archive.

    ``path`` and ``sha256`` are those of the file that was added, and ``bytes`` is its size. ``records`` is the number
    of records in it, of which ``--recover`` skipped ``rejected``. ``titles`` is the number of rows of its table
    ``titles``; ``streaming_titles`` and ``dvd_titles`` of them are available on these media. ``catindex`` is the
    version that added the dump.
    """

    dump_date: date
    path: str
    sha256: str
    bytes: int
    dialect: str
    records: int
    rejected: int
    titles: int
    streaming_titles: int
    dvd_titles: int
    catindex: str

    @property
    def token(self) -> str:
        """The name of its data files without the suffix: the beginning of the checksum."""
        return token_of(self.sha256)

    @property
    def files(self) -> list[str]:
        """The names of its data files."""
        return [self.file(table) for table in TABLES]

    def file(self, table: str) -> str:
        """Return the name of the data file of one table."""
        return f"{table}/dump_date={self.dump_date}/{self.token}.parquet"

    @property
    def row_file(self) -> str:
        """The name of the file that makes the dump visible."""
        return f"{DUMPS}/dump_date={self.dump_date}/data.parquet"


#: The columns of the table, with their types in SQL.
COLUMNS = {
    field.name: {"date": "DATE", "str": "VARCHAR", "int": "BIGINT"}[str(field.type)]
    for field in dataclasses.fields(Dump)
}

# The columns of a row file. The date is in the name of its directory.
_ROW_COLUMNS = [name for name in COLUMNS if name != "dump_date"]


def token_of(sha256: str) -> str:
    """Return the part of a checksum that names the files of a dump."""
    return sha256[:16]


def parquet() -> Any:  # noqa: ANN401 - the module, which need not be installed
    """Import pyarrow.parquet. Raises MissingExtraError."""
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError("archives need the package pyarrow", "archive") from error


def to_row(dump: Dump) -> bytes:
    """Return the contents of the file that makes the dump visible."""
    module, arrow = parquet(), importlib.import_module("pyarrow")
    types = {"VARCHAR": arrow.string(), "BIGINT": arrow.int64()}
    fields = [arrow.field(name, types[COLUMNS[name]], nullable=False) for name in _ROW_COLUMNS]
    row = {name: getattr(dump, name) for name in _ROW_COLUMNS}
    file = io.BytesIO()
    # Every query reads all row files. Of a single row, compression only doubles the time for that.
    module.write_table(arrow.Table.from_pylist([row], schema=arrow.schema(fields)), file, compression="none")
    return file.getvalue()


def committed(store: Store, names: Iterable[str] | None = None) -> list[Dump]:
    """Return the dumps of an archive by date. ``names`` are its files, if they have been listed already.

    Raises DataError if a row is damaged.
    """
    names = store.files(DUMPS) if names is None else names
    dates = {name: day for name in names if (day := _date(_ROW_FILE, name))}
    rows = store.read(dates)
    return sorted(
        (_dump(store, name, dates[name], data) for name, data in rows.items()), key=lambda dump: dump.dump_date
    )


def strays(names: Iterable[str], dumps: Iterable[Dump]) -> dict[date, set[str]]:
    """Return the data files that belong to no dump, by date. Killed runs leave such files.

    Files with names that catindex does not write are not included.
    """
    belonging = {name for dump in dumps for name in dump.files}
    found: dict[date, set[str]] = {}
    for name in names:
        if name not in belonging and (day := _date(_DATA_FILE, name)):
            found.setdefault(day, set()).add(name)
    return found


def _date(pattern: re.Pattern[str], name: str) -> date | None:
    """Return the date in the name of a file, or None if the name does not match."""
    match = pattern.fullmatch(name)
    with contextlib.suppress(ValueError):
        return date.fromisoformat(match[1]) if match else None
    return None


def _dump(store: Store, name: str, day: date, data: bytes) -> Dump:
    try:
        # There are thousands of these files. A thread for each takes longer than reading it.
        (row,) = parquet().ParquetFile(io.BytesIO(data)).read(_ROW_COLUMNS, use_threads=False).to_pylist()
        return Dump(day, **row)
    except (OSError, ValueError, TypeError) as error:
        raise DataError("is damaged; remove it and add the dump again", path=f"{store.name}/{name}") from error
