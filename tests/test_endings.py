"""How every command ends, the ones that only look, too: its status, one line where something is wrong, else silence."""

from __future__ import annotations

import gzip
import os
import re
from typing import TYPE_CHECKING

import pytest

from catindex.cli import COMMANDS, invoke
from tests.processes import catindex, on_terminal
from tests.running import index_1, index_2

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

API = "http://api.netflix.com/catalog/titles"

#: Every command with the arguments for a dump and a folder of outputs.
CALLS = {
    "process": ("DUMP", "-o", "OUT"),
    "split": ("DUMP", "--streaming", "OUT/streaming.xml"),
    "unify": ("DUMP", "-o", "OUT/titles.xml"),
    "strip": ("DUMP", "-o", "OUT/titles.xml"),
    "info": ("DUMP", "--html", "OUT/page.html"),
    "validate": ("DUMP",),
    "export": ("DUMP", "-o", "OUT/titles.ndjson"),
    "filter": ("DUMP", "--kind", "movie", "-o", "OUT/found.xml"),
    "get": ("DUMP", "movie/1", "-o", "OUT/found.xml"),
    "diff": ("SOUND", "DUMP"),
}
#: Calls for new processes, which would spend two seconds each on drawing charts.
WITHOUT_CHARTS = {"info": ("DUMP", "--json")}
#: The option of a command that names a file which it writes.
OUTPUT = {"process": "--dvd", "split": "--streaming", "info": "--html", "diff": None, "validate": None}


def movie(number: int, inside: str = "") -> str:
    """Write the inside of a record that no command finds fault with."""
    category = '<category scheme="http://api.netflix.com/categories/title_formats" label="DVD" term="DVD"/>'
    offer = f'<delivery_formats><availability available_from="1">{category}</availability></delivery_formats>'
    link = f'<link href="{API}/movies/{number}/format_availability"'
    link += ' rel="http://schemas.netflix.com/catalog/titles/format_availability" title="formats">'
    named = f'<title short="M{number}" regular="M{number}"/><release_year>2001</release_year>'
    return f"<id>{API}/movies/{number}</id>{named}{inside}{link}{offer}</link><updated>1347667200</updated>"


SOUND = index_2(movie(1), movie(2), movie(3))
SECOND = b"movies/2</id>"
CUT = SOUND[: SOUND.index(b"<release_year>", SOUND.index(SECOND))]
IN_2 = r":4:\d+: "
AFTER_1 = r" \(record 2, after movie/1\)"

#: What a dump is -> its bytes, and what is said behind its name, without the hint.
REFUSED = {
    "HTML": (b"<!DOCTYPE html>\n<html></html>", ": is an HTML page, .*; download it again"),
    "JSON": (b'{"status": 403}', ": is JSON, .*"),
    "nothing": (b"", ": is empty; .*"),
    "nothing, compressed": (gzip.compress(b""), ": is empty; .*"),
    "text": (b"403 Developer Over Rate", ": is not XML: .*"),
    "unknown root": (b"<rss><channel/></rss>", ":1:1: <rss> is not the root of a catalog index .*"),
    "namespace": (
        SOUND.replace(b"<catalog_titles>", b'<catalog_titles xmlns="urn:x">'),
        ":2:1: <catalog_titles> in the namespace urn:x is not the root .*",
    ),
    "unknown prefix": (
        SOUND.replace(b"<catalog_titles>", b'<catalog_titles n:x="">'),
        r":2:\d+: Namespace prefix n .* is not defined",
    ),
    "no record": (b"<catalog_titles>\n</catalog_titles>", ": contains no record: .*"),
    "cut off in the prolog": (SOUND[:20], ": ends before its first element: the download was cut off"),
    "cut off in the root": (SOUND[:50], ":2:12: ends in the middle: the download was cut off"),
    "cut off": (CUT, IN_2 + "ends in the middle: the download was cut off" + AFTER_1),
    "cut off at the end": (SOUND[:-5], r":6:14: ends in the middle: .* \(record 4, after movie/3\)"),
    "compressed and cut off": (gzip.compress(SOUND)[:-12], r":\d+:\d+: the gz data ends in the middle: .*cut off.*"),
    "compressed and damaged": (gzip.compress(SOUND)[:-8] + bytes(8), r"(:\d+:\d+)?: the gz data is damaged .*"),
    "document type": (
        b"<!DOCTYPE x>" + SOUND.partition(b"\n")[2],
        ":1:1: a document type declaration is refused: .*",
    ),
    "entity": (SOUND.replace(SECOND, b"movies/2&nbsp;</id>"), IN_2 + "the entity &nbsp; is not defined.*" + AFTER_1),
    "bad byte": (SOUND.replace(SECOND, b"movies/2</id>\xff"), IN_2 + "contains bytes that are not UTF-8" + AFTER_1),
    "mismatch": (SOUND.replace(SECOND, b"movies/2</x>"), IN_2 + "Opening and ending tag mismatch: .*" + AFTER_1),
    "too deep": (SOUND.replace(SECOND, SECOND + b"<a>" * 300), IN_2 + "Excessive depth in document: .*" + AFTER_1),
    "too long": (
        SOUND.replace(SECOND, SECOND + b"<a>" + b"x" * 10_100_000),
        IN_2 + "Text node too long" + AFTER_1,
    ),
    "a second root": (SOUND + b"<x/>", r":7:1: Extra content at the end of the document \(after movie/3\)"),
}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a folder of old outputs."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("streaming.xml", "dvd.xml", "titles.xml", "page.html", "titles.ndjson", "found.xml"):
        (folder / name).write_bytes(b"old")
    return folder


def call(command: str, dump: Path | str, out: Path, arguments: Sequence[str] | None = None) -> list[str]:
    """Return the arguments of a call of a command: those in `CALLS`, if no others are given."""
    sound = out.parent / "sound.xml"
    sound.write_bytes(SOUND)
    places = {"DUMP": str(dump), "OUT": str(out), "SOUND": str(sound)}
    return [
        command,
        *(re.sub("DUMP|OUT|SOUND", lambda name: places[name[0]], each) for each in arguments or CALLS[command]),
    ]


def contents(folder: Path) -> dict[str, bytes]:
    """Give what is in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_commands_are_tried() -> None:
    """None is forgotten here, but for the one that reads no dump and the one with tests of its own."""
    assert CALLS.keys() == set(COMMANDS) - {"archive", "rules"}


@pytest.mark.parametrize("command", CALLS)
@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_dump_is_65_in_one_line(
    command: str, kind: str, tmp_path: Path, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the place, record and key where there are any, and a way on that the command has; no file has changed."""
    data, expected = REFUSED[kind]
    dump = tmp_path / "dump.xml"
    dump.write_bytes(data)
    old = contents(out)
    assert invoke(call(command, dump, out)) == 65
    said, complaint = capfd.readouterr()
    match = re.fullmatch(rf"catindex: {re.escape(str(dump))}{expected}(?:; (?P<option>--\w+) [^;]*)?\n", complaint)
    assert match, complaint
    assert said == ""
    assert contents(out) == old
    if match["option"]:
        invoke([command, "--help"])
        assert match["option"] in capfd.readouterr().out


@pytest.mark.parametrize("command", CALLS)
@pytest.mark.parametrize("lines", [70_000, 0])
def test_places_are_right_far_down(
    command: str, lines: int, tmp_path: Path, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Past line 65,535, where libxml2 ends counting, and where the whole dump is one line; in the packed dump, too."""
    between = "\n" * lines
    sound = [f"<catalog_title>{movie(number)}</catalog_title>" for number in range(1, 401)]
    before = "<catalog_titles>" + between.join(sound) + between
    bad = f"<catalog_title>{movie(401)}é &bad;"
    dump = tmp_path / "dump.xml.gz"
    dump.write_bytes(gzip.compress(f"{before}{bad}</catalog_title></catalog_titles>".encode(), 1))
    assert invoke(call(command, dump, out)) == 65
    line, column = 399 * lines + lines + 1, len(bad if lines else before + bad) + 1
    what = "the entity &bad; is not defined in XML (record 401, after movie/400)"
    assert capfd.readouterr().err.startswith(f"catindex: {dump}:{line}:{column}: {what}")


@pytest.mark.parametrize("command", CALLS)
def test_the_wrong_dialect_is_65(command: str, tmp_path: Path, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """For the commands that cannot do with it; the others read it."""
    dump = tmp_path / "dump.xml"
    dump.write_bytes(
        b'<catalog_titles><catalog_title id="1" type="show"><title>A</title></catalog_title></catalog_titles>'
    )
    status = invoke(call(command, dump, out))
    complaint = capfd.readouterr().err
    if command in ("process", "split", "unify"):
        assert (status, complaint.partition(", ")[0]) == (65, f"catindex: {dump}: is a regional partner index")
    else:
        assert status in (0, 1)


@pytest.mark.parametrize("command", CALLS)
def test_what_cannot_be_read_is_66(command: str, tmp_path: Path, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No file there, a folder, a file that may not be read; 74 where the disk fails."""
    closed = tmp_path / "closed.xml"
    closed.write_bytes(SOUND)
    closed.chmod(0)
    cases: list[tuple[int, Path | str, str]] = [
        (66, tmp_path / "none.xml", "does not exist; check the path"),
        (66, tmp_path, "is a directory; name a file in it"),
        (74, "/proc/self/mem", "cannot be read (Input/output error)"),
    ]
    if os.geteuid():  # root may read everything
        cases.append(
            (66, closed, f"cannot be read (Permission denied); its owner can allow reading with: chmod +r {closed}")
        )
    for status, dump, what in cases:
        old = contents(out)
        assert invoke(call(command, dump, out)) == status
        assert capfd.readouterr() == ("", f"catindex: {dump}: {what}\n")
        assert contents(out) == old


@pytest.mark.parametrize("command", [command for command in CALLS if OUTPUT.get(command, "-o")])
def test_what_cannot_be_written_is_73_or_74(
    command: str, tmp_path: Path, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The input, a folder, a file in a folder that is not there; a full disk."""
    dump = tmp_path / "dump.xml"
    dump.write_bytes(SOUND)
    option = OUTPUT.get(command, "-o") or ""
    more = {"get": ["movie/1"], "export": ["--format", "ndjson"]}.get(command, [])
    for status, target, what in (
        (73, dump, ".* is the input"),
        (73, out, ".* is a directory; name a file in it"),
        (73, out / "no" / "x.xml", ".* the directory .* does not exist; create it: mkdir -p .*"),
        (74, "/dev/full", r"/dev/full: cannot be written \(No space left on device\)"),
    ):
        assert invoke([command, str(dump), *more, option, str(target)]) == status
        said, complaint = capfd.readouterr()
        assert re.fullmatch(f"catindex: {what}.*\n", complaint), complaint
        assert said == ""
    assert dump.read_bytes() == SOUND


@pytest.mark.parametrize("command", CALLS)
def test_success_is_silent(command: str, tmp_path: Path, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a terminal standard error is empty, from a file and from a pipe; on a terminal with --quiet, too."""
    dump = tmp_path / "dump.xml"
    dump.write_bytes(SOUND)
    assert (invoke(call(command, dump, out)), *capfd.readouterr()) == (0, "", "")
    started = WITHOUT_CHARTS.get(command, CALLS[command])
    piped = catindex(*call(command, "-", out, started), data=gzip.compress(SOUND))
    shown = on_terminal(*call(command, dump, out, started), "--quiet")
    assert (piped.status, piped.err, shown.status, shown.err) == (0, "", 0, "")
    assert command in WITHOUT_CHARTS or piped.out == shown.out == b""


@pytest.mark.parametrize("command", CALLS)
def test_standard_input_that_ends_early_is_cut_off(command: str, out: Path) -> None:
    """And called by its name."""
    ended = catindex(*call(command, "-", out), data=CUT)
    assert (ended.status, ended.out, ended.err.count("\n")) == (65, b"", 1)
    assert re.match(rf"catindex: standard input{IN_2}ends in the middle: .*cut off{AFTER_1}", ended.err)


def test_other_records_have_no_warning_a_record(tmp_path: Path, out: Path) -> None:
    """A hundred thousand of them are counted in one line, with an example."""
    dump = tmp_path / "dump.xml"
    dump.write_bytes(index_1(*["<title>no id</title>"] * 1000))
    ended = catindex(*call("unify", dump, out), "-v", "--strict")
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "1,000" in ended.err
