"""From seasons, episodes and discs to one title: who belongs to whom, and what the unified title holds (section 6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from catindex.series.numbers import EVIDENCE
from tests.running import catindex, index_1, index_2

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

T = "http://api.netflix.com/catalog/titles"
R = "http://schemas.netflix.com/catalog"


def record(path: str, name: str, *inside: str) -> str:
    """Write the inside of a 2.0 record: its id, its title, and whatever else."""
    return f'<id>{T}/{path}</id><title short="{name}" regular="{name}"/>{"".join(inside)}'


def nested(path: str, name: str, *inside: str) -> str:
    """Write a record that stands in a list of another."""
    return f"<catalog_title>{record(path, name, *inside)}</catalog_title>"


def link(rel: str, path: str, name: str = "", *inside: str) -> str:
    """Write a link of the catalog's schemas; without a path it has no address, with something inside it is a list."""
    href = f"{T}/{path}" if path else ""
    return f'<link href="{href}" rel="{R}/{rel}" title="{name}">{"".join(inside)}</link>'


def offers(*terms: str, dates: str = "") -> str:
    """Write the expanded format availability of a 2.0 record; without terms it is explicitly empty."""
    category = '<category scheme="http://api.netflix.com/categories/title_formats" label="{0}" term="{0}"/>'
    inside = "".join(f"<availability {dates}>{category.format(term)}</availability>" for term in terms)
    return link("titles/format_availability", "x", "formats", f"<delivery_formats>{inside}</delivery_formats>")


def parts(title: Element, kind: str) -> list[Element]:
    """Give the parts that a unified title lists: seasons, programs or discs."""
    rel = f"{R}/titles.{kind}"
    return title.xpath("link[@rel=$rel]/catalog_titles/catalog_title", rel=rel)  # type: ignore[return-value]


def name_of(title: Element) -> str:
    """Give a title's regular name."""
    found = title.find("title")
    assert found is not None
    return found.get("regular", "")


def names(titles: list[Element]) -> list[str]:
    """Give the names of titles."""
    return [name_of(title) for title in titles]


def number(title: Element, name: str) -> int | None:
    """Give the number in an element of a title; None where there is no such element."""
    text = title.findtext(name)
    return None if text is None else int(text)


def unified(*records: str) -> Element:
    """Unify a 2.0 index of one series, and give its title."""
    (title,) = catindex("unify", index_2(*records)).titles["titles"]
    return title


def warnings(report: dict[str, object], code: str) -> list[str]:
    """Give the keys that a report names as examples of a warning."""
    found = report["warnings"]
    assert isinstance(found, list)
    return [example["key"] for warning in found if warning["code"] == code for example in warning["examples"]]


SHOW = record("series/1", "Show")
EPISODE = "programs/9/3"

# --- who belongs to whom ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rel", ["series", "title.series", "titles.series"])
def test_an_episode_names_its_series(rel: str) -> None:
    """A link to the series joins an episode to it, in each of the vocabularies."""
    title = unified(SHOW, record(EPISODE, "Show: Pilot", link(rel, "series/1", "Show")))
    assert names(parts(title, "programs")) == ["Show: Pilot"]


@pytest.mark.parametrize("rel", ["season", "title.season", "titles.season"])
def test_an_episode_names_its_season(rel: str) -> None:
    """A link to the season joins an episode to the season's series."""
    title = unified(
        SHOW,
        record("series/1/seasons/2", "Show: Season 1"),
        record(EPISODE, "Show: Pilot", link(rel, "series/1/seasons/2", "Show: Season 1")),
    )
    assert names(parts(title, "programs")) == ["Show: Pilot"]


def test_the_link_to_a_season_holds_the_series() -> None:
    """An episode that names a season by its URL belongs to the series in that URL, even if the season has no record."""
    title = unified(SHOW, record(EPISODE, "Show: Pilot", link("titles.season", "series/1/seasons/2", "Show: Season 4")))
    (episode,) = parts(title, "programs")
    assert number(episode, "season_number") == 4
    assert parts(title, "seasons") == []


@pytest.mark.parametrize("rel", ["season", "title.season", "titles.season", "titles.seasons"])
def test_a_series_names_its_seasons(rel: str) -> None:
    """A link from the series to a season's record joins the two, in each of the vocabularies."""
    title = unified(
        record("series/1", "Show", link(rel, "series/1/seasons/2", "Show: Season 1")),
        record("series/1/seasons/2", "Show: Season 1"),
    )
    assert names(parts(title, "seasons")) == ["Show: Season 1"]


@pytest.mark.parametrize("rel", ["program", "title.program", "titles.program", "titles.programs"])
@pytest.mark.parametrize("owner", ["series/1", "series/1/seasons/2", "discs/4"])
def test_any_parent_names_its_episodes(rel: str, owner: str) -> None:
    """A link from a series, a season or a disc to an episode's record joins the episode to the series."""
    title = unified(
        record("series/1", "Show", link("titles.discs", "discs/4", "Show: Disc 1")),
        record("series/1/seasons/2", "Show: Season 1"),
        record("discs/4", "Show: Disc 1"),
        record("series/1", "Show") if owner == "series/1" else record(owner, "copy"),
        record(EPISODE, "Show: Pilot", link("titles.season", "series/1/seasons/2", "Show: Season 1")),
    )
    assert names(parts(title, "programs")) == ["Show: Pilot"]
    other = record(owner, "Show", link(rel, EPISODE, "Show: Pilot"), link("titles.series", "series/1", "Show"))
    title = unified(record(EPISODE, "Show: Pilot"), other, *([] if owner == "series/1" else [SHOW]))
    assert names(parts(title, "programs")) == ["Show: Pilot"]


@pytest.mark.parametrize("rel", ["disc", "title.disc", "titles.disc", "titles.discs"])
def test_a_season_names_its_discs(rel: str) -> None:
    """A link from a season to a disc's record joins the disc to the season's series."""
    title = unified(
        record("series/1/seasons/2", "Show: Season 1", link(rel, "discs/4", "Show: Season 1: Disc 1")),
        record("discs/4", "Show: Season 1: Disc 1"),
        SHOW,
    )
    assert names(parts(title, "discs")) == ["Show: Season 1: Disc 1"]


def test_a_show_element_names_the_series() -> None:
    """``<show id="…">``, as the regional index has it, joins like a link to the series."""
    title = unified(SHOW, record(EPISODE, "Show: Pilot", '<show id="1"/>'))
    assert names(parts(title, "programs")) == ["Show: Pilot"]


def test_a_season_needs_no_link() -> None:
    """The URL of a season holds its series."""
    title = unified(SHOW, record("series/1/seasons/1", "Show: Season 1"))
    assert names(parts(title, "seasons")) == ["Show: Season 1"]


def test_a_season_may_have_the_number_of_its_series() -> None:
    """Series 1 and its season 1 are two records: the number alone is not unique."""
    outcome = catindex("unify", index_2(SHOW, record("series/1/seasons/1", "Show: Season 1")))
    assert outcome.report["records"]["duplicates"] == 0
    assert names(parts(outcome.titles["titles"][0], "seasons")) == ["Show: Season 1"]


def test_links_of_1_x() -> None:
    """In 1.x each link stands by itself in the record, whichever way it points."""
    (title,) = catindex(
        "unify",
        index_1(
            f'<title>Show</title><id>{T}/series/1</id><link href="{T}/series/1/seasons/2" rel="{R}/season" title="S"/>',
            f"<title>Show: Season 1</title><id>{T}/series/1/seasons/2</id>"
            f'<link href="{T}/programs/3" rel="{R}/program" title="Show: Pilot"/>'
            f'<link href="{T}/discs/4" rel="{R}/disc" title="Show: Season 1: Disc 1"/>',
            f"<title>Show: Pilot</title><id>{T}/programs/3</id>",
            f"<title>Show: Season 1: Disc 1</title><id>{T}/discs/4</id>",
        ),
    ).titles["titles"]
    assert [names(parts(title, kind)) for kind in ("seasons", "programs", "discs")] == [
        ["Show: Season 1"],
        ["Show: Pilot"],
        ["Show: Season 1: Disc 1"],
    ]


@pytest.mark.parametrize(
    "href",
    [
        f"{T}/series/1",
        "http://api-public.netflix.com/catalog/titles/series/1",
        f"{T}/series/1?v=2.0&amp;expand=@episodes",
        f"\n  {T}/series/1 ",
        f"{T}/series/1/",
        "/catalog/titles/series/1",
    ],
)
def test_only_the_path_of_an_address_counts(href: str) -> None:
    """Host, query, fragment and white space around an address do not matter."""
    title = unified(SHOW, record(EPISODE, "Show: Pilot", f'<link href="{href}" rel="{R}/titles.series" title="Show"/>'))
    assert names(parts(title, "programs")) == ["Show: Pilot"]


@pytest.mark.parametrize(
    "entries",
    [
        "<catalog_titles>{links}</catalog_titles>",
        "<catalog_titles>{records}</catalog_titles>",
        "{links}",
        "{records}",
    ],
)
@pytest.mark.parametrize("recorded", [True, False])
def test_shapes_of_lists(entries: str, *, recorded: bool) -> None:
    """A list holds links or records, with or without a wrapper; what it lists is a part, with or without a record."""
    listed = entries.format(
        links=link("title", "programs/4", "Show: Two") + link("title", "programs/3", "Show: One"),
        records=nested("programs/4", "Show: Two") + nested("programs/3", "Show: One"),
    )
    title = unified(
        record("series/1", "Show", link("titles.programs", "series/1/episodes", "episodes", listed)),
        *([record("programs/3", "Show: One"), record("programs/4", "Show: Two")] if recorded else []),
    )
    episodes = parts(title, "programs")
    assert [(name_of(episode), number(episode, "episode_number")) for episode in episodes] == [
        ("Show: Two", 1),
        ("Show: One", 2),
    ]


def test_titles_without_address() -> None:
    """A link that has only a title stands for the record of that name, else for a part of its own."""
    outcome = catindex(
        "unify",
        index_2(
            record("series/1", "Show", link("titles.programs", "", "episodes", link("title", "", "Show: One"))),
            record("programs/3", "Show: One", link("titles.series", "series/1", "Show"), "<runtime>60</runtime>"),
        ),
    )
    (episode,) = parts(outcome.titles["titles"][0], "programs")
    assert episode.findtext("runtime") == "60"
    assert outcome.report["series"]["episodes"] == 1


def test_a_title_of_1_x_without_address() -> None:
    """A ``catalog/program`` link of 1.x may have only a title, too."""
    (title,) = catindex(
        "unify",
        index_1(f'<title>Show</title><id>{T}/series/1</id><link href="" rel="{R}/program" title="Show: Ep 2"/>'),
    ).titles["titles"]
    (episode,) = parts(title, "programs")
    assert (name_of(episode), number(episode, "episode_number")) == ("Show: Ep 2", 2)


def test_the_same_name_twice_is_two_episodes() -> None:
    """Two entries of one list with one name and no address are two episodes, and the same two in another list."""
    twice = link("title", "", "Show: Bonus") * 2
    title = unified(
        record("series/1", "Show", link("titles.programs", "", "episodes", twice)),
        record("series/1/seasons/2", "Show: Season 1", link("titles.programs", "", "episodes", twice)),
    )
    assert [number(episode, "episode_number") for episode in parts(title, "programs")] == [1, 2]


def test_an_address_that_another_list_has() -> None:
    """An entry that one list has by name alone is the one that another list has with an address."""
    title = unified(
        record("series/1", "Show", link("titles.programs", "", "episodes", link("title", "", "Show: One"))),
        record("series/1/seasons/2", "S", link("titles.programs", "", "episodes", link("title", EPISODE, "Show: One"))),
    )
    (episode,) = parts(title, "programs")
    assert episode.findtext("id") == f"{T}/{EPISODE}"


def test_the_same_entry_twice_is_one_episode() -> None:
    """An episode that a list names twice is one, and counts at its first place."""
    entries = link("title", "programs/3", "One") * 2 + link("title", "programs/4", "Two")
    title = unified(record("series/1", "Show", link("titles.programs", "", "episodes", entries)))
    assert [(name_of(part), number(part, "episode_number")) for part in parts(title, "programs")] == [
        ("One", 1),
        ("Two", 2),
    ]


def test_a_list_whose_link_has_another_rel() -> None:
    """A list is emptied into the title's own, and goes if its link is not where such parts are nested."""
    title = unified(record("series/1", "Show", link("season", "", "list", link("title", "series/1/seasons/2", "S"))))
    assert [element.get("title") for element in title.iterfind("link")] == ["seasons"]


def test_an_address_of_another_kind() -> None:
    """An entry whose address is a movie's, or no title's, is no part, and stays in the list."""
    entries = link("title", "movies/3", "Show: The Movie") + link("title", "tv/4", "Show: Pilot")
    title = unified(record("series/1", "Show", link("titles.programs", "", "episodes", entries)))
    assert parts(title, "programs") == []
    assert title.xpath("link/link/@title") == ["Show: The Movie", "Show: Pilot"]


def test_an_entry_without_address_and_name() -> None:
    """An entry that names nothing is no part."""
    empty = '<link href="" rel="" title=""/>'
    title = unified(record("series/1", "Show", link("titles.programs", "", "episodes", empty)))
    assert parts(title, "programs") == []


def test_a_list_that_is_not_expanded() -> None:
    """A link that only tells where a list could be had lists nothing."""
    title = unified(record("series/1", "Show", link("titles.seasons", "series/1/seasons", "seasons")))
    assert parts(title, "seasons") == []
    assert title.find("link") is not None


def test_a_list_within_a_list() -> None:
    """A season that only the series' expansion holds may list episodes, whose records need no link of their own."""
    episodes = link("titles.programs", "", "episodes", link("title", EPISODE, "Show: Pilot"))
    seasons = link("titles.seasons", "", "seasons", nested("series/1/seasons/2", "Show: Season 3", episodes))
    title = unified(record(EPISODE, "Show: Pilot", "<runtime>60</runtime>"), record("series/1", "Show", seasons))
    (episode,) = parts(title, "programs")
    assert (number(episode, "season_number"), number(episode, "episode_number")) == (3, 1)
    assert episode.findtext("runtime") == "60"


def test_an_expansion_gives_only_what_has_no_record() -> None:
    """A record in a list stands for the part only where the dump has no record of it."""
    entries = nested(EPISODE, "Show: Pilot", "<runtime>1</runtime>")
    title = unified(
        record("series/1", "Show", link("titles.programs", "", "episodes", entries)),
        record(EPISODE, "Show: Pilot", "<runtime>60</runtime>"),
    )
    assert [part.findtext("runtime") for part in parts(title, "programs")] == ["60"]


@pytest.mark.parametrize("kind", ["seasons", "discs"])
def test_lists_in_an_expansion_beside_a_record(kind: str) -> None:
    """A part may have a record, and another one in a list, which lists parts that are nowhere else."""
    path = {"seasons": "series/1/seasons/2", "discs": "discs/4"}[kind]
    inner = [link("titles.programs", "", "episodes", link("title", EPISODE, "Show: Pilot"))]
    if kind == "seasons":
        inner.append(link("titles.discs", "", "discs", nested("discs/5", "Show: Disc 1")))
    expansion = link(f"titles.{kind}", "", kind, nested(path, "Show: Season 1", *inner))
    up = link("titles.series", "series/1", "Show")
    title = unified(record("series/1", "Show", expansion), record(path, "Show: Season 1", up))
    assert names(parts(title, "programs")) == ["Show: Pilot"]
    assert len(parts(title, "discs")) == 1


@pytest.mark.parametrize("season", [1, 4])
def test_an_episode_may_link_to_its_disc(season: int) -> None:
    """The disc's season is the episode's, whichever of them has the link between them."""
    title = unified(
        SHOW,
        record("series/1/seasons/2", f"Show: Season {season}"),
        record("discs/3", "Show: Bonus", link("titles.season", "series/1/seasons/2")),
        record(EPISODE, "Show: Pilot", link("titles.disc", "discs/3")),
    )
    assert number(parts(title, "programs")[0], "season_number") == season


def test_parents_may_come_last() -> None:
    """The order of the records does not matter: the series may come after everything else."""
    records = [
        record(EPISODE, "Show: Pilot", link("titles.season", "series/1/seasons/2", "Show: Season 1")),
        record("series/1/seasons/2", "Show: Season 1"),
        SHOW,
    ]
    forth, back = catindex("unify", index_2(*records)), catindex("unify", index_2(*reversed(records)))
    assert forth.files == back.files
    assert forth.report["series"]["synthesized"] == 0


def test_a_disc_may_list_episodes() -> None:
    """An episode that only a disc lists belongs to the disc's series and season."""
    title = unified(
        record("discs/4", "Show: Disc 1", link("titles.programs", "", "episodes", link("title", EPISODE, "Show: A"))),
        record(EPISODE, "Show: A"),
        record("series/1/seasons/2", "Show: Season 5", link("titles.discs", "", "discs", link("title", "discs/4"))),
        SHOW,
    )
    (episode,) = parts(title, "programs")
    assert number(episode, "season_number") == 5


# --- series without a record ------------------------------------------------------------------------------------------


def test_a_season_alone_makes_its_series() -> None:
    """The series of a season that is alone has its id from the season's URL, and its name from the season's title."""
    outcome = catindex("unify", index_2(record("series/1/seasons/2", "The Show: Season 2")))
    (title,) = outcome.titles["titles"]
    assert title.findtext("id") == f"{T}/series/1"
    assert name_of(title) == "The Show"
    assert outcome.report["series"]["synthesized"] == 1
    assert warnings(outcome.report, "synthesized") == ["series/1"]


def test_the_link_names_a_series_without_a_record() -> None:
    """The name in the link to the series goes before the part's own title."""
    title = unified(record(EPISODE, "Sho: Season 1: Pilot", link("titles.series", "series/1", "The Show")))
    assert (title.findtext("id"), name_of(title)) == (f"{T}/series/1", "The Show")


@pytest.mark.parametrize("marker", ["Season 2", "Vol. 3", "Disc 1"])
def test_the_name_before_the_first_marker(marker: str) -> None:
    """Without a name in the link, the series is called what stands before the first season, volume or disc marker."""
    title = unified(record("discs/4", f"The Show: More: {marker}", link("titles.series", "series/1")))
    assert name_of(title) == "The Show: More"


def test_the_url_of_a_season_goes_before_lists() -> None:
    """A season belongs to the series in its URL, even if another series that comes first lists it."""
    listed = link(
        "titles.seasons", "series/5/seasons", "seasons", link("title", "series/1/seasons/2", "Show: Season 1")
    )
    titles = catindex(
        "unify", index_2(record("series/5", "Other", listed), record("series/1/seasons/2", "Show: Season 1"), SHOW)
    ).titles["titles"]
    assert {name_of(title): names(parts(title, "seasons")) for title in titles} == {
        "Other": [],
        "Show": ["Show: Season 1"],
    }


@pytest.mark.parametrize(("path", "rel"), [("programs/{}", "titles.programs"), ("discs/{}", "titles.discs")])
def test_a_link_between_parts_of_one_kind_joins_nothing(path: str, rel: str) -> None:
    """An episode that only links to another episode does not belong to the series of that one."""
    titles = catindex(
        "unify",
        index_2(
            SHOW,
            record(path.format(3), "Show: Pilot", link("titles.series", "series/1", "Show")),
            record(path.format(4), "Crossover", link(rel, path.format(3), "Show: Pilot")),
        ),
    ).titles["titles"]
    assert sorted(names(titles)) == ["Crossover", "Show"]


def test_a_show_element_alone_makes_a_series() -> None:
    """A series known by its number alone gets the URL that such a series has."""
    title = unified(record(EPISODE, "Show: Season 1: Pilot", '<show id="77"/>'))
    assert (title.findtext("id"), name_of(title)) == (f"{T}/series/77", "Show")


def test_a_series_named_by_a_whole_title() -> None:
    """Where nothing names the series and no title has a marker, the first part's title is the series' name, too."""
    title = unified(record("programs/3", "Show", '<show id="1"/>'), record("programs/4", "Show: Two", '<show id="1"/>'))
    assert name_of(title) == "Show"
    assert [part.xpath("string(title/@episode_short)") for part in parts(title, "programs")] == ["", "Two"]


# --- parts without a series, and with two -----------------------------------------------------------------------------


def test_an_orphan_stays_a_title_of_its_own() -> None:
    """A part that leads to no series is numbered from its own evidence, keeps its links, and is reported."""
    lost = link("titles.series", "", "Lost Show")
    outcome = catindex("unify", index_2(record(EPISODE, "Lost Show: Season 2: Ep 4", lost)))
    (title,) = outcome.titles["titles"]
    assert (number(title, "season_number"), number(title, "episode_number")) == (2, 4)
    assert title.find("link") is not None
    assert outcome.report["series"]["orphans"] == 1
    assert outcome.report["records"]["written"] == 1
    assert warnings(outcome.report, "orphan") == ["episode/3"]


def test_order_of_titles() -> None:
    """Titles of their own come in input order, then the series in the order in which any part of each was met."""
    outcome = catindex(
        "unify",
        index_2(
            record("programs/3", "B: Pilot", link("titles.series", "series/2", "B")),
            record("movies/5", "A Movie"),
            record("series/1", "A"),
            record("discs/6", "Nobody's Disc"),
            record("movies/7", "Another"),
            record("series/2", "B"),
        ),
    )
    assert names(outcome.titles["titles"]) == ["A Movie", "Another", "Nobody's Disc", "B", "A"]


def test_what_an_orphan_lists_stays_in_it() -> None:
    """An orphan's own lists are left alone."""
    entries = nested(EPISODE, "Pilot", "<runtime>60</runtime>")
    (disc,) = catindex(
        "unify", index_2(record("discs/4", "Lost: Disc 2", link("titles.programs", "", "episodes", entries)))
    ).titles["titles"]
    assert disc.xpath("string(.//catalog_title/runtime)") == "60"
    assert number(disc, "disc_number") == 2


def test_a_part_claimed_by_two_series() -> None:
    """It goes to the first that it names, once, and is reported."""
    outcome = catindex(
        "unify",
        index_2(
            record("series/1", "One", link("titles.programs", "", "episodes", link("title", EPISODE, "Pilot"))),
            record(
                EPISODE, "Pilot", link("titles.series", "series/2", "Two"), link("titles.series", "series/1", "One")
            ),
            record("series/2", "Two"),
        ),
    )
    one, two = outcome.titles["titles"]
    assert (names(parts(one, "programs")), names(parts(two, "programs"))) == ([], ["Pilot"])
    assert warnings(outcome.report, "claimed-twice") == ["episode/3"]


def test_an_episode_listed_by_two_series() -> None:
    """It goes to the one whose list comes first."""
    listing = link("titles.programs", "", "episodes", link("title", EPISODE, "Pilot"))
    outcome = catindex(
        "unify",
        index_2(record("series/2", "Two", listing), record("series/1", "One", listing), record(EPISODE, "Pilot")),
    )
    two, one = outcome.titles["titles"]
    assert (names(parts(two, "programs")), names(parts(one, "programs"))) == (["Pilot"], [])


def test_an_episode_whose_record_is_in_the_lists_of_two_series() -> None:
    """The second series looks unified, but its episode is that of the first."""
    pilot = nested(EPISODE, "Pilot", "<updated>1</updated>")
    listing = link("titles.programs", "", "episodes", f"<catalog_titles>{pilot}</catalog_titles>")
    outcome = catindex("unify", index_2(record("series/2", "Two", listing), record("series/1", "One", listing)))
    two, one = outcome.titles["titles"]
    assert (names(parts(two, "programs")), names(parts(one, "programs"))) == (["Pilot"], [])


def test_an_episode_listed_by_seasons_of_two_series() -> None:
    """A claim through a season is a claim of its series, and reported like any."""
    listing = link("titles.programs", "", "episodes", link("title", EPISODE, "Pilot"))
    outcome = catindex(
        "unify",
        index_2(
            record("series/2/seasons/20", "Two: Season 1", listing),
            record("series/1/seasons/10", "One: Season 1", listing),
            record(EPISODE, "Pilot"),
        ),
    )
    assert warnings(outcome.report, "claimed-twice") == ["episode/3"]


def test_a_season_of_another_series() -> None:
    """An episode belongs to the series that it names, though the season that it names belongs to another."""
    outcome = catindex(
        "unify",
        index_2(
            record("series/1", "One"),
            record("series/2/seasons/9", "Two: Season 3"),
            record(
                EPISODE,
                "One: Pilot",
                link("titles.series", "series/1", "One"),
                link("titles.season", "series/2/seasons/9", "Two: Season 3"),
            ),
        ),
    )
    one, two = outcome.titles["titles"]
    assert (names(parts(one, "programs")), names(parts(two, "programs"))) == (["One: Pilot"], [])


# --- the unified title ------------------------------------------------------------------------------------------------


def test_the_unified_title() -> None:
    """The series' own record holds every season, episode and disc, with numbers and without links to parents."""
    up = link("titles.series", "series/1", "Show") + link("title.season", "series/1/seasons/2", "Show: Season 1")
    title = unified(
        record("series/1", "Show", "<updated>1</updated>"),
        record("series/1/seasons/2", "Show: Season 1", link("titles.series", "series/1", "Show")),
        record("programs/3", "Show: Season 1: Ep 2", up, '<show id="1"/>', "<updated>2</updated>"),
        record("discs/4", "Show: Season 1: Disc 3", up, "<updated>3</updated>"),
    )
    assert [child.get("rel") or child.tag for child in title] == [
        "id",
        "title",
        f"{R}/titles.seasons",
        f"{R}/titles.programs",
        f"{R}/titles.discs",
        "updated",
    ]
    (season,), (episode,), (disc,) = (parts(title, kind) for kind in ("seasons", "programs", "discs"))
    assert [child.tag for child in season] == ["id", "title", "season_number"]
    assert [child.tag for child in episode] == ["id", "title", "season_number", "episode_number", "updated"]
    assert [child.tag for child in disc] == ["id", "title", "season_number", "disc_number", "updated"]
    assert title.xpath("string(link[@title='episodes']/@href)") == f"{T}/series/1/episodes"


def test_nothing_else_is_lost() -> None:
    """What a part says of itself is all there, the unknown, too."""
    rest = (
        link("people.cast", "x", "cast", "<people>", link("person", "y", "Ada"), "</people>"),
        link("titles/synopsis", "x", "synopsis", "<synopsis><![CDATA[<b>Bold</b> ]]></synopsis>"),
        '<category scheme="http://api.netflix.com/categories/genres/1" label="Drama" term="Drama"/>',
        '<odd an="attribute">text<inner/></odd>',
    )
    data = index_2(SHOW, record(EPISODE, "Show: Pilot", *rest, link("titles.series", "series/1", "Show")))
    written = catindex("unify", data).files["titles"].decode()
    for text in ("Ada", "<![CDATA[<b>Bold</b> ]]>", 'label="Drama"', '<odd an="attribute">text<inner/></odd>'):
        assert text in written


def test_only_the_link_to_the_parent_is_removed() -> None:
    """Where one list names a parent and a child, the child stays."""
    title = unified(
        SHOW,
        record(
            "series/1/seasons/2",
            "Show: Season 1",
            link("titles.programs", "", "", link("title", "series/1", "Show"), link("title", EPISODE, "Show: Pilot")),
        ),
    )
    (season,) = parts(title, "seasons")
    assert season.xpath("link/link/@title") == ["Show: Pilot"]


def test_order_within_a_title() -> None:
    """Parts are ordered by their numbers; what has no number comes last, in input order."""
    up = link("titles.series", "series/1", "Show")
    shown = ["Season 2: Ep 1", "Y", "Season 1: Ep 2", "Season 1: X", "Ep 7", "Season 1: Ep 1", "Season 0: Ep 1", "B"]
    title = unified(SHOW, *(record(f"programs/{n}", f"Show: {name}", up) for n, name in enumerate(shown)))
    assert [name_of(part).removeprefix("Show: ") for part in parts(title, "programs")] == [
        "Season 0: Ep 1",
        "Season 1: Ep 1",
        "Season 1: Ep 2",
        "Season 1: X",
        "Season 2: Ep 1",
        "Ep 7",
        "Y",
        "B",
    ]


def test_order_of_seasons_and_discs() -> None:
    """Seasons are ordered by number and volume, discs by season and disc."""
    shown = ["Season 2: Vol. 2", "The Arc", "Season 10", "Season 2: Vol. 1", "Season 1"]
    discs = ["Season 2: Disc 1", "Season 1: Disc 2", "Season 1: Disc 1"]
    up = link("titles.series", "series/1", "Show")
    title = unified(
        *(record(f"series/1/seasons/{n}", f"Show: {name}") for n, name in enumerate(shown)),
        *(record(f"discs/{n}", f"Show: {name}", up) for n, name in enumerate(discs)),
    )
    assert [name_of(part)[6:] for part in parts(title, "seasons")] == [
        "Season 1",
        "Season 2: Vol. 1",
        "Season 2: Vol. 2",
        "Season 10",
        "The Arc",
    ]
    assert [name_of(part)[6:] for part in parts(title, "discs")] == sorted(discs)


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Show: Season 1: Pilot", "Pilot"),
        ("Show: Season 1: &quot;Orientation&quot;", "Orientation"),
        ("Show: Season 2: Vol. 1: Bored of the Rings", "Bored of the Rings"),
        ("Show: Pilot", "Pilot"),
        ("Show: Season 1: Ep 4", None),
        ("Pilot", None),
    ],
)
def test_episode_short(title: str, short: str | None) -> None:
    """The bare name of an episode is filled in where it can be told."""
    (episode,) = parts(unified(SHOW, record(EPISODE, title, '<show id="1"/>')), "programs")
    assert episode.xpath("string(title/@episode_short)") == (short or "")


def test_episode_short_of_the_dump_stays() -> None:
    """A short name that is there already is left alone."""
    own = f'<id>{T}/{EPISODE}</id><title short="s" regular="Show: Season 1: Pilot" episode_short="The Pilot"/>'
    (episode,) = parts(unified(SHOW, own + '<show id="1"/>'), "programs")
    assert episode.xpath("string(title/@episode_short)") == "The Pilot"


def test_movies_never_become_tv() -> None:
    """The kind comes from the id: a movie's title may look as it likes, and a link to a series changes nothing."""
    shown = ["Show: Season 1: Ep 4", "3:10 to Yuma", "Friday the 13th: Part 2", "Wisley Through the Seasons"]
    up = link("titles.series", "series/1", "Show")
    outcome = catindex("unify", index_2(*(record(f"movies/{n}", name, up) for n, name in enumerate(shown)), SHOW))
    assert names(outcome.titles["titles"]) == [*shown, "Show"]
    assert outcome.report["series"]["episodes"] == 0


def test_similar_titles_are_no_parts() -> None:
    """Only links of the family join: an episode among a series' similar titles is not one of its own."""
    similar = link("titles.similars", "", "similars", link("title", EPISODE, "X"))
    outcome = catindex("unify", index_2(record("series/1", "Show", similar), record(EPISODE, "X")))
    assert outcome.report["series"]["orphans"] == 1


def test_the_report() -> None:
    """The report counts series and parts, and every record is accounted for."""
    up = link("titles.series", "series/1", "Show") + offers("instant", "DVD")
    report = catindex(
        "process",
        index_2(
            SHOW,
            record("series/1/seasons/2", "Show: Season 1"),
            record("programs/3", "Show: Season 1: Ep 1", up),
            record("programs/3", "Show: Season 1: Ep 1", up),
            record("discs/4", "Show: Disc 1", up),
            record("series/5/seasons/5", "Other: Season 1", offers("DVD")),
            record("discs/6", "Nobody's Disc", offers("DVD")),
            record("movies/7", "A Movie", offers("DVD")),
            record("movies/8", "A Lost Movie", offers()),
        ),
    ).report
    series = report["series"]
    assert {name: series[name] for name in ("unified", "synthesized", "seasons", "episodes", "discs", "orphans")} == {
        "unified": 2,
        "synthesized": 1,
        "seasons": 2,
        "episodes": 1,
        "discs": 1,
        "orphans": 1,
    }
    records = report["records"]
    counts = ("read", "written", "merged", "duplicates", "unavailable", "not_requested")
    assert [records[name] for name in counts] == [9, 3, 4, 1, 1, 0]


def test_the_records_of_unify() -> None:
    """Without a split every record goes to the one output, as a title of its own or merged into one."""
    report = catindex("unify", index_2(SHOW, record("programs/3", "Show: Ep 1", '<show id="1"/>'))).report
    assert (report["records"]["written"], report["records"]["merged"]) == (1, 1)


def test_a_part_without_a_word_about_formats_is_merged() -> None:
    """A part that inherits nothing, because no parent says anything, goes where its title goes, and counts there."""
    up = link("titles.series", "series/1", "Show")
    outcome = catindex(
        "process",
        index_2(
            SHOW,
            record("programs/3", "Show: Ep 1", up, offers("instant")),
            record("programs/4", "Show: Ep 2", up),
            record("discs/5", "Show: Disc 1", up),
        ),
    )
    assert names(parts(outcome.titles["streaming"][0], "programs")) == ["Show: Ep 1", "Show: Ep 2"]
    assert outcome.report["records"]["merged"] == 2
    assert outcome.report["records"]["unavailable"] == 1


# --- the announcement's example ---------------------------------------------------------------------------------------

SILVERMAN = """
    Season 1: Officer Jay|Season 1: Humanitarian of the Year|Season 1: Positively Negative
    Season 1: Not Without My Daughter|Season 1: Muffin' Man|Season 1: Batteries
    Season 2: Vol. 1: Bored of the Rings|Season 2: Vol. 1: Joan of Arf|Season 2: Vol. 1: Face Wars
    Season 2: Vol. 1: Doodie|Season 2: Vol. 1: Ah, Men|Season 2: Vol. 1: Maid to Border
    Season 2: Vol. 2: High, It's Sarah|Season 2: Vol. 2: The Mongolian Beef|Season 2: Vol. 2: Making New Friends
    Season 2: Vol. 2: Patriot Tact|Season 2: Vol. 2: Pee|Season 2: Vol. 2: There's No Place Like Homeless
    Season 2: Vol. 2: Fetus Don't Fail Me Now
    Season 2: Vol. 2: I Thought My Dad Was Dead, But It Turns Out He's Not|Season 2: Vol. 2: Kangamangus
    Season 2: Vol. 2: Vow Wow
"""


def test_the_sarah_silverman_program() -> None:
    """The announcement's own example: 22 titles without an address are season 1 with 6 episodes, season 2 with 16."""
    shown = [f"The Sarah Silverman Program: {name.strip()}" for name in re.split(r"[|\n]", SILVERMAN) if name.strip()]
    listed = "".join(link("title", "", name) for name in shown)
    title = unified(
        record("series/70142415", "The Sarah Silverman Program", link("titles.programs", "", "episodes", listed))
    )
    episodes = parts(title, "programs")
    assert names(episodes) == shown
    assert [(number(part, "season_number"), number(part, "episode_number")) for part in episodes] == [
        *((1, n) for n in range(1, 7)),
        *((2, n) for n in range(1, 17)),
    ]
    assert episodes[-1].xpath("string(title/@episode_short)") == "Vow Wow"


# --- what is unified already ------------------------------------------------------------------------------------------


def test_a_number_that_nobody_knew_stays_unknown() -> None:
    """In the output of a run, the place of a part comes from its number: where it has none, it gets none from there."""
    up = link("titles.series", "series/1", "Show")
    once = catindex(
        "unify",
        index_2(SHOW, *(record(f"programs/{n}", f"Show: {n}", up, "<runtime>60</runtime>") for n in (3, 2))),
    )
    assert catindex("unify", once.files["titles"]).files == once.files
    assert [number(part, "episode_number") for part in parts(once.titles["titles"][0], "programs")] == [None, None]


def test_a_part_that_is_not_in_the_file_stays_away() -> None:
    """In a file of a medium, a season may list episodes that are not available there: they are not made again."""
    listing = link("titles.programs", "", "episodes", link("title", EPISODE, "Show: Pilot"))
    once = catindex(
        "process",
        index_2(
            SHOW,
            record("series/1/seasons/2", "Show: Season 1", offers("DVD"), listing),
            record(EPISODE, "Show: Pilot", offers("instant")),
        ),
    )
    assert catindex("process", once.files["dvd"]).files["dvd"] == once.files["dvd"]


def test_a_season_lists_only_what_is_in_the_file() -> None:
    """A unified title lists only the parts that are available in a file, in its seasons' own lists, too."""
    listing = link("titles.programs", "", "episodes", link("title", EPISODE, "Show: Pilot"))
    outcome = catindex(
        "process",
        index_2(
            SHOW,
            record("series/1/seasons/2", "Show: Season 1", offers("DVD"), listing),
            record(EPISODE, "Show: Pilot", offers("instant")),
        ),
    )
    assert b"Pilot" not in outcome.files["dvd"]


def test_an_expansion_of_whole_records_is_still_evidence() -> None:
    """A dump's own expansion of whole records is not unified yet where their titles say what no element says."""
    shown = [nested(f"programs/{n}", f"Show: Season 1: {n}", "<runtime>60</runtime>") for n in (4, 3)]
    title = unified(record("series/1", "Show", link("titles.programs", "", "episodes", *shown)))
    assert [number(part, "episode_number") for part in parts(title, "programs")] == [1, 2]


def test_an_expansion_within_an_expansion_is_still_evidence() -> None:
    """A dump's own expansion of seasons is not unified yet where they list episodes that the series does not."""
    episodes = link("titles.programs", "", "episodes", link("title", EPISODE, "Show: Pilot"))
    inside = "<season_number>3</season_number><runtime>60</runtime>"
    seasons = link("titles.seasons", "", "seasons", nested("series/1/seasons/2", "Show: The Arc", inside, episodes))
    (episode,) = parts(unified(record("series/1", "Show", seasons)), "programs")
    assert (number(episode, "season_number"), number(episode, "episode_number")) == (3, 1)


def test_a_season_does_not_list_what_belongs_to_another_series() -> None:
    """An entry of a season's list whose record belongs to another series goes, as from the series' own list."""
    listing = link("titles.programs", "", "episodes", link("title", EPISODE, "Pilot"), link("title", "programs/4", "X"))
    outcome = catindex(
        "unify",
        index_2(
            SHOW,
            record("series/1/seasons/2", "Show: Season 1", listing),
            record(EPISODE, "Pilot", link("titles.series", "series/2", "Two"), "<updated>1</updated>"),
        ),
    )
    (season,) = parts(outcome.titles["titles"][0], "seasons")
    assert season.xpath("link/link/@title") == ["X"]
    assert catindex("unify", outcome.files["titles"]).files == outcome.files


def test_a_link_of_1_x_to_what_belongs_to_another_series() -> None:
    """A link that is a list of one goes, too, and the season's number finds its place."""
    (_, title) = catindex(
        "unify",
        index_1(
            f"<title>Two: Pilot</title><id>{T}/programs/3</id>{link('series', 'series/2', 'Two')}",
            f"<title>Show: Season 4</title><id>{T}/series/1/seasons/9</id>{link('program', 'programs/3', 'Pilot')}",
        ),
    ).titles["titles"]
    (season,) = parts(title, "seasons")
    assert [child.tag for child in season] == ["id", "title", "season_number"]


def test_a_new_episode_joins_a_unified_series() -> None:
    """A unified title takes in further records of its series."""
    up = link("titles.series", "series/1", "Show")
    once = catindex("unify", index_2(SHOW, record("programs/3", "Show: Season 1: Ep 2", up))).files["titles"]
    more = f"<catalog_title>{record('programs/2', 'Show: Season 1: Ep 1', up)}</catalog_title></catalog_titles>"
    (title,) = catindex("unify", once.replace(b"</catalog_titles>\n", b"").rstrip() + more.encode()).titles["titles"]
    assert [number(part, "episode_number") for part in parts(title, "programs")] == [1, 2]


# --- what nobody should write -----------------------------------------------------------------------------------------


def test_records_that_name_themselves() -> None:
    """A season that lists itself, an episode or a series that is its own parent: no harm is done."""
    own = "series/1/seasons/2"
    title = unified(
        record("series/1", "Show", link("titles.series", "series/1", "Show")),
        record(own, "Show: Season 1", link("titles.seasons", "", "seasons", link("title", own, "Show: Season 1"))),
        record(EPISODE, "Show: Ep 1", link("titles.programs", EPISODE, "Show: Ep 1"), '<show id="1"/>'),
    )
    assert [len(parts(title, kind)) for kind in ("seasons", "programs", "discs")] == [1, 1, 0]


def test_parents_that_name_each_other() -> None:
    """Which of two is the parent is told by their kinds, so links cannot go round in a circle."""
    title = unified(
        record("series/1/seasons/2", "Show: Season 1", link("titles.season", EPISODE, "Show: Season 1: Ep 1")),
        record(EPISODE, "Show: Season 1: Ep 1", link("titles.programs", "series/1/seasons/2"), link("disc", "discs/4")),
        record("discs/4", "Show: Season 1: Disc 1", link("disc", EPISODE), link("program", "series/1/seasons/2")),
        record("series/1", "Show", link("titles.seasons", "series/1/seasons/2")),
    )
    assert [len(parts(title, kind)) for kind in ("seasons", "programs", "discs")] == [1, 1, 1]


def test_a_show_element_that_names_nothing() -> None:
    """A ``show`` whose id is not a number joins nothing."""
    assert catindex("unify", index_2(record(EPISODE, "Pilot", '<show id="x"/>'))).report["series"]["orphans"] == 1


@pytest.mark.parametrize("direct", [True, False])
def test_a_very_long_series(*, direct: bool) -> None:
    """A thousand episodes with one name, listed twice, are each one part, numbered by position."""
    count = 1000
    listed = "".join(link("titles.program", f"programs/{n}", "Show: Season 1: X") for n in range(count))
    unnamed = link("titles.programs", "", "episodes", *[link("title", "", "Show: Season 1: X")] * count)
    season = record("series/1/seasons/2", "Show: Season 1", listed if direct else unnamed, offers("instant"))
    outcome = catindex(
        "process",
        index_2(
            record("series/1", "Show", unnamed if direct else listed),
            season,
            *(record(f"programs/{n}", "Show: Season 1: X") for n in range(count)),
        ),
    )
    assert outcome.report["series"]["episodes"] == count
    assert outcome.report["series"]["numbers"]["episode"] == dict.fromkeys(EVIDENCE, 0) | {"position": count}


def test_a_link_that_has_the_parts_own_name() -> None:
    """It is not what the series is called, and hides no marker."""
    season = "Show: Season 2: Vol. 1"
    data = index_2(
        record("series/1", "Show"),
        record("series/1/seasons/2", season, link("titles.series", "series/1", season)),
    )
    (title,) = catindex("unify", data).titles["titles"]
    (part,) = parts(title, "seasons")
    assert part.findtext("season_number") == "2"
