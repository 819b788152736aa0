"""Export: titles as NDJSON, CSV, SQLite and Parquet, and the promises of each."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from catindex import cli
from catindex.cli.export import FORMS, NAMES, TABLES, command
from catindex.errors import CannotCreateError, CatindexError, DataError, Status, TransferError, UsageError
from catindex.export import names, tables
from catindex.export.columns import iso
from catindex.export.documents import DOCUMENT, schema
from tests.running import catindex, index_1, index_2

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
API = "http://api.netflix.com/catalog/titles"
CATALOG = "http://schemas.netflix.com/catalog"
FORMATS = "http://api.netflix.com/categories/title_formats"
TIN = f"<id>{API}/series/1</id><title short='Tin' regular='Tin'/>"

needs_pyarrow = pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None and not os.environ.get("CI"), reason="not installed: pyarrow"
)
needs_jq = pytest.mark.skipif(shutil.which("jq") is None and not os.environ.get("CI"), reason="not installed: jq")


def offered(term: str = "instant", dates: str = "") -> str:
    """Write the formats of a record: one, with these dates."""
    return (
        f'<link rel="{CATALOG}/titles/format_availability"><delivery_formats><availability {dates}>'
        f'<category scheme="{FORMATS}" label="{term}" term="{term}"/></availability></delivery_formats></link>'
    )


def movie(number: int, title: str = "Jaws", inside: str = "") -> str:
    """Write a movie's record."""
    return f'<id>{API}/movies/{number}</id><title short="{title}" regular="{title}"/>{inside}{offered()}'


def episode(number: int, name: str, inside: str = "") -> str:
    """Write the record of an episode of `TIN`."""
    title = f"Tin: Season 1: {name}"
    parent = f'<link href="{API}/series/1" rel="{CATALOG}/titles.series" title="Tin"/>'
    return (
        f'<id>{API}/programs/9/{number}</id><title short="{title}" regular="{title}" episode_short="{name}"/>'
        f"{inside}{parent}{offered()}"
    )


def run(*arguments: object) -> bytes:
    """Run the command, and give what it writes to standard output. Errors come through."""
    result = CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False, standalone_mode=False)
    return result.stdout_bytes


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Write a small dump: a movie, and a series of two episodes."""
    path = tmp_path / "dump.xml"
    path.write_bytes(
        index_2(
            movie(7, "Jaws", "<release_year>1975</release_year>"),
            TIN + offered("DVD", 'available_from="0"'),
            episode(3, "Flow", "<sequence>2</sequence>"),
            episode(2, "Ebb", "<sequence>1</sequence>"),
        )
    )
    return path


def export(data: bytes, folder: Path, *arguments: object) -> bytes:
    """Export a dump to a file and give what is in it."""
    source, target = folder / "in.xml", folder / "out"
    source.write_bytes(data)
    run(source, "-o", target, *arguments)
    return target.read_bytes()


def documents(data: bytes, folder: Path, *arguments: object) -> list[dict[str, Any]]:
    """Export a dump as NDJSON."""
    return [json.loads(line) for line in export(data, folder, *arguments).splitlines()]


def rows(data: bytes, folder: Path, table: str) -> list[dict[str, str]]:
    """Export a table of a dump as CSV."""
    text = export(data, folder, "--format", "csv", "--table", table).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def database(dump: Path) -> Path:
    """Export a dump to a database beside it."""
    target = dump.with_suffix(".db")
    run(dump, "--format", "sqlite", "-o", target)
    return target


def ask(dump: Path, question: str) -> list[Any]:
    """Export a dump to a database, and ask it something."""
    with closing(sqlite3.connect(database(dump))) as connection:
        return connection.execute(question).fetchall()


# NDJSON.


def test_a_title_is_a_line_with_every_key(tmp_path: Path) -> None:
    """A title of which nothing is known has every key all the same, and lists are lists."""
    (document,) = documents(index_2(f"<id>{API}/movies/7</id>"), tmp_path)
    assert list(document) == [column.name for column in DOCUMENT]
    assert (document["genres"], document["release_year"], document["synopsis"]) == ([], None, "")


def test_dates_are_iso_8601_in_utc_and_2100_is_null(tmp_path: Path) -> None:
    """As are the dates of all formats."""
    dates = 'available_from="1347667200" available_until="4102444800"'
    (document,) = documents(index_2(f"<id>{API}/movies/7</id>{offered('instant', dates)}"), tmp_path)
    assert document["formats"][0]["available_from"] == "2012-09-15T00:00:00Z"
    assert document["formats"][0]["available_until"] is None


def test_a_date_beyond_the_calendar_is_null() -> None:
    """What ISO 8601 cannot write is no date."""
    assert (iso(253402300799), iso(253402300800)) == ("9999-12-31T23:59:59Z", None)


def test_episodes_are_in_their_series_in_order(tmp_path: Path, dump: Path) -> None:
    """With their numbers and names."""
    _, series = documents(dump.read_bytes(), tmp_path)
    found = [(part["season_number"], part["episode_number"], part["episode_title"]) for part in series["episodes"]]
    assert (series["kind"], found) == ("series", [(1, 1, "Ebb"), (1, 2, "Flow")])


def test_episodes_tell_where_their_numbers_came_from(tmp_path: Path) -> None:
    """Of a dump each number has its evidence, of what is unified already the element; never is it in the XML."""
    records = [
        f'<id>{API}/series/1</id><title regular="Tin"/>',
        episode(1, "One", "<episode_number>1</episode_number>"),
        episode(2, "Two", "<sequence>2</sequence>"),
        episode(3, "Ep 3"),
        episode(4, "Four", "<episode_number>none</episode_number>"),
    ]
    data = index_2(*records)
    unified = catindex("unify", data).files["titles"]
    assert b"evidence" not in unified
    told = [[each["number_evidence"] for each in documents(dump, tmp_path)[0]["episodes"]] for dump in (data, unified)]
    assert told == [["element", "sequence", "title", "none"], ["element", "element", "element", "none"]]


def test_both_dialects_give_the_same_keys(tmp_path: Path) -> None:
    """A record of 1.x has every key, too."""
    (document,) = documents(index_1(f"<title>Jaws</title><id>{API}/movies/7</id>"), tmp_path)
    assert (list(document), document["title"]) == ([column.name for column in DOCUMENT], "Jaws")


@pytest.mark.parametrize("name", ["index-1.x.xml", "index-2.0.xml"])
def test_documents_are_as_the_schema_says(name: str, tmp_path: Path) -> None:
    """Every value is of the type that the JSON Schema gives, at any depth, and nothing else is there."""
    found = documents((SAMPLES / name).read_bytes(), tmp_path)
    assert len(found) == 11 + (name == "index-1.x.xml")
    for document in found:
        check(document, schema())


def check(value: Any, described: dict[str, Any]) -> None:
    """Hold a value against the parts of JSON Schema that `schema` uses."""
    types: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    types |= {"object": dict, "array": list}
    allowed = described["type"] if isinstance(described["type"], list) else [described["type"]]
    assert any(isinstance(value, types[name]) for name in allowed), (value, described)
    if isinstance(value, dict):
        assert list(value) == described["required"] == list(described["properties"])
        for name, each in value.items():
            check(each, described["properties"][name])
    elif isinstance(value, list):
        for each in value:
            check(each, described["items"])


def test_the_schema_is_printed_without_an_input() -> None:
    """It is asked for alone."""
    assert json.loads(run("--schema")) == schema()


def test_a_record_without_an_id_is_a_title(tmp_path: Path) -> None:
    """Nothing is lost for want of an id."""
    (document,) = documents(index_2("<title regular='Jaws'/>"), tmp_path)
    assert (document["kind"], document["id"], document["title"]) == ("other", "", "Jaws")


# CSV.


def test_csv_is_as_rfc_4180_says(tmp_path: Path) -> None:
    """Lines end in CR LF, and quotes, commas and line breaks are quoted."""
    data = index_2(movie(7, "Tom, &quot;Dick&quot;", "<genres/>"))
    text = export(data, tmp_path, "--format", "csv")
    assert text.count(b"\r\n") == text.count(b"\n") == 2
    assert b',"Tom, ""Dick""",' in text


@pytest.mark.parametrize("table", TABLES)
def test_each_table_has_a_header(table: str, tmp_path: Path) -> None:
    """Also where there are no rows."""
    header = export(index_2(f"<id>{API}/movies/7</id>"), tmp_path, "--format", "csv", "--table", table).split(b"\r\n")[
        0
    ]
    assert header.decode().split(",") == [column.name for column in tables.TABLES[table].columns]


def test_availability_is_of_titles_and_of_parts(tmp_path: Path, dump: Path) -> None:
    """Each row says whose it is."""
    found = [
        (row["title_key"], row["part"], row["part_position"], row["format"])
        for row in rows(dump.read_bytes(), tmp_path, "availability")
    ]
    assert found == [
        ("movie/7", "title", "0", "instant"),
        ("series/1", "title", "0", "DVD"),
        ("series/1", "title", "0", "instant"),
        ("series/1", "episode", "1", "instant"),
        ("series/1", "episode", "2", "instant"),
    ]


def test_keys_are_unique(tmp_path: Path) -> None:
    """A title without an id has a key of its own, which its rows in other tables have, too."""
    genre = '<category scheme="http://api.netflix.com/categories/genres/1" label="Dramas" term="Dramas"/>'
    data = index_2("<title regular='A'/>", f"<title regular='B'/>{genre}")
    assert [row["key"] for row in rows(data, tmp_path, "titles")] == ["other#1", "other#2"]
    assert [row["title_key"] for row in rows(data, tmp_path, "genres")] == ["other#2"]


# SQLite.


def test_tables_have_keys(dump: Path) -> None:
    """Every row of another table leads to a title."""
    assert ask(dump, "PRAGMA foreign_key_check") == []
    assert [row[2:5] for row in ask(dump, "PRAGMA foreign_key_list(episodes)")] == [("titles", "title_key", "key")]


def test_full_text_search_finds_a_title(tmp_path: Path) -> None:
    """Without regard to case and accents, as Datasette asks."""
    dump = tmp_path / "dump.xml"
    dump.write_bytes(index_2(movie(7, "The Café"), movie(8, "Jaws")))
    question = "SELECT key FROM titles WHERE rowid IN (SELECT rowid FROM titles_fts WHERE titles_fts MATCH 'cafe')"
    assert ask(dump, question) == [("movie/7",)]


def test_datasette_knows_the_full_text_index(dump: Path) -> None:
    """It looks for the table's name in just these quotes."""
    ((definition,),) = ask(dump, "SELECT sql FROM sqlite_master WHERE name = 'titles_fts'")
    assert 'content="titles"' in definition


def test_a_database_that_cannot_be_written_is_said(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is no fault of catindex, and where the room was missing is said."""
    monkeypatch.setattr("catindex.export.to_sqlite.VIEWS", {"bad": "SELECT"})  # SQLite complains likewise
    with pytest.raises(TransferError, match="TMPDIR"):
        database(dump)


def test_what_is_streaming_on_a_day(tmp_path: Path) -> None:
    """A window without an end, or with one in 2100, holds every later day."""
    dump = tmp_path / "dump.xml"
    windows = ('available_from="1347667200"', 'available_until="1347667200"', 'available_until="4102444800"')
    dump.write_bytes(
        index_2(*(f"<id>{API}/movies/{number}</id>{offered('instant', dates)}" for number, dates in enumerate(windows)))
    )
    question = "SELECT key FROM streaming WHERE '2012-10-01' BETWEEN first_day AND last_day ORDER BY key"
    assert ask(dump, question) == [("movie/0",), ("movie/2",)]


def test_what_leaves_soon(tmp_path: Path) -> None:
    """Within a month of the day of the dump, which is that of the newest title."""
    dump = tmp_path / "dump.xml"
    day = 86400
    dump.write_bytes(
        index_2(
            *(
                f"<id>{API}/movies/{days}</id>"
                + offered("instant", f'available_until="{1347667200 + days * day}"')
                + "<updated>1347667200</updated>"
                for days in (5, 31, 32)
            )
        )
    )
    assert ask(dump, "SELECT key, days_left FROM leaving_soon") == [("movie/5", 5), ("movie/31", 31)]


def test_episodes_in_order(dump: Path) -> None:
    """By their numbers, under the name of their series."""
    question = "SELECT series, season_number, episode_number, episode_title FROM episodes_in_order"
    assert ask(dump, question) == [("Tin", 1, 1, "Ebb"), ("Tin", 1, 2, "Flow")]


def test_a_database_is_replaced_whole(dump: Path) -> None:
    """A new export leaves nothing of the old one, and no other file."""
    assert ask(dump, "SELECT count(*) FROM titles") == [(2,)]
    dump.write_bytes(index_2(movie(8)))
    assert ask(dump, "SELECT key FROM titles") == [("movie/8",)]
    assert sorted(path.name for path in dump.parent.iterdir()) == ["dump.db", "dump.xml"]


def test_after_a_failure_the_old_database_is_there(dump: Path) -> None:
    """A dump that is cut off changes nothing."""
    before = database(dump).read_bytes()
    dump.write_bytes(dump.read_bytes()[:-40])
    with pytest.raises(CatindexError):
        database(dump)
    assert dump.with_suffix(".db").read_bytes() == before
    assert sorted(path.name for path in dump.parent.iterdir()) == ["dump.db", "dump.xml"]


# Parquet.


@needs_pyarrow
def test_columns_have_types(dump: Path, tmp_path: Path) -> None:
    """Moments are timestamps in UTC, lists are lists."""
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    run(dump, "--format", "parquet", "-o", tmp_path / "out")
    types = {field.name: str(field.type) for field in parquet.read_schema(tmp_path / "out/availability/data.parquet")}
    assert (types["available_from"], types["part_position"]) == (
        "timestamp[ms, tz=UTC]",
        "int64",
    )
    assert types["quality"].startswith("list<")


@needs_pyarrow
def test_partitions_are_one_data_set(dump: Path, tmp_path: Path) -> None:
    """Two dumps stand beside each other, told apart by a column."""
    dataset: Any = pytest.importorskip("pyarrow.dataset")
    for day in ("2012-09-15", "2012-09-22"):
        run(dump, "--format", "parquet", "-o", tmp_path / "out", "--partition", f"dump_date={day}")
    found = dataset.dataset(tmp_path / "out" / "titles", partitioning="hive").to_table(columns=["key", "dump_date"])
    assert [(row["key"], row["dump_date"]) for row in found.to_pylist()] == [
        ("movie/7", "2012-09-15"),
        ("series/1", "2012-09-15"),
        ("movie/7", "2012-09-22"),
        ("series/1", "2012-09-22"),
    ]


@needs_pyarrow
def test_row_groups_are_written_as_they_come(dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group is written when enough rows wait, not at the end."""
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("catindex.export.to_parquet.GROUP_ROWS", 1)
    run(dump, "--format", "parquet", "-o", tmp_path / "out")
    assert parquet.ParquetFile(tmp_path / "out/titles/data.parquet").num_row_groups == 2


@needs_pyarrow
def test_after_a_failure_no_folder_is_left(dump: Path, tmp_path: Path) -> None:
    """Those that were made for the tables go again."""
    dump.write_bytes(dump.read_bytes()[:-40])
    with pytest.raises(CatindexError):
        run(dump, "--format", "parquet", "-o", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["dump.xml"]


def test_without_pyarrow_the_extra_is_named(dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(CatindexError, match=r"pip install 'catindex\[parquet\]'"):
        run(dump, "--format", "parquet", "-o", tmp_path / "out")


# Names.


def test_imdb_names(tmp_path: Path, dump: Path) -> None:
    """Fields are called as in IMDb's data sets, in nested records, too; runtimes are in minutes."""
    data = index_2(movie(7, "Jaws", "<runtime>7500</runtime>"))
    (document,) = documents(data, tmp_path, "--names", "imdb")
    assert (document["titleType"], document["primaryTitle"], document["runtimeMinutes"]) == ("movie", "Jaws", 125)
    _, series = documents(dump.read_bytes(), tmp_path, "--names", "imdb")
    assert [part["episodeNumber"] for part in series["episodes"]] == [1, 2]


def test_tmdb_names(tmp_path: Path, dump: Path) -> None:
    """Fields are called as in TMDB's responses."""
    found = documents(dump.read_bytes(), tmp_path, "--names", "tmdb")
    assert [(document["media_type"], "overview" in document) for document in found] == [("movie", True), ("tv", True)]


def test_names_of_columns(tmp_path: Path, dump: Path) -> None:
    """Tables take other names as well."""
    header = export(dump.read_bytes(), tmp_path, "--format", "csv", "--table", "episodes", "--names", "imdb")
    assert header.startswith(b"parentTconst,position,tconst,")


def test_json_ld(tmp_path: Path, dump: Path) -> None:
    """A series holds its seasons and episodes; what is not known is left out."""
    film, series = documents(dump.read_bytes(), tmp_path, "--names", "schema.org")
    assert (film["@context"], film["@type"], film["datePublished"]) == ("https://schema.org", "Movie", "1975")
    assert "description" not in film
    assert series["@type"] == "TVSeries"
    assert [(part["episodeNumber"], part["partOfSeason"]["seasonNumber"]) for part in series["episode"]] == [
        (1, 1),
        (2, 1),
    ]


def test_json_ld_seasons(tmp_path: Path) -> None:
    """Seasons of a series stand in containsSeason with their numbers."""
    season = f"<id>{API}/series/1/seasons/1</id><title regular='Tin: Season 2'/>{offered()}"
    (series,) = documents(index_2(TIN, season), tmp_path, "--names", "schema.org")
    assert [(part["@type"], part["seasonNumber"]) for part in series["containsSeason"]] == [("TVSeason", 2)]


def test_json_ld_of_a_title_without_an_id(tmp_path: Path) -> None:
    """Fields without a value are left out."""
    (title,) = documents(index_2("<title regular='Tin'/>"), tmp_path, "--names", "schema.org")
    assert title == {"@context": "https://schema.org", "@type": "CreativeWork", "name": "Tin"}


@pytest.mark.parametrize("renaming", names.RENAMINGS)
def test_no_two_fields_get_one_name(renaming: str) -> None:
    """In no document and no table."""
    for columns in (DOCUMENT, *(table.columns for table in tables.TABLES.values())):
        found = [column.name for column in names.renamed(columns, names.RENAMINGS[renaming])]
        assert len(found) == len(set(found))


# The command.


def test_choices_are_those_that_there_are() -> None:
    """The command names them without importing what they stand for."""
    assert (tuple(tables.TABLES), names.NAMES) == (TABLES, NAMES)
    assert {"jsonld", *(path.stem[3:] for path in (ROOT / "catindex" / "export").glob("to_*.py"))} == set(FORMS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--table", "people"),
        ("--partition", "a=b"),
        ("--format", "sqlite", "--names", "imdb"),
        ("--format", "csv", "--names", "schema.org"),
        ("--format", "parquet"),
        ("--format", "parquet", "-o", "out", "--partition", "2012-09-15"),
        ("--format", "parquet", "-o", "out", "--partition", "a=b/c"),
    ],
)
def test_options_that_mean_nothing_together_are_refused(arguments: tuple[str, ...], dump: Path) -> None:
    """Before anything is read or written."""
    with pytest.raises(UsageError):
        run(dump, *arguments)


def test_the_input_is_not_overwritten(dump: Path) -> None:
    """A slip of the hand costs nothing."""
    with pytest.raises(CannotCreateError, match="is the input"):
        run(dump, "-o", dump, "--format", "ndjson")


@pytest.mark.parametrize("name", ["x.png", "x.xml", "x.txt.gz"])
def test_a_suffix_that_names_no_format(dump: Path, tmp_path: Path, name: str) -> None:
    """It is refused with the suffixes that do, unless ``--format`` is set. No file is written."""
    with pytest.raises(UsageError, match=r"does not name a format; use \.ndjson, \.jsonl, .* or --format"):
        run(dump, "-o", tmp_path / name)
    assert not (tmp_path / name).exists()
    run(dump, "-o", tmp_path / name, "--format", "csv")
    assert (tmp_path / name).exists()


def test_no_clobber_keeps_what_is_there(dump: Path) -> None:
    """It is refused to replace a file."""
    with pytest.raises(CannotCreateError, match="already exists"):
        run(dump, "-o", database(dump), "--no-clobber", "--format", "sqlite")


def test_a_suffix_compresses(dump: Path, tmp_path: Path) -> None:
    """As everywhere in catindex."""
    run(dump, "-o", tmp_path / "titles.ndjson.gz")
    assert (tmp_path / "titles.ndjson.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_an_unreadable_input_ends_with_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    """The errors are those of catindex."""
    assert cli.invoke(["export", "nowhere.xml"]) == Status.NO_INPUT
    assert capsys.readouterr().err.startswith("catindex: nowhere.xml")


# Recipes: what people ask of NDJSON.


@needs_jq
@pytest.mark.parametrize(
    ("recipe", "printed"),
    [
        (
            'select(any(.formats[]; .medium == "dvd") and all(.formats[]; .medium == "dvd") and .release_year == 2010)',
            1,
        ),
        ('select(any(.formats[]; .available_until != null and .available_until < "2011-12-01"))', 2),
        ('select(.title == "The Lantern Keepers") | .episodes[] | select(.season_number == 1)', 3),
    ],
)
def test_recipes_with_jq(recipe: str, printed: int, tmp_path: Path) -> None:
    """DVD-only films of a year, titles that leave, episodes of a season."""
    titles = export((SAMPLES / "index-1.x.xml").read_bytes(), tmp_path)
    result = subprocess.run(["jq", "-c", recipe], input=titles, capture_output=True, check=True)
    assert len(result.stdout.splitlines()) == printed


# The queries in the docs.


@needs_pyarrow
def test_duckdb_answers_over_partitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The DuckDB query in the docs counts the titles of two dumps in one data set."""
    duckdb: Any = pytest.importorskip("duckdb")
    monkeypatch.chdir(tmp_path)
    for name, day in (("index-1.x", "2010-11-17"), ("index-2.0", "2012-02-23")):
        run(SAMPLES / f"{name}.xml", "--format", "parquet", "-o", "archive", "--partition", f"dump_date={day}")
    (question,) = re.findall(r"`(FROM read_parquet[^`]*)`", (ROOT / "docs" / "export.md").read_text(encoding="utf-8"))
    answers = duckdb.sql(question).fetchall()
    assert sorted((str(day), count) for day, count in answers) == [("2010-11-17", 12), ("2012-02-23", 11)]


def test_queries_in_the_docs_return_rows(tmp_path: Path) -> None:
    """Every SQL statement in the docs runs on the database of a sample, and all but one return rows."""
    dump = tmp_path / "dump.xml"
    shutil.copy(SAMPLES / "index-2.0.xml", dump)
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sql\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    questions = block.splitlines()
    answers = {question: ask(dump, question) for question in questions}
    assert [question for question, answer in answers.items() if not answer] == [
        question for question in questions if "leaving_soon" in question
    ]


@pytest.mark.parametrize("form", FORMS)
def test_damage_can_be_left_out(form: str, tmp_path: Path) -> None:
    """All titles but the malformed one are written, the status is 1, and one line tells which was left out."""
    if form == "parquet":
        pytest.importorskip("pyarrow")
    path, target = tmp_path / "dump.xml", tmp_path / "target"
    path.write_bytes(index_2(movie(1), movie(2, inside="&nbsp;"), movie(3)))
    arguments = [str(path), "--format", form, "-o", str(target)]
    with pytest.raises(DataError):
        run(*arguments)
    assert not target.exists()
    result = CliRunner().invoke(command, [*arguments, "--recover"], standalone_mode=False)
    assert result.return_value == Status.VERDICT
    assert result.stderr.startswith(f"catindex: {path}: left out 1 malformed record, the first at line")
    if form == "ndjson":
        assert [json.loads(line)["id"] for line in target.read_bytes().splitlines()] == ["1", "3"]
    assert CliRunner().invoke(command, [*arguments, "--recover", "-q"], standalone_mode=False).stderr == ""


def test_a_dump_of_nothing_but_damage(tmp_path: Path) -> None:
    """It is told like any other damage: nothing is left to export."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(movie(1, inside="&nbsp;"), movie(2, inside="&nbsp;")))
    result = CliRunner().invoke(command, [str(path), "--recover"], standalone_mode=False)
    assert (result.return_value, result.stdout) == (Status.VERDICT, "")
    assert result.stderr.startswith(f"catindex: {path}: left out 2 malformed records, the first at line")
