"""Single titles: how a record gets its key, and what becomes of copies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.running import Outcome, catindex, index_1, index_2

API = "http://api.netflix.com/catalog/titles"
INSTANT = (
    '<link rel="http://schemas.netflix.com/catalog/titles/format_availability"><delivery_formats><availability>'
    '<category scheme="http://api.netflix.com/categories/title_formats" term="instant"/>'
    "</availability></delivery_formats></link>"
)


def movie(number: int, inside: str = INSTANT) -> str:
    """Write the inside of a movie's record."""
    return f"<id>{API}/movies/{number}</id>{inside}"


def warnings(outcome: Outcome) -> dict[str, Any]:
    """Give the examples of each warning by its code."""
    return {warning["code"]: warning["examples"] for warning in outcome.report["warnings"]}


def key_of(record: str) -> str:
    """Read a record's key the way a user sees it: in the warning about a second copy."""
    key: str = warnings(catindex("split", index_2(record, record)))["duplicate"][0]["key"]
    return key


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("movies/512381", "movie/512381"),
        ("series/70142415", "series/70142415"),
        ("series/70142415/seasons/70142416", "season/70142416"),
        ("programs/70151113", "episode/70151113"),
        ("programs/262101/70151113", "episode/70151113"),
        ("discs/60029157", "disc/60029157"),
    ],
)
def test_the_path_of_the_id_makes_the_key(path: str, key: str) -> None:
    """Each of the paths of format.md names a kind, and the last number in it is the title's."""
    assert key_of(f"<id>{API}/{path}</id>") == key


@pytest.mark.parametrize(
    "url",
    [
        "http://api.netflix.com/catalog/titles/movies/7",
        "https://api-public.netflix.com/catalog/titles/movies/7",
        "http://api-nccp.netflix.com:80/catalog/titles/movies/7",
        "//api.netflix.com/catalog/titles/movies/7",
        "/catalog/titles/movies/7",
        "http://api.netflix.com/catalog/titles/movies/7?v=2.0&amp;expand=all",
        "http://api.netflix.com/catalog/titles/movies/7/",
        "http://api.netflix.com/catalog/titles/movies/7#top",
        "\n  http://api.netflix.com/catalog/titles/movies/7\n  ",
        "<![CDATA[http://api.netflix.com/catalog/titles/movies/7]]>",
        "http://api.netflix.com/catalog/titles/movies/&#55;",
    ],
)
def test_host_query_and_spelling_do_not_matter(url: str) -> None:
    """The same title has the same key under every host, with and without a query."""
    assert key_of(f"<id>{url}</id>") == "movie/7"


def test_the_number_alone_is_not_the_key() -> None:
    """Season 1 of The Office has its series' number, and neither is a copy of the other, nor of a movie."""
    outcome = catindex(
        "split",
        index_2(
            f"<id>{API}/series/70023522</id>{INSTANT}",
            f"<id>{API}/series/70023522/seasons/70023522</id>{INSTANT}",
            f"<id>{API}/movies/70023522</id>{INSTANT}",
            f"<id>{API}/programs/70023522</id>{INSTANT}",
        ),
    )
    assert len(outcome.titles["streaming"]) == 4
    assert outcome.report["records"]["duplicates"] == 0


def test_only_the_records_own_id_is_its_id() -> None:
    """Nested records and external ids have an ``id`` as well, even where they come before the title's own."""
    record = (
        '<external_ids><id rel="http://schemas.netflix.com/catalog/id.upc">0043396</id></external_ids>'
        '<link rel="http://schemas.netflix.com/catalog/titles.similars"><catalog_titles>'
        f"<catalog_title><id>{API}/movies/2</id></catalog_title></catalog_titles></link>"
        f"<id>{API}/movies/1</id>"
    )
    assert key_of(record) == "movie/1"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.netflix.com/catalog/titles/trailers/5",
        "http://api.netflix.com/catalog/titles/movies/",
        "http://api.netflix.com/catalog/titles/movies/5x",
        "http://api.netflix.com/catalog/titles/movies/5/synopsis",
        "http://api.netflix.com/catalog/titles/series/5/seasons",
        "http://api.netflix.com/catalog/titles/series/5/seasons/6/episodes",
        "512381",
        "tag:netflix,2010:5",
    ],
)
def test_an_unknown_path_is_kept_with_a_warning(url: str) -> None:
    """What fits no known path is a stand-alone title of kind ``other``."""
    outcome = catindex("process", index_2(f"<id>{url}</id>{INSTANT}"))
    assert len(outcome.titles["streaming"]) == 1
    assert warnings(outcome) == {"unknown-kind": [{"key": f"other/{url}", "line": 3, "detail": url}]}


@pytest.mark.parametrize("no_id", ["", "<id/>", "<id>  </id>"])
def test_records_without_an_id_are_kept_and_never_copies(no_id: str) -> None:
    """Nothing tells whether two records without an id are the same title, so both stay."""
    outcome = catindex("process", index_2(no_id + INSTANT, no_id + INSTANT))
    assert len(outcome.titles["streaming"]) == 2
    assert warnings(outcome) == {"no-id": [{"key": None, "line": 3}, {"key": None, "line": 4}]}


@pytest.mark.parametrize("command", ["process", "split", "unify"])
def test_identical_copies_are_left_out(command: str) -> None:
    """One real dump had a title 42 times: it is written once, and the others are counted."""
    outcome = catindex(command, index_2(*[movie(1)] * 42))
    titles = outcome.titles["titles" if command == "unify" else "streaming"]
    assert len(titles) == 1
    assert outcome.report["records"] == {
        "read": 42,
        "written": 1,
        "merged": 0,
        "duplicates": 41,
        "conflicts": 0,
        "unavailable": 0,
        "not_requested": 0,
        "rejected": 0,
    }


@pytest.mark.parametrize("command", ["process", "split", "unify"])
def test_of_differing_copies_the_first_is_kept(command: str) -> None:
    """Copies that say something else are left out, too, but reported as conflicts."""
    outcome = catindex(
        command, index_2(movie(1, INSTANT + "<n>first</n>"), movie(2), movie(1, INSTANT + "<n>second</n>"))
    )
    titles = outcome.titles["titles" if command == "unify" else "streaming"]
    assert [title.findtext("n") for title in titles] == ["first", None]
    assert outcome.report["records"]["duplicates"] == 1
    assert outcome.report["records"]["conflicts"] == 1
    assert warnings(outcome) == {"conflict": [{"key": "movie/1", "line": 5}]}


def test_a_copy_is_a_copy_under_another_host() -> None:
    """The key decides, not the URL: the second host's record is a conflict, for its bytes differ."""
    outcome = catindex("split", index_2(movie(1), movie(1).replace("api.netflix", "api-public.netflix")))
    assert [title.findtext("id") for title in outcome.titles["streaming"]] == [f"{API}/movies/1"]
    assert outcome.report["records"]["conflicts"] == 1


def test_each_copy_is_held_against_the_first() -> None:
    """Of three copies, the one like the first is a duplicate and the other a conflict."""
    outcome = catindex("split", index_2(movie(1), movie(1, "<a/>"), movie(1)))
    assert {code: len(found) for code, found in warnings(outcome).items()} == {"duplicate": 1, "conflict": 1}


def test_a_copy_of_a_part_is_left_out() -> None:
    """An episode that comes twice is in its series once."""
    episode = (
        f'<id>{API}/programs/2</id><title regular="Ep 1"/>{INSTANT}'
        f'<link href="{API}/series/1" rel="http://schemas.netflix.com/catalog/titles.series" title="S"/>'
    )
    outcome = catindex("process", index_2(f'<id>{API}/series/1</id><title regular="S"/>{INSTANT}', episode, episode))
    (series,) = outcome.titles["streaming"]
    assert len(series.findall("link/catalog_titles/catalog_title")) == 1
    assert outcome.report["records"]["duplicates"] == 1


def test_strip_keeps_every_record() -> None:
    """``strip`` only takes references out: copies stay where they are, and are not even counted."""
    outcome = catindex("strip", index_2(movie(1), movie(1), movie(1, "<other/>"), "", ""))
    assert len(outcome.titles["titles"]) == 5
    assert outcome.report["records"]["duplicates"] == 0


@pytest.mark.parametrize("command", ["split", "unify", "process"])
def test_a_copy_of_a_title_in_neither_medium_is_a_copy(command: str) -> None:
    """Copies are counted as copies wherever the first one went."""
    outcome = catindex(command, index_1(f"<id>{API}/movies/1</id>", f"<id>{API}/movies/1</id>"))
    assert outcome.report["records"]["duplicates"] == 1
