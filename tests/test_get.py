"""Finding records by their keys: the command ``catindex get``."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from catindex.cli import invoke
from catindex.errors import Status
from catindex.rules.keys import key_of
from catindex.select import Keys
from tests.generator import DIALECTS, generate
from tests.running import catindex, index_2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

URL = "http://api.netflix.com/catalog/titles"
SAMPLES = Path(__file__).parent.parent / "samples"


def record(path: str, title: str = "x") -> str:
    """Write the inside of a 2.0 record."""
    return f'<id>{URL}/{path}</id><title short="{title}"   regular="{title}"></title>'


@pytest.fixture
def dump(tmp_path: Path) -> str:
    """Write a dump whose series and season have the same number, and with a movie twice."""
    path = tmp_path / "dump.xml"
    path.write_bytes(
        index_2(
            record("series/7"),
            record("series/7/seasons/7"),
            record("movies/8", "a"),
            record("movies/8", "b"),
            "<id>odd</id>",
        )
    )
    return str(path)


def get(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``catindex get`` in a process of its own."""
    call = [sys.executable, "-m", "catindex", "get", *arguments]
    return subprocess.run(call, input=stdin, capture_output=True, text=True, check=False)


def keys(dump: str, *wanted: str) -> list[str]:
    """Give kind and title of what is found."""
    lines = get(dump, *wanted, "-f", "ndjson").stdout.splitlines()
    return [f"{title['kind']} {title['title']}".strip() for title in map(json.loads, lines)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["movie/8"], ["movie a", "movie b"]),
        ([f"{URL}/series/7"], ["series x"]),
        (["https://api-public.netflix.com/catalog/titles/series/7/seasons/7?v=2"], ["season x"]),
        (["7"], ["series x", "season x"]),
        (["8", "season/7"], ["season x", "movie a", "movie b"]),
        (["other/odd"], ["other"]),
        (["9"], []),
    ],
)
def test_keys(dump: str, wanted: list[str], found: list[str]) -> None:
    """A key, a URL of any host, or a number of any kind gives all records that have it, in the dump's order."""
    assert keys(dump, *wanted) == found


def test_records_are_untouched(dump: str) -> None:
    """A record stands there byte for byte, between the tags of the root."""
    assert get(dump, "series/7").stdout.splitlines()[1:] == [
        "<catalog_titles>",
        f"<catalog_title>{record('series/7')}</catalog_title>",
        "</catalog_titles>",
    ]


def canonical(records: Sequence[etree._Element]) -> list[str]:
    """Give records in canonical form, without the white space that follows them."""
    return [etree.tostring(each, method="c14n", with_tail=False).decode() for each in records]


def split(medium: str) -> bytes:
    """Make a split index."""
    return catindex("process", generate("2.0", 60, 0.5, 3).xml).files[medium]


def regional() -> bytes:
    """Make a regional index: an episode before its show, a movie, and a number that two of them have."""
    return b"""<catalog_titles>
        <catalog_title id="2" type="episode"><title>One &amp; Only</title>
            <show id="1"><season_number>4</season_number><episode_number>1</episode_number></show></catalog_title>
        <catalog_title type='show' id='1'><title><![CDATA[Show]]></title><people/></catalog_title>
        <catalog_title id="1" type="movie"><title>\xc3\x89toile</title><genres><genre/></genres></catalog_title>
    </catalog_titles>"""


#: Dialect -> a small dump of it.
DUMPS: dict[str, Callable[[], bytes]] = {
    **{dialect: partial(lambda name: generate(name, 60, 0.5, 3).xml, dialect) for dialect in DIALECTS},
    "streaming": partial(split, "streaming"),
    "dvd": partial(split, "dvd"),
    "regional": regional,
}


@pytest.mark.parametrize("dialect", DUMPS)
def test_every_key_gives_the_whole_dump(dialect: str, tmp_path: Path) -> None:
    """What is got by every key, put together, is what the dump holds, byte for byte in canonical form."""
    path = tmp_path / "dump.xml"
    path.write_bytes(DUMPS[dialect]())
    records = list(etree.parse(path).getroot().iterchildren("catalog_title", "title_index_item"))
    wanted = list(dict.fromkeys(key_of(each) or "" for each in records))
    found: list[etree._Element] = []
    for key in wanted:
        output = tmp_path / "found.xml"
        assert invoke(["get", str(path), key, "-o", str(output)]) == Status.OK
        found += list(etree.parse(output).getroot())
    assert sorted(canonical(records)) == sorted(canonical(found))


@pytest.mark.parametrize("name", ["index-1.x.xml", "index-2.0.xml.gz"])
def test_all_keys_at_once_give_the_samples(name: str, tmp_path: Path) -> None:
    """All keys of a sample in one call give its records in their order."""
    sample = SAMPLES / name
    records = list(etree.parse(SAMPLES / name.removesuffix(".gz")).getroot().iterchildren("*"))
    output = tmp_path / "found.xml"
    assert invoke(["get", str(sample), *(key_of(each) or "" for each in records), "-o", str(output)]) == Status.OK
    assert canonical(records) == canonical(list(etree.parse(output).getroot()))


def test_keys_from_a_file(dump: str, tmp_path: Path) -> None:
    """``--keys`` adds the keys in a file, a line each."""
    wanted = tmp_path / "wanted.txt"
    wanted.write_text(f"{URL}/movies/8\n\n  season/7 \n")
    assert keys(dump, "--keys", str(wanted)) == ["season x", "movie a", "movie b"]


def test_keys_from_standard_input(dump: str) -> None:
    """``--keys -`` reads the keys from standard input."""
    assert get(dump, "--keys", "-", "--count", stdin="movie/8\n").stdout == "2\n"


def test_nothing_found(dump: str) -> None:
    """Where nothing is found the status is 1, and the XML empty but whole."""
    result = get(dump, "movie/1")
    assert (result.returncode, len(etree.fromstring(result.stdout.encode()))) == (1, 0)
    assert result.stderr == "catindex: not found: movie/1\n"


def test_each_missing_key_is_named(dump: str) -> None:
    """Each key that no record has is reported as it was written, and the status is 1 although others were found."""
    result = get(dump, "8", "movie/1", f"{URL}/discs/5", "-v", "--count")
    assert result.returncode == Status.VERDICT
    assert result.stderr.splitlines() == [
        "catindex: 2 records found",
        "catindex: not found: movie/1",
        f"catindex: not found: {URL}/discs/5",
    ]


def test_a_limit_that_is_not_reached_hides_no_missing_key(dump: str) -> None:
    """The whole input was searched. At the limit, the search ends, and the other keys may follow."""
    assert get(dump, "8", "movie/1", "--count", "--limit", "9").stderr == "catindex: not found: movie/1\n"
    assert get(dump, "8", "movie/1", "--count", "--limit", "1").stderr == ""


def test_the_missing_are_known() -> None:
    """What was found by number or by key is no longer missing."""
    wanted = Keys(["8", "movie/8", "9"])
    assert wanted.match(etree.fromstring(f"<catalog_title><id>{URL}/movies/8</id></catalog_title>"))
    assert wanted.missing == {"9": "9"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["film/8"], "'film/8' is not a key; use movie/60001220"),
        (["http://api.netflix.com/catalog/people/8"], "is not a key"),
        ([], "no key; name one or more keys"),
    ],
)
def test_wrong_keys(dump: str, arguments: list[str], message: str) -> None:
    """What can be no key is refused in one line, and so is a call without any."""
    result = get(dump, *arguments)
    assert (result.returncode, len(result.stderr.splitlines())) == (Status.USAGE, 1)
    assert message in result.stderr


def test_standard_input_is_one_of_both() -> None:
    """Dump and keys cannot both be standard input."""
    assert get("-", "--keys", "-").returncode == Status.USAGE


def test_a_missing_file_of_keys(dump: str) -> None:
    """A file of keys that is not there is no input."""
    assert get(dump, "--keys", "/nowhere/keys").returncode == Status.NO_INPUT
