"""The same numbers everywhere: the truth about a dump, info, the reports, and every form of export."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from catindex.cli import invoke
from catindex.errors import Status
from catindex.summary import describe
from tests.generator import DIALECTS, generate
from tests.running import catindex

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.generator import Dump

PARTS = ("seasons", "episodes", "discs")
MEDIA = ("streaming", "dvd")

#: What is counted, in this order: titles, series, parts of series, titles of each medium.
Counts = list[int]


class Made(NamedTuple):
    """A dump in a file, the truth about it, and the reports of ``unify`` and ``process``."""

    path: Path
    dump: Dump
    reports: dict[str, dict[str, Any]]

    def export(self, form: str, *options: str) -> Path:
        """Export the dump, and give where it went."""
        target = self.path.parent / f"{form}{''.join(options)}"
        assert invoke(["export", str(self.path), "--format", form, "-o", str(target), *options]) == Status.OK
        return target


@pytest.fixture(scope="module", params=DIALECTS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Make a dump."""
    dump = generate(request.param, 300, 0.4, 5)
    path = tmp_path_factory.mktemp("agreement") / "dump.xml"
    path.write_bytes(dump.xml)
    return Made(path, dump, {command: catindex(command, dump.xml).report for command in ("unify", "process")})


def of_truth(made: Made) -> Counts:
    """Count what the generator says."""
    series = [truth for truth in made.dump.truth if str(truth["key"]).startswith("series/")]
    parts = [sum(len(each.get(name, ())) for each in series) for name in PARTS]
    media = [sum(medium in truth["files"] for truth in made.dump.truth) for medium in MEDIA]
    return [len(made.dump.truth), len(series), *parts, *media]


def of_info(made: Made) -> Counts:
    """Count what info says."""
    told = describe(str(made.path))
    assert told["records"]["total"] == made.dump.summary["records"]
    assert told["external_ids"] == made.reports["unify"]["external_ids"]["kept"]
    media = [told["availability"][medium]["titles"] for medium in MEDIA]
    return [told["titles"]["total"], *(told["series"][name] for name in ("total", *PARTS)), *media]


def of_reports(made: Made) -> Counts:
    """Count what the reports say: that of ``process`` knows the media, that of ``unify`` has all titles."""
    unify, process = made.reports["unify"], made.reports["process"]
    assert unify["series"] == process["series"]
    series = [process["series"][name] for name in ("unified", *PARTS)]
    return [unify["outputs"][0]["titles"], *series, *(output["titles"] for output in process["outputs"][:2])]


def of_documents(titles: list[dict[str, Any]]) -> Counts:
    """Count titles as NDJSON has them."""
    series = [title for title in titles if title["kind"] == "series"]
    media = [sum(any(each["medium"] == medium for each in title["formats"]) for title in titles) for medium in MEDIA]
    return [len(titles), len(series), *(sum(len(each[name]) for each in series) for name in PARTS), *media]


def of_ndjson(made: Made) -> Counts:
    """Count the documents, also as jq does."""
    data = made.export("ndjson").read_bytes()
    titles = [json.loads(line) for line in data.splitlines()]
    if shutil.which("jq"):
        assert int(subprocess.run(["jq", "-s", "length"], input=data, capture_output=True, check=True).stdout) == len(
            titles
        )
    return of_documents(titles)


#: What SQL asks, with the name of a table in braces.
QUESTIONS = (
    "SELECT count(*) FROM {titles}",
    "SELECT count(*) FROM {titles} WHERE kind = 'series'",
    *(f"SELECT count(*) FROM {{{name}}}" for name in PARTS),
    *(
        f"SELECT count(DISTINCT title_key) FROM {{availability}} WHERE part = 'title' AND medium = '{medium}'"
        for medium in MEDIA
    ),
)
TABLES = ("titles", *PARTS, "availability")


def of_rows(rows: dict[str, list[dict[str, Any]]]) -> Counts:
    """Count the rows of the tables."""
    series = sum(row["kind"] == "series" for row in rows["titles"])
    offers = [row for row in rows["availability"] if row["part"] == "title"]
    media = [len({row["title_key"] for row in offers if row["medium"] == medium}) for medium in MEDIA]
    return [len(rows["titles"]), series, *(len(rows[name]) for name in PARTS), *media]


def of_csv(made: Made) -> Counts:
    """Read every table."""
    rows = {}
    for name in TABLES:
        with made.export("csv", f"--table={name}").open(newline="", encoding="utf-8") as file:
            rows[name] = list(csv.DictReader(file))
    return of_rows(rows)


def of_sqlite(made: Made) -> Counts:
    """Ask the database."""
    with closing(sqlite3.connect(made.export("sqlite"))) as base:
        names = {name: name for name in TABLES}
        return [base.execute(question.format(**names)).fetchone()[0] for question in QUESTIONS]


def of_parquet(made: Made) -> Counts:
    """Read every table of a part of an archive."""
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    archive = made.export("parquet", "--partition=dump_date=2012-09-15")
    rows = {name: parquet.read_table(archive / name).to_pylist() for name in TABLES}
    return of_rows(rows)


def of_duckdb(made: Made) -> Counts:
    """Ask DuckDB, where it is installed, over the folder of an archive."""
    duckdb: Any = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    archive = made.export("parquet", "--partition=dump_date=2012-09-15")
    names = {name: f"read_parquet('{archive}/{name}/*/*.parquet')" for name in TABLES}
    return [duckdb.sql(question.format(**names)).fetchall()[0][0] for question in QUESTIONS]


@pytest.mark.parametrize(
    "counted",
    [of_ndjson, of_csv, of_sqlite, of_parquet, of_duckdb],
    ids=lambda each: each.__name__,
)
def test_all_tell_the_truth(counted: Callable[[Made], Counts], made: Made) -> None:
    """Whoever counts titles, series, their parts, and the titles of each medium gets the numbers of the generator."""
    assert counted(made) == of_truth(made)


def seasons_of(series: dict[str, Any]) -> int:
    """Count distinct season numbers, 0 aside, and season records without a number."""
    parts = (*series.get("seasons", ()), *series.get("episodes", ()))
    numbers = {part["season_number"] for part in parts} - {None, 0}
    return len(numbers) + sum(part["season_number"] is None for part in series.get("seasons", ()))


@pytest.mark.parametrize("counted", [of_info, of_reports], ids=lambda each: each.__name__)
def test_summaries_tell_the_truth(counted: Callable[[Made], Counts], made: Made) -> None:
    """They have the numbers of the generator, and count seasons by their numbers."""
    counts = of_truth(made)
    counts[2] = sum(seasons_of(truth) for truth in made.dump.truth if str(truth["key"]).startswith("series/"))
    assert counted(made) == counts


def test_exports_count_seasons_as_info_does(made: Made) -> None:
    """The numbers of seasons in the table of titles add up to that of ``info``."""
    with made.export("csv", "--table=titles").open(newline="", encoding="utf-8") as file:
        exported = sum(int(row["seasons"]) for row in csv.DictReader(file))
    assert exported == describe(str(made.path))["series"]["seasons"]
