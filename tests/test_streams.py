"""Standard streams that are closed or full, names and texts with unusual characters, and dates of absurd length."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from catindex.printable import json_text
from tests.processes import catindex, on_terminal
from tests.running import index_2

pytestmark = pytest.mark.skipif(os.name != "posix", reason="devices and closed streams are those of POSIX")

MOVIE = "http://api.netflix.com/catalog/titles/movies/1"
FORMATS = "http://api.netflix.com/categories/title_formats"
#: Characters that change a terminal's state or the direction of text: C1 "CSI", and a right-to-left override.
UNSAFE = "\x9b31m\u202e"


def offer(dates: str = "") -> str:
    """Return a link with one instant offer."""
    return (
        '<link rel="http://schemas.netflix.com/catalog/titles/format_availability"><delivery_formats>'
        f'<availability {dates}><category scheme="{FORMATS}" label="instant" term="instant"/></availability>'
        "</delivery_formats></link>"
    )


def record(title: str = "Film", more: str = "", dates: str = "") -> str:
    """Return the inside of a record."""
    return f'<id>{MOVIE}</id><title short="{title}" regular="{title}"/>{more}{offer(dates)}'


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Return a dump of one movie."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(record()))
    return path


def shell(line: str, *values: object) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell; ``catindex`` in it is the program, ``$1`` and so on are the values."""
    script = f'catindex() {{ "{sys.executable}" -m catindex "$@"; }}\n{line}'
    command = ["/bin/bash", "-c", script, "bash", *map(str, values)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, cwd=Path(__file__).parent.parent)


#: Calls that print something, with the dump as $1.
PRINTING = [
    "--help",
    "--version",
    "process --help",
    "archive --help",
    'process "$1" --streaming -',
    'strip "$1"',
    'info "$1"',
    'info "$1" --json',
    'info "$1" -g titles.total',
    'filter "$1" --count',
    'get "$1" 1',
    'export "$1"',
    "export --schema",
    'diff "$1" "$2"',
    'diff "$1" "$2" --summary',
    'validate "$2"',
    "validate --schemas",
    "rules",
    "rules --json",
]


@pytest.mark.parametrize("call", PRINTING)
@pytest.mark.parametrize(("stdout", "reason"), [(">/dev/full", "No space left"), (">&-", "is closed")])
def test_unusable_standard_output_is_74(call: str, stdout: str, reason: str, dump: Path, tmp_path: Path) -> None:
    """Output that cannot be written ends every command with status 74 and one line."""
    other = tmp_path / "other.xml"
    other.write_bytes(index_2(record("Other", dates='available_from="x"')))
    ended = shell(f"catindex {call} {stdout}", dump, other)
    lines = ended.stderr.decode().splitlines()
    assert (ended.returncode, len(lines)) == (74, 1), lines
    assert reason in lines[0]


@pytest.mark.parametrize("call", ["--help", "--version", "rules", 'info "$1"'])
def test_a_reader_that_wants_nothing_is_141(call: str, dump: Path) -> None:
    """A command whose reader has gone ends silently."""
    ended = shell(f"(sleep 1; catindex {call}; echo $? >&2) | true", dump)
    assert ended.stderr == b"141\n"


@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize("flag", ["-v", "-vv", "--progress"])
def test_messages_that_cannot_be_written_do_not_change_the_status(
    stderr: str, flag: str, dump: Path, tmp_path: Path
) -> None:
    """A run whose outputs are in place succeeds without its messages; a failed run keeps its own status."""
    dump.write_bytes(index_2(record(), record()))
    output = tmp_path / "x.xml"
    assert shell(f'catindex unify "$1" -o "$2" {flag} {stderr}', dump, output).returncode == 0
    assert output.exists()
    assert shell(f'catindex unify /none -o "$2" {flag} {stderr}', dump, output).returncode == 66


def test_a_full_temporary_directory_is_74(dump: Path, tmp_path: Path) -> None:
    """A database that cannot be built in the temporary directory is an error of the disk, not a fault."""
    ended = shell('ulimit -f 8; trap "" XFSZ; catindex export "$1" --format sqlite -o "$2"', dump, tmp_path / "x.db")
    assert ended.returncode == 74, ended.stderr


# Names and texts.

NAMES = ["[red]a[/b]", os.fsdecode(b"caf\xe9") + UNSAFE]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_of_a_file_works(name: str, tmp_path: Path) -> None:
    """Square brackets, bytes that are not UTF-8 and control characters in paths disturb no command."""
    folder = tmp_path / "in"
    folder.mkdir()
    inner = folder / name
    inner.parent.mkdir(exist_ok=True)
    inner.write_bytes(index_2(record("Film", dates='available_from="x"')))
    calls = {
        ("info", inner): 0,
        ("info", inner, "--json"): 0,
        ("info", inner, "--html", "-"): 0,
        ("validate", inner): 1,
        ("validate", inner, "--json"): 1,
        ("strip", inner, "--report", "-", "-o", tmp_path / "out.xml"): 0,
    }
    for call, status in calls.items():
        ended = subprocess.run(
            [sys.executable, "-m", "catindex", *map(os.fsencode, call)],
            capture_output=True,
            check=False,
            cwd=Path(__file__).parent.parent,
        )
        assert ended.returncode == status, (call, ended.stderr)
        text = ended.stdout.decode()
        if "--json" in call or "--report" in call:
            json.loads(text)
        if "--html" not in call:
            assert UNSAFE[0] not in text


@pytest.mark.parametrize("name", ["a[/b]", "[red]x[/]"])
def test_a_terminal_shows_paths_as_they_are(name: str, dump: Path, tmp_path: Path) -> None:
    """Square brackets in the path of an output are not markup of the summary."""
    output = tmp_path / name
    output.parent.mkdir(exist_ok=True)
    ended = on_terminal("strip", dump, "-o", output)
    assert ended.status == 0
    assert "Traceback" not in ended.err


def test_titles_cannot_control_a_terminal(tmp_path: Path) -> None:
    """Control characters of titles and ids are printed as escapes by every command that prints them as text."""
    old, new = tmp_path / "old.xml", tmp_path / "new.xml"
    old.write_bytes(index_2(record("Film")))
    new.write_bytes(index_2(record(f"Film {UNSAFE}", dates=f'available_from="{UNSAFE}"')))
    for call in (("diff", old, new), ("diff", old, new, "--json"), ("validate", new), ("export", new), ("info", new)):
        ended = catindex(*call)
        assert not set(UNSAFE) - {"3", "1", "m"} & set(ended.out.decode() + ended.err), call
    (line,) = catindex("export", new).out.splitlines()
    assert json.loads(line)["title"] == f"Film {UNSAFE}"


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (("process", "--streaming", "-"), "&#x9b;31m&#x202e;"),
        (("split", "--streaming", "-"), "&#x9b;31m&#x202e;"),
        (("unify",), "&#x9b;31m&#x202e;"),
        (("strip",), "&#x9b;31m&#x202e;"),
        (("filter",), "&#x9b;31m&#x202e;"),
        (("filter", "--format", "ndjson"), "\\u009b31m\\u202e"),
        (("export",), "\\u009b31m\\u202e"),
        (("export", "--format", "csv"), "\\x9b31m\\u202e"),
    ],
    ids=" ".join,
)
def test_output_to_a_terminal_has_no_unsafe_characters(call: tuple[str, ...], shown: str, tmp_path: Path) -> None:
    """XML has character references instead, JSON and CSV have escapes."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(record(f"Film {UNSAFE}")))
    seen = on_terminal(call[0], path, *call[1:], stream="stdout")
    assert seen.status == 0, seen.err
    assert f"Film {shown}" in seen.out.decode()
    assert not set(UNSAFE) - {"3", "1", "m"} & set(seen.out.decode())


@pytest.mark.parametrize("call", [("strip",), ("export", "--format", "csv")], ids=" ".join)
def test_piped_output_has_the_characters_of_the_input(call: tuple[str, ...], tmp_path: Path) -> None:
    """Only a terminal gets escapes, and to an XML parser they are the same characters."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(record(f"Film {UNSAFE}")))
    piped = catindex(call[0], path, *call[1:])
    assert f"Film {UNSAFE}" in piped.out.decode()
    if call == ("strip",):
        seen = on_terminal("strip", path, stream="stdout").out
        assert etree.tostring(etree.fromstring(seen), method="c14n") == etree.tostring(
            etree.fromstring(piped.out), method="c14n"
        )


def test_json_is_valid_whatever_a_path_contains() -> None:
    """Unsafe characters survive as JSON escapes; bytes of a path that are not UTF-8 become text."""
    assert json.loads(json_text([UNSAFE, "a\nb", "caf\udce9"])) == [UNSAFE, "a\nb", r"caf\xe9"]
    json_text("\ud800").encode()


# Dates.

LONG = "9" * 5000


@pytest.mark.parametrize(
    "call",
    [
        ("process", "--streaming", "-"),
        ("process", "--streaming", "-", "--as-of", "2012-09-15"),
        ("unify",),
        ("info",),
        ("export",),
        ("validate",),
        ("filter", "--count"),
    ],
    ids=" ".join,
)
def test_dates_of_thousands_of_digits(call: tuple[str, ...], dump: Path) -> None:
    """Numbers that no date has are data, never a fault of catindex."""
    more = f"<updated>{LONG}</updated><release_year>{LONG}</release_year>"
    dates = f'available_from="{LONG}" available_until="-{LONG}"'
    dump.write_bytes(index_2(record("Film", more, dates)))
    ended = catindex(*call, dump)
    assert ended.status in {0, 1}, ended.err
    if call == ("validate",):
        assert b"reversed-dates" in ended.out
