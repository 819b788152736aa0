"""Writes Parquet: a directory with a data set for each table, which DuckDB, Polars and Spark can read.

The file of a table is ``titles/data.parquet``, or ``titles/dump_date=2012-09-15/data.parquet`` with a partition. Other
dumps can then be written beside it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from catindex.errors import MissingExtraError
from catindex.export.columns import BOOLEAN, INTEGER, LAST_MOMENT, MOMENT, NUMBER, TEXT, ListOf, Scalar, record
from catindex.export.tables import TABLES, Keys, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from catindex.export.columns import Column
    from catindex.model import Title
    from catindex.write.files import Output

#: The number of rows in a row group.
GROUP_ROWS = 5000


def arrow(what: str = "Parquet") -> Any:  # noqa: ANN401 - the module, which need not be installed
    """Import pyarrow for a feature named ``what``. Raises MissingExtraError if it is not installed."""
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise MissingExtraError(f"{what} needs the package pyarrow", "parquet") from error


class _File:
    """An output with the methods of a Python file, for pyarrow."""

    closed = False

    def __init__(self, sink: Output) -> None:
        self._sink = sink
        self._written = 0

    def write(self, data: bytes) -> int:
        self._sink.write(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Do nothing: the output decides when it writes."""

    def close(self) -> None:
        self.closed = True


class _Filler:
    """Collects the rows of one table, and writes them in groups."""

    def __init__(self, table: Table, sink: Output) -> None:
        pa = arrow()
        self._table = table
        self._schema = pa.schema(_fields(table.columns))
        self._read: Callable[[Any], dict[str, Any]] = record(table.columns, _milliseconds)
        self._file = _File(sink)
        self._writer = pa.parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, key: str, title: Title) -> None:
        self._rows += map(self._read, self._table.rows(key, title))
        if len(self._rows) >= GROUP_ROWS:
            self._write()

    def end(self) -> None:
        if self._rows:
            self._write()
        self._writer.close()

    def _write(self) -> None:
        self._writer.write_table(arrow().Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def write(titles: Iterable[Title], sinks: Mapping[str, Output], tables: Mapping[str, Table]) -> None:
    """Write the rows of titles to tables, each to the sink of its name.

    Raises MissingExtraError if pyarrow is not installed, and the errors of the sinks.
    """
    keys = Keys()
    fillers = [_Filler(table, sinks[name]) for name, table in tables.items()]
    for title in titles:
        key = keys.of(title)
        for filler in fillers:
            filler.add(key, title)
    for filler in fillers:
        filler.end()


def as_tables(titles: Iterable[Title]) -> dict[str, Any]:
    """Return a ``pyarrow.Table`` for each of `TABLES`, by name.

    Rows are converted a group at a time, so only one group of each table is in memory as dictionaries. Raises
    MissingExtraError if pyarrow is not installed.
    """
    pa = arrow("catindex.tables()")
    keys = Keys()
    schemas = {name: pa.schema(_fields(table.columns)) for name, table in TABLES.items()}
    readers = {name: record(table.columns, _milliseconds) for name, table in TABLES.items()}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    batches: dict[str, list[Any]] = {name: [] for name in TABLES}

    def end_group(name: str) -> None:
        batches[name].append(pa.RecordBatch.from_pylist(rows[name], schema=schemas[name]))
        rows[name].clear()

    for title in titles:
        key = keys.of(title)
        for name, table in TABLES.items():
            rows[name] += map(readers[name], table.rows(key, title))
            if len(rows[name]) >= GROUP_ROWS:
                end_group(name)
    for name in TABLES:
        end_group(name)
    return {name: pa.Table.from_batches(batches[name], schemas[name]) for name in TABLES}


def _milliseconds(seconds: int) -> int | None:
    """Return a moment in milliseconds, because Parquet has no seconds; None if other formats cannot write it."""
    return seconds * 1000 if seconds <= LAST_MOMENT else None


def _fields(columns: Sequence[Column]) -> list[Any]:
    pa = arrow()
    return [pa.field(column.name, _type(column.type), nullable=column.nullable) for column in columns]


def _type(kind: Scalar | ListOf) -> Any:  # noqa: ANN401 - a type of pyarrow
    pa = arrow()
    if isinstance(kind, ListOf):
        item = kind.item
        return pa.list_(_type(item) if isinstance(item, Scalar) else pa.struct(_fields(item)))
    simple = {
        TEXT: pa.string(),
        INTEGER: pa.int64(),
        NUMBER: pa.float64(),
        BOOLEAN: pa.bool_(),
        MOMENT: pa.timestamp("ms", "UTC"),
    }
    return simple[kind]
