"""Archives: what changed from night to night, and the life of a title."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import random
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from catindex.cli.archive import command
from catindex.errors import NoInputError, Status, TransferError, UsageError
from tests.nights import day, movie, night, offer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catindex.archive import Archive as ArchiveType

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

from catindex.archive import Archive

Nights = dict[int, "Sequence[str]"]


def archive_of(directory: Path, nights: Nights) -> ArchiveType:
    """Make an archive of these nights of September 2012."""
    archive = Archive(str(directory / "archive"))
    results = archive.add([str(night(directory, number, *records)) for number, records in nights.items()])
    assert [result.status for result in results] == ["added"] * len(nights)
    return archive


def events(archive: ArchiveType, **limits: Any) -> list[tuple[int, str, str, str]]:
    """Return the day, event, medium and key of each change."""
    return [(change.date.day, *change[1:4]) for change in archive.changes(**limits)]


def periods(archive: ArchiveType, *keys: str) -> list[tuple[str, int, int | None]]:
    """Return the medium, first and last day of each period."""
    return [
        (each.medium, each.valid_from.day, each.valid_to.day if each.valid_to else None)
        for each in archive.history(keys)
    ]


def run(*arguments: object) -> Any:
    """Run a command of ``catindex archive``. Errors come through."""
    return CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False, standalone_mode=False)


# Changes.


def test_the_first_dump_is_the_baseline(tmp_path: Path) -> None:
    """An archive with one dump has no changes."""
    assert events(archive_of(tmp_path, {1: [movie(1)]})) == []


def test_a_title_arrives_and_leaves(tmp_path: Path) -> None:
    """A title that a dump has and the one before lacks has arrived; one that it lacks has left."""
    archive = archive_of(tmp_path, {1: [movie(1)], 2: [movie(1), movie(2)], 3: [movie(2)]})
    assert events(archive) == [(2, "arrived", "streaming", "movie/2"), (3, "left", "streaming", "movie/1")]


def test_media_are_compared_one_by_one(tmp_path: Path) -> None:
    """A title that is added to streaming while it is on DVD arrives on streaming only."""
    both = movie(1, offer("DVD"), offer("instant"))
    archive = archive_of(tmp_path, {1: [movie(1, offer("DVD"))], 2: [both], 3: [movie(1, offer("instant"))]})
    assert events(archive) == [(2, "arrived", "streaming", "movie/1"), (3, "left", "dvd", "movie/1")]


def test_a_new_end_date_is_a_change(tmp_path: Path) -> None:
    """The event of a changed window shows the new window."""
    archive = archive_of(
        tmp_path,
        {
            1: [movie(1, offer("instant", "2012-01-01"))],
            2: [movie(1, offer("instant", "2012-01-01", "2012-10-01"))],
            3: [movie(1, offer("instant", "2012-01-01", "2012-10-01"))],
        },
    )
    (change,) = archive.changes()
    assert (change.date, change.event) == (day(2), "changed")
    assert [str(moment)[:10] for moment in change[5:]] == ["2012-01-01", "2012-10-01"]


def test_a_title_that_left_shows_its_last_window_and_name(tmp_path: Path) -> None:
    """The event of a departure has what the last dump with the title had."""
    last = movie(1, offer("instant", "2012-01-01", "2012-09-02"), title="New name")
    archive = archive_of(tmp_path, {1: [movie(1, title="Old name")], 2: [last], 3: [movie(2)]})
    left = [change for change in archive.changes() if change.event == "left"]
    assert [(change.title, str(change.available_until)[:10]) for change in left] == [("New name", "2012-09-02")]


def test_a_new_name_is_not_a_change(tmp_path: Path) -> None:
    """Only availability is compared."""
    assert events(archive_of(tmp_path, {1: [movie(1, title="Old")], 2: [movie(1, title="New")]})) == []


def test_the_formats_of_a_medium_are_one_window(tmp_path: Path) -> None:
    """A window reaches from the earliest start to the latest end of the formats of a medium."""
    discs = movie(1, offer("DVD", "2012-02-01", "2012-10-01"), offer("Blu-ray", "2012-01-01", "2012-11-01"))
    (period,) = archive_of(tmp_path, {1: [discs]}).history(["movie/1"])
    assert [str(moment)[:10] for moment in period[5:]] == ["2012-01-01", "2012-11-01"]


def test_a_format_without_end_makes_a_window_without_end(tmp_path: Path) -> None:
    """A missing end is later than any other."""
    discs = movie(1, offer("DVD", "2012-01-01", "2012-10-01"), offer("Blu-ray"))
    (period,) = archive_of(tmp_path, {1: [discs]}).history(["movie/1"])
    assert (str(period.available_from)[:10], period.available_until) == ("2012-01-01", None)


def test_other_formats_belong_to_no_medium(tmp_path: Path) -> None:
    """A format that is neither streaming nor on disc makes no events."""
    assert events(archive_of(tmp_path, {1: [movie(1)], 2: [movie(1), movie(2, offer("VHS"))]})) == []


def test_changes_between_dates(tmp_path: Path) -> None:
    """Both dates are included, and the first one is compared with the dump before it."""
    nights: Nights = {number: [movie(number)] for number in (1, 3, 5, 7)}
    archive = archive_of(tmp_path, nights)
    expected = [(3, "arrived"), (3, "left"), (5, "arrived"), (5, "left")]
    assert [event[:2] for event in events(archive, since=day(2), until=day(5))] == expected
    assert [event[:2] for event in events(archive, since=day(3), until=day(6))] == expected
    assert events(archive, since=day(8)) == events(archive, until=day(1)) == []


def test_changes_of_one_medium(tmp_path: Path) -> None:
    """Those of the other one are left out."""
    archive = archive_of(tmp_path, {1: [movie(1)], 2: [movie(2, offer("DVD"))]})
    assert events(archive, medium="dvd") == [(2, "arrived", "dvd", "movie/2")]


def test_a_medium_that_does_not_exist(tmp_path: Path) -> None:
    """A misspelled medium is wrong usage rather than no changes."""
    archive = archive_of(tmp_path, {1: [movie(1)]})
    with pytest.raises(UsageError, match="'vhs' is not a medium"):
        list(archive.changes(medium="vhs"))


# History.


def test_a_period_lasts_until_the_first_dump_without_the_title(tmp_path: Path) -> None:
    """If dumps are missing, the period ends with the next one there is."""
    archive = archive_of(tmp_path, {1: [movie(1)], 2: [movie(1)], 6: [movie(2)]})
    assert periods(archive, "movie/1") == [("streaming", 1, 6)]


def test_a_night_without_a_dump_ends_no_period(tmp_path: Path) -> None:
    """A title that is in the dumps before and after a gap was available in between."""
    archive = archive_of(tmp_path, {1: [movie(1)], 4: [movie(1)]})
    assert periods(archive, "movie/1") == [("streaming", 1, None)]


def test_a_title_that_returns_has_two_periods(tmp_path: Path) -> None:
    """With the same window, too."""
    archive = archive_of(tmp_path, {1: [movie(1)], 2: [movie(2)], 3: [movie(1)], 4: [movie(1)]})
    assert periods(archive, "movie/1") == [("streaming", 1, 2), ("streaming", 3, None)]
    assert events(archive) == [
        (2, "arrived", "streaming", "movie/2"),
        (2, "left", "streaming", "movie/1"),
        (3, "arrived", "streaming", "movie/1"),
        (3, "left", "streaming", "movie/2"),
    ]


def test_a_new_end_date_closes_a_period_and_opens_the_next(tmp_path: Path) -> None:
    """The windows of a title make periods that follow each other without a gap, and may come back."""
    ends = {1: "", 2: "2012-10-01", 3: "2012-10-01", 4: ""}
    archive = archive_of(
        tmp_path, {number: [movie(1, offer("instant", "2012-01-01", end))] for number, end in ends.items()}
    )
    assert periods(archive, "movie/1") == [("streaming", 1, 2), ("streaming", 2, 4), ("streaming", 4, None)]
    assert events(archive) == [(2, "changed", "streaming", "movie/1"), (4, "changed", "streaming", "movie/1")]


def test_the_order_in_which_dumps_are_added_does_not_matter(tmp_path: Path) -> None:
    """A dump that is added later goes to its date."""
    archive = archive_of(tmp_path, {3: [movie(1)], 1: [movie(1)], 2: [movie(2)]})
    assert periods(archive, "movie/1") == [("streaming", 1, 2), ("streaming", 3, None)]


@pytest.mark.parametrize(
    "key", ["movie/1", "1", "movies/1", "http://api-public.netflix.com/catalog/titles/movies/1?v=2"]
)
def test_keys_are_written_in_several_ways(tmp_path: Path, key: str) -> None:
    """A key is kind and number, the number alone, or an address."""
    assert periods(archive_of(tmp_path, {1: [movie(1), movie(11)]}), key) == [("streaming", 1, None)]


def test_a_text_that_is_no_key(tmp_path: Path) -> None:
    """It is wrong usage."""
    with pytest.raises(UsageError, match="'Jaws' is not a key; use movie/60001220"):
        periods(archive_of(tmp_path, {1: [movie(1)]}), "Jaws")


# A week with everything in it.

WEEK: Nights = {
    1: [movie(1), movie(2, offer("instant", "2012-01-01", "2012-10-01"), offer("DVD")), movie(3)],
    2: [movie(1), movie(2, offer("instant", "2012-01-01", "2012-10-01"), offer("DVD")), movie(3), movie(4)],
    3: [movie(2, offer("instant", "2012-01-01", "2012-12-01"), offer("DVD")), movie(3), movie(4)],
    # no dump on the 4th
    5: [movie(1), movie(2, offer("instant", "2012-01-01", "2012-12-01")), movie(4, offer("Blu-ray"))],
    6: [movie(1), movie(2, offer("instant", "2012-01-01", "2012-12-01")), movie(4, offer("Blu-ray"), offer("instant"))],
    7: [movie(1), movie(2, offer("instant", "2012-01-01", "2012-10-01"), offer("DVD")), movie(3), movie(4)],
    8: [movie(3), movie(4), movie(5, offer("DVD"), offer("instant"))],
}


def test_the_changes_of_a_week(tmp_path: Path) -> None:
    """Arrivals, departures, changed windows, a gap, titles that return: every event is there, and no other."""
    assert events(archive_of(tmp_path, WEEK)) == [
        (2, "arrived", "streaming", "movie/4"),
        (3, "changed", "streaming", "movie/2"),
        (3, "left", "streaming", "movie/1"),
        (5, "arrived", "dvd", "movie/4"),
        (5, "arrived", "streaming", "movie/1"),
        (5, "left", "dvd", "movie/2"),
        (5, "left", "streaming", "movie/3"),
        (5, "left", "streaming", "movie/4"),
        (6, "arrived", "streaming", "movie/4"),
        (7, "arrived", "dvd", "movie/2"),
        (7, "arrived", "streaming", "movie/3"),
        (7, "changed", "streaming", "movie/2"),
        (7, "left", "dvd", "movie/4"),
        (8, "arrived", "dvd", "movie/5"),
        (8, "arrived", "streaming", "movie/5"),
        (8, "left", "dvd", "movie/2"),
        (8, "left", "streaming", "movie/1"),
        (8, "left", "streaming", "movie/2"),
    ]


def test_the_history_of_a_week(tmp_path: Path) -> None:
    """Every period is there, and no other."""
    archive = archive_of(tmp_path, WEEK)
    assert periods(archive, "movie/1") == [("streaming", 1, 3), ("streaming", 5, 8)]
    assert periods(archive, "movie/2") == [
        ("dvd", 1, 5),
        ("dvd", 7, 8),
        ("streaming", 1, 3),
        ("streaming", 3, 7),
        ("streaming", 7, 8),
    ]
    assert periods(archive, "movie/4") == [("dvd", 5, 7), ("streaming", 2, 5), ("streaming", 6, None)]


def test_the_changes_of_a_part_are_a_part_of_the_changes(tmp_path: Path) -> None:
    """Whatever dates are asked for, the events between them are the same."""
    archive = archive_of(tmp_path, WEEK)
    everything = events(archive)
    for since in range(1, 9):
        for until in range(since, 9):
            expected = [event for event in everything if since <= event[0] <= until]
            assert events(archive, since=day(since), until=day(until)) == expected


# Random archives, and the same rules written as a loop.

Windows = dict[tuple[str, str], tuple[str, str]]


def random_night(chance: random.Random) -> Windows:
    """Return the windows of a night, by key and medium."""
    pairs = [(f"movie/{number}", medium) for number in range(1, 7) for medium in ("dvd", "streaming")]
    ends = ["", "2012-10-01", "2012-11-01"]
    return {pair: (chance.choice(["", "2012-01-01"]), chance.choice(ends)) for pair in pairs if chance.random() < 0.6}


def records(windows: Windows) -> list[str]:
    """Write the titles with these windows, and one that is always there."""
    terms = {"dvd": "DVD", "streaming": "instant"}
    found: dict[str, list[str]] = {}
    for (key, medium), window in windows.items():
        found.setdefault(key, []).append(offer(terms[medium], *window))
    return [movie(99), *(movie(int(key[6:]), *offers) for key, offers in found.items())]


def expected_periods(nights: dict[int, Windows], pair: tuple[str, str]) -> Iterator[tuple[int, int | None]]:
    """Yield the first day of each period, and the day on which it has ended."""
    start, window = None, None
    for number, windows in nights.items():
        if windows.get(pair) != window:
            if start is not None:
                yield start, number
            window = windows.get(pair)
            start = None if window is None else number
    if start is not None:
        yield start, None


def expected_events(nights: dict[int, Windows]) -> Iterator[tuple[int, str, str, str]]:
    """Yield what differs from each night to the next."""
    for (_, old), (number, new) in pairwise(nights.items()):
        for key, medium in old.keys() | new.keys():
            before, after = old.get((key, medium)), new.get((key, medium))
            if before != after:
                event = "arrived" if before is None else "left" if after is None else "changed"
                yield number, event, medium, key


@pytest.mark.parametrize("seed", range(4))
def test_random_archives(tmp_path: Path, seed: int) -> None:
    """Changes and periods are those of a loop over the nights, some of which have no dump."""
    chance = random.Random(seed)
    nights = {number: random_night(chance) for number in sorted(chance.sample(range(1, 20), 9))}
    archive = archive_of(tmp_path, {number: records(windows) for number, windows in nights.items()})
    assert events(archive) == sorted(expected_events(nights))
    for key in (f"movie/{number}" for number in range(1, 7)):
        assert periods(archive, key) == [
            (medium, *period) for medium in ("dvd", "streaming") for period in expected_periods(nights, (key, medium))
        ]


# The commands.


def test_changes_as_ndjson(tmp_path: Path) -> None:
    """Off a terminal, the default is an object a line, with the columns of the view."""
    archive_of(tmp_path, {1: [movie(2)], 2: [movie(1, offer("instant", "2012-01-01"), title="Jaws"), movie(2)]})
    assert [json.loads(line) for line in run("changes", tmp_path / "archive").output.splitlines()] == [
        {
            "date": "2012-09-02",
            "event": "arrived",
            "medium": "streaming",
            "key": "movie/1",
            "title": "Jaws",
            "available_from": "2012-01-01T00:00:00Z",
            "available_until": None,
        }
    ]


def test_changes_as_csv(tmp_path: Path) -> None:
    """There is a header even if there are no rows."""
    archive_of(tmp_path, {1: [movie(1)]})
    output = run("changes", tmp_path / "archive", "--format", "csv").stdout_bytes
    assert output == b"date,event,medium,key,title,available_from,available_until\r\n"


def test_changes_as_text(tmp_path: Path) -> None:
    """Each change is a line; characters that control terminals are escaped."""
    arrived = movie(1, offer("DVD", "", "2013-01-01"), title="A\u202e&#x85;B")
    archive_of(tmp_path, {1: [movie(2)], 2: [arrived, movie(2)]})
    output = run("changes", tmp_path / "archive", "--format", "text").output
    assert output == "2012-09-02  arrived  dvd        movie/1  A\\u202e\\x85B  (available until 2013-01-01)\n"


def test_changes_with_dates_the_wrong_way_round(tmp_path: Path) -> None:
    """It is wrong usage."""
    with pytest.raises(UsageError, match="--since 2012-09-02 is after --until 2012-09-01"):
        run("changes", tmp_path, "--since", "2012-09-02", "--until", "2012-09-01")


def test_history_as_csv(tmp_path: Path) -> None:
    """A current period has no end."""
    archive_of(tmp_path, {1: [movie(1, title="Jaws")]})
    rows = list(csv.DictReader(io.StringIO(run("history", tmp_path / "archive", 1, "--format", "csv").output)))
    assert rows == [
        {
            "key": "movie/1",
            "title": "Jaws",
            "medium": "streaming",
            "valid_from": "2012-09-01",
            "valid_to": "",
            "available_from": "",
            "available_until": "",
        }
    ]


def test_history_as_text(tmp_path: Path) -> None:
    """The periods of a title are listed below its name."""
    archive_of(tmp_path, {1: [movie(1, title="Jaws")], 2: [movie(1, offer("DVD", "2012-01-01"), title="Jaws")]})
    assert run("history", tmp_path / "archive", "1", "--format", "text").output.splitlines() == [
        "movie/1  Jaws",
        "  dvd        2012-09-02 until now         (available from 2012-01-01)",
        "  streaming  2012-09-01 until 2012-09-02",
    ]


def test_history_reports_keys_that_are_not_found(tmp_path: Path) -> None:
    """Each one is named, the others are printed, and the status is 1."""
    archive_of(tmp_path, {1: [movie(1)]})
    result = run("history", tmp_path / "archive", "movie/1", "movie/7", "8")
    assert (result.return_value, len(result.stdout.splitlines())) == (Status.VERDICT, 1)
    assert result.stderr == "catindex: not found: movie/7\ncatindex: not found: 8\n"


def test_info_as_text(tmp_path: Path) -> None:
    """The gaps and the titles of each night and medium are listed."""
    archive_of(tmp_path, {1: [movie(1), movie(2, offer("DVD"))], 4: [movie(1)], 5: [movie(1)]})
    directory = tmp_path / "archive"
    lines = run("info", directory).output.splitlines()
    assert lines[:4] == [
        f"{directory}: 3 dumps from 2012-09-01 to 2012-09-05",
        "2 nights without a dump:",
        "  2 nights between 2012-09-01 and 2012-09-04",
        "",
    ]
    assert [line.split()[:4] for line in lines[4:]] == [
        ["date", "titles", "streaming", "dvd"],
        ["----------", "------", "---------", "---"],
        ["2012-09-01", "2", "1", "1"],
        ["2012-09-04", "1", "1", "0"],
        ["2012-09-05", "1", "1", "0"],
    ]


def test_info_as_json(tmp_path: Path) -> None:
    """Every row of the table of dumps is there, and every gap."""
    archive_of(tmp_path, {1: [movie(1)], 3: [movie(1)]})
    found = json.loads(run("info", tmp_path / "archive", "--json").output)
    assert (found["first"], found["last"]) == ("2012-09-01", "2012-09-03")
    assert found["gaps"] == [{"after": "2012-09-01", "before": "2012-09-03", "nights": 1}]
    assert [dump["path"] for dump in found["dumps"]] == [str(tmp_path / f"2012-09-0{day}.xml") for day in (1, 3)]


@pytest.mark.parametrize("arguments", [["info"], ["changes"], ["history", "1"], ["sql", "SELECT 1"]])
def test_a_directory_that_is_no_archive(tmp_path: Path, arguments: list[str]) -> None:
    """Every command says so."""
    name, *others = arguments
    with pytest.raises(NoInputError, match="no archive with dumps"):
        run(name, tmp_path, *others)


@pytest.mark.parametrize(("method", "table"), [("iterdir", "dumps"), ("read_bytes", "dumps"), ("exists", "titles")])
def test_an_archive_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, table: str
) -> None:
    """A file or directory without permission is not a missing one."""
    archive = archive_of(tmp_path, {1: [movie(1, offer("instant"))]})
    for file in (tmp_path / "archive" / "titles").glob("*/*"):
        file.unlink()
    original = getattr(Path, method)

    def refuse(path: Path, *arguments: Any) -> Any:
        if table in path.parts:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return original(path, *arguments)

    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(TransferError, match=r"archive: cannot be read \(Permission denied\); check its permissions"):
        list(archive.changes())
