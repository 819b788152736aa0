"""SQL over archives: what it sees, what it is refused, and how results are written."""

from __future__ import annotations

import contextlib
import importlib
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from catindex.cli.archive import command
from catindex.errors import TransferError, UsageError
from tests.nights import files, movie, night, offer
from tests.processes import catindex, eventually, start

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

from catindex.archive import Archive
from catindex.archive.rows import comma_separated, ndjson, table
from catindex.export.tables import TABLES


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Make an archive of two nights."""
    nights = [night(tmp_path, 1, movie(1)), night(tmp_path, 2, movie(1), movie(2, offer("DVD")))]
    Archive(str(tmp_path / "archive")).add(map(str, nights))
    return tmp_path / "archive"


def rows(archive: Path, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query."""
    found: list[dict[str, Any]] = Archive(str(archive)).sql(query).to_pylist()
    return found


def refused(archive: Path, query: str) -> str:
    """Return why a query is refused, and check that it changed nothing."""
    before = files(archive)
    with pytest.raises(UsageError) as caught:
        rows(archive, query)
    assert files(archive) == before
    return str(caught.value)


# What a query sees.


@pytest.mark.parametrize("name", [*TABLES, "dumps"])
def test_every_table_has_the_date_of_the_dump(archive: Path, name: str) -> None:
    """It is a date, and the first thing to ask for."""
    assert rows(archive, f"SELECT min(dump_date) IS NULL OR min(dump_date) >= DATE '2012-09-01' AS ok FROM {name}") == [
        {"ok": True}
    ]


def test_tables_hold_all_dumps(archive: Path) -> None:
    """One query counts the titles of each night."""
    query = "SELECT day(dump_date) AS day, count(*) AS titles FROM titles GROUP BY ALL ORDER BY ALL"
    assert rows(archive, query) == [{"day": 1, "titles": 1}, {"day": 2, "titles": 2}]


def test_the_views_are_those_of_the_commands(archive: Path) -> None:
    """The views have the rows and columns of changes and history."""
    opened = Archive(str(archive))
    assert rows(archive, "FROM changes") == [change._asdict() for change in opened.changes()]
    query = "FROM history WHERE key = 'movie/2'"
    assert rows(archive, query) == [period._asdict() for period in opened.history(["movie/2"])]


def test_moments_are_in_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time zone of the machine does not matter."""
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    path = night(tmp_path, 1, movie(1, offer("instant", "2012-01-01")))
    Archive(str(tmp_path / "archive")).add([str(path)])
    query = "SELECT available_from::VARCHAR AS moment FROM availability"
    assert rows(tmp_path / "archive", query) == [{"moment": "2012-01-01 00:00:00+00"}]


def test_dumps_of_other_versions_may_lack_columns(archive: Path) -> None:
    """Columns that a dump does not have are null."""
    parquet = importlib.import_module("pyarrow.parquet")
    (name,) = (name for name in files(archive) if name.startswith("titles/dump_date=2012-09-01"))
    parquet.write_table(parquet.ParquetFile(archive / name).read(["key", "title"]), archive / name)
    row = archive / "dumps/dump_date=2012-09-01/data.parquet"
    content = parquet.ParquetFile(row).read()
    column = content.column_names.index("catindex")
    old = importlib.import_module("pyarrow").array(["0.0.1"])
    parquet.write_table(content.set_column(column, content.schema.field(column), old), row)
    assert rows(archive, "SELECT key, kind FROM titles ORDER BY dump_date, key") == [
        {"key": "movie/1", "kind": None},
        {"key": "movie/1", "kind": "movie"},
        {"key": "movie/2", "kind": "movie"},
    ]


# What it is refused.

STATEMENTS = {
    "COPY titles TO 'out.csv'": "not COPY",
    "COPY (SELECT 1) TO '{file}'": "not COPY",
    "ATTACH 'other.db'": "not ATTACH",
    "INSTALL httpfs": "not LOAD",
    "LOAD httpfs": "not LOAD",
    "PRAGMA version": "not PRAGMA",
    "SET memory_limit = '100GB'": "not SET",
    "CREATE TABLE t AS SELECT 1": "not CREATE",
    "INSERT INTO dumps SELECT * FROM dumps": "not INSERT",
    "DROP VIEW titles": "not DROP",
    "CALL pragma_version()": "not CALL",
    "EXPLAIN SELECT 1": "not EXPLAIN",
    "SELECT 1; SELECT 2": "not SELECT and SELECT",
    "SELECT 1; COPY titles TO 'out.csv'": "not SELECT and COPY",
    "": "not empty",
    "-- nothing": "not empty",
}


@pytest.mark.parametrize("query", STATEMENTS)
def test_only_one_select_statement_is_run(archive: Path, query: str) -> None:
    """Any other statement is refused by its type."""
    data_file = next(name for name in files(archive) if name.startswith("titles/"))
    message = refused(archive, query.replace("{file}", str(archive / data_file)))
    found = message.removeprefix("the query must be one SELECT statement, ")
    assert found == STATEMENTS[query] or (STATEMENTS[query] == "not PRAGMA" and found == "not SELECT")  # DuckDB 1.5


@pytest.mark.parametrize(
    "query",
    [
        "WITH x AS (COPY (SELECT 1) TO '{file}' (FORMAT parquet, USE_TMP_FILE false)) SELECT * FROM x",
        "WITH x AS (COPY (SELECT 1) TO '{archive}/out.csv') SELECT * FROM x",
        "WITH x AS (DELETE FROM dumps RETURNING *) SELECT * FROM x",
        "WITH x AS (INSERT INTO dumps SELECT * FROM dumps RETURNING *) SELECT * FROM x",
        "SELECT * FROM query('COPY titles TO ''{file}''')",
    ],
)
def test_a_select_statement_that_writes(archive: Path, query: str) -> None:
    """A clause that writes is refused, too, also if it names a file that the query may read."""
    data_file = next(name for name in files(archive) if name.startswith("titles/"))
    assert refused(archive, query.replace("{file}", str(archive / data_file)).replace("{archive}", str(archive)))
    assert len(rows(archive, "FROM dumps")) == 2


FILES = [
    "read_csv('/etc/passwd')",
    "read_text('/etc/passwd')",
    "READ_BLOB('/etc/passwd')",
    "sniff_csv('/etc/passwd')",
    "glob('/etc/*')",
    "glob('{archive}/**')",
    "read_text('{archive}/../*.xml')",
    "read_parquet('{archive}/titles/*/*.parquet')",
    "read_parquet('s3://bucket/file.parquet')",
    "read_csv('https://example.org/data.csv')",
    "query('SELECT * FROM ''/etc/passwd''')",
]
LOGGING = [
    "enable_logging(storage := 'file', storage_path := '{archive}')",
    "(SELECT 1 WHERE EXISTS (FROM enable_logging()))",
    "(WITH x AS (FROM Enable_Logging()) SELECT 1)",
]


@pytest.mark.parametrize("source", [*FILES, *LOGGING])
def test_functions_that_read_or_write_files_are_refused(archive: Path, source: str) -> None:
    """Of the functions that stand in place of tables, only harmless ones are allowed."""
    query = f"SELECT * FROM {source.replace('{archive}', str(archive))}"
    assert refused(archive, query).startswith("the query must not use the table function ")


@pytest.mark.parametrize("source", FILES)
def test_duckdb_itself_refuses_files(archive: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if such a function was not recognized, files would be out of reach."""
    monkeypatch.setattr("catindex.archive.queries._table_functions", lambda _: [])
    query = f"SELECT * FROM {source.replace('{archive}', str(archive))}"
    assert refused(archive, query).startswith("the query failed: ")


@pytest.mark.parametrize(
    "source", ["'/etc/passwd'", "'{archive}/titles/*/*.parquet'", "'s3://bucket/a.csv'", "archive"]
)
def test_nothing_but_the_dumps_is_a_table(archive: Path, source: str) -> None:
    """Neither files nor addresses nor variables of Python are tables."""
    query = f"SELECT * FROM {source.replace('{archive}', str(archive))}"
    assert refused(archive, query).startswith("the query failed: ")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT unnest(ratings) FROM titles",
        "SELECT r FROM titles, unnest(ratings) AS u(r)",
        "SELECT i FROM range(3) r(i)",
        "WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM x WHERE a < 3) SELECT * FROM x",
        "FROM titles SELECT key",
        "VALUES (1), (2)",
        "DESCRIBE titles",
        "SHOW TABLES",
        "SUMMARIZE titles",
        "SELECT * FROM titles PIVOT (count(*) FOR kind IN ('movie', 'series'))",
    ],
)
def test_queries_that_are_allowed(archive: Path, query: str) -> None:
    """Everything that reads tables is allowed."""
    assert rows(archive, query) is not None


@pytest.mark.parametrize("query", [f"SELECT {'(' * 5000}1{')' * 5000}", f"SELECT {' + '.join(['1'] * 5000)}"])
def test_a_query_that_is_nested_deeply(archive: Path, query: str) -> None:
    """It is answered or wrong usage, whatever the version of DuckDB, and never a fault."""
    with contextlib.suppress(UsageError):
        assert len(rows(archive, query)) == 1


def test_a_wrong_query(archive: Path) -> None:
    """The message says what DuckDB does not understand, in one line, and the status is 2."""
    ended = catindex("archive", "sql", archive, "SELECT nothing FROM titles")
    assert (ended.status, len(ended.err.splitlines())) == (2, 1)
    assert 'Referenced column "nothing" not found' in ended.err


def test_a_query_that_fails_while_it_runs(archive: Path) -> None:
    """What was wrong with a row is reported, too."""
    assert "Could not convert string" in refused(archive, "SELECT title::INTEGER FROM titles")


def test_data_files_that_are_missing(archive: Path) -> None:
    """If dumps were replaced meanwhile, the message says what to do."""
    for path in archive.glob("titles/*/*.parquet"):
        path.unlink()
    with pytest.raises(TransferError, match="dumps were replaced while they were read; run again"):
        rows(archive, "SELECT 1")


# How results are written.


def test_results_as_ndjson(archive: Path) -> None:
    """Numbers are numbers, dates are ISO 8601, lists are lists."""
    query = (
        "SELECT DATE '2012-09-01' AS d, sum(titles) AS n, 0.5 AS x, [1, 2] AS l, {'a': NULL} AS s, 'é' AS t FROM dumps"
    )
    output = CliRunner().invoke(command, ["sql", str(archive), query]).output
    assert json.loads(output) == {"d": "2012-09-01", "n": 3, "x": 0.5, "l": [1, 2], "s": {"a": None}, "t": "é"}


def test_results_as_a_table(archive: Path) -> None:
    """Numbers are on the right."""
    query = "SELECT key, count(*) AS nights FROM titles GROUP BY key ORDER BY key"
    output = CliRunner().invoke(command, ["sql", str(archive), query, "--format", "table"]).output
    assert output == "key      nights\n-------  ------\nmovie/1       2\nmovie/2       1\n"


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (ndjson, ""),
        (comma_separated, "a,b\r\n"),
        (table, "a  b\n-  -\n"),
    ],
)
def test_results_without_rows(write: Any, expected: str) -> None:
    """Formats that have a header have it."""
    assert "".join(write(["a", "b"], [])) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), ('a"b', '"a""b"'), ("a,b", '"a,b"'), ([1, None], '"[1, null]"'), (True, "true"), (float("nan"), "")],
)
def test_cells_of_csv(value: object, expected: str) -> None:
    """Null is empty, quotes are doubled, what has no cell is JSON."""
    assert "".join(comma_separated(["a", "b"], [[value, 1]])) == f"a,b\r\n{expected},1\r\n"


def test_csv_for_a_terminal() -> None:
    """Characters that could control it are escaped, line breaks as well."""
    rows = list(comma_separated(["a"], [["x\x9b\u202e\n"]], for_terminal=True))
    assert "".join(rows) == "a\r\nx\\x9b\\u202e\\x0a\r\n"


def test_ndjson_escapes_what_could_control_a_terminal() -> None:
    """To a reader of JSON it is the same text."""
    (line,) = ndjson(["a"], [["x\x9b\u202e"]])
    assert line == '{"a":"x\\u009b\\u202e"}\n'


def test_a_table_is_measured_by_its_first_rows() -> None:
    """Longer cells that come later are not cut."""
    lines = list(table(["a", "b"], [["x", 1]] * 1000 + [["longer", 2]]))
    assert (lines[0], lines[-1]) == ("a  b\n", "longer  2\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_query(archive: Path, number: int) -> None:
    """DuckDB does not notice signals while it computes."""
    long = "SELECT count(*) FROM range(300000) a, range(300000) b WHERE (a.range * b.range) % 7 = 3"
    process = start("archive", "sql", archive, long)
    assert eventually(lambda: len(list(Path(f"/proc/{process.pid}/task").iterdir())) > 1)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (128 + number, b"", b"")


@pytest.mark.parametrize(
    "value",
    ["date '99999-01-01'", "'infinity'::timestamp", "date '0044-03-15 (BC)'", "[timestamptz '99999-01-01 00:00:00Z']"],
)
def test_dates_that_python_does_not_have(archive: Path, value: str) -> None:
    """They end the query with a message; as text they are shown."""
    ended = catindex("archive", "sql", archive, f"SELECT {value}")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "cast it to VARCHAR" in ended.err
    assert catindex("archive", "sql", archive, f"SELECT ({value})::VARCHAR").status == 0


def test_columns_of_one_name(archive: Path) -> None:
    """In an object of JSON, one of them would be lost."""
    ended = catindex("archive", "sql", archive, "SELECT 1 AS a, 2 AS a")
    assert (ended.status, ended.err) == (2, "catindex: several columns are named 'a'; name them with AS, or use CSV\n")
    assert catindex("archive", "sql", archive, "SELECT 1 AS a, 2 AS a", "--format", "csv").out == b"a,a\r\n1,2\r\n"


def test_large_results_are_not_held_in_memory(archive: Path) -> None:
    """The rows of a result that does not fit into memory are read one batch after the other."""
    with Archive(str(archive)).database() as database:
        columns, found = database.run("SELECT i FROM range(1000000000000) r(i)")
        assert (columns, next(found)) == (["i"], (0,))
