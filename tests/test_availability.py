"""Availability within a series: what parts inherit, what the series gathers, and in which file what is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.running import catindex, index_1, index_2
from tests.test_series import T, link, names, offers, parts, record

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from tests.running import Outcome

UP = link("titles.series", "series/1", "Show")
IN_SEASON = link("titles.season", "series/1/seasons/2", "Show: Season 1")
UNEXPANDED = link("titles/format_availability", "x", "formats")


def process(*records: str) -> Outcome:
    """Process a 2.0 index."""
    return catindex("process", index_2(*records))


def show(*inside: str) -> str:
    """Write the record of the series."""
    return record("series/1", "Show", *inside)


def season(*inside: str) -> str:
    """Write the record of its season."""
    return record("series/1/seasons/2", "Show: Season 1", *inside)


def episode(*inside: str) -> str:
    """Write the record of an episode of that season."""
    return record("programs/3", "Show: Season 1: Pilot", IN_SEASON, *inside)


def offered(title: Element) -> list[tuple[str, str | None, str | None]]:
    """Give a title's own formats, each with its dates."""
    return [
        (str(category.get("term")), availability.get("available_from"), availability.get("available_until"))
        for availability in title.iterfind("link/delivery_formats/availability")
        for category in availability.iterfind("category")
    ]


def terms(title: Element) -> list[str]:
    """Give the terms of a title's own formats."""
    return [term for term, _, _ in offered(title)]


def files_with(outcome: Outcome, kind: str) -> list[str]:
    """Tell in which files a series lists a part of a kind."""
    return [medium for medium, titles in outcome.titles.items() if any(parts(title, kind) for title in titles)]


# --- inherited --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("none", ["", UNEXPANDED])
def test_a_part_inherits_from_its_season(none: str) -> None:
    """A part without format information (none, or a link that is not expanded) has its season's, not its series'."""
    outcome = process(show(offers("DVD")), season(offers("instant")), episode(none))
    (title,) = outcome.titles["streaming"]
    assert offered(parts(title, "programs")[0]) == [("instant", None, None)]
    assert files_with(outcome, "programs") == ["streaming"]


def test_a_season_inherits_from_its_series() -> None:
    """A season without format information has its series', and hands it on to its episodes."""
    outcome = process(show(offers("instant")), season(), episode())
    (title,) = outcome.titles["streaming"]
    assert terms(parts(title, "seasons")[0]) == terms(parts(title, "programs")[0]) == ["instant"]


def test_a_part_without_a_season_inherits_from_its_series() -> None:
    """Where a part has no season, or its season no record, its series answers."""
    outcome = process(show(offers("instant")), episode(), record("programs/4", "Show: Extra", UP))
    (title,) = outcome.titles["streaming"]
    assert [terms(part) for part in parts(title, "programs")] == [["instant"], ["instant"]]


def test_what_only_a_list_names_inherits_too() -> None:
    """An episode that is only listed is available as its series is."""
    listed = link("titles.programs", "", "episodes", link("title", "", "Show: Pilot"))
    outcome = process(show(offers("instant"), listed))
    assert files_with(outcome, "programs") == ["streaming"]


def test_nothing_is_inherited_from_a_part() -> None:
    """The series' own formats are inherited, not what it gathers from its parts."""
    outcome = process(show(), episode(offers("instant")), record("programs/4", "Show: Extra", UP))
    (title,) = outcome.titles["streaming"]
    assert [terms(part) for part in parts(title, "programs")] == [["instant"], []]


@pytest.mark.parametrize("own", [offers(), offers("instant")])
def test_what_a_part_says_itself_counts(own: str) -> None:
    """A part's own formats are not added to; explicitly none is an answer, too."""
    outcome = process(show(offers("DVD")), season(offers("DVD")), episode(own))
    assert "dvd" not in files_with(outcome, "programs")


def test_an_empty_season_is_an_answer_for_its_parts() -> None:
    """A part without information is not available where its season says that it is not."""
    outcome = process(show(offers("DVD", "instant")), season(offers()), episode())
    assert files_with(outcome, "programs") == ["unavailable"]


def test_dates_and_formats_are_inherited_and_no_more() -> None:
    """What an availability says beside dates and formats, as its runtime, belongs to the title that has it."""
    availability = offers("instant", dates='available_from="5" available_until="9"')
    outcome = process(show(availability.replace("</availability>", "<runtime>60</runtime></availability>")), episode())
    (title,) = outcome.titles["streaming"]
    (part,) = parts(title, "programs")
    assert offered(part) == [("instant", "5", "9")]
    assert part.find(".//runtime") is None


def test_inheritance_in_1_x() -> None:
    """In 1.x no ``delivery_formats`` is no information, and an empty one is an answer."""
    category = '<category scheme="http://api.netflix.com/categories/title_formats" label="DVD" term="DVD"/>'
    up = link("series", "series/1", "Show")
    outcome = catindex(
        "process",
        index_1(
            f"<title>Show</title><id>{T}/series/1</id>"
            f"<delivery_formats><availability>{category}</availability></delivery_formats>",
            f"<title>Show: Ep 1</title><id>{T}/programs/3</id>{up}",
            f"<title>Show: Ep 2</title><id>{T}/programs/4</id>{up}<delivery_formats/>",
        ),
    )
    (title,) = outcome.titles["dvd"]
    assert names(parts(title, "programs")) == ["Show: Ep 1"]


# --- gathered ---------------------------------------------------------------------------------------------------------


def extra(number: int, *inside: str) -> str:
    """Write the record of another episode."""
    return record(f"programs/1{number}", f"Show: Extra {number}", UP, *inside)


def gathered(*records: str) -> list[tuple[str, str | None, str | None]]:
    """Give what a unified series offers itself."""
    return offered(catindex("unify", index_2(*records)).titles["titles"][0])


def test_a_series_gathers_what_its_parts_have() -> None:
    """A series without formats gets those of its parts, each once, with the earliest from and the latest until."""
    assert gathered(
        show(),
        extra(1, offers("instant", dates='available_from="30" available_until="100"')),
        extra(2, offers("instant", dates='available_from="4" available_until="20"')),
        extra(3, offers("DVD", "Blu-ray", dates='available_from="7"')),
    ) == [("instant", "4", "100"), ("DVD", "7", None), ("Blu-ray", "7", None)]


def test_an_absent_end_is_later_than_any() -> None:
    """Where one part has no ``available_until``, neither has the series."""
    assert gathered(
        show(),
        extra(1, offers("instant", dates='available_from="1" available_until="4102444800"')),
        extra(2, offers("instant", dates='available_from="1"')),
    ) == [("instant", "1", None)]


def test_an_absent_begin_says_nothing() -> None:
    """The earliest begin is that of the parts that have one."""
    assert gathered(show(), extra(1, offers("DVD")), extra(2, offers("DVD", dates='available_from="5"'))) == [
        ("DVD", "5", None)
    ]


def test_the_own_formats_of_a_series_stay() -> None:
    """For a medium that the series has itself, its own formats and dates count."""
    assert gathered(
        show(offers("DVD", dates='available_from="50" available_until="60"')),
        extra(1, offers("DVD", "Blu-ray", dates='available_from="5" available_until="99"')),
        extra(2, offers("instant", dates='available_from="7"')),
    ) == [("DVD", "50", "60"), ("instant", "7", None)]


@pytest.mark.parametrize("own", ["", UNEXPANDED, offers()])
def test_a_series_that_lacks_everything(own: str) -> None:
    """A series with no formats gathers them, whatever way it says that it has none."""
    assert gathered(show(own), extra(1, offers("DVD"))) == [("DVD", None, None)]


def test_a_date_that_a_series_lacks() -> None:
    """The series' own availability gets the date that it lacks from its parts, and keeps the one that it has."""
    assert gathered(
        show(offers("instant", dates='available_until="60"')),
        extra(1, offers("instant", dates='available_from="9" available_until="99"')),
        extra(2, offers("instant", dates='available_from="8" available_until="99"')),
    ) == [("instant", "8", "60")]


def test_an_availability_of_several_formats() -> None:
    """An availability of two formats at once gets the earliest begin and the latest end of parts with either."""
    both = offers("DVD", "Blu-ray").replace("</availability><availability >", "")
    assert both.count("<availability") == 1
    assert gathered(
        show(both),
        extra(1, offers("DVD", dates='available_from="9" available_until="50"')),
        extra(2, offers("Blu-ray", dates='available_from="8" available_until="99"')),
    ) == [("DVD", "8", "99"), ("Blu-ray", "8", "99")]


def test_discs_do_not_stream() -> None:
    """A disc that claims to be instant adds nothing to what streams, and is in the DVD file only."""
    outcome = process(show(), record("discs/4", "Show: Disc 1", UP, offers("instant", "DVD")))
    assert (len(outcome.titles["streaming"]), len(outcome.titles["dvd"])) == (0, 1)
    assert terms(outcome.titles["dvd"][0]) == ["DVD"]


# --- the files --------------------------------------------------------------------------------------------------------


def test_each_part_is_in_the_files_where_it_is_available() -> None:
    """A unified title lists in each file only the parts that are available there."""
    outcome = process(
        show(offers("instant", "DVD")),
        season(offers("DVD")),
        episode(offers("instant")),
        extra(1, offers("DVD")),
        extra(2, offers("instant", "DVD")),
        extra(3, offers()),
        record("discs/4", "Show: Disc 1", UP),
    )
    listed = {
        medium: [names(parts(title, kind)) for kind in ("seasons", "programs", "discs")]
        for medium, (title,) in outcome.titles.items()
    }
    assert listed == {
        "streaming": [[], ["Show: Season 1: Pilot", "Show: Extra 2"], []],
        "dvd": [["Show: Season 1"], ["Show: Extra 1", "Show: Extra 2"], ["Show: Disc 1"]],
        "unavailable": [[], ["Show: Extra 3"], []],
    }


def test_a_title_goes_where_any_part_goes() -> None:
    """A series that says it is not available is in a file nevertheless if a part is available there."""
    outcome = process(show(offers()), extra(1, offers("instant")))
    assert [len(titles) for titles in outcome.titles.values()] == [1, 0, 0]


def test_a_title_goes_where_it_is_available_itself() -> None:
    """A series that is available is in the file, though none of its parts is; the empty lists go."""
    outcome = process(show(offers("DVD")), extra(1, offers("instant")))
    (title,) = outcome.titles["dvd"]
    assert names([title]) == ["Show"]
    assert parts(title, "programs") == []
    assert title.find("link[@title='episodes']") is None


def test_a_series_that_is_nowhere() -> None:
    """A series without anything available is in neither file, whole in the file of the unavailable, and counted."""
    outcome = process(show(), season(offers()), episode())
    assert [len(titles) for titles in outcome.titles.values()] == [0, 0, 1]
    assert len(parts(outcome.titles["unavailable"][0], "programs")) == 1
    assert outcome.report["records"]["unavailable"] == 3


def test_a_medium_that_is_not_asked_for() -> None:
    """Parts that belong only to a file that is not written are counted as not requested."""
    data = index_2(show(), extra(1, offers("DVD")), extra(2, offers("instant")))
    records = catindex("process", data, ["streaming"]).report["records"]
    assert (records["written"], records["merged"], records["not_requested"]) == (1, 1, 1)


def test_the_formats_of_the_other_medium_are_gone() -> None:
    """In each file every part has the formats of that medium only."""
    outcome = process(show(), extra(1, offers("instant", "DVD")))
    for medium, expected in (("streaming", ["instant"]), ("dvd", ["DVD"])):
        (title,) = outcome.titles[medium]
        assert terms(title) == terms(parts(title, "programs")[0]) == expected
