"""Where season, episode and disc numbers come from, and which evidence goes before which (spec, section 6)."""

from __future__ import annotations

import random

import pytest

from catindex.series.numbers import EVIDENCE
from tests.running import catindex, index_1, index_2
from tests.test_series import T, link, name_of, nested, number, parts, record, unified

UP = link("titles.series", "series/1", "Show")
IN_SEASON = link("titles.season", "series/1/seasons/2", "Show: Season 8")
SHOW = record("series/1", "Show")


def listing(kind: str, *entries: str) -> str:
    """Write the list of a series or season: seasons, programs or discs."""
    return link(f"titles.{kind}", "", kind, *entries)


def entry(path: str, name: str) -> str:
    """Write an entry of a list."""
    return link("title", path, name)


# --- each source of evidence, and what goes before what ---------------------------------------------------------------

SEASON_EVIDENCE = {
    "season_number": "<season_number>1</season_number>",
    "show/season_number": '<show id="1"><season_number>2</season_number></show>',
    "season_label": "<season_label>Season 3</season_label>",
    "sequence_nr_in_series": "<sequence_nr_in_series>4</sequence_nr_in_series>",
    "title": "Show: Season 5",
    "position": "",
}


@pytest.mark.parametrize("strongest", range(len(SEASON_EVIDENCE)), ids=list(SEASON_EVIDENCE))
def test_the_number_of_a_season(strongest: int) -> None:
    """Of a season's evidence the first in the table answers; its place in the series' list is the last."""
    evidence = list(SEASON_EVIDENCE.values())
    inside = evidence[strongest:4]
    random.Random(strongest).shuffle(inside)
    name = evidence[4] if strongest <= 4 else "Show: The Arc"
    before = [entry(f"series/1/seasons/{n}", f"Show: {n}") for n in range(20, 25)]
    seasons = listing("seasons", *before, entry("series/1/seasons/2", name))
    title = unified(record("series/1", "Show", seasons), record("series/1/seasons/2", name, *inside))
    numbers = {name_of(part): number(part, "season_number") for part in parts(title, "seasons")}
    assert numbers[name] == strongest + 1


EPISODE_SEASON_EVIDENCE = {
    "season_number": "<season_number>1</season_number>",
    "show/season_number": '<show id="1"><season_number>2</season_number></show>',
    "season_label": "<season_label>Season 3</season_label>",
    "title": "Show: Season 4: Pilot",
    "its season": IN_SEASON,
}


@pytest.mark.parametrize("strongest", range(len(EPISODE_SEASON_EVIDENCE)), ids=list(EPISODE_SEASON_EVIDENCE))
@pytest.mark.parametrize("kind", ["programs", "discs"])
def test_the_season_of_a_part(strongest: int, kind: str) -> None:
    """Of an episode's or disc's evidence for its season the first in the table answers; its season's number is last."""
    evidence = list(EPISODE_SEASON_EVIDENCE.values())
    name = evidence[3] if strongest <= 3 else "Show: Pilot"
    part = record(f"{kind}/3", name, *evidence[strongest:3], evidence[4], UP)
    title = unified(SHOW, record("series/1/seasons/2", "Show: Arc", "<season_number>5</season_number>"), part)
    assert number(parts(title, kind)[0], "season_number") == strongest + 1


EPISODE_EVIDENCE = {
    "episode_number": "<episode_number>1</episode_number>",
    "show/episode_number": '<show id="1"><episode_number>2</episode_number></show>',
    "sequence": "<sequence>3</sequence>",
    "sequence_nr_in_series": "<sequence_nr_in_series>4</sequence_nr_in_series>",
    "title": "Show: Ep 5",
    "place in its season": "",
    "place in its series": "",
}


@pytest.mark.parametrize("strongest", range(len(EPISODE_EVIDENCE)), ids=list(EPISODE_EVIDENCE))
def test_the_number_of_an_episode(strongest: int) -> None:
    """Of an episode's evidence the first in the table answers; its season's list goes before its series'."""
    evidence = list(EPISODE_EVIDENCE.values())
    inside = evidence[strongest:4]
    random.Random(strongest).shuffle(inside)
    name = evidence[4] if strongest <= 4 else "Show: Pilot"
    of_season = [*(entry("", f"Show: {n}") for n in range(5)), entry("programs/3", name)]
    of_series = [*(entry("", f"Show: {n}") for n in range(6)), entry("programs/3", name)]
    title = unified(
        record("series/1", "Show", listing("programs", *of_series)),
        record("series/1/seasons/2", "Show: Arc", *([listing("programs", *of_season)] if strongest < 6 else [])),
        record("programs/3", name, UP, *inside),
    )
    numbers = {name_of(part): number(part, "episode_number") for part in parts(title, "programs")}
    assert numbers[name] == strongest + 1


DISC_EVIDENCE = {
    "disc_number": "<disc_number>1</disc_number>",
    "sequence_nr_in_series": "<sequence_nr_in_series>2</sequence_nr_in_series>",
    "title": "Show: Season 1: Disc 3",
    "place in its season": "",
    "place in its series": "",
}


@pytest.mark.parametrize("strongest", range(len(DISC_EVIDENCE)), ids=list(DISC_EVIDENCE))
def test_the_number_of_a_disc(strongest: int) -> None:
    """Of a disc's evidence the first in the table answers."""
    evidence = list(DISC_EVIDENCE.values())
    name = evidence[2] if strongest <= 2 else "Show: Season 1: Bonus"
    of_season = [*(entry("", f"Show: {n}") for n in range(3)), entry("discs/3", name)]
    of_series = [*(entry("", f"Show: {n}") for n in range(4)), entry("discs/3", name)]
    title = unified(
        record("series/1", "Show", listing("discs", *of_series)),
        record("series/1/seasons/2", "Show: Season 1", *([listing("discs", *of_season)] if strongest < 4 else [])),
        record("discs/3", name, UP, *evidence[strongest:2], "<season_number>1</season_number>"),
        *(record(f"discs/1{n}", f"Show: {n}", UP, "<season_number>1</season_number>") for n in range(4)),
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
        ("Show: Season 1-2", None),
        ("Show: Season 10000", None),
        ("Show", None),
    ],
)
def test_the_title_of_a_season(name: str, season: int | None) -> None:
    """A season's title has its number in a season marker, else in a volume's; a range or an absurd number is none."""
    assert number(parts(unified(SHOW, record("series/1/seasons/2", name)), "seasons")[0], "season_number") == season


@pytest.mark.parametrize(
    ("name", "episode"),
    [
        ("Show: Ep 4", 4),
        ("Show: Episode 4", 4),
        ("Show: Season 1: Chapter 4", 4),
        ("Show: E04", 4),
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
