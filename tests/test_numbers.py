"""Where season, episode and disc numbers come from, and which source goes before which (spec, section 6)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from catindex.rules.structure import Record
from catindex.series.family import Family, Part
from catindex.series.markers import Reading, read_title
from catindex.series.numbers import EVIDENCE, is_written, numbered_before, same_numbers
from catindex.series.relations import parents
from tests.examples import examples
from tests.running import catindex, index_1, index_2
from tests.test_series import T, link, name_of, nested, number, parts, record, unified

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

UP = link("titles.series", "series/1", "Show")
IN_SEASON = link("titles.season", "series/1/seasons/2", "Show: Season 8")
SHOW = record("series/1", "Show")


def listing(kind: str, *entries: str) -> str:
    """Write the list of a series or season: seasons, programs or discs."""
    return link(f"titles.{kind}", "", kind, *entries)


def entry(path: str, name: str) -> str:
    """Write an entry of a list."""
    return link("title", path, name)


def numbers_of(title: Element) -> dict[str, tuple[int | None, int | None]]:
    """Return the season and episode numbers of the episodes in a title, by name without the series' name."""
    return {
        name_of(episode).removeprefix("Show: "): (number(episode, "season_number"), number(episode, "episode_number"))
        for episode in parts(title, "programs")
    }


# --- each source of evidence, and what goes before what ---------------------------------------------------------------

SEASON_EVIDENCE = {
    "season_number": "<season_number>1</season_number>",
    "show/season_number": '<show id="1"><season_number>2</season_number></show>',
    "season_label": "<season_label>Season 3</season_label>",
    "explicit marker": "Show: Season 4",
    "sequence_nr_in_series": "<sequence_nr_in_series>5</sequence_nr_in_series>",
    "weak marker": "Show: Vol. 6",
    "position": "Show: The Arc",
}


@pytest.mark.parametrize("strongest", range(len(SEASON_EVIDENCE)), ids=list(SEASON_EVIDENCE))
def test_the_number_of_a_season(strongest: int) -> None:
    """Of a season's sources the first in the table counts; its position in the series' list is the last."""
    left = list(SEASON_EVIDENCE.values())[strongest:]
    name = next(source for source in left if not source.startswith("<"))
    inside = [source for source in left if source.startswith("<")]
    random.Random(strongest).shuffle(inside)
    before = [entry(f"series/1/seasons/{n}", f"Show: {n}") for n in range(20, 26)]
    seasons = listing("seasons", *before, entry("series/1/seasons/2", name))
    title = unified(record("series/1", "Show", seasons), record("series/1/seasons/2", name, *inside))
    numbers = {name_of(part): number(part, "season_number") for part in parts(title, "seasons")}
    assert numbers[name] == strongest + 1


EPISODE_SEASON_EVIDENCE = {
    "season_number": "<season_number>1</season_number>",
    "show/season_number": '<show id="1"><season_number>2</season_number></show>',
    "season_label": "<season_label>Season 3</season_label>",
    "explicit marker": "Show: Season 4: Pilot",
    "its season": IN_SEASON,
    "weak marker": "Show: Book 6: Pilot",
}


@pytest.mark.parametrize("strongest", range(len(EPISODE_SEASON_EVIDENCE)), ids=list(EPISODE_SEASON_EVIDENCE))
@pytest.mark.parametrize("kind", ["programs", "discs"])
def test_the_season_of_a_part(strongest: int, kind: str) -> None:
    """Of the sources of an episode's or disc's season the first in the table counts; a weak marker is the last."""
    left = list(EPISODE_SEASON_EVIDENCE.values())[strongest:]
    name = next(source for source in left if not source.startswith("<"))
    part = record(f"{kind}/3", name, *(source for source in left if source.startswith("<")), UP)
    title = unified(SHOW, record("series/1/seasons/2", "Show: Arc", "<season_number>5</season_number>"), part)
    assert number(parts(title, kind)[0], "season_number") == strongest + 1


EPISODE_EVIDENCE = {
    "episode_number": "<episode_number>1</episode_number>",
    "show/episode_number": '<show id="1"><episode_number>2</episode_number></show>',
    "sequence": "<sequence>3</sequence>",
    "sequence_nr_in_series": "<sequence_nr_in_series>4</sequence_nr_in_series>",
    "explicit marker": "Show: Ep 5",
    "place in its season": "",
    "place in its series": "",
    "weak marker": "Show: Part 8: Pilot",
}


@pytest.mark.parametrize("strongest", range(len(EPISODE_EVIDENCE)), ids=list(EPISODE_EVIDENCE))
def test_the_number_of_an_episode(strongest: int) -> None:
    """Of an episode's sources the first in the table counts; its season's list goes before its series'."""
    left = list(EPISODE_EVIDENCE.values())[strongest:]
    inside = [source for source in left if source.startswith("<")]
    random.Random(strongest).shuffle(inside)
    name = next(source for source in left if source.startswith("Show"))
    of_season = [*(entry("", f"Show: {n}") for n in range(5)), entry("programs/3", name)]
    of_series = [*(entry("", f"Show: {n}") for n in range(6)), *([entry("programs/3", name)] if strongest < 7 else [])]
    title = unified(
        record("series/1", "Show", listing("programs", *of_series)),
        record("series/1/seasons/2", "Show: Arc", *([listing("programs", *of_season)] if strongest < 6 else [])),
        record("programs/3", name, UP, *inside),
    )
    numbers = {name_of(part): number(part, "episode_number") for part in parts(title, "programs")}
    assert numbers[name] == strongest + 1


DISC_EVIDENCE = {
    "disc_number": "<disc_number>1</disc_number>",
    "show/disc_number": '<show id="1"><disc_number>2</disc_number></show>',
    "sequence_nr_in_series": "<sequence_nr_in_series>3</sequence_nr_in_series>",
    "title": "Show: Season 1: Disc 4",
    "place in its season": "",
    "place in its series": "",
}


@pytest.mark.parametrize("strongest", range(len(DISC_EVIDENCE)), ids=list(DISC_EVIDENCE))
def test_the_number_of_a_disc(strongest: int) -> None:
    """Of a disc's evidence the first in the table answers."""
    evidence = list(DISC_EVIDENCE.values())
    name = evidence[3] if strongest <= 3 else "Show: Season 1: Bonus"
    of_season = [*(entry("", f"Show: {n}") for n in range(4)), entry("discs/3", name)]
    of_series = [*(entry("", f"Show: {n}") for n in range(5)), entry("discs/3", name)]
    title = unified(
        record("series/1", "Show", listing("discs", *of_series)),
        record("series/1/seasons/2", "Show: Season 1", *([listing("discs", *of_season)] if strongest < 5 else [])),
        record("discs/3", name, UP, *evidence[strongest:3], "<season_number>1</season_number>"),
        *(record(f"discs/1{n}", f"Show: {n}", UP, "<season_number>1</season_number>") for n in range(5)),
    )
    numbers = {name_of(part): number(part, "disc_number") for part in parts(title, "discs")}
    assert numbers[name] == strongest + 1


@pytest.mark.parametrize(
    ("name", "season"),
    [
        ("Show: Season 2", 2),
        ("Show: Series 2", 2),
        ("Show: Limited Series", 1),
        ("Show: Mini-Series", 1),
        ("Show: Vol. 3", 3),
        ("Show: Volume 3", 3),
        ("Show: Part 2", 2),
        ("Show: Book 1", 1),
        ("Show: Chapter 1", 1),
        ("Show: Collection 2", 2),
        ("Show: Season 6: Part 1", 6),
        ("Show: Season 0", 0),
        ("Show: 2011", 2011),
        ("Show 2", 2),
        ("Show 2011", None),
        ("Show: Season 1-2", None),
        ("Show: Season 10000", None),
        ("Show", None),
    ],
)
def test_the_title_of_a_season(name: str, season: int | None) -> None:
    """A season's title has its number in an explicit marker, a weak one or a year; a range is not a number."""
    assert number(parts(unified(SHOW, record("series/1/seasons/2", name)), "seasons")[0], "season_number") == season


@pytest.mark.parametrize(
    ("name", "episode"),
    [
        ("Show: Ep 4", 4),
        ("Show: Episode 4", 4),
        ("Show: Season 1: Chapter 4", 4),
        ("Show: E04", 4),
        ("Show: Part 4", 4),
        ("Show: Chapter 4: Pilot", 4),
        ("Show: The Trial: Part 4", None),
        ("Show: Season 1: Episodes 4-5", None),
        ("Show: Episode 10000", None),
        ("Show: 4", None),
    ],
)
def test_the_title_of_an_episode(name: str, episode: int | None) -> None:
    """An episode's title has its number in a marker after the series' name."""
    title = unified(SHOW, record("programs/3", name, UP))
    assert number(parts(title, "programs")[0], "episode_number") == episode


def test_the_name_of_a_series_is_no_marker() -> None:
    """What looks like a marker in the series' own name is not one."""
    title = unified(
        record("series/1", "Chapter 12: Part 2"),
        record("programs/3", "Chapter 12: Part 2: Pilot", link("titles.series", "series/1")),
    )
    (episode,) = parts(title, "programs")
    assert (number(episode, "season_number"), number(episode, "episode_number")) == (None, None)


# --- numbers that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "3-4", "10000", "99999999999999999999", "two"])
def test_an_element_that_is_no_number(text: str) -> None:
    """A number element that is empty, a range or absurd does not answer, and goes if nothing else does."""
    title = unified(SHOW, record("programs/3", "Show: Pilot", UP, f"<episode_number>{text}</episode_number>"))
    assert parts(title, "programs")[0].find("episode_number") is None
    title = unified(SHOW, record("programs/3", "Show: Ep 4", UP, f"<episode_number>{text}</episode_number>"))
    assert number(parts(title, "programs")[0], "episode_number") == 4


def test_season_0_is_specials() -> None:
    """A season may have the number 0; an episode or a disc may not."""
    title = unified(
        SHOW,
        record("series/1/seasons/2", "Show: Specials"),
        record("programs/3", "Show: Pilot", UP, "<season_number>0</season_number><episode_number>0</episode_number>"),
    )
    (season,), (episode,) = parts(title, "seasons"), parts(title, "programs")
    assert number(season, "season_number") == 0
    assert (number(episode, "season_number"), number(episode, "episode_number")) == (0, None)


def test_no_evidence_no_element() -> None:
    """A part about which nothing is said has no number elements."""
    title = unified(SHOW, record("programs/3", "Pilot", UP), record("discs/4", "Bonus", UP))
    for part in (*parts(title, "programs"), *parts(title, "discs")):
        assert not {"season_number", "episode_number", "disc_number"} & {child.tag for child in part}


# --- positions --------------------------------------------------------------------------------------------------------


def test_positions_in_the_list_of_a_series_count_within_the_season() -> None:
    """In the series' list the episodes of each season count from 1, in whatever order the seasons come."""
    shown = ["Season 2: A", "Season 1: B", "Season 2: C", "D", "Season 1: E", "F"]
    title = unified(record("series/1", "Show", listing("programs", *(entry("", f"Show: {name}") for name in shown))))
    assert {
        name_of(part)[6:]: (number(part, "season_number"), number(part, "episode_number"))
        for part in parts(title, "programs")
    } == {
        "Season 1: B": (1, 1),
        "Season 1: E": (1, 2),
        "Season 2: A": (2, 1),
        "Season 2: C": (2, 2),
        "D": (None, 1),
        "F": (None, 2),
    }


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("kind", ["programs", "discs"])
def test_positions_run_on_across_volumes(kind: str, *, backwards: bool) -> None:
    """Volume 2 of a season continues after volume 1, whichever comes first in the dump."""
    volumes = [
        record(
            f"series/1/seasons/{n}",
            f"Show: Season 2: Vol. {n}",
            listing(kind, *(entry(f"{kind}/{n}{m}", f"Show: {n}{m}") for m in range(3))),
        )
        for n in (1, 2)
    ]
    title = unified(SHOW, *(reversed(volumes) if backwards else volumes))
    own = "episode_number" if kind == "programs" else "disc_number"
    assert [(name_of(part)[6:], number(part, "season_number"), number(part, own)) for part in parts(title, kind)] == [
        ("10", 2, 1),
        ("11", 2, 2),
        ("12", 2, 3),
        ("20", 2, 4),
        ("21", 2, 5),
        ("22", 2, 6),
    ]


def test_a_volume_without_a_list_counts_too() -> None:
    """Volume 2 continues after the episodes that name volume 1 as theirs."""
    of_first = link("titles.season", "series/1/seasons/1", "Show: Season 1: Vol. 1")
    title = unified(
        SHOW,
        record("series/1/seasons/1", "Show: Season 1: Vol. 1"),
        record("series/1/seasons/2", "Show: Season 1: Vol. 2", listing("programs", entry("programs/5", "Show: Five"))),
        record("programs/3", "Show: Season 1: Ep 1", of_first),
        record("programs/4", "Show: Season 1: Ep 2", of_first),
        record("programs/5", "Show: Five"),
    )
    assert [number(part, "episode_number") for part in parts(title, "programs")] == [1, 2, 3]


def test_different_seasons_count_apart() -> None:
    """Each season's list counts from 1; so do seasons whose number nobody knows."""
    title = unified(
        SHOW,
        *(
            record(
                f"series/1/seasons/{n}", f"Show: {name}", listing("programs", entry("", f"A{n}"), entry("", f"B{n}"))
            )
            for n, name in enumerate(["Season 1", "Season 2", "The Arc", "The Other Arc"])
        ),
    )
    numbers = {name_of(part): number(part, "episode_number") for part in parts(title, "programs")}
    assert numbers == {f"{letter}{n}": place for n in range(4) for place, letter in enumerate("AB", 1)}


def test_what_belongs_to_another_series_is_not_counted() -> None:
    """An entry whose record belongs to another series has no place in a list."""
    (show, _) = catindex(
        "unify",
        index_2(
            record("series/1", "Show", listing("programs", entry("programs/3", "X"), entry("programs/4", "Y"))),
            record("programs/3", "X", link("titles.series", "series/9", "Other")),
            record("programs/4", "Y"),
        ),
    ).titles["titles"]
    assert [(name_of(part), number(part, "episode_number")) for part in parts(show, "programs")] == [("Y", 1)]


def test_a_position_over_9999_is_no_number() -> None:
    """An absurd number is none, though it comes from a place in a list."""
    title = unified(record("series/1", "Show", listing("programs", *(entry("", f"{n}") for n in range(10_001)))))
    assert [number(part, "episode_number") for part in parts(title, "programs")[-3:]] == [9999, None, None]


def test_a_list_of_records_counts() -> None:
    """Records nested in a list, of which the dump has no others, count like links."""
    shown = (nested("programs/4", "Show: B"), nested("programs/3", "Show: A"))
    title = unified(record("series/1", "Show", listing("programs", *shown)))
    assert [(name_of(part), number(part, "episode_number")) for part in parts(title, "programs")] == [
        ("Show: B", 1),
        ("Show: A", 2),
    ]


def test_a_position_in_the_list_of_another_season_does_not_count() -> None:
    """An episode that two seasons list has its position in the one with the episode's season number."""
    best = record("series/1/seasons/9", "Show: The Best Of", listing("programs", entry("programs/4", "Show: B")))
    first = record(
        "series/1/seasons/1",
        "Show: Season 1",
        listing("programs", entry("programs/3", "Show: A"), entry("programs/4", "Show: B")),
    )
    linked = record("programs/4", "Show: B", link("titles.season", "series/1/seasons/1", "Show: Season 1"))
    told = record("programs/4", "Show: B", UP, "<season_number>1</season_number>")
    for records in ([best, first, linked], [first, linked, best], [best, first, told], [told, first, best]):
        title = unified(SHOW, record("programs/3", "Show: A", UP), *records)
        assert numbers_of(title) == {"A": (1, 1), "B": (1, 2)}


def test_a_position_in_the_list_of_its_own_season_counts_first() -> None:
    """If two seasons with its number list an episode, its position is that in the season that it links to."""
    shown = [entry("programs/4", "Show: B"), entry("programs/3", "Show: A")]
    title = unified(
        SHOW,
        record("series/1/seasons/1", "Show: Season 5", listing("programs", *shown)),
        record("series/1/seasons/2", "Show: Series 5", listing("programs", *reversed(shown))),
        record("programs/3", "Show: A", link("titles.season", "series/1/seasons/2", "Show: Series 5")),
        record("programs/4", "Show: B", link("titles.season", "series/1/seasons/2", "Show: Series 5")),
    )
    assert numbers_of(title) == {"A": (5, 1), "B": (5, 2)}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (["Series 1", "Series 2", "Series 3", "The Arc"], [1, 2, 3, 4]),
        (["Series 1", "Specials", "Series 2", "The Arc"], [0, 1, 2, 3]),
        (["Series 1", "The Arc", "Series 2"], [1, 2, None]),
        (["The Arc", "The Other Arc", "Specials"], [0, 1, 2]),
        (["Series 4", "The Arc", "Series 1"], [1, 2, 4]),
    ],
)
def test_the_position_of_a_season(shown: list[str], expected: list[int | None]) -> None:
    """A season's position leaves out specials and counts only if no other season of the series has that number."""
    seasons = [entry(f"series/1/seasons/{n}", f"Show: {name}") for n, name in enumerate(shown)]
    title = unified(record("series/1", "Show", listing("seasons", *seasons)))
    assert [number(part, "season_number") for part in parts(title, "seasons")] == expected


def test_a_season_that_only_a_link_names_has_its_number() -> None:
    """A season takes no position that is the number of a season without a record."""
    title = unified(
        record("series/1", "Show", listing("seasons", entry("series/1/seasons/1", "Show: The Arc"))),
        record("programs/3", "Show: Pilot", link("titles.season", "series/1/seasons/2", "Show: Season 1")),
    )
    assert number(parts(title, "seasons")[0], "season_number") is None
    assert numbers_of(title) == {"Pilot": (1, None)}


def test_years_are_seasons() -> None:
    """Seasons that are called by their years have these as numbers, and so have their episodes."""
    title = unified(
        record("series/1", "Top Gear"),
        *(
            record(
                f"series/1/seasons/{year}",
                f"Top Gear: {year}",
                listing("programs", entry("", f"Top Gear: {year}: Ep 3")),
            )
            for year in (2012, 2011)
        ),
    )
    assert [number(part, "season_number") for part in parts(title, "seasons")] == [2011, 2012]
    assert [number(part, "season_number") for part in parts(title, "programs")] == [2011, 2012]
    assert [part.xpath("string(title/@episode_short)") for part in parts(title, "programs")] == ["", ""]


# --- weak markers in episodes -----------------------------------------------------------------------------------------

BAND = [f"Show: Part {n}: {name}" for n, name in enumerate(("Currahee", "Day of Days", "Carentan"), start=1)]


def test_parts_of_a_season_are_its_episodes() -> None:
    """An episode that its season lists is in that season, at its position, whatever part it is."""
    title = unified(
        SHOW,
        record("series/1/seasons/1", "Show: Mini-Series", listing("programs", *(entry("", name) for name in BAND))),
    )
    assert list(numbers_of(title).values()) == [(1, 1), (1, 2), (1, 3)]
    title = unified(SHOW, record("series/1/seasons/1", "Show: Season 1", listing("programs", entry("", BAND[2]))))
    assert list(numbers_of(title).values()) == [(1, 1)]


def test_parts_without_a_season_are_episodes_of_none() -> None:
    """In a series' list without seasons the parts of a mini-series are its episodes."""
    title = unified(record("series/1", "Show", listing("programs", *(entry("", name) for name in BAND))))
    assert list(numbers_of(title).values()) == [(None, 1), (None, 2), (None, 3)]
    assert [part.xpath("string(title/@episode_short)") for part in parts(title, "programs")][1] == "Day of Days"


def test_parts_that_no_list_has_have_their_own_numbers() -> None:
    """Without a list the number of a part is that of the episode."""
    title = unified(SHOW, *(record(f"programs/{n}", name, UP) for n, name in enumerate(BAND)))
    assert list(numbers_of(title).values()) == [(None, 1), (None, 2), (None, 3)]


def test_a_volume_marker_in_an_episode_counts_after_its_season() -> None:
    """`Vol. 2` in an episode's title is the season only if the episode's season has no number."""
    of_season = link("titles.season", "series/1/seasons/1", "Show: Season 1")
    title = unified(
        SHOW, record("programs/3", "Show: Vol. 2: Pilot", of_season), record("programs/4", "Show: Vol. 2: Two", UP)
    )
    assert [number(part, "season_number") for part in parts(title, "programs")] == [1, 2]


# --- volumes, and sequences that run on -------------------------------------------------------------------------------


def volumes(kind: str, evidence: list[list[int]], form: str, seasons: list[str]) -> list[tuple[int | None, ...]]:
    """Return the numbers of the parts of seasons with these titles; ``form`` holds the evidence of each part."""
    records = [record(f"series/1/seasons/{n}", f"Show: {name}") for n, name in enumerate(seasons)]
    for season, numbers in enumerate(evidence):
        up = link("titles.season", f"series/1/seasons/{season}", f"Show: {seasons[season]}")
        for n in numbers:
            title, _, inside = form.format(n).partition("<")
            records.append(record(f"{kind}/{season}{n}", f"Show: {title or n}", up, f"<{inside}" if inside else ""))
    own = "episode_number" if kind == "programs" else "disc_number"
    unified_parts = parts(unified(SHOW, *records), kind)
    return sorted((number(part, "season_number"), number(part, own)) for part in unified_parts)


TWO = ["Season 2: Vol. 1", "Season 2: Vol. 2"]
SEQUENCE = "<sequence>{}</sequence>"
IN_SERIES = "<sequence_nr_in_series>{}</sequence_nr_in_series>"


@pytest.mark.parametrize(
    ("kind", "form"),
    [("programs", SEQUENCE), ("programs", IN_SERIES), ("discs", IN_SERIES), ("discs", "Disc {}")],
)
@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([[1, 2, 3], [1, 2]], [1, 2, 3, 4, 5]),
        ([[1, 2, 3], [4, 5]], [1, 2, 3, 4, 5]),
        ([[1, 2, 3], [2, 3]], [1, 2, 2, 3, 3]),
        ([[2, 3], [2]], [2, 3, 5]),
        ([[1, 5], [1]], [1, 5, 6]),
    ],
)
def test_sequences_that_start_again_in_a_volume_run_on(
    kind: str, form: str, evidence: list[list[int]], expected: list[int]
) -> None:
    """A volume whose lowest number is not above that of the volume before continues after the highest so far."""
    assert volumes(kind, evidence, form, TWO) == [(2, n) for n in expected]


def test_three_volumes_run_on() -> None:
    """Each volume is compared with the one before it, as it was numbered."""
    seasons = [*TWO, "Season 2: Vol. 3"]
    assert volumes("programs", [[1, 2], [1, 2], [1, 2]], SEQUENCE, seasons) == [(2, n) for n in range(1, 7)]
    assert volumes("programs", [[1, 2], [1, 2], [5, 6]], SEQUENCE, seasons) == [(2, n) for n in range(1, 7)]


@pytest.mark.parametrize("form", ["<episode_number>{}</episode_number>", "Ep {}"])
def test_elements_and_episode_markers_do_not_run_on(form: str) -> None:
    """Numbers that are given for the whole season stay."""
    assert volumes("programs", [[1, 2], [1]], form, TWO) == [(2, 1), (2, 1), (2, 2)]


@pytest.mark.parametrize("seasons", [["Season 5", "Series 5"], ["Season 5", "Season 5: Vol. 2"]])
def test_only_seasons_with_volume_markers_are_volumes(seasons: list[str]) -> None:
    """Two seasons with the same number do not run on if their titles have no volumes."""
    assert volumes("programs", [[1, 2], [1]], SEQUENCE, seasons) == [(5, 1), (5, 1), (5, 2)]


def test_the_same_volume_twice_does_not_run_on() -> None:
    """A volume with two records is one volume."""
    assert volumes("programs", [[1], [1]], SEQUENCE, ["Vol. 2", "Book 2"]) == [(2, 1), (2, 1)]


def test_only_seasons_are_volumes() -> None:
    """Discs start again with each volume in their titles if no season of the series is a volume."""
    shown = [f"Show: Season 6: Part {part}: Disc {disc}" for part in (1, 2) for disc in (1, 2)]
    title = unified(SHOW, *(record(f"discs/{n}", name, UP) for n, name in enumerate(shown)))
    assert [number(disc, "disc_number") for disc in parts(title, "discs")] == [1, 1, 2, 2]


def test_an_explicit_season_goes_before_its_sequence() -> None:
    """The announcement's own series with numbered season records: both volumes are in season 2."""
    seasons = ["Season 1", "Season 2: Vol. 1", "Season 2: Vol. 2"]
    title = unified(
        SHOW,
        *(
            record(f"series/1/seasons/{n}", f"Show: {name}", IN_SERIES.format(n))
            for n, name in enumerate(seasons, start=1)
        ),
    )
    assert [number(part, "season_number") for part in parts(title, "seasons")] == [1, 2, 2]


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([[1, 2], [3, 4]], [(1, 1), (1, 2), (2, 1), (2, 2)]),
        ([[1], [2, 3, 4], [5]], [(1, 1), (2, 1), (2, 2), (2, 3), (3, 1)]),
        ([[1, 2], [4, 5]], [(1, 1), (1, 2), (2, 4), (2, 5)]),
        ([[1, 3], [4, 5]], [(1, 1), (1, 3), (2, 4), (2, 5)]),
        ([[2, 3], [4, 5]], [(1, 2), (1, 3), (2, 4), (2, 5)]),
        ([[1, 2], [2, 3]], [(1, 1), (1, 2), (2, 2), (2, 3)]),
        ([[3, 4], [1, 2]], [(1, 3), (1, 4), (2, 1), (2, 2)]),
    ],
)
def test_a_sequence_that_runs_on_across_seasons(evidence: list[list[int]], expected: list[tuple[int, int]]) -> None:
    """The previous seasons' highest number is subtracted if the sequence has no gap; else the numbers stay."""
    assert volumes("programs", evidence, IN_SERIES, ["Season 1", "Season 2", "Season 3"]) == expected


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ("", (2, 1)),
        ("1", (2, 3)),  # a number is missing in the first season
        ("2", (2, 1)),  # too few to be the second season's 1 and 2
        ("22", (2, 3)),
        ("222", (2, 3)),
    ],
)
def test_a_sequence_with_too_few_numbers(without: str, expected: tuple[int, int]) -> None:
    """Episodes without a number may show that the others are counted within their season."""
    title = unified(
        SHOW,
        record("programs/3", "Show: Season 1: A", UP, IN_SERIES.format(1)),
        record("programs/4", "Show: Season 1: B", UP, IN_SERIES.format(2)),
        record("programs/5", "Show: Season 2: C", UP, IN_SERIES.format(3)),
        *(record(f"programs/{n}", f"Show: Season {of}: D{n}", UP) for n, of in enumerate(without, start=6)),
    )
    assert numbers_of(title)["Season 2: C"] == expected


def test_specials_are_not_part_of_a_sequence() -> None:
    """Specials have numbers of their own: they neither interrupt a sequence nor belong to it."""
    assert volumes("programs", [[1], [1, 2], [3]], IN_SERIES, ["Specials", "Season 1", "Season 2"]) == [
        (0, 1),
        (1, 1),
        (1, 2),
        (2, 1),
    ]


def test_a_season_without_any_sequence() -> None:
    """It is a gap before other seasons, but not behind them."""
    first = [record(f"programs/{n}", f"Show: Season {of}: E{n}", UP) for n, of in ((3, 1), (4, 1))]
    numbered = [
        record(f"programs/{n}", f"Show: Season {of}: E{n}", UP, IN_SERIES.format(value))
        for n, of, value in ((5, 2, 1), (6, 2, 2), (7, 3, 3))
    ]
    assert numbers_of(unified(SHOW, *first, *numbered))["Season 3: E7"] == (3, 3)
    assert numbers_of(unified(SHOW, *numbered))["Season 3: E7"] == (3, 1)
    last = record("programs/8", "Show: Season 4: E8", UP)
    assert numbers_of(unified(SHOW, *numbered, last))["Season 3: E7"] == (3, 1)


def test_a_repeated_sequence_is_no_gap() -> None:
    """Each episode has a number, although two have the same."""
    evidence = ((3, 1, 1), (4, 1, 2), (5, 1, 2), (6, 2, 3))
    records = [
        record(f"programs/{n}", f"Show: Season {of}: E{n}", UP, IN_SERIES.format(value)) for n, of, value in evidence
    ]
    assert numbers_of(unified(SHOW, *records))["Season 2: E6"] == (2, 1)


def test_a_volume_without_numbers_does_not_count() -> None:
    """A volume continues after the highest number so far; episodes without a number have none."""
    of_first = link("titles.season", "series/1/seasons/1", "Show: Season 1: Vol. 1")
    title = unified(
        SHOW,
        record("series/1/seasons/1", "Show: Season 1: Vol. 1"),
        record("series/1/seasons/2", "Show: Season 1: Vol. 2", listing("programs", entry("programs/5", "Show: Five"))),
        record("programs/3", "Show: Three", of_first),
        record("programs/5", "Show: Five"),
    )
    assert numbers_of(title) == {"Five": (1, 1), "Three": (1, None)}


def test_a_sequence_that_runs_on_over_volumes() -> None:
    """Numbers that run on across seasons and volumes are reduced by those of the previous seasons only."""
    assert volumes("programs", [[1, 2], [3, 4], [5]], IN_SERIES, ["Season 1", *TWO]) == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (2, 3),
    ]


# --- names and links --------------------------------------------------------------------------------------------------


def test_the_title_of_a_season_is_not_part_of_the_name() -> None:
    """The title of an episode's season is removed from the front of the episode's name."""
    asylum = link("titles.season", "series/1/seasons/2", "Show: Asylum")
    title = unified(
        SHOW,
        record("programs/3", "Show: Asylum: Welcome to Briarcliff", asylum),
        record("programs/4", "Show: Asylum: Episode 2", asylum),
        record("programs/5", "Show: Asylum: Elsewhere", UP),
    )
    short = {name_of(part)[6:]: part.xpath("string(title/@episode_short)") for part in parts(title, "programs")}
    assert short == {
        "Asylum: Welcome to Briarcliff": "Welcome to Briarcliff",
        "Asylum: Episode 2": "",
        "Asylum: Elsewhere": "Asylum: Elsewhere",
    }


@pytest.mark.parametrize("series", [[], [SHOW]])
def test_a_series_link_with_the_title_of_a_season_hides_nothing(series: list[str]) -> None:
    """The season of an episode is read though a link to the series has the season's title; a second run agrees."""
    up = link("titles.series", "series/1", "Show: Season 1")
    once = catindex(
        "unify", index_2(*series, record("programs/3", "Show: Season 1: Pilot", up, "<updated>1</updated>"))
    )
    assert numbers_of(once.titles["titles"][0]) == {"Season 1: Pilot": (1, None)}
    assert name_of(once.titles["titles"][0]) == "Show"
    assert catindex("unify", once.files["titles"]).files == once.files


# --- the same number twice, and numbers that are written --------------------------------------------------------------


def part(kind: str, inside: str, season: int | None, own: int | None) -> Part:
    """Return a part with these numbers, as another run found them, and these children."""
    element = etree.fromstring(f"<catalog_title>{inside}</catalog_title>")
    made = Part(kind, None, Record(element), [], listed=True)
    made.season_number, made.number, made.reading = season, own, Reading(name="Pilot")
    return made


def test_episodes_with_the_same_numbers() -> None:
    """Episodes that have both numbers in common are returned together; unknown numbers are not the same."""
    numbered = [(1, 1), (1, 2), (2, 1), (1, 2), (None, 1), (None, 1), (1, None), (1, None), (1, 2), (0, 1), (0, 1)]
    episodes = [part("episode", "", *numbers) for numbers in numbered]
    discs = [part("disc", "", 1, 1), part("disc", "", 1, 1)]
    family = Family("series/1", Record(etree.Element("catalog_title")), synthesized=True, parts=[*discs, *episodes])
    assert same_numbers(family) == [[episodes[1], episodes[3], episodes[8]], [episodes[9], episodes[10]]]


@pytest.mark.parametrize(
    ("kind", "inside", "season", "own", "expected"),
    [
        ("episode", "<season_number>1</season_number><episode_number>2</episode_number>", 1, 2, True),
        ("episode", "<season_number>1</season_number><episode_number>02</episode_number>", 1, 2, False),
        ("episode", "<season_number>1</season_number>", 1, 2, False),
        ("episode", "<season_number>1</season_number><episode_number>2</episode_number>", 1, None, False),
        ("episode", '<title episode_short="Pilot"/>', None, None, True),
        ("episode", '<title regular="Show: Pilot"/>', None, None, False),
        ("episode", '<title regular="Show: Pilot"/><episode_number>2</episode_number>', None, 2, False),
        ("episode", "", None, None, True),
        ("disc", "<title/><disc_number>2</disc_number>", None, 2, True),
        ("disc", "<title/>", None, None, True),
        ("season", "<title/><season_number>0</season_number>", 0, None, True),
        ("season", "<title/>", 0, None, False),
    ],
)
def test_numbers_that_are_written(
    kind: str, inside: str, season: int | None, own: int | None, *, expected: bool
) -> None:
    """A part is as it was written if its elements have its numbers and an episode has its name."""
    assert is_written(part(kind, inside, season, own)) is expected


def alone(inside: str, *links: str, listed: bool = False) -> bool:
    """Return whether an episode with a ``show`` counts as one that was made a title of its own before."""
    episode = record("programs/3", "Show: Part 2: Pilot", *links, inside)
    element = etree.fromstring(f"<catalog_title>{episode}</catalog_title>")
    made = Part("episode", "episode/3", Record(element), parents(element, "episode"), listed=False)
    family = Family("series/1", Record(etree.Element("catalog_title")), synthesized=True, parts=[made])
    if listed:
        family.lists[None, "episode"] = [made]
    return numbered_before(family) == {made}


def test_episodes_that_were_numbered_before() -> None:
    """Only a ``show`` leads from them to their series, and they have a number in it or a short name."""
    numbered = '<show id="1"><episode_number>2</episode_number></show>'
    assert alone(numbered)
    assert not alone(numbered, listed=True)
    assert not alone(numbered, UP)
    assert not alone('<show id="1"/>')
    assert not alone("", UP)


@pytest.mark.parametrize(
    "inside",
    [
        "<season_number>1</season_number>",
        "<episode_number>2</episode_number>",
        "<season_label>Season 1</season_label>",
        "<sequence_nr_in_series>2</sequence_nr_in_series>",
    ],
)
def test_a_number_that_was_never_written(inside: str) -> None:
    """Such an episode is from the source, although it has a ``show`` and a short name: its title counts, too."""
    episode = '<title regular="Show: Book 3: Pilot" short="Show: Book 3: Pilot" episode_short="Pilot"/><show id="1"/>'
    path = "http://api.netflix.com/catalog/titles/programs/3"
    title = unified(SHOW, f"<id>{path}</id>{episode}{inside}")
    (part,) = parts(title, "programs")
    assert number(part, "season_number") == (1 if "season" in inside else 3)
    assert number(part, "episode_number") == (2 if ">2<" in inside else None)


def test_numbers_are_written_inside_a_show() -> None:
    """An episode with its numbers beside its ``show`` is from the source: a weak marker in its title counts, too."""
    numbers = "<season_number>1</season_number>"
    assert not alone(f'<show id="1"><episode_number>2</episode_number></show>{numbers}')
    assert alone(f'<show id="1">{numbers}<episode_number>2</episode_number></show>')


def test_a_name_in_front_of_a_marker_need_not_be_written() -> None:
    """What looks like a name in a title that ends in a marker may be that of a season."""
    named = part("episode", '<title regular="Show: Arc: Ep 2"/><episode_number>2</episode_number>', None, 2)
    named.reading = read_title("Show: Arc: Ep 2", "episode", ["Show"])
    assert named.reading.name == "Arc"
    assert is_written(named)


# --- a second run -----------------------------------------------------------------------------------------------------

SEASON_TITLES = [
    *("Show", "Show 2", "Show Season 4", "Show: Season 1", "Show: Season 2: Vol. 1", "Show: Season 2: Vol. 2"),
    *("Show: Asylum", "Show: 2011", "Show: Part 2", "Show: Vol. 2", "Show: Book 1: Chapter 2", "Show: Specials"),
    *("Show: Season 1-2", "Season 1", "Asylum"),
]
NAMES = [
    *("Pilot", "Episode 3", "Ep 4-5", "Part 2", "Part 2: Day", "Chapter 2", "Chapter 3: Sky", "Ep 1: Foo", "Asylum"),
    *("2011: Episode 3", "Pilot: Ep 1", "The Trial: Part 2", "Vol. 2: X", "S02E04", "23"),
]
EVIDENCE_ELEMENTS = ["", "", "", SEQUENCE, IN_SERIES, "<season_number>{}</season_number>"]


@st.composite
def families(draw: st.DrawFn) -> list[str]:
    """Draw the records of a series: some are missing, links and lists lead where they like."""

    def listed(kind: str, titles: dict[str, str]) -> str:
        shown = draw(st.lists(st.sampled_from(list(titles)), unique=True)) if titles else []
        return listing(kind, *(entry(path, titles[path]) for path in shown)) if shown else ""

    def part_of(season: str | None) -> str:
        name = draw(st.sampled_from(["Show", "Show", "Show: Season 1", "Show: Asylum", ""]))
        up = link("titles.series", "series/1", name) if season is None or draw(st.booleans()) else ""
        return up + (link("titles.season", season, seasons[season]) if season else "")

    def inside() -> str:
        number = draw(st.integers(1, 4))
        return draw(st.sampled_from(EVIDENCE_ELEMENTS)).format(number) + draw(
            st.sampled_from(["", "<updated>1</updated>"])
        )

    title = st.sampled_from(SEASON_TITLES)
    seasons = {f"series/1/seasons/{n}": name for n, name in enumerate(draw(st.lists(title, max_size=3)))}
    fronts = title | st.just("Show") | (st.sampled_from(list(seasons.values())) if seasons else st.nothing())
    names = st.tuples(fronts, st.sampled_from(NAMES)).map(": ".join)
    episodes = {f"programs/{n}": name for n, name in enumerate(draw(st.lists(names, max_size=4)))}
    discs = {f"discs/{n}": f"{name}: Disc {n % 2 + 1}" for n, name in enumerate(draw(st.lists(title, max_size=2)))}
    records = [record("series/1", "Show", listed("seasons", seasons), listed("programs", episodes), inside())]
    for path, name in seasons.items():
        records.append(record(path, name, listed("programs", episodes), listed("discs", discs), inside()))
    for path, name in {**episodes, **discs}.items():
        records.append(record(path, name, part_of(draw(st.sampled_from([None, *seasons]))), inside()))
    return draw(st.permutations(records).map(lambda shuffled: shuffled[: draw(st.integers(1, len(records)))]))


@settings(max_examples=examples(40))
@given(families(), st.sampled_from([{}, {"series_limit": 2}, {"episodes_alone": True}]))
def test_a_second_run_changes_no_number_and_no_name(records: list[str], options: dict[str, Any]) -> None:
    """Whatever the sources of the numbers were, those of a unified title stay, and so do the names."""
    once = catindex("unify", index_2(*records), **options)
    assert catindex("unify", once.files["titles"], **options).files == once.files


@pytest.mark.parametrize("options", [{}, {"episodes_alone": True}])
@pytest.mark.parametrize("path", ["programs/2", "discs/2", "series/1/seasons/2"])
def test_a_part_with_nothing_but_a_title_gets_no_position_in_a_second_run(path: str, options: dict[str, Any]) -> None:
    """Its record has only an id, a title and a link, so the unified list shows nothing else of it."""
    once = catindex("unify", index_2(record(path, "Show: Gone", UP), record("programs/3", "Show: Lost", UP)), **options)
    assert b"_number" not in once.files["titles"].split(b"Show: Gone")[1].split(b"</catalog_title>")[0]
    assert catindex("unify", once.files["titles"], **options).files == once.files


# --- 1.x, orphans, the report -----------------------------------------------------------------------------------------


def test_numbers_of_1_x() -> None:
    """In 1.x a season's ``sequence_nr_in_series`` is its number, an episode's is its number within the season."""
    sequence = "<sequence_nr_in_series>{}</sequence_nr_in_series>"
    (title,) = catindex(
        "unify",
        index_1(
            f"<title>Show: The Arc</title><id>{T}/series/1/seasons/2</id>{sequence.format(4)}",
            f"<title>Show: Pilot</title><id>{T}/programs/3</id>{sequence.format(7)}"
            + link("season", "series/1/seasons/2", "Show: The Arc"),
        ),
    ).titles["titles"]
    (episode,) = parts(title, "programs")
    assert (number(episode, "season_number"), number(episode, "episode_number")) == (4, 7)


def test_an_orphan_is_numbered_from_its_own_evidence() -> None:
    """A disc that leads to no series has the numbers in its title and elements."""
    orphan = record("discs/3", "Lost Show: Season 2: Disc 4", "<season_number>3</season_number>")
    (disc,) = catindex("unify", index_2(orphan)).titles["titles"]
    assert (number(disc, "season_number"), number(disc, "disc_number")) == (3, 4)


def test_the_report_counts_numbers_by_evidence() -> None:
    """Every number is in the report under what it came from, and every part without one under none."""
    title = record(
        "series/1",
        "Show",
        listing("seasons", *(entry(f"series/1/seasons/{n}", f"Show: {n}") for n in range(6))),
        listing("programs", entry("", "Show: Listed")),
    )
    seasons = [
        record("series/1/seasons/1", "Show: A", "<season_number>7</season_number>"),
        record("series/1/seasons/2", "Show: B", "<season_label>Season 8</season_label>"),
        record("series/1/seasons/3", "Show: C", "<sequence_nr_in_series>9</sequence_nr_in_series>"),
        record("series/1/seasons/4", "Show: Season 10"),
        record("series/1/seasons/7", "Show: D"),
    ]
    episodes = [
        record("programs/1", "Show: E", UP, "<episode_number>1</episode_number>"),
        record("programs/2", "Show: F", UP, "<sequence>2</sequence>"),
        record("programs/3", "Show: Ep 3", UP),
        record("programs/4", "Show: G", UP),
    ]
    numbers = catindex("unify", index_2(title, *seasons, *episodes)).report["series"]["numbers"]
    assert numbers["season"] == dict.fromkeys(EVIDENCE, 0) | {
        "element": 1,
        "label": 1,
        "sequence": 1,
        "title": 1,
        "position": 2,
        "none": 6,  # one season, and five episodes without any
    }
    assert numbers["episode"] == dict.fromkeys(EVIDENCE, 0) | {
        "element": 1,
        "sequence": 1,
        "title": 1,
        "position": 1,
        "none": 1,
    }
