"""Finding records by conditions: the command ``catindex filter``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from lxml import etree

from catindex.cli import filter as cli
from catindex.cli import invoke, main
from catindex.errors import Status
from catindex.rules.keys import KINDS
from catindex.select import OF_FORMATS, OF_TITLES, Search, search
from tests.running import index_1, index_2

if TYPE_CHECKING:
    from catindex.passes import Progress

GENRES = "http://api.netflix.com/categories/genres"
FORMATS = "http://api.netflix.com/categories/title_formats"
DAY_1, DAY_2, DAY_3 = 1347667200, 1347753600, 1347840000  # 2012-09-15, 16, 17


def offer(term: str, start: int | None = None, end: int | None = None) -> str:
    """Write an availability in one format."""
    dates = f' available_from="{start}"' if start is not None else ""
    dates += f' available_until="{end}"' if end is not None else ""
    return f'<availability{dates}><category scheme="{FORMATS}" label="{term}" term="{term}"/></availability>'


def film(number: int, title: str = "Film", *offers: str, more: str = "", kind: str = "movies") -> str:
    """Write the inside of a 2.0 record."""
    return (
        f'<id>http://api.netflix.com/catalog/titles/{kind}/{number}</id><title short="{title}" regular="{title}"/>'
        f'{more}<link href="x" rel="http://schemas.netflix.com/catalog/titles/format_availability" title="formats">'
        f"<delivery_formats>{''.join(offers)}</delivery_formats></link>"
    )


RECORDS = (
    film(1, "The Salt Road", offer("instant", DAY_1, DAY_3), offer("DVD", 0), more="<release_year>1996</release_year>"),
    film(2, "Salt", offer("DVD"), more=f'<category scheme="{GENRES}" label="Dramas" term="Dramas"/>'),
    film(3, "Ferry", offer("Blu-ray"), offer("instant", DAY_3, DAY_3 + 9), more="<release_year>2001</release_year>"),
    film(4, "Harbour", kind="series", more=f"<updated>{DAY_2}000</updated>"),
)
PERSON = (
    '<link href="x" rel="http://schemas.netflix.com/catalog/people.cast" title="cast"><people>'
    '<link href="y" rel="http://schemas.netflix.com/catalog/person" title="Ida Moreau"/></people></link>'
)


@pytest.fixture
def dump(tmp_path: Path) -> str:
    """Write the records above as a dump."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(*RECORDS, film(5, "Alms", more=PERSON)))
    return str(path)


def found(dump: str, *options: str) -> list[str]:
    """Return the numbers of the titles that a call finds, which decide its status."""
    output = Path(f"{dump}.found.ndjson")
    status = invoke(["filter", dump, *options, "-f", "ndjson", "-o", str(output)])
    numbers = [json.loads(line)["id"] for line in output.read_text("utf-8").splitlines()]
    assert status == (Status.OK if numbers else Status.VERDICT)
    return numbers


def run(*arguments: str, status: Status | None = None) -> str:
    """Run ``catindex filter`` in a process of its own and give what it prints."""
    result = subprocess.run(
        [sys.executable, "-m", "catindex", "filter", *arguments], capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    assert result.returncode == (status if status is not None else 0 if result.stdout else 1)
    return result.stdout


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ("", "1 2 3 4 5"),
        ("--kind series", "4"),
        ("--kind series --kind disc", "4"),
        ("--available-on dvd", "1 2"),
        ("--medium dvd", "1 2 3"),
        ("--genre dramas", "2"),
        ("--year 1996", "1"),
        ("--year 1990..2001", "1 3"),
        ("--year 1997..", "3"),
        ("--year ..1999", "1"),
        ("--title ^salt", "2"),
        ("--title salt", "1 2"),
        ("--person moreau", "5"),
        ("--on-date 2012-09-15", "1 2 3"),
        ("--on-date 2012-09-15 --medium streaming", "1"),
        ("--on-date 2012-09-17 --medium streaming", "3"),
        ("--expires-before 2012-09-18", "1 3"),
        ("--expires-before 2012-09-17", ""),
        ("--expires-before 2012-09-18 --available-on DVD", ""),
        ("--updated-since 2012-09-16", "4"),
        ("--updated-since 2012-09-17", ""),
        ("--medium dvd --invert", "4 5"),
        ("--limit 2", "1 2"),
        ("--medium dvd --year 1996..2001", "1 3"),
    ],
)
def test_conditions(dump: str, options: str, numbers: str) -> None:
    """All conditions must be fulfilled, those of offers by the same one, and a repeated option by any of its values."""
    assert found(dump, *options.split()) == numbers.split()


def test_records_are_untouched(dump: str) -> None:
    """What is found stands there byte for byte, between the tags of the root."""
    lines = run(dump, "--title", "salt").splitlines()
    assert lines[1:] == [
        "<catalog_titles>",
        *(f"<catalog_title>{record}</catalog_title>" for record in RECORDS[:2]),
        "</catalog_titles>",
    ]


def test_the_dialect_stays(tmp_path: Path) -> None:
    """Of a 1.x index comes a 1.x index, twins and all."""
    record = f'<title>Salt</title><id>http://api.netflix.com/catalog/titles/movies/1</id><x a="{GENRES}"></x>'
    path = tmp_path / "dump.xml"
    path.write_bytes(index_1(record))
    assert f"<catalog_title_index>\n<title_index_item>{record}</title_index_item>\n" in run(str(path))


def test_a_search_response_keeps_its_header(tmp_path: Path) -> None:
    """Of a search response comes a search response, with the header by which it is told."""
    path = tmp_path / "search.xml"
    path.write_text(
        "<catalog_titles><number_of_results>2</number_of_results>"
        f"<catalog_title>{RECORDS[0]}</catalog_title><catalog_title>{RECORDS[3]}</catalog_title></catalog_titles>"
    )
    root = etree.fromstring(run(str(path), "--kind", "series").encode())
    assert [child.tag for child in root] == ["number_of_results", "catalog_title"]


def test_count(dump: str) -> None:
    """``--count`` prints the number of records only, and the status says whether there are any."""
    assert (run(dump, "--medium", "dvd", "--count"), run(dump, "--kind", "disc", "--count", status=Status.VERDICT)) == (
        "3\n",
        "0\n",
    )


def test_nothing_found(dump: str) -> None:
    """Where nothing is found the XML is empty but whole, and the status 1."""
    assert len(etree.fromstring(run(dump, "--kind", "disc", status=Status.VERDICT).encode())) == 0


def test_output_to_a_file(dump: str, tmp_path: Path) -> None:
    """``-o`` writes a file, compressed as its name says, that catindex reads again."""
    path = str(tmp_path / "found.xml.gz")
    assert run(dump, "--medium", "dvd", "-o", path, status=Status.OK) == ""
    assert found(path) == ["1", "2", "3"]


def test_the_input_is_not_written_over(dump: str, capfd: pytest.CaptureFixture[str]) -> None:
    """An output that is the input is refused."""
    assert invoke(["filter", dump, "-o", dump]) == Status.CANNOT_CREATE
    assert "is the input" in capfd.readouterr().err


def test_a_damaged_record_is_located(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The message about a malformed record names its place and the last whole one, and nothing is written."""
    path, output = tmp_path / "dump.xml", tmp_path / "found.xml"
    path.write_bytes(index_2(film(1), "<id>http://x/catalog/titles/movies/2</id><a></b>"))
    assert invoke(["filter", str(path), "-o", str(output)]) == Status.DATA
    assert f"{path}:4:" in (message := capfd.readouterr().err)
    assert "record 2, after movie/1" in message
    assert not output.exists()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--year", "199x", "neither a year nor a range"),
        ("--year", "..", "neither a year nor a range"),
        ("--year", "1999..1990", "ends before it begins"),
        ("--title", "(", "is not a regular expression"),
        ("--on-date", "yesterday", "is not a date; use YYYY-MM-DD, for example 2012-09-15"),
        ("--kind", "film", "is not one of"),
    ],
)
def test_wrong_values(dump: str, option: str, value: str, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A value that cannot be meant is refused in one line."""
    assert invoke(["filter", dump, option, value]) == Status.USAGE
    assert message in capfd.readouterr().err


def test_verbose_tells_the_number(dump: str) -> None:
    """``-v`` tells how many records were found, beside the output."""
    assert CliRunner().invoke(main, ["filter", dump, "-v", "--count"]).stderr == "catindex: 5 records found\n"


def test_every_condition_has_its_option() -> None:
    """The command knows the conditions and kinds that the search knows."""
    assert (set(cli.CONDITIONS), cli.KINDS) == (OF_TITLES.keys() | OF_FORMATS.keys(), KINDS)


def test_progress_is_told(tmp_path: Path) -> None:
    """A search reports after each chunk how far it is: bytes of the file and records."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(*(film(number) for number in range(600))))
    told: list[Progress] = []
    search(Search(str(path), lambda _: False, None, on_progress=told.append))
    assert [(each.size, each.records) for each in told][-1] == (path.stat().st_size, 600)


def test_a_closed_pipe_ends_silently(tmp_path: Path) -> None:
    """Where nobody reads any more the run ends with status 141 and without a word."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(*(film(number, "x" * 1000) for number in range(500))))
    line = f"{sys.executable} -m catindex filter {path} | head -1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["/bin/bash", "-c", line], capture_output=True, text=True, check=True)
    assert (result.stdout.splitlines()[-1], result.stderr) == ("141", "")


@pytest.mark.parametrize("command", [("filter",), ("get", "movie/1", "movie/3")])
@pytest.mark.parametrize("form", ["xml", "ndjson"])
def test_damage_can_be_left_out(
    command: tuple[str, ...], form: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What is found behind it is written, the status is 1, and one line tells what was left out."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(film(1), film(2, more="&nbsp;"), film(3)))
    name, *keys = command
    arguments = [name, str(path), *keys, "-f", form]
    assert invoke(arguments) == Status.DATA
    capfd.readouterr()
    assert invoke([*arguments, "--recover"]) == Status.VERDICT
    out, err = capfd.readouterr()
    assert (out.count("movies/1"), out.count("movies/2"), out.count("movies/3")) == (1, 0, 1)
    assert err.startswith(f"catindex: {path}: left out 1 malformed record, the first at line")
    assert invoke([*arguments, "--recover", "-q"]) == Status.VERDICT
    assert capfd.readouterr().err == ""
