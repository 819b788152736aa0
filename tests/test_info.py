"""The statistics of ``catindex info``, as JSON and as text."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from catindex.cli import invoke
from catindex.errors import Status
from catindex.summary import check_name, describe, value_of
from catindex.summary.text import draw, plain
from tests.records import (
    JUNE_2011,
    MARCH_2012,
    NO_END,
    SCHEMAS,
    TITLES,
    category,
    formats,
    info,
    movie,
    offer,
    series,
)
from tests.running import index_1, index_2

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parent.parent / "samples"
DAY = 86400


@pytest.fixture(name="dump")
def fixture_dump(tmp_path: Path) -> Path:
    """Return a path for a dump."""
    return tmp_path / "dump.xml"


def test_the_input_is_named(dump: Path) -> None:
    """The input has the dialect, compression and sizes of the file."""
    size = len(index_2(movie(1)))
    assert info(dump, movie(1))["input"] == {
        "path": str(dump),
        "compression": None,
        "dialect": "2.0",
        "bytes": size,
        "uncompressed_bytes": size,
    }


def test_records_are_those_of_the_input(dump: Path) -> None:
    """Records are counted as they are in the file, including copies and parts."""
    result = info(dump, movie(1), movie(1), *series(7, 3))["records"]
    kinds = {"movie": 2, "series": 1, "season": 1, "episode": 3, "disc": 0, "other": 0}
    assert result == {"total": 7, "by_kind": kinds}


def test_a_series_is_one_title(dump: Path) -> None:
    """A series with its parts counts as one title, as in the output of ``unify``."""
    result = info(dump, movie(1), movie(1), *series(7, 3))["titles"]
    assert (result["total"], result["by_kind"]["series"], result["by_kind"]["episode"]) == (2, 1, 0)


def test_parts_of_series_are_counted(dump: Path) -> None:
    """Parts are counted by kind; parts without a series are counted separately."""
    lost = f'<id>{TITLES}/programs/5</id><title regular="Lost"/>'
    result = info(dump, *series(7, 3), *series(8, 1), lost)["series"]
    assert {name: result[name] for name in ("total", "seasons", "episodes", "discs", "parts_alone")} == {
        "total": 2,
        "seasons": 2,
        "episodes": 4,
        "discs": 0,
        "parts_alone": 1,
    }


def test_the_largest_series_comes_first(dump: Path) -> None:
    """The largest series are listed with their numbers of parts, most episodes first."""
    largest = info(dump, *series(7, 1, "Small"), *series(8, 2, "Large"))["series"]["largest"]
    assert largest == [
        {"key": "series/8", "title": "Large", "episodes": 2, "seasons": 1, "discs": 0},
        {"key": "series/7", "title": "Small", "episodes": 1, "seasons": 1, "discs": 0},
    ]


def test_only_some_series_are_named(dump: Path) -> None:
    """Only the twenty largest series are listed."""
    records = [record for number in range(1, 31) for record in series(number, number % 7)]
    largest = info(dump, *records)["series"]["largest"]
    assert [entry["episodes"] for entry in largest] == sorted((n % 7 for n in range(1, 31)), reverse=True)[:20]


def test_parts_without_a_number_are_counted(dump: Path) -> None:
    """An episode without a number is counted as such."""
    parent = f'<link href="{TITLES}/series/7" rel="{SCHEMAS}/titles.series"/>'
    nameless = f'<id>{TITLES}/programs/5</id><title regular="?"/>{parent}'
    result = info(dump, *series(7, 1), nameless)["series"]
    assert (result["episodes"], result["unnumbered"]["episodes"]) == (2, 1)


def test_seasons_are_counted_by_number(dump: Path) -> None:
    """Volumes of one season count once, specials do not count, and a season record without a number does."""
    url = f"{TITLES}/series/7"
    parent = f'<link href="{url}" rel="{SCHEMAS}/titles.series"/>'
    names = ("Specials", "Season 2: Vol. 1", "Season 2: Vol. 2", "The Lost Tapes")
    seasons = [
        f'<id>{url}/seasons/{number}</id><title regular="Show: {name}"/>{parent}'
        for number, name in enumerate(names, 71)
    ]
    episode = f'<id>{TITLES}/programs/9</id><title regular="Show: Season 3: Ep 1"/>{parent}'
    result = info(dump, f'<id>{url}</id><title regular="Show"/>', *seasons, episode)["series"]
    assert (result["seasons"], result["by_seasons"], result["largest"][0]["seasons"]) == (3, {"3": 1}, 3)


def test_the_dates_of_the_dump(dump: Path) -> None:
    """The oldest and the newest ``updated`` of titles and parts are found; a number beyond the year 9999 is ignored."""
    show, season, *episodes = series(7, 1)
    records = (
        movie(1, f"<updated>{JUNE_2011}000</updated>"),
        movie(2, "<updated>999999999999999</updated>"),
        *(show, season + f"<updated>{MARCH_2012}</updated>", *episodes),
    )
    result = info(dump, *records)
    assert result["updated"] == {"earliest": "2011-06-01T00:00:00Z", "latest": "2012-03-01T00:00:00Z"}
    assert "  dump date (newest update)  2012-03-01\n  oldest update              2011-06-01\n" in plain(result)


def test_a_dump_without_dates(dump: Path) -> None:
    """Without any ``updated`` the dates are null."""
    assert info(dump, movie(1))["updated"] == {"earliest": None, "latest": None}


def test_formats_count_in_each_and_together(dump: Path) -> None:
    """A title in two formats counts in both, and once in their combination."""
    records = movie(1, formats(offer("DVD"), offer("instant"))), movie(2, formats(offer("DVD"))), movie(3)
    result = info(dump, *records)["titles"]
    assert (result["by_format"], result["by_combination"]) == (
        {"instant": 1, "DVD": 2, "Blu-ray": 0},
        {"DVD": 1, "instant + DVD": 1, "none": 1},
    )


def test_formats_are_spelled_one_way(dump: Path) -> None:
    """Formats are compared without regard to case; unknown formats are counted under their own names."""
    result = info(dump, movie(1, formats(offer("dvd"))), movie(2, formats(offer("Betamax"))))["titles"]["by_format"]
    assert result == {"instant": 0, "DVD": 1, "Blu-ray": 0, "Betamax": 1}


def test_the_window_of_availability(dump: Path) -> None:
    """Availability has the earliest start, the latest end, and the titles without end; the year 2100 is no end."""
    records = (
        movie(1, formats(offer("instant", JUNE_2011, MARCH_2012))),
        movie(2, formats(offer("instant", MARCH_2012, NO_END))),
        movie(3, formats(offer("DVD", JUNE_2011 - DAY))),
    )
    result = info(dump, *records)["availability"]
    assert (result["earliest"], result["latest"], result["without_end"]) == (
        "2011-05-31T00:00:00Z",
        "2012-03-01T00:00:00Z",
        2,
    )
    assert result["streaming"] == {
        "titles": 2,
        "earliest": "2011-06-01T00:00:00Z",
        "latest": "2012-03-01T00:00:00Z",
        "without_end": 1,
    }


def test_months_of_starts_and_ends(dump: Path) -> None:
    """In each medium a title starts once, with its first format, and ends once, with its last."""
    discs = offer("DVD", JUNE_2011), offer("Blu-ray", MARCH_2012)
    record = movie(1, formats(offer("instant", JUNE_2011, MARCH_2012), *discs))
    none = {"streaming_from": 0, "streaming_until": 0, "dvd_from": 0, "dvd_until": 0}
    assert info(dump, record)["availability"]["by_month"] == {
        "2011-06": none | {"streaming_from": 1, "dvd_from": 1},
        "2012-03": none | {"streaming_until": 1},
    }


def test_dates_beyond_the_calendar_are_left_out(dump: Path) -> None:
    """A start beyond the year 9999 is ignored."""
    result = info(dump, movie(1, formats(offer("instant", 10**17))))["availability"]
    assert (result["earliest"], result["by_month"]) == (None, {})


def test_release_years(dump: Path) -> None:
    """Titles are counted by release year and format; titles without a year are counted as unknown."""
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
    """The twenty most frequent genres are listed, and all genres are counted."""
    genres = [category(f"genres/{number}", f"Genre {number:02}") for number in range(25)]
    result = info(dump, movie(1, "".join(genres)), movie(2, genres[9]))["genres"]
    assert (result["distinct"], len(result["top"]), next(iter(result["top"].items()))) == (25, 20, ("Genre 09", 2))


def test_ratings_by_system(dump: Path) -> None:
    """Ratings are counted by system."""
    result = info(dump, movie(1, category("mpaa_ratings", "R") + category("tv_ratings", "TV-14")))["ratings"]
    assert result == {"mpaa_ratings": {"R": 1}, "tv_ratings": {"TV-14": 1}}


def test_external_ids_by_source(dump: Path) -> None:
    """External ids of titles and parts are counted by source."""
    ids = f'<external_ids><id rel="{SCHEMAS}/id.upc">1</id><id rel="{SCHEMAS}/id.amg">2</id></external_ids>'
    show, *parts = series(7, 1)
    assert info(dump, movie(1, ids), show, *(part + ids for part in parts))["external_ids"] == {"amg": 3, "upc": 3}


def test_titles_without_a_field(dump: Path) -> None:
    """Titles with an empty field are counted by field."""
    result = info(dump, movie(1), movie(2, "<release_year>1996</release_year>"))["missing"]
    assert (result["title"], result["release_year"], result["formats"]) == (0, 1, 2)


def test_warnings_are_those_of_unify(dump: Path) -> None:
    """The warnings are those of ``unify``, with examples; every code is present."""
    records = movie(1), movie(1), movie(1, "<runtime>1</runtime>")
    result = info(dump, *records)["warnings"]
    assert (result["duplicate"]["count"], result["conflict"]["examples"][0]["key"], result["orphan"]["count"]) == (
        1,
        "movie/1",
        0,
    )


def test_every_name_is_always_there(dump: Path) -> None:
    """The names in the JSON do not depend on the file."""
    full = info(dump, movie(1, formats(offer("instant", JUNE_2011, MARCH_2012))), *series(7, 2))
    dump.write_bytes(index_1(f"<title>M</title><id>{TITLES}/movies/1</id>"))
    bare = describe(str(dump))
    assert [list(bare[name]) for name in ("titles", "availability", "series", "missing", "warnings")] == [
        list(full[name]) for name in ("titles", "availability", "series", "missing", "warnings")
    ]
    assert list(bare) == list(full)


def test_a_regional_index_is_read(dump: Path) -> None:
    """In a regional index each episode counts as a title."""
    show = '<catalog_title id="1" type="show"><title>S</title></catalog_title>'
    episode = '<catalog_title id="2" type="episode"><title>E</title><show id="1"/></catalog_title>'
    dump.write_text(f"<catalog_titles>{show}{episode}</catalog_titles>", encoding="utf-8")
    result = describe(str(dump))
    assert (result["input"]["dialect"], result["titles"]["total"], result["series"]["parts_alone"]) == (
        "regional",
        2,
        1,
    )


def test_values_by_path() -> None:
    """A dotted path leads through objects and lists, and past names that contain dots."""
    result = {"genres": {"top": {"St. Elsewhere": 3}}, "list": [{"x": 1}]}
    assert [value_of(result, path) for path in ("genres.top.St. Elsewhere", "list.0.x")] == [3, 1]


@pytest.mark.parametrize("path", ["titles.totals", "titles.total.", "nothing", "list.1"])
def test_no_value_at_a_path(path: str) -> None:
    """A path without a value is an error."""
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
    """``--get`` prints numbers and text bare, null as an empty line, and other values as JSON."""
    dump.write_bytes(index_2(movie(1)))
    assert invoke(["info", str(dump), "-g", variable]) == Status.OK
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("titles.tutal", "did you mean titles.total"),
        ("warnings.orphan.counts", "did you mean warnings.orphan.count or "),
        ("zzz", "--json prints all values"),
        ("titles.total.", "did you mean titles.total"),
        ("", "--json prints all values"),
    ],
)
def test_a_name_that_no_file_has_is_refused(variable: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no file can have is a usage error before the file is read, with similar names."""
    assert invoke(["info", "nowhere.xml", "-g", variable]) == Status.USAGE
    assert capsys.readouterr().err.startswith(f"catindex: --get {variable}: no such value; {hint}")


def test_a_name_that_this_file_does_not_have(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A format or genre that the file does not have is a usage error."""
    dump.write_bytes(index_2(movie(1, formats(offer("instant")))))
    for variable, hint in (("titles.by_format.instants", "titles.by_format.instant"), ("genres.top.Drama", "genres.")):
        assert invoke(["info", str(dump), "-g", variable]) == Status.USAGE
        assert f"no such value; did you mean {hint}" in capsys.readouterr().err


def test_every_name_of_a_file_can_be_asked_for() -> None:
    """Every name in the JSON of a full file is accepted."""
    for variable in _names(describe(str(SAMPLES / "index-1.x.xml"))):
        check_name(variable)


def _names(value: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, inner in value.items():
        yield above + name
        if isinstance(inner, dict):
            yield from _names(inner, f"{above}{name}.")


def test_json_is_the_result_of_describe(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--json`` prints all counts."""
    expected = info(dump, movie(1), *series(7, 2))
    invoke(["info", str(dump), "--json"])
    assert json.loads(capsys.readouterr().out) == expected


def test_text_is_aligned(dump: Path) -> None:
    """Off a terminal, tables are plain text with numbers aligned to the right."""
    result = plain(info(dump, *(movie(number, formats(offer("DVD"))) for number in range(12))))
    assert "\nFormats\n  instant   0\n  DVD      12\n  Blu-ray   0\n" in result


def test_text_is_safe_to_print(tmp_path: Path) -> None:
    """Control characters and overrides in titles and in the path, and bytes that are not UTF-8, appear as escapes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path / "a\x1b[2Jb") + b"\xff"))
    text = plain(info(path, *series(7, 1, "Show &#x9b;31m &#x202e;txt")))
    assert text.splitlines()[0] == f"{tmp_path}/a\\x1b[2Jb\\xff"
    assert "  Show \\x9b31m \\u202etxt  " in text
    assert not set("\x1b\x9b\u202e\udcff") & set(text)


def test_a_terminal_gets_no_control_characters_of_titles(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tables of a terminal are as safe as plain text."""
    draw(info(dump, *series(7, 1, "Show &#x9b;31m &#x202e;txt")))
    assert not set("\x9b\u202e") & set(capsys.readouterr().out)


def test_only_one_thing_goes_to_standard_output(dump: Path) -> None:
    """Two outputs on standard output are a usage error."""
    dump.write_bytes(index_2(movie(1)))
    assert invoke(["info", str(dump), "--json", "-g", "titles.total"]) == Status.USAGE


def test_a_damaged_input_leaves_the_old_page(dump: Path, tmp_path: Path) -> None:
    """A run that fails leaves the old page."""
    dump.write_bytes(index_2(movie(1))[:-20])
    page = tmp_path / "page.html"
    page.write_text("old", encoding="utf-8")
    assert invoke(["info", str(dump), "--html", str(page)]) == Status.DATA
    assert page.read_text(encoding="utf-8") == "old"


def test_malformed_records_are_left_out(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--recover`` malformed records are counted as rejected, and the status is 1."""
    dump.write_bytes(index_2(movie(1), movie(2, "<runtime>1</runtme>"), movie(3)))
    assert invoke(["info", str(dump), "--recover", "--json"]) == Status.VERDICT
    result = json.loads(capsys.readouterr().out)
    assert (result["records"]["total"], result["titles"]["total"], result["warnings"]["rejected"]["count"]) == (3, 2, 1)
