"""A plain file is cut where a record seems to begin: right or wrong, what comes out is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catindex import leaps, pipeline
from catindex.errors import CatindexError, TransferError
from catindex.leaps import Leap, LostError, records
from tests.damage import LAYOUTS, dump
from tests.running import catindex, index_1, index_2

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catindex.read.dialect import Head
    from catindex.read.source import Source

MANY = settings(max_examples=40, deadline=None, derandomize=True)
API = "http://api.netflix.com/catalog/titles"
ID = "<id>{}/movies/{}</id>"
TITLE = '<title short="A" regular="A"/>'


def movie(number: int, *inside: str) -> str:
    """Write the inside of a movie of 2.0."""
    return f"{ID.format(API, number)}{TITLE}{''.join(inside)}"


def series_list(*records: str) -> str:
    """Write a link around records."""
    nested = "".join(f"<catalog_title>{record}</catalog_title>" for record in records)
    return f'<link href="x" rel="titles.similars" title="t"><catalog_titles>{nested}</catalog_titles></link>'


def run(xml: bytes, size: int = 1, **options: Any) -> tuple[object, int]:
    """Run `unify` in slices of this size; give what came out, and how many leaps were made, 0 if one went wrong."""
    made = 0

    def counted(source: Source, head: Head) -> Iterator[Leap]:
        nonlocal made
        for leap in leaps.leaps(source, head):
            made += 1
            yield leap

    def attempt(*args: Any, **kwargs: Any) -> object:
        nonlocal made
        made = 0
        return started(*args, **kwargs)

    started = pipeline._attempt  # noqa: SLF001 - to see whether it is called again
    with (
        mock.patch("catindex.read.chunks.SLICE_BYTES", size),
        mock.patch("catindex.pipeline.leaps", counted),
        mock.patch("catindex.pipeline._attempt", attempt),
    ):
        return outcome_of(xml, **options), made


def outcome_of(xml: bytes, **options: Any) -> object:
    """Run `unify`; give files and counts, or the error."""
    try:
        outcome = catindex("unify", xml, jobs=1, **options)
    except CatindexError as error:
        return type(error), str(error).rpartition("input.xml")[2]
    told = {name: outcome.report[name] for name in ("input", "records", "series", "external_ids", "warnings")}
    told["input"].pop("path")
    return outcome.files, told


def careful(xml: bytes, **options: Any) -> object:
    """Run `unify` without leaps."""
    with mock.patch("catindex.pipeline.leaps", side_effect=LostError):
        return outcome_of(xml, **options)


MOVIES = [movie(1), movie(2, series_list(movie(7), movie(8)), "<x><y/></x>"), movie(3, series_list(movie(9)))]


@pytest.mark.parametrize(
    ("xml", "most"),
    [
        (index_2(*MOVIES), 3),
        (index_2(*MOVIES).replace(b">\n<", b"><"), 3),
        (index_2(*MOVIES).replace(b">\n<", b">\r\n\t <"), 3),
        (index_1(*(f"<title>A</title>{ID.format(API, number)}" for number in range(4))), 4),
        (index_2(*MOVIES).replace(b"<catalog_titles>\n", b"<catalog_titles xmlns:x='u'>\n<!-- c -->\n"), 0),
        (index_2(*MOVIES).replace(b"<catalog_titles>\n", b"<catalog_titles xmlns:x='u'>\n"), 3),
    ],
    ids=["lines", "one line", "other white space", "1.x", "a comment before all", "a prefix"],
)
def test_every_record_can_be_a_run(xml: bytes, most: int) -> None:
    """With small slices the file is cut before each record, and only there."""
    outcome, made = run(xml)
    assert made == most
    assert outcome == careful(xml)


LOST = {
    "a comment between records": index_2(*MOVIES).replace(
        b">\n<catalog_title><id>", b">\n<!-- c --><catalog_title><id>", 1
    ),
    "text between records": index_2(*MOVIES).replace(b">\n<catalog_title>", b">\ntext<catalog_title>", 2),
    "what is no record": index_2(*MOVIES).replace(b">\n<catalog_title>", b">\n<x/><catalog_title>", 2),
    "a record that begins in CDATA": index_2(
        movie(1, "<x><![CDATA[</catalog_title><catalog_title>]]></x>"), *MOVIES[1:]
    ),
    "records nested without a list": index_2(
        movie(1, "<x>" + f"<catalog_title>{movie(8)}</catalog_title>" * 2 + "</x>")
    ),
    "a comment behind all": index_2(*MOVIES) + b"<!-- c -->",
    "what is not well-formed": index_2(movie(1), movie(2, "<x>"), movie(3)),
    "an end tag too many": index_2(movie(1), movie(2, "</catalog_title>"), movie(3)),
    "an empty record before another": index_2(movie(1)).replace(
        b"<catalog_title>", b"<catalog_title/><catalog_title>", 1
    ),
    "a root that does not end": index_2(*MOVIES).replace(b"</catalog_titles>\n", b"", 1)[: -len("</catalog_titles>")],
    "cut off": index_2(*MOVIES)[:-40],
}


@pytest.mark.parametrize("xml", LOST.values(), ids=LOST)
def test_what_was_guessed_wrong_is_read_again(xml: bytes) -> None:
    """Whatever a leap cannot know: files, counts, and messages with their places are those of a reader of all."""
    outcome, made = run(xml)
    assert made == 0
    assert outcome == careful(xml)


@MANY
@given(st.sampled_from(LAYOUTS), st.integers(0, 99), st.sampled_from([1, 5000, 20_000, 60_000]), st.data())
def test_any_size_of_runs(layout: str, seed: int, size: int, data: st.DataObject) -> None:
    """Generated dumps, whole or with a few bytes taken out, come out the same for any size of runs."""
    xml = dump(layout, 8, seed).xml()
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(xml)))
        xml = xml[:at] + xml[at + data.draw(st.integers(1, 30)) :]
    assert run(xml, size)[0] == careful(xml)


def test_a_record_in_no_window() -> None:
    """Where no record begins for long, more is looked at, up to a limit."""
    xml = index_2(movie(1, f"<x>{'text ' * 100}</x>"), movie(2))
    with mock.patch("catindex.leaps.WINDOW_BYTES", 20):
        assert run(xml)[1] == 0  # the end of the root is in no window
    with mock.patch("catindex.leaps.WINDOW_BYTES", 200):
        assert run(xml)[1] == 2
    with mock.patch.multiple("catindex.leaps", WINDOW_BYTES=200, _MOST_WINDOW_BYTES=200):
        assert run(xml)[1] == 0


def test_many_small_records_are_no_run() -> None:
    """What is known of each record takes room: a run has no more of them than a slice."""
    xml = index_2(*map(movie, range(40)))
    with mock.patch("catindex.read.chunks.SLICE_CHILDREN", 10):
        outcome, made = run(xml, 1 << 20)
    assert made == 0
    assert outcome == careful(xml)


@pytest.mark.parametrize("inside", ["", series_list(movie(5))], ids=["before the end of the list", "a list within"])
def test_records_in_lists_are_passed_over(inside: str) -> None:
    """Where a window begins within a list, what comes behind tells; else the list that is open before."""
    lists = series_list(movie(7), movie(8), movie(9, inside))
    xml = index_2(movie(1, lists), movie(2))
    begin = xml.index(b"<catalog_title>")
    into_the_list = xml.index(b"movies/7") - begin
    before_the_list = xml.index(b"similars") - begin
    for size in (before_the_list, into_the_list) if not inside else (before_the_list,):
        assert run(xml, size)[1] == 2


def test_a_record_with_very_many_records_is_not_tried_for_ever() -> None:
    """Each end of a nested record could be the record's own; only so many are tried."""
    few, many = (
        f"<catalog_title><x>{'<catalog_title></catalog_title>' * count}</x></catalog_title>" for count in (9, 200)
    )
    leap = Leap("", 0, 0, "catalog_title")
    ((span, _),) = records(leap, few.encode(), lambda *_: None)
    assert (span.start, span.end) == (0, len(few))
    with pytest.raises(LostError):
        list(records(leap, many.encode(), lambda *_: None))


def test_outputs_that_are_seen_at_once_are_not_begun_twice(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    """What goes into a pipe cannot be taken back: then the input is read from its beginning."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(*MOVIES))
    with mock.patch("catindex.pipeline.leaps", side_effect=AssertionError):
        pipeline.run(pipeline.Job(str(path), {"titles": "-"}, unify=True))
    assert capfdbinary.readouterr().out.count(b"\n<catalog_title>") == 3


def test_a_file_that_becomes_shorter(tmp_path: Path) -> None:
    """What was there when the run was cut, but is not when it is read, is an error of reading."""
    path = tmp_path / "dump.xml"
    path.write_bytes(b"12345")
    assert Leap(str(path), 1, 3, "r").read() == b"234"
    with pytest.raises(TransferError, match="became shorter"):
        Leap(str(path), 1, 9, "r").read()
    path.unlink()
    with pytest.raises(TransferError, match="No such file"):
        Leap(str(path), 1, 3, "r").read()


def test_progress_goes_from_leap_to_leap(tmp_path: Path) -> None:
    """What others have read counts as read."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(*MOVIES))
    told: list[int] = []
    with mock.patch("catindex.read.chunks.SLICE_BYTES", 1):
        job = pipeline.Job(
            str(path),
            {"titles": str(tmp_path / "out")},
            unify=True,
            on_progress=lambda now: told.append(now.bytes_read),
        )
        report = pipeline.run(job)
    assert len(set(told)) == 3
    assert told == sorted(told)
    assert report.input.bytes == report.input.uncompressed_bytes == path.stat().st_size
