"""One example for each rule on series: numbers, names, availability, dates; and on entries of both media and ids."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

import pytest
from lxml import html

from tests.processes import catindex as start
from tests.running import catindex, index_2
from tests.test_series import SILVERMAN, T, link, name_of, names, number, offers, parts, record, unified, warnings

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element as Element

SARAH = "The Sarah Silverman Program"
SARAH_EPISODES = [f"{SARAH}: {name.strip()}" for name in re.split(r"[|\n]", SILVERMAN) if name.strip()]
SHOW = record("series/1", "Show")
SHOW_LINK = link("titles.series", "series/1", "Show")


def season(number: int, name: str, *inside: str) -> str:
    """Return the record of a season of series 1."""
    return record(f"series/1/seasons/{number}", name, *inside)


def listing(kind: str, **entries: str) -> str:
    """Return a list of parts, as `programs_3="Show: Pilot"`: the path of each with its name."""
    inside = "".join(link("title", path.replace("_", "/"), name) for path, name in entries.items())
    return link(f"titles.{kind}", "", kind, inside)


def of_season(number: int, name: str) -> str:
    """Return a link to a season of series 1."""
    return link("titles.season", f"series/1/seasons/{number}", name)


def episode_numbers(title: Element) -> dict[str, tuple[int | None, int | None]]:
    """Return the season and episode number of each episode by name."""
    return {name_of(e): (number(e, "season_number"), number(e, "episode_number")) for e in parts(title, "programs")}


def season_numbers(title: Element) -> dict[str, int | None]:
    """Return the number of each season by name."""
    return {name_of(part): number(part, "season_number") for part in parts(title, "seasons")}


def episode_short(title: Element) -> list[str | None]:
    """Return the own name of each episode."""
    return [found.get("episode_short") for part in parts(title, "programs") for found in part.iterfind("title")]


# --- 1. positions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("best_of_first", [True, False])
@pytest.mark.parametrize(("second", "parent"), [("Show: B", of_season(2, "Show: Season 1")), ("Show: Season 1: B", "")])
def test_a_position_counts_only_in_the_season_of_the_number(second: str, parent: str, *, best_of_first: bool) -> None:
    """An episode of season 1 that "The Best Of" lists, too, has its position in season 1."""
    seasons = [
        season(9, "Show: The Best Of", listing("programs", programs_4=second)),
        season(2, "Show: Season 1", listing("programs", programs_3="Show: A", programs_4=second)),
    ]
    title = unified(
        SHOW,
        *(seasons if best_of_first else reversed(seasons)),
        record("programs/3", "Show: A", of_season(2, "Show: Season 1")),
        record("programs/4", second, parent),
    )
    assert episode_numbers(title) == {"Show: A": (1, 1), second: (1, 2)}


# --- 2. explicit markers and sequences of seasons ---------------------------------------------------------------------


def test_a_season_in_the_title_outranks_the_sequence_of_the_season() -> None:
    """The announcement's series with season records numbered 1, 2, 3 has two seasons, of 6 and 16 episodes."""
    counts = {"Season 1": 6, "Season 2: Vol. 1": 6, "Season 2: Vol. 2": 10}
    paths = iter([f"programs_{n}" for n in range(100, 122)])
    shown = iter(SARAH_EPISODES)
    seasons = [
        season(
            n,
            f"{SARAH}: {name}",
            f"<sequence_nr_in_series>{n}</sequence_nr_in_series>",
            listing("programs", **{next(paths): next(shown) for _ in range(count)}),
        )
        for n, (name, count) in enumerate(counts.items(), start=1)
    ]
    title = unified(record("series/1", SARAH), *seasons)
    assert list(season_numbers(title).values()) == [1, 2, 2]
    expected = [*((1, n) for n in range(1, 7)), *((2, n) for n in range(1, 17))]
    assert episode_numbers(title) == dict(zip(SARAH_EPISODES, expected, strict=True))


# --- 3. volumes -------------------------------------------------------------------------------------------------------

VOLUMES = ("Show: Season 1: Vol. 1", "Show: Season 1: Vol. 2")


def test_volumes_run_on_if_their_sequences_start_again() -> None:
    """Volume 2 continues after volume 1, though its episodes count from 1."""
    title = unified(
        SHOW,
        *(season(n, name) for n, name in enumerate(VOLUMES, start=1)),
        *(
            record(f"programs/{n}{k}", f"Show: {name[-1]}{k}", f"<sequence>{k}</sequence>", of_season(n, name))
            for n, name in enumerate(VOLUMES, start=1)
            for k in (1, 2)
        ),
    )
    assert episode_numbers(title) == {"Show: 11": (1, 1), "Show: 12": (1, 2), "Show: 21": (1, 3), "Show: 22": (1, 4)}


def test_volumes_run_on_if_their_discs_start_again() -> None:
    """The first disc of volume 2 continues after the first of volume 1."""
    title = unified(
        SHOW,
        *(season(n, name) for n, name in enumerate(VOLUMES, start=1)),
        *(record(f"discs/{n}", f"{name}: Disc 1", of_season(n, name)) for n, name in enumerate(VOLUMES, start=1)),
    )
    discs = [(number(d, "season_number"), number(d, "disc_number")) for d in parts(title, "discs")]
    assert discs == [(1, 1), (1, 2)]


def test_seasons_without_volume_markers_do_not_run_on() -> None:
    """Seasons titled "Season 5" and "Series 5" are not volumes: both have an episode 5x1, which is reported."""
    outcome = catindex(
        "unify",
        index_2(
            SHOW,
            *(
                season(n, name, listing("programs", **{f"programs_{n}0": f"{name}: Pilot"}))
                for n, name in enumerate(("Show: Season 5", "Show: Series 5"), start=1)
            ),
        ),
    )
    (title,) = outcome.titles["titles"]
    assert set(episode_numbers(title).values()) == {(5, 1)}
    assert warnings(outcome.report, "same-number") != []


# --- 4. weak markers --------------------------------------------------------------------------------------------------

BROTHERS = [f"Band of Brothers: Part {n}: {name}" for n, name in enumerate(("Currahee", "Day of Days", "Carentan"), 1)]


def test_a_part_is_not_a_season() -> None:
    """The second entry of season 1 is 1x2, whatever its `Part` says."""
    title = unified(
        record("series/1", "Band of Brothers"),
        season(2, "Band of Brothers: Season 1", listing("programs", programs_3=BROTHERS[0], programs_4=BROTHERS[1])),
    )
    assert episode_numbers(title) == {BROTHERS[0]: (1, 1), BROTHERS[1]: (1, 2)}
    assert episode_short(title) == ["Currahee", "Day of Days"]


def test_parts_without_seasons_count_episodes() -> None:
    """In the list of a series without seasons, parts are episodes of no season."""
    listed = listing("programs", **{f"programs_{n}": name for n, name in enumerate(BROTHERS, start=3)})
    title = unified(record("series/1", "Band of Brothers", listed))
    assert episode_numbers(title) == {name: (None, n) for n, name in enumerate(BROTHERS, start=1)}


def test_a_part_counts_if_nothing_else_does() -> None:
    """An episode that no list has, and no other marker numbers, has the number of its `Part`."""
    title = unified(record("series/1", "Band of Brothers"), record("programs/4", BROTHERS[1], SHOW_LINK))
    assert episode_numbers(title) == {BROTHERS[1]: (None, 2)}


def test_a_part_stays_in_the_season_that_lists_it() -> None:
    """An episode called "Part 3" in the list of season 1 is in season 1."""
    title = unified(
        record("series/1", "Bones"),
        season(2, "Bones: Season 1", listing("programs", programs_3="Bones: Part 3: Aftermath")),
        record("programs/3", "Bones: Part 3: Aftermath"),
    )
    assert episode_numbers(title) == {"Bones: Part 3: Aftermath": (1, 1)}


# --- 5. sequences across seasons --------------------------------------------------------------------------------------


def test_sequences_that_run_on_across_seasons() -> None:
    """Episodes 1, 2 of season 1 and 3, 4 of season 2 are 1x1, 1x2, 2x1 and 2x2."""
    title = unified(
        SHOW,
        season(1, "Show: Season 1"),
        season(2, "Show: Season 2"),
        *(
            record(
                f"programs/{n}",
                f"Show: {n}th",
                f"<sequence_nr_in_series>{n}</sequence_nr_in_series>",
                of_season((n + 1) // 2, f"Show: Season {(n + 1) // 2}"),
            )
            for n in (1, 2, 3, 4)
        ),
    )
    assert list(episode_numbers(title).values()) == [(1, 1), (1, 2), (2, 1), (2, 2)]


# --- 6. names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "season_title", "title", "short"),
    [
        (
            "American Horror Story",
            "American Horror Story: Asylum",
            "American Horror Story: Asylum: Welcome to Briarcliff",
            "Welcome to Briarcliff",
        ),
        ("Top Gear", "Top Gear: 2011", "Top Gear: 2011: Episode 3", None),
    ],
)
def test_the_title_of_the_season_is_a_prefix(series: str, season_title: str, title: str, short: str | None) -> None:
    """An episode's own name is what follows the title of its season."""
    found = unified(
        record("series/1", series), season(2, season_title), record("programs/3", title, of_season(2, season_title))
    )
    assert episode_short(found) == [short]


def test_text_between_two_markers_belongs_to_the_season() -> None:
    """In "Book 1: Water: Chapter 3: NAME", "Water" is not part of the name; the episode is 1x3."""
    series = "Avatar: The Last Airbender"
    title = f"{series}: Book 1: Water: Chapter 3: The Southern Air Temple"
    found = unified(record("series/1", series), record("programs/3", title, link("titles.series", "series/1", series)))
    assert episode_numbers(found) == {title: (1, 3)}
    assert episode_short(found) == ["The Southern Air Temple"]


# --- 7. series without a record ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("season_first", [True, False])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_synthesized_series_is_named_after_its_season(*, recorded: bool, season_first: bool) -> None:
    """An episode "Pilot" linked to season "X: Season 1" makes a series called "X", in any order of records."""
    episode = record("programs/3", "Pilot", of_season(2, "X: Season 1"))
    seasons = [season(2, "X: Season 1")] if recorded else []
    title = unified(*([*seasons, episode] if season_first else [episode, *seasons]))
    assert name_of(title) == "X"


@pytest.mark.parametrize("forth", [True, False])
def test_a_synthesized_series_is_named_after_a_link_first(*, forth: bool) -> None:
    """A link to the series names it, else a season, else a disc, in any order of records."""
    records = [
        record("programs/3", "Pilot", link("titles.series", "series/1", "The X")),
        season(2, "X: Season 1"),
        record("discs/4", "Ex: Disc 1", of_season(2, "")),
    ]
    assert name_of(unified(*(records if forth else reversed(records)))) == "The X"
    assert name_of(unified(*(records[1:] if forth else reversed(records[1:])))) == "X"


# --- 8. discs ---------------------------------------------------------------------------------------------------------


def test_a_disc_never_inherits_instant() -> None:
    """A disc without formats, under a season on instant only, of a series on DVD, is on DVD."""
    outcome = catindex(
        "process",
        index_2(
            record("series/1", "Show", offers("DVD")),
            season(2, "Show: Season 1", offers("instant")),
            record("discs/3", "Show: Season 1: Disc 1", of_season(2, "Show: Season 1")),
        ),
    )
    streaming, dvd = ([names(parts(title, "discs")) for title in outcome.titles[f]] for f in ("streaming", "dvd"))
    assert (streaming, dvd) == ([[]], [["Show: Season 1: Disc 1"]])


# --- 9. the limit -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("formats", [("instant", ""), ("", "instant"), ("instant", "DVD")])
def test_the_limit_changes_no_availability(formats: tuple[str, str], *, alone: bool) -> None:
    """The same episodes are in each file with and without the limit, whatever only other seasons have."""
    dump = index_2(
        SHOW,
        *(season(n, f"Show: Season {n}") for n in (1, 2)),
        *(
            record(
                f"programs/{n}{k}",
                f"Show: Season {n}: E0{k}",
                offers(formats[n - 1]) if formats[n - 1] and k == 1 else "",
                of_season(n, f"Show: Season {n}"),
            )
            for n in (1, 2)
            for k in (1, 2)
        ),
    )
    usual = catindex("process", dump)
    broken = catindex("process", dump, series_limit=2, episodes_alone=alone)
    for medium in ("streaming", "dvd"):
        expected = [name for title in usual.titles[medium] for name in names(parts(title, "programs"))]
        nested = [name for title in broken.titles[medium] for name in names(parts(title, "programs"))]
        found = [name_of(title) for title in broken.titles[medium] if title.find("show") is not None] + nested
        assert sorted(found) == sorted(expected)


# --- 10. links that are named after a season --------------------------------------------------------------------------


@pytest.mark.parametrize("recorded", [True, False])
def test_a_series_link_with_the_title_of_a_season(*, recorded: bool) -> None:
    """It neither hides the episode's season nor changes anything in a second run."""
    episode = record("programs/3", "X: Season 1: Pilot", link("titles.series", "series/1", "X: Season 1"))
    once = catindex("unify", index_2(*([record("series/1", "X")] if recorded else []), episode))
    (title,) = once.titles["titles"]
    assert episode_numbers(title) == {"X: Season 1: Pilot": (1, None)}
    assert episode_short(title) == ["Pilot"]
    assert catindex("unify", once.files["titles"]).files == once.files


# --- 11. seasons ------------------------------------------------------------------------------------------------------


def test_two_seasons_are_two_seasons(tmp_path: Path) -> None:
    """The announcement's series has two seasons in `info`, on its page and in `export`, without season records."""
    dump = tmp_path / "dump.xml"
    listed = "".join(link("title", "", name) for name in SARAH_EPISODES)
    dump.write_bytes(index_2(record("series/70142415", SARAH, link("titles.programs", "", "episodes", listed))))
    series = json.loads(start("info", dump, "--json").out)["series"]
    assert (series["seasons"], series["by_seasons"], series["largest"][0]["seasons"]) == (2, {"2": 1}, 2)
    page = html.fromstring(start("info", dump, "--html", "-").out)
    rows = [[cell.xpath("string()") for cell in row] for row in page.iter("tr")]
    assert [SARAH, "22", "2", "0"] in rows
    (row,) = csv.DictReader(start("export", dump, "--format", "csv").out.decode().splitlines())
    assert row["seasons"] == "2"


def test_a_position_that_is_a_seasons_number_is_not_taken() -> None:
    """The fourth entry is not season 4 if another season is."""
    shown = ["Series 1", "Series 2", "Series 3", "The Next Doctor", "Series 4"]
    listed = listing("seasons", **{f"series_1_seasons_{n}": f"Doctor Who: {s}" for n, s in enumerate(shown, start=2)})
    title = unified(record("series/1", "Doctor Who", listed))
    assert season_numbers(title) == {
        "Doctor Who: Series 1": 1,
        "Doctor Who: Series 2": 2,
        "Doctor Who: Series 3": 3,
        "Doctor Who: Series 4": 4,
        "Doctor Who: The Next Doctor": None,
    }


def test_specials_are_not_counted_in_positions() -> None:
    """A season that follows the specials has the position that it has without them."""
    shown = ["Series 1", "Specials", "The Next Doctor"]
    listed = listing("seasons", **{f"series_1_seasons_{n}": f"Doctor Who: {s}" for n, s in enumerate(shown, start=2)})
    title = unified(record("series/1", "Doctor Who", listed))
    assert list(season_numbers(title).values()) == [0, 1, 2]


def test_a_lone_year_is_a_season() -> None:
    """Seasons titled "Top Gear: 2011" and "Top Gear: 2012" have the numbers 2011 and 2012."""
    listed = listing("seasons", series_1_seasons_2="Top Gear: 2011", series_1_seasons_3="Top Gear: 2012")
    title = unified(record("series/1", "Top Gear", listed))
    assert season_numbers(title) == {"Top Gear: 2011": 2011, "Top Gear: 2012": 2012}


# --- 12. what clients read of every title -----------------------------------------------------------------------------


def dates(updated: str, year: str) -> str:
    """Return the dates of a record."""
    return f"<release_year>{year}</release_year><updated>{updated}</updated>"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([], ("1300000002000", "2005")),
        ([record("series/1", "Show", dates("", ""))], ("1300000002000", "2005")),
        ([record("series/1", "Show", dates("1300000003", "2011"))], ("1300000003", "2011")),
        ([record("series/1", "Show", dates("1300000001", "2011"))], ("1300000002000", "2011")),
    ],
)
def test_a_series_title_is_complete_for_its_readers(own: list[str], expected: tuple[str, str]) -> None:
    """`updated` is the newest of series and parts as written; `release_year` the series' own, else the earliest."""
    title = unified(
        *own,
        season(2, "Show: Season 1", dates("1300000000", "2007")),
        record("programs/3", "Show: Season 1: Pilot", dates("1300000002000", "2005"), SHOW_LINK),
        record("discs/4", "Show: Season 1: Disc 1", dates("", ""), SHOW_LINK),
    )
    assert (title.findtext("updated"), title.findtext("release_year")) == expected


# --- 13. entries of both media ----------------------------------------------------------------------------------------

FORMAT = '<category scheme="http://api.netflix.com/categories/title_formats" label="{0}" term="{0}">{1}</category>'
OTHER = '<category scheme="http://api.netflix.com/categories/{0}" label="{1}" term="{1}"/>'
SHARED = FORMAT.format("DVD", "") + FORMAT.format("instant", "")
ENTRIES = {
    "delivery_formats": ("titles/format_availability", f"<availability>{SHARED}</availability>"),
    "languages_and_audio": (
        "titles/languages_and_audio",
        f"<language_audio_format>{SHARED}{OTHER.format('languages', 'English')}</language_audio_format>",
    ),
    "screen_formats": (
        "titles/screen_formats",
        f"<screen_format>{SHARED}{OTHER.format('screen_formats', 'Widescreen')}</screen_format>",
    ),
}


def found_in(path: Path, content: bytes, medium: str) -> set[str]:
    """Return the codes of what `validate` finds in a file of a medium."""
    path.write_bytes(content)
    lines = start("validate", path, "--profile", medium, "--json").out.splitlines()
    return {json.loads(line)["code"] for line in lines}


@pytest.mark.parametrize("wrapper", ENTRIES)
def test_an_entry_of_both_media_loses_only_the_categories_of_the_other(wrapper: str, tmp_path: Path) -> None:
    """Each file keeps the entry with its own format; `validate --profile` finds fault with the entry of both only."""
    rel, entry = ENTRIES[wrapper]
    expansion = link(rel, "movies/1/x", wrapper, f"<{wrapper}>{entry}</{wrapper}>")
    own = {"streaming": offers("instant"), "dvd": offers("DVD")}
    for medium, term, other in (("streaming", "instant", "DVD"), ("dvd", "DVD", "instant")):
        dump = index_2(record("movies/1", "A", "" if wrapper == "delivery_formats" else own[medium], expansion))
        outcome = catindex("process", dump)
        (title,) = outcome.titles[medium]
        terms = [category.get("term") for category in title.iterfind(f"link/{wrapper}/*/category")]
        assert (terms.count(term), terms.count(other)) == (1, 0)
        assert found_in(tmp_path / "dump.xml", dump, medium) == {"other-medium"}
        assert found_in(tmp_path / f"{medium}.xml", outcome.files[medium], medium) == set()


# --- 14. AMG and TMS parameters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://x/?v=1&amp;amp;include_amg=1", "http://x/?v=1"),
        ("http://x/{?include_tms}", "http://x/"),
        ("http://x/{?q,include_tms:3,include_amg*}", "http://x/{?q}"),
    ],
)
def test_parameters_of_retired_ids_are_removed(before: str, after: str) -> None:
    """The parameters leave no separator and no empty expression behind, in attributes and in text."""
    inside = f'<url_template>{before}</url_template><link href="{before}"/>'
    (title,) = catindex("strip", index_2(f"<id>{T}/movies/1</id>{inside}")).titles["titles"]
    (address,) = (element.get("href") for element in title.iterfind("link"))
    assert (title.findtext("url_template"), address) == (after, after)


def test_an_element_whose_text_becomes_empty() -> None:
    """It is written in the form of all empty elements."""
    inside = "<url_template>{?include_tms}</url_template>"
    assert b"<url_template/>" in catindex("strip", index_2(f"<id>{T}/movies/1</id>{inside}")).files["titles"]
