"""Cuts the input into chunks of whole records, without parsing it.

Between records the scanner reads token by token. Inside a record it searches only for the record's own name, CDATA
sections, comments and processing instructions. Whether a chunk is well-formed is decided by libxml2, in the worker that
parses it (`catindex.read.records`). Every chunk is balanced in itself, so if all chunks are well-formed, the whole is.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from catindex.errors import CUT_OFF, DataError
from catindex.read.dialect import Head, moved, place, read_head, tag_end
from catindex.read.syntax import HUGE, ends_early, explain, syntax_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from catindex.read.source import Source

#: The size of a chunk in bytes, roughly. Small chunks cost messages between processes, large ones memory.
CHUNK_BYTES = 1 << 20

#: The most children of the root in one chunk, however small they are: each has a span of its own.
CHUNK_CHILDREN = 1 << 12

#: The size limit for one record, in bytes: a record waits in memory until its end has been read.
MOST_RECORD_BYTES = 64 << 20

_KEEP = "--recover keeps the records before it"

_ANY_TAG = re.compile(rb"<(?:!--|!\[CDATA\[|\?|(/?)[^\s<>/!?]+)")
_SLASH, _GREATER = b"/>"
_CLOSERS = {b"<!--": b"-->", b"<![C": b"]]>", b"<?": b"?>"}
_NO_TEXT = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|\s+", re.DOTALL)


class Span(NamedTuple):
    """A child of the root: its offsets in the chunk, and whether it is a record.

    A span with a ``fault`` covers bytes that cannot be read as a record.
    """

    start: int
    end: int
    is_record: bool
    fault: DataError | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole children of the root, as bytes in UTF-8.

    ``offset`` is the position of ``data`` in the decompressed input; ``line`` and ``column`` are the same position
    counted from 1. ``first_record`` is the number of its first record, from 1.
    """

    data: bytes
    spans: tuple[Span, ...]
    offset: int
    line: int
    column: int
    first_record: int

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column in the input for an offset in ``data``."""
        return moved((self.line, self.column), place(self.data, offset))


class Incomplete(Exception):  # noqa: N818 - a request for more bytes, not an error
    """The buffer ends inside something: more bytes are needed."""


@dataclass
class ChunkReader:
    """Cuts the input into chunks.

    ``head`` describes the beginning of the file. After `chunks` has ended, ``stray_text`` is the number of places with
    text between records. ``huge`` lifts the limits of `MOST_RECORD_BYTES` and of libxml2.
    """

    source: Source
    huge: bool = False
    head: Head = field(init=False)
    stray_text: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Read up to the first record. Raises DataError for anything but a catalog (see `read_head`)."""
        self.head, self._buffer = self._begin()
        self._line, self._column = place(self._buffer, self.head.content)
        self._offset = self.head.content
        self._buffer = self._buffer[self.head.content :]
        self._records = 0
        name = re.escape(self.head.record.encode())
        self._record_start = re.compile(rb"<" + name + rb"(?=[\s>/])")
        self._in_record = re.compile(rb"<(?:" + name + rb"(?=[\s>/])|/" + name + rb"(?=[\s>])|!--|!\[CDATA\[|\?)")

    def _begin(self) -> tuple[Head, bytes]:
        def more() -> bytes:
            return self.source.read(CHUNK_BYTES)

        try:
            return read_head(more(), more, self.source.name, huge=self.huge)
        except DataError:
            if self.source.compression:  # damage shows only at the end of a block
                more()
            raise

    @property
    def _most(self) -> int:
        """The size limit for one record, in bytes."""
        return sys.maxsize if self.huge else MOST_RECORD_BYTES

    def chunks(self) -> Iterator[Chunk]:
        """Yield the chunks in order, up to the end of the root.

        Raises DataError if the input ends early, continues after the root's end, or holds a record without end.
        """
        spans: list[Span] = []
        position = 0  # where to search for the next child of the root
        resume = 0, 0  # inside a record: where to continue, and how many records are open there
        ended = self.head.empty
        while not ended:
            try:
                while True:
                    start = self._next_tag(self._buffer, position)
                    if ended := self._buffer.startswith(b"</", start):
                        self._count_text(self._buffer[position:start])
                        break
                    if is_record := self._is_record(self._buffer, start):
                        end, resume = self._record_end(self._buffer, start, *resume)
                        if end < 0:
                            raise Incomplete  # noqa: TRY301 - handled like those raised below
                    else:
                        end = element_end(self._buffer, start)
                    self._count_text(self._buffer[position:start])
                    spans.append(Span(start, end, is_record))
                    position, resume = end, (0, 0)
                    if end >= CHUNK_BYTES or len(spans) >= CHUNK_CHILDREN:
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

    def _cut(self, spans: list[Span]) -> Chunk:
        """Take a chunk with these spans from the front of the buffer."""
        end = spans[-1].end
        chunk = Chunk(
            self._buffer[:end], tuple(spans), self._offset, self._line, self._column, first_record=self._records + 1
        )
        self._line, self._column = chunk.place(end)
        self._offset += end
        self._buffer = self._buffer[end:]
        self._records += sum(span.is_record for span in spans)
        return chunk

    def _read_more(self, position: int) -> None:
        if len(self._buffer) - position > self._most:
            raise self._explain(f"a record of more than {MOST_RECORD_BYTES >> 20} MiB", HUGE)
        # An incomplete child is scanned again from its beginning, so the buffer doubles to keep the time linear.
        size = len(self._buffer)
        wanted = min(2 * size - position, position + self._most)
        while self._more():
            if len(self._buffer) >= wanted:
                return
        if len(self._buffer) == size:
            raise self._explain(CUT_OFF, _KEEP)

    def _more(self) -> bool:
        """Read more into the buffer. Return False at the end of the input."""
        try:
            data = self.source.read(CHUNK_BYTES)
        except DataError as error:
            raise self._error(error.what, *place(self._buffer, len(self._buffer)), _KEEP) from error
        self._buffer += data
        return bool(data)

    def _next_tag(self, buffer: bytes, position: int) -> int:
        """Return where the next child of the root starts, or an end tag. Raises Incomplete."""
        while True:
            start = buffer.find(b"<", position)
            if start < 0 or (len(buffer) - start < len(self.head.record) + 2 and b">" not in buffer[start:]):
                raise Incomplete
            if not buffer.startswith((b"<!--", b"<?", b"<![CDATA["), start):
                return start
            position = _skip(buffer, start)

    def _is_record(self, buffer: bytes, start: int) -> bool:
        """Return whether the tag at ``start`` is the start tag of a record."""
        return self._record_start.match(buffer, start) is not None

    def _count_text(self, gap: bytes) -> None:
        """Count the text between two children of the root, if there is any."""
        if gap and not gap.isspace():
            self.stray_text += bool(_NO_TEXT.sub(b"", gap))

    def _record_end(self, buffer: bytes, start: int, resume: int = 0, depth: int = 0) -> tuple[int, tuple[int, int]]:
        """Return where a record ends.

        If the buffer ends first, return -1, and where and at which depth to continue.
        """
        position = max(start, resume)
        done = position
        for match in self._in_record.finditer(buffer, position):
            at = match.start()
            if at < done:  # inside a comment or CDATA section that was skipped
                continue
            kind = buffer[at + 1]
            try:
                if kind in b"!?":
                    done = _skip(buffer, at)
                    continue
                done = match.end() + 1 if buffer[match.end()] == _GREATER else _tag_end(buffer, match.end())
            except Incomplete:
                return -1, (at, depth)
            if kind == _SLASH:
                depth -= 1
            elif buffer[done - 2] != _SLASH:
                depth += 1
            if depth == 0:
                return done, (0, 0)
        # The end of the buffer may cut a token in two: its last bytes are scanned again.
        return -1, (max(done, len(buffer) - len(self.head.record) - 9), depth)

    def _check_end(self) -> None:
        """Check that the root is closed, and that only white space and comments follow."""
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
        """Return the reason why the child at the front of the buffer has no end: libxml2's, if it has a better one."""
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


def element_end(buffer: bytes, start: int) -> int:
    """Return where an element ends, whatever is in it. Raises Incomplete."""
    depth, position = 0, start
    while True:
        match = _ANY_TAG.search(buffer, position)
        if match is None:
            raise Incomplete
        if match[1] is None:
            position = _skip(buffer, match.start())
            continue
        position = _tag_end(buffer, match.end())
        depth += -1 if match[1] else 0 if buffer[position - 2] == _SLASH else 1
        if depth <= 0:
            return position


def _skip(buffer: bytes, start: int) -> int:
    """Return the end of a comment, processing instruction or CDATA section. Raises Incomplete."""
    opener = buffer[start : start + (2 if buffer.startswith(b"<?", start) else 4)]
    closer = _CLOSERS[opener]
    end = buffer.find(closer, start + len(opener))
    if end < 0:
        raise Incomplete
    return end + len(closer)


def _tag_end(buffer: bytes, start: int) -> int:
    """Return the offset after the tag that ``start`` is in. Raises Incomplete."""
    if not (end := tag_end(buffer, start)):
        raise Incomplete
    return end
