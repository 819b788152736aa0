"""The page of ``archive info --html``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from lxml import html

from catindex.cli.archive import command
from catindex.errors import UsageError
from tests.nights import movie, night, offer

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

from catindex.archive import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Make an archive of three nights, of which one is missing."""
    nights = {1: [movie(1), movie(2, offer("DVD"))], 2: [movie(2, offer("DVD"))], 4: [movie(1), movie(3)]}
    paths = [str(night(tmp_path, number, *records)) for number, records in nights.items()]
    Archive(str(tmp_path / "<b>nights")).add(paths)
    return tmp_path / "<b>nights"


def page(archive: Path) -> Any:
    """Write the page of an archive and parse it."""
    target = archive.parent / "page.html"
    CliRunner().invoke(command, ["info", str(archive), "--html", str(target)], catch_exceptions=False)
    return html.fromstring(target.read_bytes())


def test_the_figures(archive: Path) -> None:
    """The most wanted numbers are at the top, and the title is that of the archive."""
    found = page(archive)
    figures = dict(zip(found.xpath("//dt/text()"), found.xpath("//dd/text()"), strict=True))
    assert figures == {"dumps": "3", "nights missing": "1", "titles": "2", "streaming": "2", "on disc": "0"}
    assert found.xpath("//h1/text()") == [str(archive)]


def test_the_tables(archive: Path) -> None:
    """Every dump has a row, and so has every month, medium and event."""
    nights, months = page(archive).xpath("//tbody")
    assert [row[0].text for row in nights] == ["2012-09-01", "2012-09-02", "2012-09-04"]
    assert [[cell.text for cell in row] for row in months] == [
        ["2012-09", "dvd", "left", "1"],
        ["2012-09", "streaming", "arrived", "2"],
        ["2012-09", "streaming", "left", "1"],
    ]


def test_the_charts(archive: Path) -> None:
    """The curves have the titles of each night and medium; departures point downwards."""
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    blocks = page(archive).xpath("//script[@type='application/json']/text()")
    nights, months = (next(iter(json.loads(block)["datasets"].values())) for block in blocks)
    assert [(row["date"][-2:], row["medium"], row["titles"]) for row in nights] == [
        ("01", "streaming", 1),
        ("01", "dvd", 1),
        ("02", "streaming", 0),
        ("02", "dvd", 1),
        ("04", "streaming", 2),
        ("04", "dvd", 0),
    ]
    assert [row["signed"] for row in months] == [-1, 2, -1]


def test_nothing_is_loaded(archive: Path) -> None:
    """The page has no addresses to load from, and its policy forbids it."""
    found = page(archive)
    assert found.xpath("//@src | //link | //img") == []
    (policy,) = found.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")


def test_without_the_extra(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page has its figures and tables, and says how to get charts."""
    monkeypatch.setitem(sys.modules, "altair", None)
    found = page(archive)
    assert (found.xpath("count(//tbody)"), found.xpath("//script")) == (2, [])
    assert found.xpath("//p[contains(., \"pip install 'catindex[page]'\")]")


def test_one_dump_has_no_months(tmp_path: Path) -> None:
    """The baseline has neither arrivals nor departures."""
    Archive(str(tmp_path / "archive")).add([str(night(tmp_path, 1, movie(1)))])
    assert [len(body) for body in page(tmp_path / "archive").xpath("//tbody")] == [1, 0]


def test_one_standard_output(archive: Path) -> None:
    """Two outputs there are wrong usage."""
    with pytest.raises(UsageError, match="only one of --json and --html"):
        CliRunner().invoke(
            command,
            ["info", str(archive), "--json", "--html", "-"],
            catch_exceptions=False,
            standalone_mode=False,
        )
