"""Records of a plain file, found by leaps: where a run of them ends is guessed, and who works on it proves it.

To look for the end of every record before it is read takes a tenth of the time of a run, and one process has to do it
for all. So a file that can be read anywhere is cut where a record seems to begin, about a slice further on each time,
and nothing else is looked at. Whoever reads the records of a run finds out where each ends, and so whether the run as a
whole ends between two records, where the next one begins: if that is so for every run, nothing was guessed wrong.

In known dumps it always is. If not, or where there is anything but records, `LostError` tells, and the file has to be
read from its beginning by `catindex.read.chunks`, which knows what to do with everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from catindex.read import chunks as reader
from catindex.read.chunks import Span, parse, read_in_place
from catindex.read.dialect import WRAPPER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import FileIO

    from lxml.etree import _Element as Element

    from catindex.read.chunks import Quick
    from catindex.read.dialect import Head
    from catindex.read.source import Source

#: About how many bytes are looked at to find where a record begins; more if there is none.
WINDOW_BYTES = 1 << 16

_MOST_WINDOW_BYTES = 1 << 22
_MOST_ENDS = 100  # of records nested in a record that has to be parsed: each is tried
_SPACE = re.compile(rb"[ \t\r\n]*")
_LIST, _LIST_END = b"<catalog_titles>", b"</catalog_titles>"


class LostError(Exception):
    """Something is not as it is in known dumps: no record begins, or ends, where one should."""


@dataclass(frozen=True, slots=True)
class Leap:
    """A run of records that nobody has read: where it lies in a file, in bytes.

    ``record`` is the name of the records, ``wrapper`` the start tag that they are parsed in.
    """

    path: str
    start: int
    size: int
    record: str
    wrapper: bytes = WRAPPER

    def read(self) -> bytes:
        """Read the bytes. Raises TransferError where that is not possible any more."""
        return read_in_place(self.path, self.start, self.size)


def leaps(source: Source, head: Head) -> Iterator[Leap]:
    """Cut a plain file with this beginning, from the first record on, into runs of about the size of a slice.

    Raises LostError where no beginning of a record is found, or something stands behind the last one.
    """
    assert source.size is not None, "a file"
    start = source.skipped + head.content
    with Path(source.path).open("rb", buffering=0) as dump:
        last = _end_of_records(dump, source.size, head.record, head.root)
        while start < last:
            end = _next_beginning(dump, start + reader.SLICE_BYTES, last, head.record)
            yield Leap(source.path, start, end - start, head.record, head.wrapper)
            start = end


def _read_at(dump: FileIO, start: int, size: int) -> bytes:
    dump.seek(start)
    return dump.read(size)


def _end_of_records(dump: FileIO, size: int, record: str, root: str) -> int:
    """Find where the last record ends, with nothing but the end of the root behind it."""
    data = _read_at(dump, max(size - WINDOW_BYTES, 0), WINDOW_BYTES)
    end = re.search(rf"</{record}>(?=\s*</{root}>\s*\Z)".encode(), data)
    if end is None:
        raise LostError
    return size - len(data) + end.end()


def _next_beginning(dump: FileIO, start: int, last: int, record: str) -> int:
    """Find the first record that seems to begin at or behind an offset; there is none behind the last one's end."""
    size = WINDOW_BYTES
    while start < last:
        data = _read_at(dump, start, min(size, last - start))
        for found in re.finditer(rf"</{record}>\s*(?=<{record}[ >])".encode(), data):
            if _is_outside(data, found.end()):
                return start + found.end()
        if start + len(data) >= last:
            break
        if size >= _MOST_WINDOW_BYTES:
            raise LostError
        size *= 4
    return last


def _is_outside(data: bytes, at: int) -> bool:
    """Whether an offset seems to be outside of lists that are nested in records: by the tags before it, or behind."""
    before = data.rfind(_LIST_END, 0, at) - data.rfind(_LIST, 0, at)
    if before:
        return before > 0
    opened, closed = data.find(_LIST, at), data.find(_LIST_END, at)
    return closed < 0 or 0 <= opened < closed


def records(
    leap: Leap, data: bytes, quick: Callable[[bytes, int], Quick | None], *, huge: bool = False
) -> Iterator[tuple[Span, Element | Quick]]:
    """Read the records of a run: each with its place, as ``quick`` reads it, or else parsed.

    Raises LostError where anything is not a whole record, or not well-formed.
    """
    start, count = _behind_space(data, 0), 0
    while start < len(data):
        count += 1
        if count > reader.SLICE_CHILDREN:
            raise LostError
        usual = quick(data, start)
        if usual is not None:
            yield Span(start, usual.end, is_record=True), usual
            start = _behind_space(data, usual.end)
        else:
            end, element = _parsed(leap, data, start, huge=huge)
            yield Span(start, end, is_record=True), element
            start = _behind_space(data, end)


def _behind_space(data: bytes, start: int) -> int:
    space = _SPACE.match(data, start)
    assert space is not None
    return space.end()


def _parsed(leap: Leap, data: bytes, start: int, *, huge: bool) -> tuple[int, Element]:
    """Parse a record: it ends with the first of its end tags with which it is well-formed."""
    begin, end_tag = f"<{leap.record}".encode(), f"</{leap.record}>".encode()
    end = start
    for _ in range(_MOST_ENDS if data.startswith(begin, start) else 0):
        end = data.find(end_tag, end) + len(end_tag)
        if end < len(end_tag):
            break
        try:
            elements = parse(data[start:end], leap.wrapper, huge=huge)
        except etree.XMLSyntaxError:
            continue
        if [element.tag for element in elements] != [leap.record]:
            break
        return end, elements[0]
    raise LostError
