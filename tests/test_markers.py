"""What titles say: the corpus ``corpus/titles.tsv``, and what holds for every title."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catindex.series.markers import NOTHING, Reading, read_label, read_title, series_name_in
from catindex.series.words import read_number


class Row(NamedTuple):
    """One line of the corpus."""

    line: int
    kind: str
    series_names: list[str]
    season_titles: list[str]
    title: str
    reading: Reading  # without what the corpus does not have


def _corpus() -> list[Row]:
    path = Path(__file__).parent / "corpus" / "titles.tsv"
    lines = path.read_text(encoding="utf-8").split("\n")
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line and not line.startswith("#")]
    assert numbered[0][1] == "kind\tseries\tseason title\ttitle\tseason\tvolume\tepisode\tdisc\tname"
    return [_row(number, line) for number, line in numbered[1:]]


def _row(line: int, text: str) -> Row:
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    kind, series, season_title, title, season, volume, episode, disc, name = text.split("\t")
    reading = Reading(
        season=_number(season),
        weak_season=_number(season, "~"),
        volume=_number(volume),
        episode=_number(episode),
        weak_episode=_number(episode, "~"),
        disc=_number(disc),
        name=None if name == "-" else name,
    )
    names, titles = ([] if cell == "-" else cell.split(" | ") for cell in (series, season_title))
    return Row(line, kind, names, titles, title, reading)


def _number(cell: str, mark: str = "") -> int | None:
    """Return the number in a cell behind this mark; None if it has none, or another mark."""
    digits = cell.removeprefix(mark)
    return int(digits) if cell.startswith(mark) and digits.isdigit() else None


CORPUS = _corpus()


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.line}-{row.kind}-{row.title}") for row in CORPUS])
def test_corpus(row: Row) -> None:
    """Every title of the corpus is read as the corpus says."""
    reading = read_title(row.title, row.kind, row.series_names, row.season_titles)
    assert reading._replace(series_name=None, ends_in_marker=False) == row.reading


def test_corpus_is_large_and_a_third_has_no_number() -> None:
    """What must not be read is as much a part of the corpus as what must, and no title comes twice."""
    numberless = [row for row in CORPUS if row.reading._replace(name=None) == NOTHING]
    assert len(CORPUS) >= 350
    assert len(numberless) * 3 >= len(CORPUS)
    assert len({(row.kind, *row.series_names, "|", *row.season_titles, row.title) for row in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize(
    ("title", "kind", "names", "series_name"),
    [
        ("The Sopranos: Season 1: Disc 1", "disc", [], "The Sopranos"),
        ("Star Trek: The Next Generation: Season 3", "season", [], "Star Trek: The Next Generation"),
        ("Star Trek: The Next Generation: Season 3", "season", ["Star Trek"], "Star Trek: The Next Generation"),
        ("Robotech: Vol. 3: Disc 1", "disc", [], "Robotech"),
        ("Lost: Disc 2", "disc", [], "Lost"),
        ("Lost: Seasons 1-3", "season", [], "Lost"),
        ("Show - Season 2", "season", [], "Show"),
        ("Show (Season 2)", "season", [], "Show"),
        ("  Show  of  Shows : Season 2", "season", [], "Show  of  Shows"),
        ("The Office (U.S.): Season 2", "season", ["The Office"], "The Office (U.S.)"),
        ("Stranger Things: Stranger Things 2: Chapter One", "episode", ["Stranger Things"], "Stranger Things"),
        ("Show: S02E04: Pilot", "episode", [], "Show"),
        ("Show: Book 1: Chapter 3", "episode", [], "Show"),
        ("Star Wars: Episode III: Disc 1", "disc", [], "Star Wars: Episode III"),
        ("Season 2", "season", [], None),
        ("3D Safari: Ep 4", "episode", [], "3D Safari"),
        ("Show: Part 2", "episode", [], "Show"),
        ("Show: Pilot", "episode", ["Show"], None),
    ],
)
def test_series_name(title: str, kind: str, names: list[str], series_name: str | None) -> None:
    """A synthesized series is named by what stands before the first season, volume or disc marker."""
    assert read_title(title, kind, names).series_name == series_name


@pytest.mark.parametrize(
    ("title", "names", "series_name"),
    [
        ("Lost", [], "Lost"),
        ("Lost: Season 1", [], "Lost"),
        ("Lost: Season 1", ["Lost"], "Lost"),
        ("LOST: Season 1", ["Lost"], "LOST"),
        ("Lost: Season 1: Ep 2", [], "Lost"),
        ("Lost: Disc 2", [], "Lost"),
        ("Lost: Vol. 2", ["Lost"], "Lost"),
        ("Lost Season 1", ["Lost"], "Lost"),
        ("Stranger Things 2", ["Stranger Things"], "Stranger Things"),
        ("Top Gear: 2011", ["Top Gear"], "Top Gear"),
        ("Season 1", [], None),
        ("Open Season 2", [], "Open Season 2"),
        ("Open Season: Part 2", [], "Open Season: Part 2"),
        ("Space: 1999", [], "Space: 1999"),
        ("Code Geass: Lelouch of the Rebellion", ["Code Geass"], "Code Geass: Lelouch of the Rebellion"),
        ("Lost: Season of Fear", ["Lost"], "Lost: Season of Fear"),
        ("", [], ""),
    ],
)
def test_series_name_in_a_link(title: str, names: list[str], series_name: str | None) -> None:
    """A link to a series that has a season's title names the series without the marker."""
    assert series_name_in(title, names) == series_name


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("Season 2", 2),
        (" season 2 ", 2),
        ("2", 2),
        ("0", 0),
        ("Series 2", 2),
        ("Season Two", 2),
        ("The Complete Second Season", 2),
        ("Limited Series", 1),
        ("Specials", 0),
        ("Season 0", 0),
        ("Season 6: Part 1", 6),
        ("Volume 3", 3),
        ("Book 1: Water", 1),
        ("Seasons 1-3", None),
        ("Season 10000", None),
        ("-1", None),
        ("", None),
        ("Miami", None),
    ],
)
def test_season_label(label: str, number: int | None) -> None:
    """A season's label is read as what follows the series' name in a title."""
    assert read_label(label) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        (" 12\n", 12),
        ("007", 7),
        ("00000000012", 12),
        ("9999", 9999),
        ("10000", None),
        ("0", None),
        ("", None),
        (None, None),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        ("1-2", None),
        ("1 2", None),
        ("1_0", None),
        ("\uff12", None),
        ("\u0662", None),
        ("\u00b2", None),
        ("two", None),
        ("9" * 5000, None),
    ],
)
def test_number_element(text: str | None, number: int | None) -> None:
    """The text of a number element is a whole ASCII number from 1 to 9999, or nothing."""
    assert read_number(text) == number


def test_number_element_with_another_least() -> None:
    """A season may be 0."""
    assert read_number("0", least=0) == 0
    assert read_number("1", least=2) is None


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ":",
        " ",
        '"',
        "'",
        "(",
        "1",
        "1,",
        "Season 1,",
        "Season 1: ",
        ": Season ",
        "“:",
        "Vol. ",
        "é",
        "e\u0301",
        "ß",
    ],
)
@pytest.mark.parametrize("names", [[], ["Show"], ["e" * 1000], ["ß: " * 1000]])
def test_hostile_titles_are_read_in_passing(unit: str, names: list[str]) -> None:
    """A title of a megabyte of anything is read without a search that grows faster than it (this test would hang)."""
    tail = unit * (1_000_000 // len(unit))
    for title in (tail, f"Show: Season 2: {tail}", f"Show {tail}", f"{tail}: Season 2"):
        for kind in ("season", "episode"):
            read_title(title, kind, names, ["Show: Season 2", tail])


def test_a_long_series_name_is_taken_off() -> None:
    """Markers are looked for in the first part of a title only, but the name in front of them may be of any length."""
    name = "The Long Show " * 1000
    assert read_title(f"{name.upper()}: Season 2: Pilot", "episode", [name]).season == 2


def test_a_long_name_is_kept() -> None:
    """The part's own name is not cut."""
    name = "a: b" * 1000
    assert read_title(f"Show: Season 2: {name}", "episode").name == name


WORDS = """Season Series Vol. Part Chapter Ep Disc Specials Limited Mini-Series The Complete Second S02E04 E04 of and
    & - , ( ) " ' : :: 1 2 24 0 99999 II IV Two Show Lost"""
ODDITIES = "\u201c \u201d \xe9 e\u0301 \uff12 \u0130 \u0131 \u017f \xdf \u3000"
TOKENS = st.sampled_from([*WORDS.split(), *ODDITIES.split(" "), "\n", "\xa0"])
TITLES = st.text() | st.lists(TOKENS).map(" ".join) | st.lists(TOKENS | st.just(": ")).map("".join)
KINDS = st.sampled_from(["season", "episode", "disc"])
NAMES = st.lists(TITLES, max_size=3)
#: An episode's title, the names of its series and the titles of its season, which the title often begins with.
IN_SEASONS = st.tuples(
    st.sampled_from(["Show", "Show: Part 2", "Lost"]),
    st.lists(
        st.sampled_from(["", ": Arc", ": Season 2", ": Vol. 2: Arc", ": Book 1: Chapter 2", " 2", ": 2011"]), max_size=2
    ),
    st.sampled_from([": ", " ", " - ", ""]),
    TITLES,
).map(lambda drawn: ("".join((drawn[0], *drawn[1], *drawn[2:])), [drawn[0]], [f"{drawn[0]}{''.join(drawn[1])}"]))


@given(TITLES, KINDS, NAMES, NAMES)
def test_numbers_are_in_bounds_and_names_are_there(
    title: str, kind: str, names: list[str], season_titles: list[str]
) -> None:
    """Reading never raises; numbers are 1 to 9999 (a season 0, too), and names are in the title and not empty."""
    reading = read_title(title, kind, names, season_titles)
    for season in (reading.season, reading.weak_season):
        assert season is None or 0 <= season <= 9999
    for number in (reading.volume, reading.episode, reading.weak_episode, reading.disc):
        assert number is None or 1 <= number <= 9999
    for text in (reading.name, reading.series_name):
        assert text is None or (text in title and text.strip())


@given(TITLES, KINDS, NAMES, NAMES)
def test_a_weak_marker_counts_only_without_an_explicit_one(
    title: str, kind: str, names: list[str], season_titles: list[str]
) -> None:
    """A title has one number for its season and one for its episode, and only an episode's title has the latter."""
    reading = read_title(title, kind, names, season_titles)
    assert reading.season is None or reading.weak_season is None
    assert reading.episode is None or reading.weak_episode is None
    assert kind == "episode" or reading.episode is reading.weak_episode is None


@given(IN_SEASONS)
def test_the_title_of_the_season_does_not_hide_its_number(drawn: tuple[str, list[str], list[str]]) -> None:
    """Season, volume and disc of an episode's title do not depend on whether its season is known."""
    title, names, season_titles = drawn
    reading, alone = read_title(title, "episode", names, season_titles), read_title(title, "episode", names)
    assert (reading.season, reading.weak_season, reading.volume, reading.disc, reading.series_name) == (
        alone.season,
        alone.weak_season,
        alone.volume,
        alone.disc,
        alone.series_name,
    )


@given(IN_SEASONS)
def test_an_unknown_season_adds_a_name_only_to_a_number(drawn: tuple[str, list[str], list[str]]) -> None:
    """An episode that has neither number nor name has none either if its season's title is not known."""
    title, names, season_titles = drawn
    reading = read_title(title, "episode", names, season_titles)
    if (reading.name, reading.episode, reading.weak_episode) == (None, None, None):
        assert read_title(title, "episode", names) == reading


@given(TITLES, st.sampled_from(["movie", "series", "other"]), NAMES)
def test_a_movie_says_nothing(title: str, kind: str, names: list[str]) -> None:
    """Text never turns a movie into TV."""
    assert read_title(title, kind, names) == NOTHING == Reading()


@given(TITLES, st.text("Aa Zzéñß:2", min_size=1), KINDS)
def test_the_case_of_the_series_name_does_not_matter(rest: str, name: str, kind: str) -> None:
    """A series whose record and whose parts write its name in other capitals is the same series."""
    title = f"{name}: {rest}"
    expected = read_title(title, kind, [name])
    for other in (name.upper(), name.lower(), name.title(), name.casefold()):
        assert read_title(title, kind, [other]) == expected


@given(TITLES, TITLES, KINDS)
def test_what_follows_a_known_name_does_not_depend_on_it(name: str, rest: str, kind: str) -> None:
    """Whatever the series is called, `NAME: Season 3: Pilot` is read alike."""
    if name.strip():
        reading = read_title(f"{name}: Season 3: Pilot{rest.replace(':', '')}", kind, [name])
        assert reading.season == 3


@given(st.text() | st.integers().map(str), st.integers(0, 1))
def test_number_elements_are_in_bounds(text: str, least: int) -> None:
    """Reading a number never raises and stays in bounds."""
    number = read_number(text, least=least)
    assert number is None or least <= number <= 9999


@given(TITLES)
def test_labels_are_in_bounds(label: str) -> None:
    """Reading a label never raises and stays in bounds."""
    number = read_label(label)
    assert number is None or 0 <= number <= 9999
