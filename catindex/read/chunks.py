"""Records out of a stream of bytes, a slice at a time.

A *slice* is a run of whole children of the root with the place of each in it. Cutting needs no parser: between records
the bytes are read token by token, inside a record only its own name, CDATA, comments and processing instructions are
looked for (1.9 GB/s). Every slice is then parsed by libxml2 on its own (`records`), which refuses what is not
well-formed, but for records that are read from their bytes by patterns that prove as much (`catindex.usual`); since
each slice is balanced in itself, so is the whole. Memory holds one slice, whatever the file's size.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from lxml import etree

from catindex.errors import CUT_OFF, DataError, TransferError
from catindex.read.dialect import WRAPPER, Head, place, read_head, tag_end
from catindex.read.syntax import (
    HUGE,
    RECOVER,
    SAFE,
    ends_early,
    explain,
    is_out_of_memory,
    syntax_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lxml.etree import _Element as Element

    from catindex.read.source import Source


class Ending(Protocol):
    """What is known of a record that was read from its bytes: above all where it ends."""

    @property
    def end(self) -> int:
        """The offset behind it."""


#: What reads records otherwise than by trees makes of them.
Quick = TypeVar("Quick", bound=Ending)

#: About how many bytes a slice has. Small ones cost messages, large ones memory.
SLICE_BYTES = 1 << 20

#: A slice has at most so many children of the root, however small: what is known of each takes room of its own.
SLICE_CHILDREN = 1 << 12

#: About how many bytes are parsed at once: measured, libxml2 is fastest while the tree fits the processor's cache.
_BATCH_BYTES = 64 << 10

#: A record above this is refused: what is read waits in memory until its end.
MOST_RECORD_BYTES = 64 << 20

_ANY_TAG = re.compile(rb"<(?:!--|!\[CDATA\[|\?|(/?)[^\s<>/!?]+)")
_SLASH, _GREATER = b"/>"
_XML_SPACE = b" \t\r\n"
_CLOSERS = {b"<!--": b"-->", b"<![C": b"]]>", b"<?": b"?>"}


class Span(NamedTuple):
    """One child of the root: offsets in its slice, and whether it is a record (rather than something foreign).

    With a ``fault`` it is neither, but bytes in which there was a record that cannot be read.
    """

    start: int
    end: int
    is_record: bool
    fault: DataError | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """A run of whole children of the root.

    ``offset`` is where ``data`` begins in the decompressed input, ``line`` and ``column`` the same for people (from 1),
    ``first`` the number of its first child and ``first_record`` that of its first record, from 1. Where the input is a
    plain file, ``file`` tells its path and where the slice lies in it: then only that is sent to another process, not
    the data. ``wrapper`` is the start tag that it is parsed in.
    """

    data: bytes
    spans: tuple[Span, ...]
    offset: int
    line: int
    column: int
    first: int
    first_record: int
    file: tuple[str, int] | None = None
    wrapper: bytes = WRAPPER

    def __reduce__(self) -> tuple[object, ...]:
        """Tell another process how to make it."""
        places = self.offset, self.line, self.column, self.first, self.first_record
        rest = self.spans, *places, self.file, self.wrapper
        return (Slice, (self.data, *rest)) if self.file is None else (_from_file, (len(self.data), *rest))

    def place(self, offset: int) -> tuple[int, int]:
        """Give line and column in the input of an offset in ``data``."""
        line, column = place(self.data, offset)
        return self.line + line - 1, column + (self.column - 1 if line == 1 else 0)


def _from_file(size: int, *rest: Any) -> Slice:  # noqa: ANN401 - the fields of a slice, but for the data
    *_, (path, start), _ = rest
    return Slice(read_in_place(path, start, size), *rest)


def read_in_place(path: str, start: int, size: int) -> bytes:
    """Read bytes of a plain file where they lie. Raises TransferError where they cannot be read any more."""
    try:
        with Path(path).open("rb", buffering=0) as dump:
            dump.seek(start)
            data = dump.read(size)
    except OSError as error:
        raise TransferError(f"{path}: {error.strerror or error}") from error
    if len(data) < size:
        raise TransferError(f"{path}: became shorter while it was read")
    return data


class Incomplete(Exception):  # noqa: N818 - it asks for more, nothing went wrong
    """The buffer ends inside something: more bytes are needed."""


@dataclass
class Reader:
    """Cuts the input into slices. After `slices` has ended, ``stray_text`` tells whether text stood between records.

    ``huge`` lifts the bounds of `MOST_RECORD_BYTES` and of libxml2.
    """

    source: Source
    huge: bool = False
    head: Head = field(init=False)
    stray_text: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Read up to the first record. Raises DataError for what is no catalog (see `read_head`)."""
        self.head, self._buffer = self._begin()
        self._line, self._column = place(self._buffer, self.head.content)
        self._offset = self.head.content
        self._buffer = self._buffer[self.head.content :]
        self._count = self._records = 0
        name = re.escape(self.head.record.encode())
        self._record_start = re.compile(rb"<" + name + rb"(?=[\s>/])")
        self._in_record = re.compile(rb"<(?:" + name + rb"(?=[\s>/])|/" + name + rb"(?=[\s>])|!--|!\[CDATA\[|\?)")

    def _begin(self) -> tuple[Head, bytes]:
        def more() -> bytes:
            return self.source.read(SLICE_BYTES)

        return read_head(more(), more, self.source.name, huge=self.huge)

    @property
    def line(self) -> int:
        """The line of the input where the next slice begins."""
        return self._line

    @property
    def _most(self) -> int:
        """How many bytes a record may have."""
        return sys.maxsize if self.huge else MOST_RECORD_BYTES

    def slices(self) -> Iterator[Slice]:
        """Give the slices in order, to the end of the root.

        Raises DataError where the input ends early, goes on behind its end, or holds a record without end.
        """
        spans: list[Span] = []
        position = 0  # where the next child of the root is looked for
        resume = 0, 0  # inside a record: where to go on, and how many records are open there
        ended = self.head.empty
        while not ended:
            try:
                while True:
                    start, is_record = self._next_child(position)
                    if start < 0:
                        ended = True
                        break
                    if is_record:
                        end, resume = self._record_end(start, *resume)
                        if end < 0:
                            position = start
                            raise Incomplete  # noqa: TRY301 - as the others do, from within
                    else:
                        end = self._element_end(start)
                    spans.append(Span(start, end, is_record))
                    position, resume = end, (0, 0)
                    if end >= SLICE_BYTES or len(spans) >= SLICE_CHILDREN:
                        yield self._cut(spans)
                        spans, position = [], 0
            except Incomplete:
                if spans:
                    cut = spans[-1].end
                    yield self._cut(spans)
                    spans, position, resume = [], max(position - cut, 0), (max(resume[0] - cut, 0), resume[1])
                self._read_more(position)
        if spans:
            yield self._cut(spans)
        self._check_end()

    def _cut(self, spans: list[Span]) -> Slice:
        end = spans[-1].end
        file = (self.source.path, self.source.skipped + self._offset) if self.source.in_place else None
        numbers = self._count + 1, self._records + 1
        places = self._offset, self._line, self._column
        piece = Slice(self._buffer[:end], tuple(spans), *places, *numbers, file, self.head.wrapper)
        line, column = place(self._buffer, end)
        self._column = column if line > 1 else self._column + column - 1
        self._line += line - 1
        self._offset += end
        self._buffer = self._buffer[end:]
        self._count += len(spans)
        self._records += sum(span.is_record for span in spans)
        return piece

    def _read_more(self, position: int) -> None:
        if len(self._buffer) - position > self._most:
            raise self._explain(f"a record of more than {MOST_RECORD_BYTES >> 20} MiB", HUGE)
        # What is not complete yet is doubled, for it will be read again from its beginning.
        size = len(self._buffer)
        wanted = min(2 * size - position, position + self._most)
        while self._more():
            if len(self._buffer) >= wanted:
                return
        if len(self._buffer) == size:
            raise self._explain(CUT_OFF, _KEEP)

    def _more(self) -> bool:
        """Read on. False at the end of the input."""
        try:
            data = self.source.read(SLICE_BYTES)
        except DataError as error:
            raise self._error(error.what, *place(self._buffer, len(self._buffer)), _KEEP) from error
        self._buffer += data
        return bool(data)

    def _next_child(self, position: int) -> tuple[int, bool]:
        """Find the next child of the root: where it starts and whether it is a record; -1 at the end of the root."""
        buffer = self._buffer
        while True:
            start = buffer.find(b"<", position)
            text = buffer[position : start if start >= 0 else len(buffer)]
            if text and not text.isspace():
                self.stray_text += 1
            if start < 0 or len(buffer) - start < len(self.head.record) + 2:
                if start >= 0 and buffer.startswith(b"</", start) and b">" in buffer[start:]:
                    return -1, False
                raise Incomplete
            if self._record_start.match(buffer, start):
                return start, True
            if buffer.startswith(b"</", start):
                return -1, False
            if not buffer.startswith((b"<!--", b"<?", b"<![CDATA["), start):
                return start, False
            position = self._skip(start)

    def _skip(self, start: int) -> int:
        """Give the end of a comment, processing instruction or CDATA section."""
        opener, closer = self._hiding(start)
        end = self._buffer.find(closer, start + len(opener))
        if end < 0:
            raise Incomplete
        return end + len(closer)

    def _hiding(self, start: int) -> tuple[bytes, bytes]:
        """Give what a comment, processing instruction or CDATA section begins and ends with."""
        opener = self._buffer[start : start + (2 if self._buffer.startswith(b"<?", start) else 4)]
        return opener, _CLOSERS[opener]

    def _tag_end(self, start: int) -> int:
        if not (end := tag_end(self._buffer, start)):
            raise Incomplete
        return end

    def _record_end(self, start: int, resume: int, depth: int) -> tuple[int, tuple[int, int]]:
        """Find where a record ends; -1 where the buffer ends before it, and then where and how deep to go on."""
        buffer = self._buffer
        position = max(start, resume)
        done = position
        for match in self._in_record.finditer(buffer, position):
            at = match.start()
            if at < done:  # inside a comment or CDATA that was skipped
                continue
            kind = buffer[at + 1]
            try:
                if kind in b"!?":
                    done = self._skip(at)
                    continue
                done = match.end() + 1 if buffer[match.end()] == _GREATER else self._tag_end(match.end())
            except Incomplete:
                return -1, (at, depth)
            if kind == _SLASH:
                depth -= 1
            elif buffer[done - 2] != _SLASH:
                depth += 1
            if depth == 0:
                return done, (0, 0)
        # A token may be cut in two at the end of the buffer: look at its last bytes again.
        return -1, (max(done, len(buffer) - len(self.head.record) - 9), depth)

    def _element_end(self, start: int) -> int:
        """Find where an element that is no record ends, whatever is in it."""
        buffer, depth, position = self._buffer, 0, start
        while True:
            match = _ANY_TAG.search(buffer, position)
            if match is None:
                raise Incomplete
            if match[1] is None:
                position = self._skip(match.start())
                continue
            position = self._tag_end(match.end())
            depth += -1 if match[1] else 0 if buffer[position - 2] == _SLASH else 1
            if depth <= 0:
                return position

    def _check_end(self) -> None:
        """See that the root is closed, and that nothing but white space and comments comes behind it."""
        while len(self._buffer) <= self._most and self._more():
            pass
        root = self.head.root.encode()
        opening = b"<" + root + (b"/>" if self.head.empty else b">")
        if error := syntax_error(opening + self._buffer, huge=self.huge):
            found = self._located(error, len(opening))
            is_cut_off = ends_early(error) and not self._buffer.rstrip().endswith(b">")
            what, hint = (CUT_OFF, _KEEP) if is_cut_off else (found.what, found.hint)
            raise DataError(what, path=found.path, line=found.line, column=found.column, hint=hint)
        if len(self._buffer) > self._most:
            raise DataError(f"goes on for more than {self._most >> 20} MiB", path=self.source.name, hint=HUGE)

    def _explain(self, what: str, hint: str) -> DataError:
        """Say why the child that the buffer begins with does not end: where libxml2 knows better, in its words."""
        wrapper = self.head.wrapper
        error = syntax_error(wrapper + self._buffer, huge=self.huge)
        if error is not None and not ends_early(error):
            return self._located(error, len(wrapper.decode()))
        return self._error(what, *place(self._buffer, len(self._buffer)), hint)

    def _located(self, error: etree.XMLSyntaxError, wrapped: int) -> DataError:
        line, column = error.position
        what, hint = explain(error, huge=self.huge)
        return self._error(what, line, max(column - wrapped, 1) if line == 1 else column, hint)

    def _error(self, what: str, line: int, column: int, hint: str) -> DataError:
        if line == 1:
            column += self._column - 1
        number = self._records + 1
        return DataError(
            what, path=self.source.name, line=self._line + line - 1, column=column, record=number, hint=hint
        )


_KEEP = "--recover keeps what came before"


@lru_cache(maxsize=2)
def _parser(*, huge: bool) -> etree.XMLParser:
    """Make the one parser of this process: white space between elements goes, CDATA stays."""
    options = SAFE | {"huge_tree": huge}
    return etree.XMLParser(remove_blank_text=True, strip_cdata=False, collect_ids=False, **options)


def records(piece: Slice, path: str, *, huge: bool = False) -> Iterator[tuple[Span, Element]]:
    """Parse a slice: give each child of the root with its span, in order.

    Raises DataError at the first one that is not well-formed.
    """
    for span, element in records_or_faults(piece, path, huge=huge):
        if isinstance(element, DataError):
            raise element
        yield span, element


def records_or_faults(
    piece: Slice, path: str, *, huge: bool = False, quick: Callable[[bytes, int], Quick | None] = lambda *_: None
) -> Iterator[tuple[Span, Element | DataError | Quick]]:
    """Parse a slice as `records` does, but give for what is not well-formed what is wrong with it.

    A record that ``quick`` reads, from the bytes of the slice and its offset, is given as it gives it, and not parsed.
    """
    begin, number = 0, piece.first_record
    waiting: list[Span] = []
    for span in piece.spans:
        found: DataError | Quick | None = span.fault
        if found is None and span.is_record:
            before = piece.data[waiting[-1].end if waiting else begin : span.start]
            if before == b"\n" or not before.strip(_XML_SPACE):
                usual = quick(piece.data, span.start)
                found = usual if usual is not None and usual.end == span.end else None
        if waiting and (found is not None or span.end - begin > _BATCH_BYTES):
            yield from _parsed(piece, begin, waiting, number, path, huge=huge)
            begin, number = waiting[-1].end, number + sum(span.is_record for span in waiting)
            waiting = []
        if found is None:
            waiting.append(span)
        else:
            yield span, found
            begin, number = span.end, number + span.is_record
    if waiting:
        yield from _parsed(piece, begin, waiting, number, path, huge=huge)


def _parsed(
    piece: Slice, begin: int, batch: Sequence[Span], number: int, path: str, *, huge: bool
) -> Iterator[tuple[Span, Element | DataError]]:
    """Parse some children of the root, together if they let themselves."""
    elements = _try(piece.data[begin : batch[-1].end], piece.wrapper, huge=huge)
    if len(elements) == len(batch):
        yield from zip(batch, elements, strict=True)
    else:
        yield from _one_by_one(piece, begin, batch, number, path, huge=huge)


def _try(data: bytes, wrapper: bytes, *, huge: bool) -> list[Element]:
    try:
        return parse(data, wrapper, huge=huge)
    except etree.XMLSyntaxError:
        return []


def _one_by_one(
    piece: Slice, begin: int, batch: Sequence[Span], number: int, path: str, *, huge: bool
) -> Iterator[tuple[Span, Element | DataError]]:
    """Parse the children one by one that could not be parsed together."""
    wrapped = len(piece.wrapper.decode())
    for span in batch:
        try:
            (element,) = parse(piece.data[begin : span.end], piece.wrapper, huge=huge)
        except (etree.XMLSyntaxError, ValueError) as error:
            line, column = piece.place(begin)
            what, hint = "a record that does not end where it seems to", RECOVER
            if isinstance(error, etree.XMLSyntaxError):
                what, hint = explain(error, huge=huge)
                below, right = error.position
                line, column = line + below - 1, right if below > 1 else max(column + right - 1 - wrapped, 1)
            which = number if span.is_record else None
            yield span, DataError(what, path=path, line=line, column=column, record=which, hint=hint)
        else:
            yield span, element
        begin = span.end
        number += span.is_record


def parse(data: bytes, wrapper: bytes = WRAPPER, *, huge: bool = False) -> list[Element]:
    """Parse the bytes of whole records: give each, in order. Raises XMLSyntaxError, and MemoryError."""
    try:
        return list(etree.fromstring(wrapper + data + b"</r>", _parser(huge=huge)).iterchildren("*"))
    except etree.XMLSyntaxError as error:
        if is_out_of_memory(error):  # nothing is wrong with the records
            raise MemoryError from error
        raise
