"""Measures questions about a year of nights, most of which are written directly as Parquet.

``python -m tests.benchmarks.archive DIRECTORY [NIGHTS [TITLES]]`` makes the archive in the directory if necessary,
adds the last three nights as dumps, and prints seconds and peak memory of each command.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from catindex import __version__
from catindex.archive import Archive
from catindex.archive.dumps import Dump, to_row
from catindex.export.tables import TABLES
from catindex.export.to_parquet import _fields
from tests.benchmarks.measure import Contender
from tests.running import index_2

FIRST = date(2012, 1, 1)
ADDED = 3

# Every fifth title is away for 25 nights in 60; the end of a window moves every 30 nights. The nights on which this
# happens differ from title to title.
CATALOG = """
CREATE TABLE catalog AS
SELECT i, 60000000 + i AS id, 'movie/' || (60000000 + i) AS key, 'Title ' || i AS title, (hash(i) % 60)::INT AS shift,
    1325376000 + (hash(i * 3) % 300)::BIGINT * 86400 AS start
FROM range({titles}) r(i)
"""
NIGHT = """
CREATE OR REPLACE VIEW night AS
SELECT *, CASE WHEN i % 3 > 0 THEN start + 86400 * (400 + ({night} + shift) // 30) END AS until
FROM catalog
WHERE NOT (i % 5 = 0 AND ({night} + shift) % 60 < 25)
"""
ROWS = {
    "titles": "SELECT key, 'movie' AS kind, id::VARCHAR AS id, title FROM night ORDER BY i",
    "availability": """
        SELECT
            key AS title_key, 'title' AS part, 0 AS part_position, 1 AS position,
            'instant' AS format, 'streaming' AS medium,
            to_timestamp(start) AS available_from, to_timestamp(until) AS available_until
        FROM night
        UNION ALL
        SELECT key, 'title', 0, 2, 'DVD', 'dvd', to_timestamp(0), NULL FROM night WHERE i % 2 = 0
        ORDER BY title_key, position""",
}
API, SCHEMAS = "http://api.netflix.com", "http://schemas.netflix.com/catalog"


def make(archive: Path, nights: int, titles: int) -> None:
    """Write an archive of all nights but the last ones as Parquet, and these as dumps, which are added."""
    connection = duckdb.connect()
    connection.execute(CATALOG.format(titles=titles))
    for name, table in TABLES.items():
        connection.register("empty", importlib.import_module("pyarrow").schema(_fields(table.columns)).empty_table())
        connection.execute(f"CREATE TABLE {name} AS FROM empty")
    for night in range(nights):
        day = FIRST + timedelta(night)
        connection.execute(NIGHT.format(night=night))
        if night < nights - ADDED:
            write_tables(connection, archive, day)
        else:
            dump = archive.with_name(f"{day}.xml")
            write_dump(connection, dump)
            started = time.perf_counter()
            (result,) = Archive(str(archive)).add([str(dump)])
            print(f"add {dump.stat().st_size >> 20} MiB: {result.status}, {time.perf_counter() - started:.1f} s")


def write_tables(connection: Any, archive: Path, day: date) -> None:
    """Write the files of one night."""
    (number, dvds) = connection.execute("SELECT count(*), count(*) FILTER (WHERE i % 2 = 0) FROM night").fetchone()
    sha256 = hashlib.sha256(str(day).encode()).hexdigest()
    dump = Dump(day, f"{day}.xml", sha256, 0, "2.0", number, 0, number, number, dvds, __version__)
    for name in TABLES:
        file = archive / dump.file(name)
        file.parent.mkdir(parents=True)
        if name in ROWS:
            connection.execute(f"TRUNCATE {name}")
            connection.execute(f"INSERT INTO {name} BY NAME {ROWS[name]}")
        connection.execute(f"COPY {name} TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 5000)")
    row = archive / dump.row_file
    row.parent.mkdir(parents=True)
    row.write_bytes(to_row(dump))


def write_dump(connection: Any, path: Path) -> None:
    """Write one night as a catalog index."""

    def offered(term: str, *, start: int, until: int | None = None) -> str:
        end = "" if until is None else f' available_until="{until}"'
        category = f'<category scheme="{API}/categories/title_formats" label="{term}" term="{term}"/>'
        return f'<availability available_from="{start}"{end}>{category}</availability>'

    records = []
    for number, i, title, start, until in connection.execute(
        "SELECT id, i, title, start, until FROM night ORDER BY i"
    ).fetchall():
        dvd = offered("DVD", start=0) if i % 2 == 0 else ""
        records.append(
            f'<id>{API}/catalog/titles/movies/{number}</id><title short="{title}" regular="{title}"/>'
            f'<link rel="{SCHEMAS}/titles/format_availability"><delivery_formats>'
            f"{offered('instant', start=start, until=until)}{dvd}</delivery_formats></link>"
        )
    path.write_bytes(index_2(*records))


def main() -> None:
    """Make the archive and measure."""
    directory, *sizes = sys.argv[1:]
    nights, titles = (*map(int, sizes), 365, 20_000)[:2] if len(sizes) < 2 else map(int, sizes)
    archive = Path(directory, f"archive-{nights}-{titles}")
    if not archive.exists():
        make(archive, nights, titles)
    last = FIRST + timedelta(nights - 1)
    questions = {
        "changes of a week": ("changes", archive, "--since", last - timedelta(6)),
        "history of a key": ("history", archive, "movie/60000005"),
        "info": ("info", archive),
        "all changes by month": (
            "sql",
            archive,
            "SELECT date_trunc('month', date) AS month, event, medium, count(*) FROM changes GROUP BY ALL ORDER BY ALL",
        ),
    }
    for name, arguments in questions.items():
        contender = Contender([sys.executable, "-m", "catindex", "archive", *map(str, arguments)])
        contender.run()
        print(f"{name}: {contender.seconds[0]:.2f} s, {contender.peaks[0] >> 20} MiB")


if __name__ == "__main__":
    main()
