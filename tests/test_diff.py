"""What changed between two dumps: the command ``catindex diff``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree

from catindex.cli import invoke, main
from catindex.compare import Event, differences
from catindex.compare.events import compare
from catindex.compare.facts import FIELDS, PARTS, SILENT, entries_of
from catindex.compare.waiting import Pair
from catindex.errors import Status
from tests.generator import generate
from tests.running import index_1, index_2
from tests.test_filter import DAY_1, DAY_2, DAY_3, GENRES, film, offer

SAMPLES = Path(__file__).parent.parent / "samples"
SERIES = "http://api.netflix.com/catalog/titles/series/7"
REL = "http://schemas.netflix.com/catalog/titles"


def season(number: int, *offers: str, title: str = "Show: Season 1") -> str:
    """Write the inside of a season's record."""
    return film(number, title, *offers, kind="series/7/seasons")


def episode(number: int, *offers: str, title: str | None = None, more: str = "") -> str:
    """Write the inside of an episode's record; its series and season have the number 7."""
    link = f'<link href="{SERIES}/seasons/7" rel="{REL}.season" title="Show: Season 1"/>'
    return film(number, title or f"Show: Season 1: Ep {number}", *offers, more=link + more, kind="programs")


def with_more(more: str) -> bytes:
    """Write a dump of one film that has something more."""
    return index_2(film(1, more=more))


@pytest.fixture(name="diff")
def _diff(tmp_path: Path) -> Any:
    def diff(old: bytes, new: bytes, *options: str, status: Status | None = None) -> str:
        paths = tmp_path / "old.xml", tmp_path / "new.xml"
        for path, data in zip(paths, (old, new), strict=True):
            path.write_bytes(data)
        result = CliRunner().invoke(main, ["diff", *map(str, paths), *options], standalone_mode=False)
        assert result.exception is None, result.exception
        assert result.return_value == (status if status is not None else Status.VERDICT if result.output else Status.OK)
        return result.output

    return diff


@pytest.fixture(name="events")
def _events(diff: Any) -> Any:
    def events(old: bytes, new: bytes, *options: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in diff(old, new, "--json", *options).splitlines()]

    return events


def names(events: list[dict[str, Any]]) -> list[str]:
    """Give what happened to what."""
    return [f"{event['event']} {event['key']}" for event in events]


def test_the_same(events: Any) -> None:
    """A dump does not differ from itself, and the status is 0."""
    data = generate("2.0", 80, 0.5, 1).xml
    assert events(data, data) == []


def test_the_order_of_records_does_not_count(events: Any) -> None:
    """The same records in another order are no difference."""
    assert events(index_2(film(1), film(2)), index_2(film(2), film(1))) == []


def test_added_and_removed(events: Any) -> None:
    """A title that is only in one of the dumps was added or removed, those that are gone last."""
    assert names(events(index_2(film(1), film(2)), index_2(film(2), film(3)))) == ["added movie/3", "removed movie/1"]


def test_changed(events: Any) -> None:
    """A field that is not the same is told with what it was and is."""
    old, new = "<release_year>1996</release_year>", "<release_year>1997</release_year><runtime>60</runtime>"
    (event,) = events(with_more(old), with_more(new))
    assert event == {
        "event": "changed",
        "key": "movie/1",
        "kind": "movie",
        "title": "Film",
        "fields": {"release_year": {"from": 1996, "to": 1997}, "runtime": {"from": None, "to": 60}},
    }


def test_arrived_and_left(events: Any) -> None:
    """A title that gets its first format of a medium arrived there, one that loses the last one left."""
    old, new = index_2(film(1, "Film", offer("DVD"))), index_2(film(1, "Film", offer("instant", DAY_1, DAY_2)))
    arrived, left = events(old, new)
    assert (arrived["event"], arrived["medium"], left["event"], left["medium"]) == (
        "arrived",
        "streaming",
        "left",
        "dvd",
    )
    assert arrived["formats"]["instant"]["available_until"] == "2012-09-16T00:00:00Z"


def test_new_titles_arrive(events: Any) -> None:
    """Who asks for all that arrived gets new titles, too, and the same of those that are gone."""
    film_1, film_2 = film(1, "Film", offer("instant")), film(2, "Film", offer("DVD"))
    told = names(events(index_2(film_1), index_2(film_2)))
    assert told == ["added movie/2", "arrived movie/2", "removed movie/1", "left movie/1"]


def test_a_second_format_of_a_medium_is_a_change(events: Any) -> None:
    """Blu-ray beside DVD is no arrival."""
    (event,) = events(index_2(film(1, "F", offer("DVD"))), index_2(film(1, "F", offer("DVD"), offer("Blu-ray"))))
    assert list(event["fields"]) == ["formats.Blu-ray"]


def test_end_moved(events: Any) -> None:
    """An end that moved is told by itself, and not as a change; 2100 is no end."""
    old, new = (index_2(film(1, "F", offer("instant", DAY_1, end))) for end in (DAY_2, 4102444800))
    (event,) = events(old, new)
    told = [event[name] for name in ("event", "format", "from", "to")]
    assert told == ["end_moved", "instant", "2012-09-16T00:00:00Z", None]


def test_new_and_lost_parts(events: Any) -> None:
    """Episodes are told of with the series they belong to."""
    show = film(7, "Show", kind="series"), season(7)
    old, new = index_2(*show, episode(1), episode(2)), index_2(*show, episode(2), episode(3))
    told = events(old, new)
    assert names(told) == ["new_episode episode/3", "episode_gone episode/1"]
    assert [told[0][name] for name in ("series", "season_number", "episode_number")] == ["series/7", 1, 3]


def test_parts_of_a_new_series_are_not_told(events: Any) -> None:
    """A series that was added brings its parts with it."""
    told = names(events(index_2(film(1)), index_2(film(1), film(7, "Show", kind="series"), season(7), episode(1))))
    assert told == ["added series/7"]


def test_what_a_whole_series_does_is_told_once(events: Any) -> None:
    """Parts that arrive with their series, or whose end moves with it, are not told again."""
    show = film(7, "Show", kind="series")
    nowhere, early, late = (
        index_2(show, season(7, *offers), *(episode(number, *offers) for number in (1, 2, 3)))
        for offers in ((), (offer("instant", DAY_1, DAY_2),), (offer("instant", DAY_1, DAY_3),))
    )
    assert names(events(nowhere, early)) == ["arrived series/7"]
    assert names(events(early, late)) == ["end_moved series/7"]


def test_what_one_episode_does_is_told_of_it(events: Any) -> None:
    """An episode whose end alone moves is told of."""
    show = film(7, "Show", offer("instant", DAY_1, DAY_3), kind="series"), season(7)
    old, new = (index_2(*show, episode(1, offer("instant", DAY_1, end))) for end in (DAY_2, DAY_3))
    assert names(events(old, new)) == ["end_moved episode/1"]


def test_hosts_updates_and_twins_do_not_count(events: Any) -> None:
    """Hosts, dates of update and deprecated twins are ignored from the start."""
    twin = f'<category scheme="{GENRES}" label="Dramas" term="Dramas" status="deprecated"/>'
    genre = f'<category scheme="{GENRES}" label="Dramas" term="Dramas"/>'
    old = with_more(twin + genre + "<updated>1</updated>")
    new = with_more(genre + "<updated>2</updated>").replace(b"http://api.", b"https://api-public.")
    assert events(old, new) == []


@pytest.mark.parametrize("ignored", ["runtime", "formats", "formats.instant", "formats.*.available_until"])
def test_ignore(events: Any, ignored: str) -> None:
    """A field, a part of one, or a pattern that is ignored is not compared; what is not ignored still is."""
    old = index_2(film(1, "F", offer("instant", DAY_1, DAY_2), more="<runtime>60</runtime>"))
    new = index_2(film(1, "F", offer("instant", DAY_1, DAY_3), more="<runtime>61</runtime>"))
    assert names(events(old, new, "--ignore", ignored)) == [
        "end_moved movie/1" if ignored == "runtime" else "changed movie/1"
    ]


def test_ignore_a_medium(events: Any) -> None:
    """Where a format is ignored its medium neither arrives nor leaves."""
    old, new = index_2(film(1, "F", offer("DVD"))), index_2(film(1, "F", offer("instant")))
    assert names(events(old, new, "--ignore", "formats.DVD", "--ignore", "formats.instant")) == []


def test_ignore_parts(events: Any) -> None:
    """Parts of a kind can be ignored as a field."""
    show = film(7, "Show", kind="series"), season(7)
    assert events(index_2(*show, episode(1)), index_2(*show), "--ignore", "episodes") == []


def test_parts_without_a_key_are_known_by_name(events: Any) -> None:
    """Episodes that a list names only by title, as the announcement's, are compared by it."""
    links = '<link title="episodes">{}</link>'
    old, new = (
        index_2(film(7, "Show", kind="series", more=links.format("".join(f'<link title="{each}"/>' for each in parts))))
        for parts in (("Show: Season 1: A", "Show: Season 1: B"), ("Show: Season 1: A", "Show: Season 1: C"))
    )
    assert [(event["event"], event["title"].removeprefix("Show: Season 1: ")) for event in events(old, new)] == [
        ("new_episode", "C"),
        ("episode_gone", "B"),
    ]


def test_a_part_is_what_its_list_says() -> None:
    """Something else in a list of episodes, here a movie, is compared and told of as an episode."""
    part = '<link href="http://api.netflix.com/catalog/titles/movies/9" title="Pilot"/>'
    record = f'<catalog_title><id>{SERIES}</id><link rel="{REL}.programs">{part}</link></catalog_title>'
    _, entry = entries_of(etree.fromstring(record))
    assert (entry.key, entry.home, entry.kind) == ("movie/9", "series/7", "episode")


def test_a_season_without_number_speaks_for_itself() -> None:
    """What one season without a number does does not keep another from telling the same."""

    def show(*offers: str) -> str:
        parts = "".join(
            f"<catalog_title>{film(each, name, *offers, kind=kind)}</catalog_title>"
            for each, name, kind in ((7, "Specials", "series/7/seasons"), (8, "More", "series/7/seasons"))
        )
        return film(7, "Show", kind="series", more=f'<link rel="{REL}.seasons">{parts}</link>')

    told = compare(
        [
            Pair(before, after)
            for before, after in zip(
                *(
                    entries_of(etree.fromstring(f"<catalog_title>{show(*each)}</catalog_title>"))
                    for each in ((), (offer("DVD"),))
                ),
                strict=True,
            )
            if before != after
        ],
        (),
    )
    assert [event.about.name for event in told] == ["Specials", "More"]


def test_dialects_compare(events: Any) -> None:
    """Between dialects, what only one of them can tell is no difference."""
    old = index_1("<title>Film</title><id>http://api.netflix.com/catalog/titles/movies/1</id>")
    new = with_more(f'<average_rating>3.5</average_rating><link rel="{REL}/synopsis"><synopsis>S</synopsis></link>')
    assert names(events(old, new)) == []


def test_a_regional_index_compares(events: Any) -> None:
    """An episode that is a record of its own, as in a regional index, is the one that a unified series holds."""
    old = (
        b"<catalog_titles><catalog_title id='1' type='episode'><title>Show: Season 1: Ep 1</title>"
        b"<show id='7'><season_number>1</season_number><episode_number>1</episode_number></show></catalog_title>"
        b"<catalog_title id='7' type='show'><title>Show</title></catalog_title></catalog_titles>"
    )
    told = events(old, index_2(film(7, "Show", kind="series"), season(7), episode(1), episode(2)))
    assert names(told) == ["new_episode episode/2"]


def test_silent_fields_exist() -> None:
    """What dialects cannot tell are fields, or parts."""
    told = {field.partition(".")[0] for fields in SILENT.values() for field in fields}
    assert told <= FIELDS.keys() | PARTS.keys()


def test_text(diff: Any) -> None:
    """Text has a line for each difference: sign, key, title, and what is different."""
    genre = f'<category scheme="{GENRES}" label="%s" term="%s"/>'
    old = index_2(film(1, "A", offer("instant", 1, DAY_1), more=genre % ("X", "X")), film(2, "B"))
    new = index_2(film(1, "A", offer("instant", 1), offer("DVD"), more=genre % ("Y", "Y")), film(3, "C"))
    assert diff(old, new).splitlines() == [
        "+ movie/1  A: arrived on dvd",
        "~ movie/1  A: end moved (instant) 2012-09-15T00:00:00Z -> none",
        "~ movie/1  A: genres -X +Y",
        "+ movie/3  C: added",
        "- movie/2  B: removed",
    ]


def test_long_values_are_shortened(diff: Any) -> None:
    """In text a long value is cut, and stays on its line."""
    line = diff(with_more("<runtime>1</runtime>"), with_more(f'<link rel="alternate" href="http://x/{"y" * 99}"/>'))
    assert f"web_page none -> /{'y' * 58}…\n" in line


def test_colours_only_where_asked(diff: Any, tmp_path: Path) -> None:
    """Signs and events are coloured on a terminal; elsewhere there is no escape."""
    assert "\x1b" not in diff(index_2(film(1)), index_2(film(2)))
    paths = [str(tmp_path / name) for name in ("old.xml", "new.xml")]
    coloured = CliRunner().invoke(main, ["diff", *paths], color=True, standalone_mode=False).output
    assert coloured.startswith("\x1b[32m+\x1b[0m movie/2  Film: \x1b[32madded")


def test_summary(diff: Any) -> None:
    """``--summary`` gives only the number of each sort of event."""
    data = index_2(film(1), film(2, "B", offer("DVD"))), index_2(film(3), film(4), film(5, "C", offer("instant")))
    assert [line.split(maxsplit=1) for line in diff(*data, "-s").splitlines()] == [
        ["3", "added"],
        ["2", "removed"],
        ["1", "arrived on streaming"],
        ["1", "left dvd"],
    ]


def test_summary_as_json(diff: Any) -> None:
    """As JSON the summary has every sort, in one object."""
    counts = json.loads(diff(with_more(""), with_more(""), "-s", "--json", status=Status.OK))
    assert set(counts.values()) == {0}
    assert {"arrived_on_streaming", "left_dvd", "end_moved", "new_episode", "changed"} < set(counts)


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ``catindex diff`` in a process of its own."""
    call = [sys.executable, "-m", "catindex", "diff", *arguments]
    return subprocess.run(call, input=stdin, capture_output=True, check=False)


def test_standard_input() -> None:
    """One of the dumps can be standard input, compressed as it may be."""
    packed = (SAMPLES / "index-2.0.xml.gz").read_bytes()
    result = run("-", str(SAMPLES / "index-2.0.xml"), stdin=packed)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-", "-"), b"only one of OLD and NEW"),
        (("old.xml", "new.xml", "--ignore", "colour"), b"--ignore colour: no such field; use one of url, title,"),
    ],
)
def test_wrong_calls(arguments: tuple[str, ...], message: bytes) -> None:
    """A call that cannot be meant is refused in one line."""
    result = run(*arguments)
    assert result.returncode == Status.USAGE
    assert message in result.stderr


def test_a_missing_dump() -> None:
    """A dump that is not there is named."""
    result = run(str(SAMPLES / "index-2.0.xml"), "/nowhere/new.xml")
    assert (result.returncode, result.stdout) == (Status.NO_INPUT, b"")
    assert b"/nowhere/new.xml: does not exist; check the path" in result.stderr


def test_a_closed_pipe_ends_silently(tmp_path: Path) -> None:
    """Where nobody reads any more the run ends with status 141 and without a word."""
    (tmp_path / "old.xml").write_bytes(index_2(*(film(number, "x" * 500) for number in range(1000))))
    (tmp_path / "new.xml").write_bytes(index_2(film(1)))
    line = f"{sys.executable} -m catindex diff old.xml new.xml | head -1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["/bin/bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (result.stdout.splitlines()[-1], result.stderr) == ("141", "")


def test_each_difference_between_generated_dumps_is_told_once(tmp_path: Path) -> None:
    """Between two large dumps no event comes twice, and every title is either new, gone, or in both."""
    paths = []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.xml"
        path.write_bytes(generate("2.0", 150, 0.5, seed).xml)
        paths.append(str(path))
    forth, back = list(differences(*paths)), list(differences(*reversed(paths)))
    told = [json.dumps(event.as_dict()) for event in forth]
    assert len(told) == len(set(told)) > 0
    for name, opposite in (("added", "removed"), ("left", "arrived"), ("end_moved", "end_moved")):
        assert keys_of(forth, name) == keys_of(back, opposite)


def keys_of(events: list[Event], name: str) -> list[str]:
    """Give the keys of the titles, parts aside, to which an event happened."""
    return sorted(event.about.key for event in events if event.name == name and event.about.key == event.about.home)


def test_damage_can_be_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The titles that can be read are compared; the status is 1 also where these are the same, and one line tells."""
    old, new = tmp_path / "old.xml", tmp_path / "new.xml"
    old.write_bytes(index_2(film(1)))
    new.write_bytes(index_2(film(1), film(2).replace("</", "&nbsp;</", 1)))
    assert invoke(["diff", str(old), str(new)]) == Status.DATA
    capfd.readouterr()
    assert invoke(["diff", str(old), str(new), "--recover"]) == Status.VERDICT
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"catindex: {new}: left out 1 malformed record, the first at line")
