"""What ``catindex info`` counts and how it tells it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from catindex.cli import invoke
from catindex.errors import Status
from catindex.summary import check_name, describe, value_of
from catindex.summary.charts import window
from catindex.summary.page import write
from catindex.summary.text import plain
from tests.generator import generate
from tests.running import index_1, index_2

if TYPE_CHECKING:
    from collections.abc import Iterator

API = "http://api.netflix.com"
TITLES = f"{API}/catalog/titles"
SCHEMAS = "http://schemas.netflix.com/catalog"
SAMPLES = Path(__file__).parent.parent / "samples"
DAY = 86400
JUNE_2011, MARCH_2012, NO_END = 1306886400, 1330560000, 4102444800


def category(scheme: str, term: str) -> str:
    """Write a category."""
    return f'<category scheme="{API}/categories/{scheme}" label="{term}" term="{term}"/>'


def offer(term: str, begin: int | None = None, end: int | None = None) -> str:
    """Write an availability of a format."""
    dates = "".join(
        f' {name}="{value}"' for name, value in (("available_from", begin), ("available_until", end)) if value
    )
    return f"<availability{dates}>{category('title_formats', term)}</availability>"


def formats(*offers: str) -> str:
    """Write the link with all formats."""
    inside = f"<delivery_formats>{''.join(offers)}</delivery_formats>"
    return f'<link rel="{SCHEMAS}/titles/format_availability">{inside}</link>'


def movie(number: int, inside: str = "") -> str:
    """Write the inside of a movie's record."""
    return f'<id>{TITLES}/movies/{number}</id><title regular="Movie {number}" short="M"/>{inside}'


def series(number: int, episodes: int, name: str = "Show") -> list[str]:
    """Write the insides of the records of a series with a season and its episodes."""
    url = f"{TITLES}/series/{number}"
    season = f"{url}/seasons/{number}"
    return [
        f'<id>{url}</id><title regular="{name}" short="{name}"/>',
        f'<id>{season}</id><title regular="{name}: Season 1" short="{name}"/>',
        *(
            f'<id>{TITLES}/programs/{number * 1000 + episode}</id><title regular="{name}: Season 1: Ep {episode}"/>'
            f'<sequence>{episode}</sequence><link href="{season}" rel="{SCHEMAS}/titles.season" title="{name}"/>'
            for episode in range(1, episodes + 1)
        ),
    ]


@pytest.fixture(name="dump")
def fixture_dump(tmp_path: Path) -> Path:
    """Give a path for a dump."""
    return tmp_path / "dump.xml"


def info(dump: Path, *records: str) -> dict[str, Any]:
    """Describe a 2.0 index of these records."""
    dump.write_bytes(index_2(*records))
    return describe(str(dump))


def test_the_input_is_named(dump: Path) -> None:
    """Dialect, compression and sizes are those of the file."""
    size = len(index_2(movie(1)))
    assert info(dump, movie(1))["input"] == {
        "path": str(dump),
        "compression": None,
        "dialect": "2.0",
        "bytes": size,
        "uncompressed_bytes": size,
    }


def test_records_are_those_of_the_input(dump: Path) -> None:
    """Records are counted as the file has them, copies and parts too."""
    told = info(dump, movie(1), movie(1), *series(7, 3))["records"]
    kinds = {"movie": 2, "series": 1, "season": 1, "episode": 3, "disc": 0, "other": 0}
    assert told == {"total": 7, "by_kind": kinds}


def test_a_series_is_one_title(dump: Path) -> None:
    """Titles are counted as ``unify`` makes them."""
    told = info(dump, movie(1), movie(1), *series(7, 3))["titles"]
    assert (told["total"], told["by_kind"]["series"], told["by_kind"]["episode"]) == (2, 1, 0)


def test_parts_of_series_are_counted(dump: Path) -> None:
    """Seasons and episodes are counted inside their series, what leads to no series apart."""
    lost = f'<id>{TITLES}/programs/5</id><title regular="Lost"/>'
    told = info(dump, *series(7, 3), *series(8, 1), lost)["series"]
    assert {name: told[name] for name in ("total", "seasons", "episodes", "discs", "parts_alone")} == {
        "total": 2,
        "seasons": 2,
        "episodes": 4,
        "discs": 0,
        "parts_alone": 1,
    }


def test_the_largest_series_comes_first(dump: Path) -> None:
    """Series are told with their numbers of parts, that of most episodes first."""
    largest = info(dump, *series(7, 1, "Small"), *series(8, 2, "Large"))["series"]["largest"]
    assert largest == [
        {"key": "series/8", "title": "Large", "episodes": 2, "seasons": 1, "discs": 0},
        {"key": "series/7", "title": "Small", "episodes": 1, "seasons": 1, "discs": 0},
    ]


def test_only_some_series_are_named(dump: Path) -> None:
    """Of many series the largest twenty are kept."""
    records = [record for number in range(1, 31) for record in series(number, number % 7)]
    largest = info(dump, *records)["series"]["largest"]
    assert [entry["episodes"] for entry in largest] == sorted((n % 7 for n in range(1, 31)), reverse=True)[:20]


def test_numbers_nobody_knows_are_counted(dump: Path) -> None:
    """An episode without a number is told."""
    parent = f'<link href="{TITLES}/series/7" rel="{SCHEMAS}/titles.series"/>'
    nameless = f'<id>{TITLES}/programs/5</id><title regular="?"/>{parent}'
    told = info(dump, *series(7, 1), nameless)["series"]
    assert (told["episodes"], told["unnumbered"]["episodes"]) == (2, 1)


def test_formats_count_in_each_and_together(dump: Path) -> None:
    """A title in two formats counts in both, and once in their combination."""
    records = movie(1, formats(offer("DVD"), offer("instant"))), movie(2, formats(offer("DVD"))), movie(3)
    told = info(dump, *records)["titles"]
    assert (told["by_format"], told["by_combination"]) == (
        {"instant": 1, "DVD": 2, "Blu-ray": 0},
        {"DVD": 1, "instant + DVD": 1, "none": 1},
    )


def test_formats_are_spelled_one_way(dump: Path) -> None:
    """Formats that differ in case are the same; unknown ones are told as they stand."""
    told = info(dump, movie(1, formats(offer("dvd"))), movie(2, formats(offer("Betamax"))))["titles"]["by_format"]
    assert told == {"instant": 0, "DVD": 1, "Blu-ray": 0, "Betamax": 1}


def test_the_window_of_availability(dump: Path) -> None:
    """The earliest start, the latest end, and the titles without one; an end in 2100 is none."""
    records = (
        movie(1, formats(offer("instant", JUNE_2011, MARCH_2012))),
        movie(2, formats(offer("instant", MARCH_2012, NO_END))),
        movie(3, formats(offer("DVD", JUNE_2011 - DAY))),
    )
    told = info(dump, *records)["availability"]
    assert (told["earliest"], told["latest"], told["without_end"]) == (
        "2011-05-31T00:00:00Z",
        "2012-03-01T00:00:00Z",
        2,
    )
    assert told["streaming"] == {
        "titles": 2,
        "earliest": "2011-06-01T00:00:00Z",
        "latest": "2012-03-01T00:00:00Z",
        "without_end": 1,
    }


def test_months_of_starts_and_ends(dump: Path) -> None:
    """A title starts and ends once in each medium: with the first and the last of its formats."""
    discs = offer("DVD", JUNE_2011), offer("Blu-ray", MARCH_2012)
    record = movie(1, formats(offer("instant", JUNE_2011, MARCH_2012), *discs))
    none = {"streaming_from": 0, "streaming_until": 0, "dvd_from": 0, "dvd_until": 0}
    assert info(dump, record)["availability"]["by_month"] == {
        "2011-06": none | {"streaming_from": 1, "dvd_from": 1},
        "2012-03": none | {"streaming_until": 1},
    }


def test_dates_beyond_the_calendar_are_left_out(dump: Path) -> None:
    """A number that is no date neither ends the run nor shows as a month."""
    told = info(dump, movie(1, formats(offer("instant", 10**17))))["availability"]
    assert (told["earliest"], told["by_month"]) == (None, {})


def test_release_years(dump: Path) -> None:
    """Years are counted with the formats of their titles; titles without one apart."""
    records = (
        movie(1, f"<release_year>1996</release_year>{formats(offer('DVD'))}"),
        movie(2, "<release_year>1994</release_year>"),
        movie(3, "<release_year/>"),
    )
    none = {"titles": 1, "instant": 0, "DVD": 0, "Blu-ray": 0}
    assert info(dump, *records)["release_years"] == {
        "earliest": 1994,
        "latest": 1996,
        "unknown": 1,
        "by_year": {"1994": none, "1996": none | {"DVD": 1}},
    }


def test_genres_fall_in_number(dump: Path) -> None:
    """The most frequent genre comes first; twenty are named, all are counted."""
    genres = [category(f"genres/{number}", f"Genre {number:02}") for number in range(25)]
    told = info(dump, movie(1, "".join(genres)), movie(2, genres[9]))["genres"]
    assert (told["distinct"], len(told["top"]), next(iter(told["top"].items()))) == (25, 20, ("Genre 09", 2))


def test_ratings_by_system(dump: Path) -> None:
    """Ratings are counted within their system."""
    told = info(dump, movie(1, category("mpaa_ratings", "R") + category("tv_ratings", "TV-14")))["ratings"]
    assert told == {"mpaa_ratings": {"R": 1}, "tv_ratings": {"TV-14": 1}}


def test_external_ids_by_source(dump: Path) -> None:
    """Ids in other catalogs are counted by their source, those of parts too."""
    ids = f'<external_ids><id rel="{SCHEMAS}/id.upc">1</id><id rel="{SCHEMAS}/id.amg">2</id></external_ids>'
    show, *parts = series(7, 1)
    assert info(dump, movie(1, ids), show, *(part + ids for part in parts))["external_ids"] == {"amg": 3, "upc": 3}


def test_what_titles_lack(dump: Path) -> None:
    """Empty fields are counted, by field."""
    told = info(dump, movie(1), movie(2, "<release_year>1996</release_year>"))["missing"]
    assert (told["title"], told["release_year"], told["formats"]) == (0, 1, 2)


def test_warnings_are_those_of_unify(dump: Path) -> None:
    """What ``unify`` warns about is told with examples; every code is always there."""
    records = movie(1), movie(1), movie(1, "<runtime>1</runtime>")
    told = info(dump, *records)["warnings"]
    assert (told["duplicate"]["count"], told["conflict"]["examples"][0]["key"], told["orphan"]["count"]) == (
        1,
        "movie/1",
        0,
    )


def test_every_name_is_always_there(dump: Path) -> None:
    """What programs read has the same names in every file."""
    full = info(dump, movie(1, formats(offer("instant", JUNE_2011, MARCH_2012))), *series(7, 2))
    dump.write_bytes(index_1(f"<title>M</title><id>{TITLES}/movies/1</id>"))
    bare = describe(str(dump))
    assert [list(bare[name]) for name in ("titles", "availability", "series", "missing", "warnings")] == [
        list(full[name]) for name in ("titles", "availability", "series", "missing", "warnings")
    ]
    assert list(bare) == list(full)


def test_a_regional_index_is_read(dump: Path) -> None:
    """A regional index is counted as it stands: its episodes are titles of their own."""
    show = '<catalog_title id="1" type="show"><title>S</title></catalog_title>'
    episode = '<catalog_title id="2" type="episode"><title>E</title><show id="1"/></catalog_title>'
    dump.write_text(f"<catalog_titles>{show}{episode}</catalog_titles>", encoding="utf-8")
    told = describe(str(dump))
    assert (told["input"]["dialect"], told["titles"]["total"], told["series"]["parts_alone"]) == ("regional", 2, 1)


def test_values_by_path() -> None:
    """A dotted path leads through objects and lists, also past names with dots in them."""
    told = {"genres": {"top": {"St. Elsewhere": 3}}, "list": [{"x": 1}]}
    assert [value_of(told, path) for path in ("genres.top.St. Elsewhere", "list.0.x")] == [3, 1]


@pytest.mark.parametrize("path", ["titles.totals", "titles.total.", "nothing", "list.1"])
def test_no_value_at_a_path(path: str) -> None:
    """A path that leads nowhere is an error."""
    with pytest.raises(KeyError):
        value_of({"titles": {"total": 1}, "list": [0]}, path)


@pytest.mark.parametrize(
    ("variable", "printed"),
    [
        ("titles.total", "1\n"),
        ("input.dialect", "2.0\n"),
        ("availability.latest", "\n"),
        ("titles.by_combination", '{"none": 1}\n'),
    ],
)
def test_get_prints_one_value(variable: str, printed: str, dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers and texts are printed bare, null as nothing, the rest as JSON."""
    dump.write_bytes(index_2(movie(1)))
    assert invoke(["info", str(dump), "-g", variable]) == Status.OK
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("titles.tutal", "did you mean titles.total"),
        ("warnings.orphan.counts", "did you mean warnings.orphan.count or "),
        ("zzz", "--json shows all, as in: titles.total"),
        ("titles.total.", "did you mean titles.total"),
        ("", "--json shows all, as in: titles.total"),
    ],
)
def test_a_name_that_no_file_has_is_refused(variable: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that cannot be there is wrong usage before anything is read, and those like it are told."""
    assert invoke(["info", "nowhere.xml", "-g", variable]) == Status.USAGE
    assert capsys.readouterr().err.startswith(f"catindex: --get {variable}: no such value; {hint}")


def test_a_name_that_this_file_has_not(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which formats and genres there are only the file tells; what it has not is wrong usage, too."""
    dump.write_bytes(index_2(movie(1, formats(offer("instant")))))
    for variable, hint in (("titles.by_format.instants", "titles.by_format.instant"), ("genres.top.Drama", "genres.")):
        assert invoke(["info", str(dump), "-g", variable]) == Status.USAGE
        assert f"no such value; did you mean {hint}" in capsys.readouterr().err


def test_every_name_of_a_file_can_be_asked_for() -> None:
    """All that a full file has passes the check."""
    for variable in _names(describe(str(SAMPLES / "index-1.x.xml"))):
        check_name(variable)


def _names(value: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, inner in value.items():
        yield above + name
        if isinstance(inner, dict):
            yield from _names(inner, f"{above}{name}.")


def test_json_is_what_describe_gives(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--json`` prints all counts."""
    expected = info(dump, movie(1), *series(7, 2))
    invoke(["info", str(dump), "--json"])
    assert json.loads(capsys.readouterr().out) == expected


def test_text_is_aligned(dump: Path) -> None:
    """Elsewhere than on a terminal, tables are plain text with numbers under one another."""
    told = plain(info(dump, *(movie(number, formats(offer("DVD"))) for number in range(12))))
    assert "\nFormats\n  instant   0\n  DVD      12\n  Blu-ray   0\n" in told


def test_only_one_thing_goes_to_standard_output(dump: Path) -> None:
    """Asking for two things at once is wrong usage."""
    dump.write_bytes(index_2(movie(1)))
    assert invoke(["info", str(dump), "--json", "-g", "titles.total"]) == Status.USAGE


def test_a_damaged_input_leaves_the_old_page(dump: Path, tmp_path: Path) -> None:
    """A run that fails changes nothing."""
    dump.write_bytes(index_2(movie(1))[:-20])
    page = tmp_path / "page.html"
    page.write_text("old", encoding="utf-8")
    assert invoke(["info", str(dump), "--html", str(page)]) == Status.DATA
    assert page.read_text(encoding="utf-8") == "old"


def test_malformed_records_are_left_out(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--recover`` what can be read is counted, the rest is told, and the status is 1."""
    dump.write_bytes(index_2(movie(1), movie(2, "<runtime>1</runtme>"), movie(3)))
    assert invoke(["info", str(dump), "--recover", "--json"]) == Status.VERDICT
    told = json.loads(capsys.readouterr().out)
    assert (told["records"]["total"], told["titles"]["total"], told["warnings"]["rejected"]["count"]) == (3, 2, 1)


@pytest.fixture(name="told")
def fixture_told(dump: Path) -> dict[str, Any]:
    """Describe a dump with something of everything."""
    dump.write_bytes(generate("2.0", 300, 0.4, 3).xml)
    return describe(str(dump))


def parsed(told: dict[str, Any]) -> etree._Element:
    """Parse the page as XML."""
    return etree.fromstring(write(told).removeprefix(b"<!DOCTYPE html>"))


def rows_of(page: etree._Element, table: str) -> list[list[str]]:
    """Give the texts of the cells of a table of the page."""
    body = page.find(f".//table[@id='{table}']/tbody")
    assert body is not None
    return [["".join(map(str, cell.itertext())) for cell in row] for row in body]


def test_the_page_needs_nothing_else(told: dict[str, Any]) -> None:
    """The page is well-formed, and neither links to nor loads anything."""
    page = parsed(told)
    elements = {str(element.tag) for element in page.iter()}
    attributes = {str(name) for element in page.iter() for name in element.attrib}
    assert not elements & {"script", "link", "img", "iframe", "object", "image", "use", "a"}
    assert not attributes & {"href", "src", "srcset", "style"}
    assert not re.search(r"url\(|@import|https?:", page.findtext("head/style", ""))


def test_the_page_says_what_its_pictures_show(told: dict[str, Any]) -> None:
    """Every picture has a title and a label; every table a caption and headings for columns and rows."""
    page = parsed(told)
    pictures = page.findall(".//svg")
    assert pictures
    assert all(svg.get("role") == "img" and svg.get("aria-label") == svg.findtext("title") for svg in pictures)
    assert all(table.findtext("caption") for table in page.iter("table"))
    assert {cell.get("scope") for cell in page.iter("th")} == {"col", "row"}


def test_the_page_is_light_and_dark_and_printable(told: dict[str, Any]) -> None:
    """The style knows both colour schemes, narrow screens and paper."""
    style = parsed(told).findtext("head/style", "")
    for medium in ("(prefers-color-scheme: dark)", "(max-width: 700px)", "print"):
        assert f"@media {medium}" in style


def test_the_page_has_the_numbers_of_the_json(told: dict[str, Any]) -> None:
    """The tables behind the pictures hold the counts of ``--json``."""
    page = parsed(told)
    for table, counts in (
        ("genres", told["genres"]["top"]),
        ("formats", told["titles"]["by_format"]),
        ("combinations", told["titles"]["by_combination"]),
        ("seasons", told["series"]["by_seasons"]),
    ):
        assert rows_of(page, table) == [[name, f"{count:,}"] for name, count in counts.items()]
    for table, by in (("years", told["release_years"]["by_year"]), ("months", told["availability"]["by_month"])):
        assert rows_of(page, table) == [
            [name, *(f"{count:,}" for count in counts.values())] for name, counts in by.items()
        ]
    assert [row[1:] for row in rows_of(page, "largest")] == [
        [str(entry[name]) for name in ("episodes", "seasons", "discs")] for entry in told["series"]["largest"]
    ]


def test_texts_of_the_input_stay_texts(dump: Path) -> None:
    """Markup in a title is shown and not obeyed."""
    told = info(dump, *series(7, 1, "&lt;script&gt;&amp;amp;"))
    assert rows_of(parsed(told), "largest") == [["<script>&amp;", "1", "1", "0"]]


def test_a_page_of_almost_nothing(dump: Path) -> None:
    """A file without dates, genres or series makes a page, too."""
    page = parsed(info(dump, movie(1)))
    assert [heading.text for heading in page.iter("h2")] == ["Formats", "Numbers", "Data quality", "Warnings", "Series"]


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({1990: 1}, (range(1990, 1991), 0)),
        ({1990: 1, 1995: 2}, (range(1990, 1996), 0)),
        ({0: 1, 1990: 5, 1999: 5, 9999: 2}, (range(1990, 2000), 3)),
    ],
)
def test_outliers_are_left_out_of_a_picture(counts: dict[int, int], shown: tuple[range, int]) -> None:
    """A picture shows the run of years that counts most, and how much it leaves out."""
    assert window(counts, 10) == shown
