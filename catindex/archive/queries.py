"""Runs queries about an archive with DuckDB in this process."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from catindex.archive.dumps import COLUMNS, DUMPS
from catindex.errors import CatindexError, MissingExtraError, TransferError, UsageError
from catindex.export.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from catindex.archive.dumps import Dump
    from catindex.archive.store import Store

#: The limit of DuckDB, which spills more data to temporary files. Python and pyarrow need about 150 MB in addition.
MEMORY_LIMIT = "512MB"

_BATCH_ROWS = 10_000

#: The table functions that a query can use. Others read files or change settings of DuckDB.
_TABLE_FUNCTIONS = frozenset({"generate_series", "range", "unnest"})

_CONFIG = {
    "memory_limit": MEMORY_LIMIT,
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # tables are not Python variables
}

# A title is available on a medium from the earliest start to the latest end of its formats; null means no end. `night`
# numbers the dumps. A period is a run of nights with one window (gaps and islands): it begins if the night before lacks
# the title or has another window. The number of a period is the count of beginnings so far.
_HISTORY = """
CREATE VIEW history AS
WITH nights AS (
    SELECT dump_date, row_number() OVER (ORDER BY dump_date) AS night FROM dumps
), windows AS (
    SELECT
        title_key AS key, medium, night,
        min(available_from) AS available_from,
        CASE WHEN count(*) = count(available_until) THEN max(available_until) END AS available_until
    FROM availability JOIN nights USING (dump_date)
    WHERE part = 'title' AND medium IS NOT NULL
    GROUP BY ALL
), marked AS (
    SELECT
        *,
        lag(night) OVER life IS DISTINCT FROM night - 1
        OR lag(available_from) OVER life IS DISTINCT FROM available_from
        OR lag(available_until) OVER life IS DISTINCT FROM available_until AS begins
    FROM windows
    WINDOW life AS (PARTITION BY key, medium ORDER BY night)
), numbered AS (
    SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY key, medium ORDER BY night) AS period FROM marked
), periods AS (
    SELECT key, medium, available_from, available_until, min(night) AS first, max(night) AS last
    FROM numbered
    GROUP BY key, medium, period, available_from, available_until
)
SELECT
    periods.key, titles.title, medium,
    begin.dump_date AS valid_from, after.dump_date AS valid_to,
    available_from, available_until
FROM periods
JOIN nights AS begin ON begin.night = first
JOIN nights AS until ON until.night = last
LEFT JOIN nights AS after ON after.night = last + 1
JOIN titles ON titles.dump_date = until.dump_date AND titles.key = periods.key
"""

# If one period ends on the day on which the next one begins, the window changed. Otherwise the title left or arrived.
_CHANGES = """
CREATE VIEW changes AS
WITH lives AS (
    SELECT
        *,
        lag(valid_to) OVER life IS NOT DISTINCT FROM valid_from AS follows,
        lead(valid_from) OVER life IS NOT DISTINCT FROM valid_to AS is_followed
    FROM history
    WINDOW life AS (PARTITION BY key, medium ORDER BY valid_from)
)
SELECT
    valid_from AS date, CASE WHEN follows THEN 'changed' ELSE 'arrived' END AS event,
    medium, key, title, available_from, available_until
FROM lives
WHERE valid_from > (SELECT min(dump_date) FROM dumps)
UNION ALL
SELECT valid_to, 'left', medium, key, title, available_from, available_until
FROM lives
WHERE valid_to IS NOT NULL AND NOT is_followed
"""


class Database:
    """The tables of some dumps of an archive, and the views ``history`` and ``changes``, for reading only."""

    def __init__(self, store: Store, dumps: Sequence[Dump], tables: Collection[str] = TABLES) -> None:
        """Open an archive of only these dumps and tables. Raises MissingExtraError, and the errors of `_errors`."""
        try:
            self._duckdb = importlib.import_module("duckdb")
        except ImportError as error:
            raise MissingExtraError("queries need the package duckdb", "archive") from error
        self._store = store
        self._files = [dump.file(table) for dump in dumps for table in tables]
        with contextlib.ExitStack() as stack, self._errors(TransferError):
            temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="catindex-"))
            self._connection = stack.enter_context(self._duckdb.connect(config=_CONFIG))
            self._prepare(dumps, tables, temporary)
            self._stack = stack.pop_all()

    def _prepare(self, dumps: Sequence[Dump], tables: Collection[str], temporary: str) -> None:
        """Create the views, then forbid everything except reading the files of these dumps."""
        run = self._connection.execute
        self._store.prepare(self._connection)
        run("SET TimeZone = 'UTC'")
        run("SET enable_progress_bar = false")
        run(f"SET temp_directory = {literals([temporary])}")
        run(f"SET allowed_paths = [{literals(map(self._store.url, self._files))}]")
        run("SET enable_external_access = false")
        # Not from an Arrow table: to make one, pyarrow would import pandas, if it is installed.
        run(f"CREATE TABLE {DUMPS} ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
        rows = (f"({literals(map(str, dataclasses.astuple(dump)))})" for dump in dumps)
        run(f"INSERT INTO {DUMPS} VALUES {', '.join(rows)}")  # noqa: S608 - the texts are quoted
        # Versions of catindex can write different columns. DuckDB must open all files to combine them.
        by_name = len({dump.catindex for dump in dumps}) > 1
        for table in tables:
            files = literals(self._store.url(dump.file(table)) for dump in dumps)
            run(
                f"CREATE VIEW {table} AS FROM read_parquet([{files}], union_by_name = {by_name},"
                " hive_partitioning = true, hive_types = {'dump_date': DATE})"
            )
        run(_HISTORY)
        run(_CHANGES)
        run("SET lock_configuration = true")

    def __enter__(self) -> Database:  # noqa: PYI034 - Self is not in Python 3.10
        """Return the database."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database, and remove its temporary files."""
        self._stack.close()

    def run(self, query: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """Run one SELECT statement. Returns the names of its columns, and its rows, which are read in batches.

        Raises the errors of `_errors`, also while the rows are read.
        """
        with self._errors():
            reader = self._wait(partial(self._reader, query))
        return reader.schema.names, self._rows(reader)

    def table(self, query: str) -> Any:  # noqa: ANN401 - a table of pyarrow
        """Return the rows of one SELECT statement. Raises the errors of `_errors`."""
        with self._errors():
            return self._wait(lambda: self._reader(query).read_all())

    def _rows(self, reader: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - a reader of pyarrow
        while True:
            with self._errors():
                batch = self._wait(partial(next, reader, None))
                if batch is None:
                    return
                rows = list(zip(*map(_values, batch.columns), strict=True))
            yield from rows

    def _wait(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - the result of the call
        """Run a call of DuckDB in a thread, and stop it if this one is interrupted: DuckDB does not notice signals."""
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(call)
            try:
                return future.result()
            except BaseException:
                while not future.done():  # an interrupt before the call has begun has no effect
                    self._connection.interrupt()
                    wait([future], timeout=0.01)
                raise

    def _reader(self, query: str) -> Any:  # noqa: ANN401 - a reader of pyarrow
        self._check(query)
        return self._connection.sql(query).to_arrow_reader(_BATCH_ROWS)

    def _check(self, query: str) -> None:
        """Raise UsageError if a query is anything but one SELECT statement that only reads tables and views."""
        kinds = [statement.type.name for statement in self._connection.extract_statements(query)]
        [(text,)] = self._connection.execute(f"SELECT json_serialize_sql({literals([query])})").fetchall()
        tree = json.loads(text)
        if kinds != ["SELECT"] or tree["error"]:  # some PRAGMA statements become SELECT statements after the parser
            raise UsageError(f"the query must be one SELECT statement, not {' and '.join(kinds) or 'empty'}")
        if functions := set(_table_functions(tree)) - _TABLE_FUNCTIONS:
            named, allowed = (", ".join(sorted(names)) for names in (functions, _TABLE_FUNCTIONS))
            raise UsageError(f"the query must not use the table function {named}; allowed are {allowed}")
        # In DuckDB 2.0, WITH can write (WITH x AS (COPY ...)), and the statement is still a SELECT. Inside another
        # query, that is an error. DESCRIBE only checks the query.
        self._connection.execute(f"DESCRIBE FROM query({literals([query])})").fetchall()

    @contextlib.contextmanager
    def _errors(self, otherwise: type[CatindexError] = UsageError) -> Iterator[None]:
        """Raise TransferError if the archive cannot be read or the disk is full, and ``otherwise`` for other errors."""
        duckdb = self._duckdb
        try:
            yield
        except RecursionError as error:
            raise UsageError("the query failed: it is nested too deeply") from error
        except OverflowError as error:
            raise UsageError("the query failed: a date is not in the years 1 to 9999; cast it to VARCHAR") from error
        except (duckdb.Error, OSError) as error:
            if not self._store.has(self._files):
                message = f"{self._store.name}: dumps were replaced while they were read; run again"
                raise TransferError(message) from error
            reason = str(error).partition("\n")[0]
            if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException | OSError):
                raise TransferError(f"{self._store.name}: {reason}") from error
            raise otherwise(f"the query failed: {reason}") from error


def _values(column: Any) -> list[Any]:  # noqa: ANN401 - an array of pyarrow
    """Return the values of a column. Times are converted without their zone, for which pyarrow would import pandas."""
    if getattr(column.type, "tz", None) is None:
        return list(column.to_pylist())
    naive = column.cast(importlib.import_module("pyarrow").timestamp(column.type.unit)).to_pylist()
    return [moment and moment.replace(tzinfo=timezone.utc) for moment in naive]


def _table_functions(tree: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the names of the table functions in a serialized query."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            if node.get("type") == "TABLE_FUNCTION":
                yield node["function"]["function_name"].lower()
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)


def literals(texts: Iterable[str]) -> str:
    """Return texts as SQL writes them, with commas between them."""
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
