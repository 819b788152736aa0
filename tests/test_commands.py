"""Conventions of the command line: defaults, suggestions, suffixes, terminals and messages."""

from __future__ import annotations

import csv
import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from catindex.cli import COMMANDS, invoke, progress
from catindex.errors import Status
from catindex.passes import Progress
from tests.processes import catindex, on_terminal
from tests.running import index_2

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals are those of POSIX")

CATALOG = "http://api.netflix.com/catalog/titles"
FORMATS = "http://api.netflix.com/categories/title_formats"
GENRES = "http://api.netflix.com/categories/genres"
READING = [name for name in COMMANDS if name not in {"archive", "rules"}]


def movie(number: int, title: str = "Film", term: str = "instant", more: str = "") -> str:
    """Return the inside of a record of a movie."""
    return (
        f'<id>{CATALOG}/movies/{number}</id><title short="{title}" regular="{title}"/>{more}'
        '<link rel="http://schemas.netflix.com/catalog/titles/format_availability"><delivery_formats><availability>'
        f'<category scheme="{FORMATS}" label="{term}" term="{term}"/></availability></delivery_formats></link>'
    )


def episode(number: int, series: int) -> str:
    """Return the inside of a record of an episode that links to its series."""
    link = f'<link href="{CATALOG}/series/{series}" rel="http://schemas.netflix.com/catalog/titles.series" title="S"/>'
    return f'<id>{CATALOG}/programs/{series}/{number}</id><title short="E" regular="E"/>{link}'


def series(number: int) -> str:
    """Return the inside of a record of a series."""
    return f'<id>{CATALOG}/series/{number}</id><title short="S{number}" regular="S{number}"/>'


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Return a dump of three movies."""
    genre = f'<category scheme="{GENRES}" label="Sci-Fi &amp; Fantasy" term="Sci-Fi &amp; Fantasy"/>'
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(movie(1, "=1+1"), movie(2, "Two", "DVD"), movie(3, "Amélie", "Blu-ray", genre)))
    return path


def run_on_terminal(*arguments: object) -> tuple[int, str]:
    """Run catindex with a terminal as standard input and output. Return the status and standard error."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "catindex", *map(str, arguments)]
    folder = Path(__file__).parent.parent
    ended = subprocess.run(
        command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, check=False, timeout=60, cwd=folder
    )
    os.close(theirs)
    os.close(ours)
    return ended.returncode, ended.stderr.decode()


def test_the_input_defaults_to_standard_input(dump: Path) -> None:
    """Without INPUT, commands read standard input if it is not a terminal."""
    data = dump.read_bytes()
    assert catindex("strip", data=data).out.count(b"<catalog_title>") == 3
    assert catindex("info", "-g", "titles.total", data=data).out == b"3\n"
    assert catindex("validate", data=data).status == 0
    for command in ("strip", "info", "validate"):
        status, message = run_on_terminal(command)
        assert (status, "missing argument" in message) == (2, True)


def test_validate_reads_several_files(dump: Path, tmp_path: Path) -> None:
    """The findings of all files are printed and counted together; standard input can be read once."""
    other = tmp_path / "other.xml"
    other.write_bytes(index_2(movie(1, term="laser")))
    ended = catindex("validate", dump, other, other)
    assert (ended.status, len(ended.out.splitlines())) == (1, 2)
    assert ended.err == "catindex: 2 findings: 2 unknown-format\n"
    assert catindex("validate", "-", "-", data=b"").status == 2


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_a_version(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    """``-V`` and ``--version`` print the version."""
    for option in ("-V", "--version"):
        assert invoke([*command.split(), option]) == 0
        assert capfd.readouterr().out.startswith("catindex ")


@pytest.mark.parametrize("command", READING)
def test_every_command_that_reads_xml_lifts_limits(command: str, tmp_path: Path) -> None:
    """A record that is nested too deep is an error without ``--huge``, and is read with it."""
    path = tmp_path / "huge.xml"
    path.write_bytes(index_2(movie(1, more="<a>" * 300 + "</a>" * 300)))
    more: dict[str, list[object]] = {"get": [1], "diff": [path], "process": ["-o", tmp_path], "split": ["-o", tmp_path]}
    arguments = [command, str(path), *map(str, more.get(command, []))]
    assert invoke(arguments) == Status.DATA
    assert invoke([*arguments, "--huge"]) in {Status.OK, Status.VERDICT}


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["proces"], "Did you mean 'process'?"),
        (["frobnicate"], "Use process, split"),
        (["process", "x", "--jbos", "1"], "--jobs"),
    ],
)
def test_mistyped_words_get_a_suggestion(
    arguments: list[str], suggestion: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A mistyped command or option is a usage error that names what was meant."""
    assert invoke(arguments) == 2
    assert suggestion in capfd.readouterr().err


def test_the_list_of_commands_has_whole_sentences(capfd: pytest.CaptureFixture[str]) -> None:
    """No description in the list of commands is cut off."""
    invoke(["--help"])
    shown = capfd.readouterr().out
    assert "..." not in shown.partition("Commands:")[2]
    assert "without AMG and TMS references." in " ".join(shown.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["process", "DUMP", "-o", "-"], "-o is a directory; name one output with --streaming - or --dvd -"),
        (["filter", "DUMP", "--count", "-o", "NEW"], "--count writes no records"),
        (["strip", "DUMP", "-o", "NEW", "--jobs", "257"], "257 worker processes are too many; use at most 256 jobs"),
        (["info", "DUMP", "--jobs", "99999999999999999999"], "are too many; use at most 256 jobs"),
    ],
)
def test_options_that_ask_for_the_impossible(
    arguments: list[str], message: str, dump: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """They are usage errors, and nothing is written."""
    before = set(tmp_path.iterdir())
    names = {"DUMP": str(dump), "NEW": str(tmp_path / "new.xml")}
    assert invoke([names.get(word, word) for word in arguments]) == 2
    assert message in capfd.readouterr().err
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("value", ["0", "-1", "x"])
def test_numbers_out_of_range_are_explained(value: str, dump: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A number that is too small or not a number is refused in plain words."""
    assert invoke(["strip", str(dump), "--jobs", value]) == 2
    assert f"'{value}' is not a whole number of at least 1" in capfd.readouterr().err


# Terminals and progress.


@pytest.mark.parametrize(
    "arguments", [("strip", "--compress", "gz"), ("export", "--format", "sqlite"), ("filter", "--compress", "xz")]
)
def test_binary_output_to_a_terminal_is_refused(arguments: tuple[str, ...], dump: Path) -> None:
    """Compressed files and databases are not written to a terminal."""
    status, message = run_on_terminal(*arguments, dump)
    assert (status, "standard output is a terminal" in message) == (2, True)
    status, message = run_on_terminal(*arguments, dump, "-o", "/dev/stdout")
    assert (status, "/dev/stdout is a terminal" in message) == (2, True)


def test_progress_off_a_terminal_is_lines(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A line is written when the interval has passed, and none before; ``--quiet`` overrides ``--progress``."""
    with progress.progress_when(asked=True, quiet=False) as show:
        show(Progress(1_500_000, 3_000_000, 1234))
        assert capfd.readouterr().err == ""
        monkeypatch.setattr(progress, "LINE_SECONDS", 0)
        show(Progress(1_500_000, 3_000_000, 1234))
        assert capfd.readouterr().err == "catindex: 1.5 MB read (50%), 1,234 records\n"
        show(Progress(3_000_000, 3_000_000, 1234, 100, 1000))
        assert capfd.readouterr().err == "catindex: 100 of 1,000 series joined\n"
    with progress.progress_when(asked=True, quiet=True) as show:
        show(Progress(1, 2, 3))
    assert capfd.readouterr().err == ""


def test_quiet_overrides_verbose(tmp_path: Path) -> None:
    """``-q`` prints nothing, with ``-v`` too; on a terminal ``-v`` prints each warning once."""
    path = tmp_path / "twice.xml"
    path.write_bytes(index_2(movie(1), movie(1)))
    assert catindex("unify", path, "-o", tmp_path / "x", "-qv").err == ""
    assert "warning: identical copies" in catindex("unify", path, "-o", tmp_path / "x", "-v").err
    assert on_terminal("unify", path, "-o", tmp_path / "x", "-v").err.count("identical") == 1
    assert catindex("filter", path, "--count", "-qv").err == ""


# Export.


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("x.csv", b"key,"),
        ("x.ndjson", b'{"kind"'),
        ("x.jsonl", b'{"kind"'),
        ("x.json", b"[\n"),
        ("x.jsonld", b'{"@context"'),
        ("x.db", b"SQLite format 3"),
        ("x.sqlite3", b"SQLite format 3"),
        ("x.JSON.gz", b"\x1f\x8b"),
    ],
)
def test_the_suffix_picks_the_format(name: str, begins: bytes, dump: Path, tmp_path: Path) -> None:
    """The suffix of the output, before that of a compression, is the format."""
    assert invoke(["export", str(dump), "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_json_and_json_ld_are_one_document(dump: Path) -> None:
    """JSON is an array of titles; JSON-LD has one context and a graph, also without any title."""
    assert len(json.loads(catindex("export", dump, "--format", "json").out)) == 3
    graph = json.loads(catindex("export", dump, "--format", "jsonld").out)
    assert (list(graph), len(graph["@graph"])) == (["@context", "@graph"], 3)
    assert "@context" not in graph["@graph"][0]


def test_a_foreign_database_is_refused(dump: Path, tmp_path: Path) -> None:
    """A database that catindex did not write stays as it is; one that it wrote is replaced."""
    path = tmp_path / "mine.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE precious (x)")
    connection.close()
    before = path.read_bytes()
    assert invoke(["export", str(dump), "-o", str(path)]) == Status.CANNOT_CREATE
    assert path.read_bytes() == before
    path.unlink()
    assert [invoke(["export", str(dump), "-o", str(path)]) for _ in range(2)] == [0, 0]


def test_safe_csv_has_no_formulas(dump: Path) -> None:
    """With ``--safe-csv`` text that begins like a formula gets an apostrophe; other formats refuse the option."""
    for more, title in (([], "=1+1"), (["--safe-csv"], "'=1+1")):
        rows = list(csv.DictReader(catindex("export", dump, "--format", "csv", *more).out.decode().splitlines()))
        assert rows[0]["title"] == title
    assert catindex("export", dump, "--safe-csv").status == 2


# Filter, get, diff.


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (["--available-on", "bluray"], "1"),
        (["--available-on", "BLU-RAY", "--available-on", "dvd"], "2"),
        (["--genre", "scifi fantasy"], "1"),
    ],
)
def test_filter_compares_names_loosely(condition: list[str], found: str, dump: Path) -> None:
    """Case, accents and punctuation of formats and genres do not matter."""
    assert catindex("filter", dump, *condition, "--count").out == f"{found}\n".encode()


def test_an_unknown_format_is_a_usage_error(dump: Path) -> None:
    """The message lists the formats."""
    ended = catindex("filter", dump, "--available-on", "laserdisc")
    assert (ended.status, "use instant, DVD, Blu-ray" in ended.err) == (2, True)


@pytest.mark.parametrize(
    "key", ["movies/2", "movie/2", "2", f"{CATALOG}/movies/2", "https://x.test/catalog/titles/movies/2"]
)
def test_get_reads_keys_in_every_form(key: str, dump: Path) -> None:
    """A key, the end of a URL and a whole URL find the same record."""
    assert catindex("get", dump, key, "--count").out == b"1\n"


def test_get_reads_programs_as_in_urls(tmp_path: Path) -> None:
    """The path of an episode holds the number of its series."""
    path = tmp_path / "x.xml"
    path.write_bytes(index_2(episode(7, 5)))
    assert catindex("get", path, "programs/5/7", "--count").out == b"1\n"


def test_a_bad_line_of_keys_is_named(dump: Path, tmp_path: Path) -> None:
    """The message has the file and the line; the file of keys cannot be the output."""
    wanted = tmp_path / "wanted.txt"
    wanted.write_bytes(b"movie/1\n\n\xff\n")
    ended = catindex("get", dump, "--keys", wanted)
    assert (ended.status, ended.err.startswith(f"catindex: {wanted}:3: ")) == (2, True)
    wanted.write_text("movie/1\n")
    assert catindex("get", dump, "--keys", wanted, "-o", wanted).status == 73
    assert wanted.read_text() == "movie/1\n"


def test_diff_reports_an_episode_that_moved(tmp_path: Path) -> None:
    """An episode of another series is reported, even if nothing else about it changed."""
    old, new = tmp_path / "old.xml", tmp_path / "new.xml"
    url = f"{CATALOG}/programs/1/7"
    for path, home in ((old, 1), (new, 2)):
        moved = episode(7, home).replace(f"{CATALOG}/programs/{home}/7", url)
        path.write_bytes(index_2(series(1), series(2), moved))
    lines = catindex("diff", old, new, "--json").out.splitlines()
    events = [json.loads(line) for line in lines]
    assert [(each["event"], each["from"], each["to"]) for each in events if each["key"] == "episode/7"] == [
        ("moved", "series/1", "series/2")
    ]


def test_the_case_of_a_format_is_no_difference(tmp_path: Path) -> None:
    """``DVD`` and ``dvd`` are one format."""
    old, new = tmp_path / "old.xml", tmp_path / "new.xml"
    old.write_bytes(index_2(movie(1, term="DVD")))
    new.write_bytes(index_2(movie(1, term="dvd")))
    assert catindex("diff", old, new) == (0, b"", "")
