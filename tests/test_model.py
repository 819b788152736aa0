"""The typed title: what `read_title` makes of records of every dialect, and of what is empty or garbage in them."""

from __future__ import annotations

import pytest
from lxml import etree

from catindex.extract import read_title
from catindex.model import Award, ExternalId, Format, Link, Rating, Title
from tests.running import catindex, index_2

API = "http://api.netflix.com/catalog/titles"
CATALOG = "http://schemas.netflix.com/catalog"
FORMATS = "http://api.netflix.com/categories/title_formats"


def read(inside: str, name: str = "catalog_title", attributes: str = "") -> Title:
    """Read a record with this inside."""
    return read_title(etree.fromstring(f"<{name} {attributes}>{inside}</{name}>"))


def expansion(rel: str, inside: str) -> str:
    """Write a link of 2.0 with what it holds."""
    return f'<link href="x" rel="{CATALOG}/{rel}" title="t">{inside}</link>'


def formats(*availabilities: str) -> str:
    """Write the formats of a 2.0 record."""
    return expansion("titles/format_availability", f"<delivery_formats>{''.join(availabilities)}</delivery_formats>")


def offered(term: str, dates: str = "", inside: str = "") -> str:
    """Write one availability."""
    return f'<availability {dates}><category scheme="{FORMATS}" label="{term}" term="{term}"/>{inside}</availability>'


def test_an_empty_record_is_a_title_without_anything() -> None:
    """Text is empty, numbers are None, lists are empty; nothing fails."""
    title = read("")
    assert (title.kind, title.key, title.id, title.url, title.title) == ("other", None, "", "", "")
    assert (title.release_year, title.runtime, title.updated, title.average_rating) == (None, None, None, None)
    assert (title.genres, title.formats, title.seasons, title.box_art) == ((), (), (), {})


def test_a_record_of_1_x() -> None:
    """The title is text, people are links, twins count once."""
    genre = 'label="Dramas" term="Dramas"'
    title = read(
        f"<title>Fly &amp; Away</title><id>{API}/movies/7</id>"
        f'<category scheme="http://api.netflix.com/catalog/genres" {genre} status="deprecated"/>'
        f'<category scheme="http://api.netflix.com/categories/genres" {genre}/>'
        f'<link href="p/1" rel="{CATALOG}/person.actor" title="Ann"/>'
        f'<link href="p/2" rel="{CATALOG}/person.director" title="Bea"/>'
        "<release_year>1996</release_year>"
        '<link href="http://www.netflix.com/Movie/7" rel="alternate" title="web page"/>'
        f'<external_ids><id rel="{CATALOG}/id.upc">0043</id><id rel="{CATALOG}/id.amg">V 1</id></external_ids>'
        '<delivery_formats><availability available_from="5">'
        '<category scheme="http://api.netflix.com/catalog/titles/formats" term="DVD" status="deprecated"/>'
        f'<category scheme="{FORMATS}" term="DVD"/></availability></delivery_formats><updated>1290</updated>',
        name="title_index_item",
    )
    assert (title.key, title.title, title.title_short, title.release_year) == ("movie/7", "Fly & Away", "", 1996)
    assert (title.genres, title.cast, title.directors) == (("Dramas",), (Link("Ann", "p/1"),), (Link("Bea", "p/2"),))
    assert title.formats == (Format("DVD", "dvd", 5, None, None, ()),)
    assert title.external_ids == (ExternalId("upc", "0043"), ExternalId("amg", "V 1"))
    assert (title.web_page, title.updated) == ("http://www.netflix.com/Movie/7", 1290)


def test_a_record_of_2_0() -> None:
    """Expansions are read out of their links."""
    title = read(
        f'<id>{API}/movies/7</id><title short="Orchard" regular="The Orchard"/>'
        + expansion(
            "titles/box_art", f'<box_art><link href="b.jpg" rel="{CATALOG}/titles/box_art/284pix_w"/></box_art>'
        )
        + expansion("titles/synopsis", "<synopsis><![CDATA[Long <i>text</i>]]></synopsis>")
        + expansion("titles/synopsis.short", "<short_synopsis>Short</short_synopsis>")
        + '<category scheme="http://api.netflix.com/categories/genres/6548" label="Comedies"/>'
        + '<category scheme="http://api.netflix.com/categories/mpaa_ratings" label="PG" term="PG"/>'
        + '<category scheme="http://api.netflix.com/categories/maturity_level" label="60"/>'
        + "<runtime>6420</runtime><average_rating>3.8</average_rating>"
        + expansion("people.cast", f'<people><link href="p/1" rel="{CATALOG}/person" title="Ann"/></people>')
        + expansion("people.directors", "<people><person><id>p/2</id><name>Bea</name></person></people>")
        + expansion(
            "titles/awards", '<awards><award_winner year="2010"><category label="Best"/></award_winner></awards>'
        )
    )
    assert (title.title, title.title_short, title.runtime, title.average_rating) == (
        "The Orchard",
        "Orchard",
        6420,
        3.8,
    )
    assert (title.box_art, title.synopsis, title.short_synopsis) == ({284: "b.jpg"}, "Long <i>text</i>", "Short")
    assert title.genres == ("Comedies",)
    assert title.ratings == (Rating("mpaa_ratings", "PG"), Rating("maturity_level", "60"))
    assert (title.cast, title.directors) == ((Link("Ann", "p/1"),), (Link("Bea", "p/2"),))
    assert title.awards == (Award("Best", "2010", won=True),)


def test_a_format_with_all_there_is_to_know() -> None:
    """Dates, runtime and quality are those of the availability."""
    quality = f'<category scheme="{FORMATS}/quality" label="HD" term="HD"/><runtime>60</runtime>'
    title = read(formats(offered("instant", 'available_from="1" available_until="2"', quality)))
    assert title.formats == (Format("instant", "streaming", 1, 2, 60, ("HD",)),)


def test_an_unknown_format_has_no_medium() -> None:
    """Its term stays as it is."""
    assert read(formats(offered("HD DVD"))).formats == (Format("HD DVD", None, None, None, None, ()),)


def test_several_formats_of_one_availability() -> None:
    """Each is a format with the same dates."""
    both = f'<category scheme="{FORMATS}" term="DVD"/>'
    title = read(formats(offered("instant", 'available_from="3"', both)))
    assert [(found.format, found.available_from) for found in title.formats] == [("instant", 3), ("DVD", 3)]


@pytest.mark.parametrize(("until", "read_as"), [("4102444800", None), ("4102444801", None), ("1370070000", 1370070000)])
def test_an_end_in_2100_is_none(until: str, read_as: int | None) -> None:
    """1/1/2100 stands for "unknown or no end"."""
    assert read(formats(offered("instant", f'available_until="{until}"'))).formats[0].available_until == read_as


@pytest.mark.parametrize(
    ("text", "seconds"), [("1330000001", 1330000001), ("1330000001000", 1330000001), ("100000000000", 100000000000)]
)
def test_updated_may_be_in_milliseconds(text: str, seconds: int) -> None:
    """Above 10^11 it is."""
    assert read(f"<updated>{text}</updated>").updated == seconds


@pytest.mark.parametrize("garbage", ["", " ", "soon", "-5", "1.5", "١٩٩٦", "1_000", "9" * 40, "<x/>"])
def test_garbage_is_no_number(garbage: str) -> None:
    """What is no number reads as if it were not there."""
    title = read(
        f"<release_year>{garbage}</release_year><runtime>{garbage}</runtime><updated>{garbage}</updated>"
        f"<season_number>{garbage}</season_number>"
    )
    assert (title.release_year, title.runtime, title.updated, title.season_number) == (None, None, None, None)


@pytest.mark.parametrize("garbage", ["", "nan", "inf", "good", "<x/>"])
def test_garbage_is_no_rating(garbage: str) -> None:
    """An average rating is a finite number or None."""
    assert read(f"<average_rating>{garbage}</average_rating>").average_rating is None


def test_the_first_value_that_says_anything_counts() -> None:
    """An empty element does not hide a later one."""
    assert read("<runtime></runtime><runtime>1</runtime><runtime>2</runtime>").runtime == 1


def test_only_its_own_values_count() -> None:
    """What stands in records nested in a list of similar titles is not the title's."""
    nested = f'<catalog_title><id>{API}/movies/2</id><title regular="B"/><runtime>9</runtime></catalog_title>'
    link = f'<link href="{API}/movies/3" rel="{CATALOG}/title" title="C"/>'
    title = read(expansion("titles.similars", f"<catalog_titles>{nested}{link}</catalog_titles>"))
    assert (title.title, title.runtime) == ("", None)
    assert title.similars == (Link("B", f"{API}/movies/2"), Link("C", f"{API}/movies/3"))


def test_a_unified_series_has_its_parts() -> None:
    """Seasons, episodes and discs are titles with their numbers."""
    series = f"<id>{API}/series/1</id><title regular='Tin'/>"
    parent = f"<link href='{API}/series/1/seasons/1' rel='{CATALOG}/titles.season' title='Tin: Season 1'/>"
    outcome = catindex(
        "unify",
        index_2(
            series + formats(offered("DVD")),
            f"<id>{API}/series/1/seasons/1</id><title regular='Tin: Season 1'/>",
            f"<id>{API}/programs/5/2</id><title regular='Tin: Season 1: Ebb'/><sequence>4</sequence>{parent}",
            f"<id>{API}/discs/3</id><title regular='Tin: Season 1: Disc 2'/>{parent}",
        ),
    )
    title = read_title(outcome.titles["titles"][0])
    parts = [
        (part.key, part.season_number, part.episode_number, part.disc_number)
        for part in (*title.seasons, *title.episodes, *title.discs)
    ]
    assert parts == [("season/1", 1, None, None), ("episode/2", 1, 4, None), ("disc/3", 1, None, 2)]
    assert title.episodes[0].episode_short == "Ebb"
    assert title.episodes[0].formats[0].format == "DVD"


def test_a_part_known_by_its_link_only() -> None:
    """Its name, and where it has one its address, are all that is known; its list tells what it is."""
    entry = '<link href="" rel="" title="Tin: Ep 1"/>'
    title = read(f'<link href="" rel="" title="episodes">{entry}</link>')
    assert [(part.kind, part.key, part.title) for part in title.episodes] == [("episode", None, "Tin: Ep 1")]


def test_a_regional_show() -> None:
    """Key and kind are attributes; people, genres and advisories have elements of their own."""
    title = read(
        f"<url>{API}/series/7</url><title>Heroes</title><short_synopsis>s</short_synopsis>"
        "<long_synopsis>l</long_synopsis><duration>2608</duration><people>"
        '<person id="1" type="actor"><name>Ann</name></person><person id="2" type="creator"><name>Bea</name></person>'
        '</people><parental_advisories><parental_advisory system="BBFC">15</parental_advisory></parental_advisories>'
        "<genres><genre>TV Shows</genre></genres>",
        attributes='id="7" type="show"',
    )
    assert (title.kind, title.key, title.url, title.title) == ("series", "series/7", f"{API}/series/7", "Heroes")
    assert (title.short_synopsis, title.synopsis, title.runtime) == ("s", "l", 2608)
    assert title.cast == (Link("Ann", "http://api.netflix.com/catalog/people/1"),)
    assert (title.ratings, title.genres) == ((Rating("BBFC", "15"),), ("TV Shows",))


def test_a_regional_episode_has_the_numbers_of_its_show() -> None:
    """They stand inside ``show``."""
    show = '<show id="7"><season_number>4</season_number><episode_number>1</episode_number></show>'
    title = read(f"<title>Heroes</title>{show}", attributes='id="8" type="episode"')
    assert (title.key, title.season_number, title.episode_number) == ("episode/8", 4, 1)


def test_a_search_response_has_links_without_anything_in_them() -> None:
    """Box art stands in attributes, and what is not expanded is not known."""
    title = read(
        f'<id>{API}/movies/7</id><box_art small="t.jpg" medium="s.jpg" large="l.jpg"></box_art>'
        + expansion("titles/format_availability", "")
        + expansion("people.cast", "")
    )
    assert (title.formats, title.cast, title.box_art) == ((), (), {38: "t.jpg", 64: "s.jpg", 110: "l.jpg"})
