"""Titles of a file, one after the other, whatever its dialect."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catindex.errors import DataError
from catindex.read.chunks import Reader, records_or_faults
from catindex.read.dialect import INDEX_1, INDEX_2, newlines
from catindex.read.recovery import Recovery
from catindex.read.source import STDIN, Source
from catindex.rules.keys import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element as Element

    from catindex.pipeline import Progress
    from catindex.write.report import Report


#: Dialects whose series are sets of records; the others hold titles as they are.
UNIFIABLE = (INDEX_1, INDEX_2)


class Child(NamedTuple):
    """A child of the root: parsed, its line, its bytes as they stand in the file, and whether it is a record."""

    element: Element
    line: int
    data: bytes
    is_record: bool


def children(reader: Reader, on_fault: Callable[[DataError], None] | None = None) -> Iterator[Child]:
    """Give each child of the root. Raises TransferError, or DataError, which names the last whole record before it.

    With ``on_fault``, for a reader that goes on behind damage, it gets what is wrong with each malformed record.
    """
    last: Element | None = None
    try:
        for piece in reader.slices():
            line, position = piece.line, 0
            for span, element in records_or_faults(piece, reader.source.name):
                line += newlines(piece.data, position, span.start)
                position = span.start
                if isinstance(element, DataError):
                    if on_fault is None:
                        raise element
                    if span.is_record:
                        on_fault(element)
                    continue
                last = element if span.is_record else last
                yield Child(element, line, piece.data[span.start : span.end], span.is_record)
    except DataError as error:
        raise error.following(None if last is None else key_of(last)) from error


def raw_records(path: str) -> Iterator[tuple[Element, int]]:
    """Give each record of a file as it stands there, with its line. Raises DataError, NoInputError, TransferError."""
    with Source(path) as source:
        for child in children(Reader(source)):
            if child.is_record:
                yield child.element, child.line


def unified_titles(
    path: str,
    *,
    jobs: int | None = None,
    recover: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_report: Callable[[Report], None] = lambda _: None,
) -> Iterator[Element]:
    """Give each title of a file; of a catalog index, unified ones (the work of ``catindex unify``).

    Numbers of episodes say there where they came from, in an attribute that `catindex.model` reads.
    What was read waits in a temporary file: memory stays flat. ``recover`` leaves malformed records out;
    ``on_report`` gets the report of that work before the first title is given. Raises as `catindex.pipeline.run`.
    """
    from catindex.pipeline import Job, run  # noqa: PLC0415 - the pipeline knows nothing of who looks inside

    with tempfile.TemporaryDirectory(prefix="catindex-") as folder:
        given, read = path, str(Path(folder, "titles.xml"))
        if given == STDIN:
            path = str(Path(folder, "input"))
            with Path(path).open("wb") as spooled:
                shutil.copyfileobj(sys.stdin.buffer, spooled, 1 << 20)
        try:
            with Source(path) as source:
                unify = (Recovery if recover else Reader)(source).head.dialect in UNIFIABLE
            targets = {"titles": read}
            work = Job(
                path, targets, unify=unify, recover=recover, show_evidence=True, jobs=jobs, on_progress=on_progress
            )
            report = run(work)
        except DataError as error:
            raise (error.in_file("standard input") if given == STDIN else error) from error
        report.input.path = given
        on_report(report)
        if any(written.titles for written in report.outputs):  # else every record was malformed
            for element, _ in raw_records(read):
                yield element
