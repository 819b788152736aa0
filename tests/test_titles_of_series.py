"""A series as several titles: broken up by decade or seasons, and with its episodes as titles of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from catindex.extract import TitleRenderer
from catindex.pipeline import read_titles
from catindex.rules.keys import key_of, key_of_url
from catindex.select import Keys, Search, search
from catindex.validate.run import Validation, validate
from tests.running import Outcome, catindex, index_2
from tests.test_series import T, link, name_of, names, nested, number, offers, parts, record, warnings

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element as Element

SHOW = record("series/1", "Show")
DASH = "\N{EN DASH}"


def year(number: int | None) -> str:
    """Write a year of release; none where it is not known."""
    return "" if number is None else f"<release_year>{number}</release_year>"


def season(number: int, *inside: str) -> str:
    """Write the record of a season."""
    return record(f"series/1/seasons/{number}", f"Show: Season {number}", *inside)


def episode(number: int, of: int | None, *inside: str) -> str:
    """Write the record of an episode of a season, or of the series where it has no season."""
    numbers = f"<episode_number>{number}</episode_number>"
    if of is None:
        return record(f"programs/{number}", f"Show: Tale {number}", link("titles.series", "series/1", "Show"), *inside)
    parent = link("titles.season", f"series/1/seasons/{of}", f"Show: Season {of}")
    return record(f"programs/{of * 1000 + number}", f"Show: Season {of}: E{number}", numbers, parent, *inside)


def disc(of: int, *inside: str) -> str:
    """Write the record of the disc of a season."""
    parent = link("titles.season", f"series/1/seasons/{of}", f"Show: Season {of}")
    return record(f"discs/{of}", f"Show: Season {of}: Disc 1", parent, *inside)


def episodes(counts: dict[int, int], *inside: str) -> list[str]:
    """Write so many episodes of each season."""
    return [episode(number, of, *inside) for of, count in counts.items() for number in range(1, count + 1)]


def broken(limit: int, *records: str, **options: Any) -> Outcome:
    """Unify an index of these records with a limit."""
    return catindex("unify", index_2(*records), series_limit=limit, **options)


def stretches(outcome: Outcome, name: str = "titles") -> dict[str, int]:
    """Give how many episodes each title has, by what its id has behind the series'."""
    return {(key_of(title) or "").partition("/1")[2]: len(parts(title, "programs")) for title in outcome.titles[name]}


# --- broken up --------------------------------------------------------------------------------------------------------


def test_two_hundred_and_one_episodes_over_three_decades() -> None:
    """The announcement's number: a series with one more than 200 episodes becomes a title for each decade."""
    counts = {1: 70, 2: 70, 3: 61}
    years = {1: 1985, 2: 1994, 3: 2003}
    records = [episode(number, of, year(years[of])) for of in counts for number in range(1, counts[of] + 1)]
    outcome = broken(200, SHOW, *(season(of) for of in counts), *records)
    assert stretches(outcome) == {"#1980s": 70, "#1990s": 70, "#2000s": 61}
    assert names(outcome.titles["titles"]) == ["Show (1980s)", "Show (1990s)", "Show (2000s)"]
    assert [title.findtext("id") for title in outcome.titles["titles"]] == [
        f"{T}/series/1#{decade}s" for decade in (1980, 1990, 2000)
    ]
    assert [names(parts(title, "seasons")) for title in outcome.titles["titles"]] == [
        [f"Show: Season {of}"] for of in counts
    ]
    report = outcome.report
    assert (report["records"]["read"], report["records"]["written"], report["records"]["merged"]) == (205, 1, 204)
    assert (report["series"]["unified"], report["series"]["episodes"], report["outputs"][0]["titles"]) == (1, 201, 3)
    assert report["warnings"] == []


def test_no_more_than_the_limit() -> None:
    """A series of just so many episodes stays one title."""
    outcome = broken(4, SHOW, *(episode(number, 1, year(1980 + 10 * number)) for number in range(1, 5)))
    assert stretches(outcome) == {"": 4}


def test_without_any_years() -> None:
    """Where no year is known, runs of whole seasons take their place, as long as the limit allows."""
    outcome = broken(5, SHOW, *episodes({1: 2, 2: 2, 3: 2, 4: 3, 5: 1}))
    assert stretches(outcome) == {"#seasons-1-2": 4, "#seasons-3-4": 5, "#seasons-5-5": 1}
    assert names(outcome.titles["titles"]) == [
        f"Show (Seasons 1{DASH}2)",
        f"Show (Seasons 3{DASH}4)",
        "Show (Season 5)",
    ]


def test_a_season_longer_than_the_limit_stays_whole() -> None:
    """A season is never divided; that its title is too long is reported."""
    outcome = broken(3, SHOW, *episodes({1: 2, 2: 5, 3: 1}))
    assert stretches(outcome) == {"#seasons-1-1": 2, "#seasons-2-2": 5, "#seasons-3-3": 1}
    assert [warning["code"] for warning in outcome.report["warnings"]] == ["over-limit"]
    assert outcome.report["warnings"][0]["examples"][0]["detail"] == "5 episodes in series/1#seasons-2-2"


@pytest.mark.parametrize(
    ("records", "suffix", "label"),
    [
        (episodes({1: 4}), "#seasons-1-1", " (Season 1)"),
        (episodes({1: 4}, year(1990)), "#1990s", " (1990s)"),
        ([episode(number, None) for number in range(4)], "", ""),
        ([episode(number, None, year(1990)) for number in range(4)], "#1990s", " (1990s)"),
    ],
    ids=["one season", "one season of a year", "no season", "no season and one year"],
)
def test_one_title_over_the_limit(records: list[str], suffix: str, label: str) -> None:
    """A series of one decade or season is named after it, and reported."""
    outcome = broken(3, SHOW, *records)
    assert (stretches(outcome), names(outcome.titles["titles"])) == ({suffix: 4}, [f"Show{label}"])
    assert warnings(outcome.report, "over-limit") == ["series/1"]
    assert catindex("unify", outcome.files["titles"], series_limit=3).files == outcome.files


def test_one_season_without_a_year() -> None:
    """Where a single season tells no year, the whole series goes by seasons."""
    records = [*episodes({1: 2}, year(1980)), *episodes({2: 2}), *episodes({3: 2}, year(2000))]
    assert stretches(broken(4, SHOW, *records)) == {"#seasons-1-2": 4, "#seasons-3-3": 2}


def test_a_season_has_the_first_of_its_years() -> None:
    """A season goes whole to the decade in which it began, by its own record or any of its episodes."""
    records = [
        season(1, year(1989)),
        *episodes({1: 2}, year(1990)),
        episode(1, 2, year(1999)),
        episode(2, 2, year(2000)),
        episode(3, 2),
        disc(2, year(1985)),  # when it was sold, not when it was shown
        *episodes({3: 1}, year(2000)),
    ]
    assert stretches(broken(3, SHOW, *records)) == {"#1980s": 2, "#1990s": 3, "#2000s": 1}


def test_a_decade_that_alone_is_too_long() -> None:
    """It is broken up into runs of its seasons; the others stay decades."""
    records = [*episodes({1: 2, 2: 2, 3: 1}, year(1985)), *episodes({4: 2}, year(1995))]
    assert stretches(broken(3, SHOW, *records)) == {"#seasons-1-1": 2, "#seasons-2-3": 3, "#1990s": 2}


def test_episodes_without_a_season() -> None:
    """They go by their own year; one that has none goes with the last."""
    records = [episode(1, None, year(2001)), episode(2, None), episode(3, None, year(1999)), episode(4, None)]
    outcome = broken(3, SHOW, *records)
    assert stretches(outcome) == {"#1990s": 1, "#2000s": 3}
    assert names(parts(outcome.titles["titles"][1], "programs")) == ["Show: Tale 1", "Show: Tale 2", "Show: Tale 4"]


def test_episodes_without_a_season_beside_seasons() -> None:
    """Where seasons make the titles, they go with the last."""
    outcome = broken(2, SHOW, episode(9, None), *episodes({1: 2, 2: 1}))
    assert stretches(outcome) == {"#seasons-1-1": 2, "#seasons-2-2": 2}


@pytest.mark.parametrize(
    ("special", "expected"),
    [(year(1995), {"#1980s": 2, "#1990s": 3}), ("", {"#1980s": 3, "#1990s": 2})],
)
def test_specials(special: str, expected: dict[str, int]) -> None:
    """Season 0 goes by its year, as any season; without one it goes with the first, and does not hold the others up."""
    pilot = record("programs/7", "Show: Pilot", "<season_number>0</season_number>", '<show id="1"/>', special)
    records = [pilot, *episodes({1: 2}, year(1985)), *episodes({2: 2}, year(1995))]
    assert stretches(broken(3, SHOW, *records)) == expected


def test_specials_among_runs() -> None:
    """They are season 0 there, too."""
    special = record("programs/7", "Show: Pilot", "<season_number>0</season_number>", '<show id="1"/>')
    assert stretches(broken(2, SHOW, special, *episodes({1: 1, 2: 2}))) == {"#seasons-0-1": 2, "#seasons-2-2": 2}


def test_seasons_and_discs_go_with_their_episodes() -> None:
    """So does a season that has only discs, with the one before it."""
    records = [*(season(of) for of in (1, 2, 3)), *(disc(of) for of in (1, 2, 3))]
    outcome = broken(2, SHOW, *records, *episodes({1: 1}, year(1985)), *episodes({3: 2}, year(1995)))
    first, second = outcome.titles["titles"]
    assert names(parts(first, "seasons")) == ["Show: Season 1", "Show: Season 2"]
    assert names(parts(first, "discs")) == ["Show: Season 1: Disc 1", "Show: Season 2: Disc 1"]
    assert names(parts(second, "discs")) == ["Show: Season 3: Disc 1"]


def test_a_title_lists_only_what_it_has() -> None:
    """A season without a number goes by its own year, and does not list an episode that is in another title."""
    tales = [link("title", f"programs/{number}", f"Show: Tale {number}") for number in (1, 2)]
    arc = record("series/1/seasons/9", "Show: The Arc", year(1999), link("titles.programs", "x", "episodes", *tales))
    outcome = broken(1, SHOW, arc, episode(1, None, year(1999)), episode(2, None, year(2001)))
    (found,) = parts(outcome.titles["titles"][0], "seasons")
    assert [entry.get("title") for entry in found.findall("link/link")] == ["Show: Tale 1"]
    assert catindex("unify", outcome.files["titles"]).files == outcome.files


def test_each_title_is_the_series() -> None:
    """All that the series' record says stands in each; addresses of its lists stay those of the series."""
    listing = link("titles.programs", "x", "episodes", nested("programs/7", "Show: Ep 7"))
    show = record("series/1", "Show", "<synopsis>About</synopsis>", listing)
    outcome = broken(1, show, *episodes({1: 1, 2: 1}))
    for title in outcome.titles["titles"]:
        assert title.findtext("synopsis") == "About"
        assert {made.get("href") for made in title.findall("link")} == {f"{T}/x"}
    assert sum(stretches(outcome).values()) == 3


def test_formats_of_each_title() -> None:
    """Each title gathers its own parts' formats and dates, and the series' own go where its parts are available."""
    outcome = catindex(
        "process",
        index_2(
            record("series/1", "Show", offers("DVD", "instant")),
            *episodes({1: 1}, offers("DVD", dates='available_from="5"')),
            *episodes({2: 1}, offers("instant", dates='available_from="7"')),
        ),
        series_limit=1,
    )
    assert stretches(outcome, "streaming") == {"#seasons-2-2": 1}
    assert stretches(outcome, "dvd") == {"#seasons-1-1": 1}
    dates = [
        availability.get("available_from")
        for name in ("dvd", "streaming")
        for availability in outcome.titles[name][0].findall("link/delivery_formats/availability")
    ]
    assert dates == ["5", "7"]


def test_a_format_of_no_part_is_kept() -> None:
    """What only the series itself is available in, no part, keeps every title of it in that file."""
    show = record("series/1", "Show", offers("DVD", "instant"))
    outcome = catindex("process", index_2(show, *episodes({1: 1, 2: 1}, offers("instant"))), series_limit=1)
    assert stretches(outcome, "dvd") == {"#seasons-1-1": 0, "#seasons-2-2": 0}


def test_parts_that_are_unavailable() -> None:
    """They are kept in the title of theirs, among the unavailable, and counted there."""
    records = [*episodes({1: 1}, offers("instant")), *episodes({2: 2}, offers())]
    outcome = catindex("process", index_2(SHOW, *records), series_limit=2)
    assert (stretches(outcome, "streaming"), stretches(outcome, "unavailable")) == (
        {"#seasons-1-1": 1},
        {"#seasons-2-2": 2},
    )
    assert (outcome.report["records"]["merged"], outcome.report["records"]["unavailable"]) == (1, 2)


def test_a_smaller_limit_later() -> None:
    """A title that is broken up already is not broken up again, a unified one that is not, is."""
    data = index_2(SHOW, *episodes({1: 2, 2: 2, 3: 2}))
    whole = catindex("unify", data).files["titles"]
    once = catindex("unify", data, series_limit=4)
    assert catindex("unify", whole, series_limit=4).files == once.files
    again = catindex("unify", once.files["titles"], series_limit=1)
    assert again.files == once.files
    assert warnings(again.report, "over-limit") == ["series/1#seasons-1-2", "series/1#seasons-3-3"]


def test_a_file_of_one_medium_is_not_broken_up_again() -> None:
    """The whole series is of one decade. Its parts on streaming alone would be of two."""
    records = [
        SHOW,
        episode(1, 1, year(2009), offers("DVD")),
        episode(2, 1, year(2011), offers("instant")),
        episode(3, None, year(2008), offers("instant")),
    ]
    once = catindex("process", index_2(*records), series_limit=1)
    assert (stretches(once, "streaming"), stretches(once, "dvd")) == ({"#2000s": 2}, {"#2000s": 1})
    again = catindex("process", once.files["streaming"], ["streaming"], series_limit=1)
    assert again.files["streaming"] == once.files["streaming"]


def formats_of_first(counts: dict[int, int], limit: int | None) -> int:
    """Return how many formats the first episode, which has none of its own, has in a series on DVD."""
    first, *others = episodes(counts)
    available = [f"{other}{offers('DVD')}" for other in others]
    titles = catindex("unify", index_2(SHOW, first, *available), series_limit=limit).titles["titles"]
    (found,) = [part for title in titles for part in parts(title, "programs") if key_of(part) == "episode/1001"]
    return len(found.findall(".//availability"))


def test_formats_of_parts_that_are_broken_off() -> None:
    """A part without formats goes where its series goes. If that is broken up, it needs formats of its own."""
    assert formats_of_first({1: 1, 2: 1}, None) == 0
    assert formats_of_first({1: 1, 2: 1}, 1) == 1
    assert formats_of_first({1: 2}, 1) == 0  # one title is over the limit, but is not broken up


def test_a_title_keeps_its_id_when_the_next_decade_begins() -> None:
    """The dumps of two nights have the same id for the parts that they share."""
    before = episodes({1: 4}, year(2009))
    assert stretches(broken(3, SHOW, *before)) == {"#2000s": 4}
    assert stretches(broken(3, SHOW, *before, *episodes({2: 1}, year(2010)))) == {"#2000s": 4, "#2010s": 1}


def test_lists_of_a_season_name_only_parts_that_are_available() -> None:
    """Even if a list has only their titles: a second run would take them for episodes of that medium."""
    entries = [f'<link href="" rel="" title="Show: E{of}"/>' for of in (1, 2)]
    listing = link("titles.programs", "", "episodes", *entries)
    up = link("titles.series", "series/1", "Show")
    records = [
        SHOW,
        season(1, listing, offers("instant", "DVD")),
        record("programs/1", "Show: E1", up, offers("DVD")),
        record("programs/2", "Show: E2", up, offers("instant")),
    ]
    for alone in (False, True):
        options: dict[str, Any] = {"episodes_alone": alone}
        once = catindex("process", index_2(*records), **options)
        for medium, gone in (("streaming", b"E1"), ("dvd", b"E2")):
            assert gone not in once.files[medium]
            again = catindex("process", once.files[medium], [medium], **options)
            assert again.files[medium] == once.files[medium]


# --- episodes as titles of their own ----------------------------------------------------------------------------------


def alone(*records: str, **options: Any) -> Outcome:
    """Unify an index of these records, with the episodes as titles of their own."""
    return catindex("unify", index_2(*records), episodes_alone=True, **options)


def shown(title: Element) -> tuple[str | None, ...]:
    """Give what an episode says of its series: id, season, episode."""
    show = title.find("show")
    assert show is not None
    return show.get("id"), show.findtext("season_number"), show.findtext("episode_number")


def test_episodes_follow_their_series() -> None:
    """Each is a title behind its series, and names it as the regional index does; the series keeps its seasons."""
    other = record("series/2", "Other")
    outcome = alone(*episodes({2: 1}), SHOW, other, season(2), episode(1, 1), disc(2), record("movies/1", "Movie"))
    assert names(outcome.titles["titles"]) == ["Movie", "Show", "Show: Season 1: E1", "Show: Season 2: E1", "Other"]
    _, show, first, second, _ = outcome.titles["titles"]
    assert [len(parts(show, kind)) for kind in ("seasons", "programs", "discs")] == [1, 0, 1]
    assert [shown(first), shown(second)] == [("1", "1", "1"), ("1", "2", "1")]
    assert number(first, "season_number") is None
    assert first.find("link") is None
    records = outcome.report["records"]
    assert (records["read"], records["written"], records["merged"]) == (7, 5, 2)
    assert outcome.report["outputs"][0]["titles"] == 5


def test_the_announcement_s_series_as_records() -> None:
    """An episode that is known by its name only gets an address below its series', with its numbers."""
    listed = "".join(link("", "", f"Show: Season {of}: {name}") for of, name in ((1, "A"), (1, "B"), (2, "C")))
    outcome = alone(record("series/70142415", "Show", link("titles.programs", "", "episodes", listed)))
    _, *found = outcome.titles["titles"]
    assert [(key_of(title), shown(title)) for title in found] == [
        ("episode/70142415#1x1", ("70142415", "1", "1")),
        ("episode/70142415#1x2", ("70142415", "1", "2")),
        ("episode/70142415#2x1", ("70142415", "2", "1")),
    ]
    assert found[0].findtext("id") == f"{T}/series/70142415/episodes#1x1"
    assert outcome.report["records"]["written"] == 1


def test_an_address_for_what_has_no_number() -> None:
    """Without numbers of its own, an episode has its place among the series' episodes in its address."""
    twice = link("", "", "Show: Ep 4") + link("", "", "Show: Episode 4") + link("", "", "Show: Season 1: Pilot")
    outcome = alone(record("series/1", "Show", link("titles.programs", "", "episodes", twice)))
    assert [key_of(title) for title in outcome.titles["titles"][1:]] == ["episode/1#1x1", "episode/1#2", "episode/1#3"]


def test_unknown_numbers_have_no_element() -> None:
    """As in a nested episode."""
    assert shown(alone(SHOW, episode(1, None)).titles["titles"][1]) == ("1", None, None)


def test_each_episode_goes_to_its_files() -> None:
    """Each is split by itself, and one that is available nowhere is counted and kept as such."""
    outcome = catindex(
        "process",
        index_2(
            SHOW,
            episode(1, 1, offers("DVD")),
            episode(2, 1, offers("instant", "DVD")),
            episode(3, 1, offers()),
            episode(4, 1),
        ),
        episodes_alone=True,
    )
    assert {name: names(titles) for name, titles in outcome.titles.items()} == {
        "streaming": ["Show", "Show: Season 1: E2", "Show: Season 1: E4"],
        "dvd": ["Show", "Show: Season 1: E1", "Show: Season 1: E2", "Show: Season 1: E4"],
        "unavailable": ["Show: Season 1: E3"],
    }
    records = outcome.report["records"]
    assert (records["written"], records["merged"], records["unavailable"]) == (4, 0, 1)


def test_a_season_that_is_missing_later_is_still_no_number() -> None:
    """In the streaming file, "Chapter 1" looks like an episode's number, because the season is only in the DVD file."""
    up = link("titles.season", "series/1/seasons/2", "Show: Chapter 1")
    season_record = record("series/1/seasons/2", "Show: Chapter 1", offers("DVD"))
    once = catindex(
        "process",
        index_2(SHOW, season_record, record("programs/3", "Show: Chapter 1: Pilot", up, offers("instant"))),
        episodes_alone=True,
    )
    assert [shown(title) for title in once.titles["streaming"][1:]] == [("1", "1", None)]
    assert catindex("process", once.files["streaming"], ["streaming"], episodes_alone=True).files == {
        "streaming": once.files["streaming"]
    }


def test_only_what_is_asked_for() -> None:
    """An episode that belongs only to a file that is not written is counted as such."""
    data = index_2(SHOW, episode(1, 1, offers("DVD")), episode(2, 1, offers("instant")))
    records = catindex("process", data, ["streaming"], episodes_alone=True).report["records"]
    assert (records["written"], records["not_requested"]) == (2, 1)


def test_a_season_does_not_list_what_stands_alone() -> None:
    """As the series' own list goes, so do those of its seasons: the file of a medium may not have them all."""
    listing = season(1, link("titles.programs", "x", "episodes", link("title", "programs/1001", "Show: Season 1: E1")))
    show, found = alone(SHOW, listing, episode(1, 1)).titles["titles"]
    assert shown(found) == ("1", "1", "1")
    assert [name_of(title) for title in parts(show, "seasons")] == ["Show: Season 1"]
    assert show.findall(".//link[@title='Show: Season 1: E1']") == []


def test_records_are_joined_again() -> None:
    """Without the option the episodes are nested again, as if they had never been apart."""
    data = index_2(SHOW, season(1, offers("instant")), *episodes({1: 2}, offers("instant")))
    apart = catindex("process", data, episodes_alone=True).files["streaming"]
    assert catindex("process", apart).files["streaming"] == catindex("process", data).files["streaming"]


def test_both_together() -> None:
    """The episodes of a broken series stand behind the title that is theirs, and name that."""
    outcome = broken(2, SHOW, season(1), *episodes({1: 2, 2: 1}), episodes_alone=True)
    assert [key_of(title) for title in outcome.titles["titles"]] == [
        "series/1#seasons-1-1",
        "episode/1001",
        "episode/1002",
        "series/1#seasons-2-2",
        "episode/2001",
    ]
    assert [shown(title)[0] for title in outcome.titles["titles"] if title.find("show") is not None] == [
        "1#seasons-1-1",
        "1#seasons-1-1",
        "1#seasons-2-2",
    ]


# --- what reads it ----------------------------------------------------------------------------------------------------

ALL = [*(season(of, offers("DVD")) for of in (1, 2)), *episodes({1: 2, 2: 1}, offers("instant", "DVD")), disc(2)]


@pytest.mark.parametrize(
    "options", [{"series_limit": 2}, {"episodes_alone": True}, {"series_limit": 2, "episodes_alone": True}]
)
@pytest.mark.parametrize("medium", ["streaming", "dvd"])
def test_validate_accepts_them(options: dict[str, Any], medium: str, tmp_path: Path) -> None:
    """Both forms have no finding with the profile of their file."""
    path = tmp_path / "file.xml"
    path.write_bytes(catindex("process", index_2(SHOW, *ALL), **options).files[medium])
    assert list(validate(Validation(str(path), medium))) == []


def test_readers_join_records_and_keep_stretches(tmp_path: Path) -> None:
    """What looks inside sees episodes in their series again, and a broken series as the titles that it is."""
    path = tmp_path / "file.xml"
    path.write_bytes(catindex("unify", index_2(SHOW, *ALL), series_limit=2, episodes_alone=True).files["titles"])
    titles = list(read_titles(str(path), TitleRenderer()))
    assert [(title.key, title.title, len(title.episodes)) for title in titles] == [
        ("series/1#seasons-1-1", "Show (Season 1)", 2),
        ("series/1#seasons-2-2", "Show (Season 2)", 1),
    ]
    assert [episode.season_number for title in titles for episode in title.episodes] == [1, 1, 2]


def test_a_stretch_is_found_by_its_key(tmp_path: Path) -> None:
    """``get`` knows it by its address, and all stretches of a series by that of the series."""
    path = tmp_path / "file.xml"
    path.write_bytes(broken(2, SHOW, *ALL).files["titles"])
    for text, count in ((f"{T}/series/1#seasons-1-1", 1), ("series/1", 2), ("1", 2)):
        keys = Keys([text])
        assert search(Search(str(path), keys.match, None)).records.written == count


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (f"{T}/series/1#1990s", "series/1#1990s"),
        (f"{T}/series/1/?v=2.0#seasons-1-5 ", "series/1#seasons-1-5"),
        (f"{T}/series/1/episodes#2x16", "episode/1#2x16"),
        (f"{T}/series/1/episodes#7", "episode/1#7"),
        (f"{T}/series/1#top", "series/1"),
        (f"{T}/series/1#1995s", "series/1"),
        (f"{T}/movies/1#1990s", "movie/1"),
        (f"{T}/series/1/episodes", None),
    ],
)
def test_keys_of_their_own(url: str, key: str | None) -> None:
    """Only the fragments that catindex itself writes belong to a key."""
    assert key_of_url(url) == key


def test_a_very_long_series_as_many_titles() -> None:
    """Three hundred episodes are titles of their own, beside a hundred titles of the series."""
    data = index_2(SHOW, *episodes(dict.fromkeys(range(100), 3)))
    outcome = catindex("unify", data, series_limit=3, episodes_alone=True)
    assert Counter(len(list(title.iterchildren("show"))) for title in outcome.titles["titles"]) == {0: 100, 1: 300}


def test_a_second_run_adds_no_dates_to_the_series() -> None:
    """A title that was unified has the dates of all its parts. A file of one medium does not have all of them."""
    ends = offers("DVD", dates='available_until="99"') + offers("instant")
    up = link("titles.series", "series/1", "Show")
    disc_of_no_end = record("discs/1", "Show: Disc 1", up, offers("DVD"))
    episode_of_no_end = record("programs/2", "Show: E2", up, offers("DVD"))
    options: dict[str, Any] = {"episodes_alone": True, "keep_stragglers": True}
    for records in ([SHOW, season(1, ends), disc_of_no_end], [SHOW, episode(1, None, ends), episode_of_no_end]):
        once = catindex("process", index_2(*records), **options)
        again = catindex("process", once.files["streaming"], ["streaming"], **options)
        assert again.files["streaming"] == once.files["streaming"]


def test_dumps_with_show_elements_are_not_unified_yet() -> None:
    """Episodes of a dump have links to their series as well, and the series gets their dates."""
    up = link("titles.series", "series/1", "Show")
    ends = offers("DVD", dates='available_until="99"')
    show = record("series/1", "Show", offers("DVD"))
    outcome = catindex("unify", index_2(show, record("programs/1", "Show: A", '<show id="1"/>', up, ends)))
    availability = outcome.titles["titles"][0].find("link/delivery_formats/availability")
    assert availability is not None
    assert availability.get("available_until") == "99"
