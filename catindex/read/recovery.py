"""Cuts damaged input into chunks; what cannot be read as a record becomes a span with a fault.

If records are separated by white space, every whole record is kept. A damaged region ends at the next record start
with the white space in front that real records have and nested ones lack.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from lxml import etree

from catindex.errors import CUT_OFF, DataError
from catindex.read.chunks import CHUNK_BYTES, CHUNK_CHILDREN, ChunkReader, Incomplete, Span, element_end
from catindex.read.dialect import Head, moved, place, read_damaged_head, read_head
from catindex.read.syntax import code_of, ends_early, explain, is_out_of_memory, syntax_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catindex.read.chunks import Chunk

#: The layout is learned from this many bytes at the beginning of the file.
LEARNED_BYTES = 1 << 20

#: A reject of more bytes is cut into pieces of this size.
REJECT_BYTES = 8 << 20

# The start tag of a record and the white space in front are shorter than this.
_LONGEST_START = 4096

# Compressed or recoded input is read in small pieces: what is decoded together with the first damaged byte is lost.
_SMALL_READ = 4096

_NO_END = etree.ErrorTypes.ERR_TAG_NOT_FINISHED
_SPACE = b" \t\r\n"
_NOT_SPACE = re.compile(rb"[^ \t\r\n]")
_LINE_START = rb"</%b\s*>\s*[\r\n]([ \t]*)<%b(?=[\s>/])[^<>]*>(\s*)"

# Where a list of nested records begins and ends, and start tags of records, behind the end of something else or not.
_LIST_TOKENS = (
    rb"(?P<open><link(?:\s[^<>]*)?(?<!/)>\s*(?:<catalog_titles(?:\s[^<>]*)?>\s*)?(?=<%b[\s>/]))"
    rb"|(?P<close></%b\s*>(?=\s*(?:</catalog_titles\s*>\s*)?</link\s*>))"
    rb"|(?P<behind>(?:</[^<>]*>|/>|-->|\?>)\s*)?<%b(?=[\s>/])"
)


class Recovery(ChunkReader):
    """A `ChunkReader` that continues after damage.

    A *real start* is the start tag of a record that is a child of the root. The reader goes from one to the next: a
    record, comment or tag that has not ended there is damaged. It never searches beyond, so the time is linear.
    """

    def __post_init__(self) -> None:
        """Read up to the first record and learn the layout. Raises DataError if there is no root or no record."""
        self._ended = False
        self._failure: DataError | None = None  # of the decompression or the decoding
        super().__post_init__()
        self._buffer += self._read(LEARNED_BYTES - len(self._buffer))
        self._learn_layout(self._buffer[:LEARNED_BYTES])
        self._number = 0  # records so far
        self._mark = self._offset, self._line, self._column  # a place that lines and columns are counted from

    def _begin(self) -> tuple[Head, bytes]:
        seen = bytearray()

        def more() -> bytes:
            data = self._read(LEARNED_BYTES)
            seen.extend(data)
            return data

        try:
            return read_head(more(), more, self.source.name, huge=self.huge)
        except DataError as error:
            if head := read_damaged_head(bytes(seen)):
                return head, bytes(seen)
            raise self._failure or error from None

    def _learn_layout(self, sample: bytes) -> None:
        """Learn which white space real records have in front and nested ones lack.

        That is the shortest indentation after a line break. ``_real_start`` is None if lists of nested records have it,
        too, or may have it: if the children of records also begin a line without indentation.
        """
        name = re.escape(self.head.record.encode())
        self._list_tokens = re.compile(_LIST_TOKENS % (name, name, name))
        starts = re.findall(_LINE_START % (name, name), sample)
        counts = Counter(indent for indent, _ in starts)
        usual = [indent for indent, count in counts.items() if count > 1] or counts  # damage may shorten one
        indent = min(usual, key=len, default=b"")
        lines = [space for found, space in starts if found == indent]
        is_flat = not indent and sum(space.endswith((b"\n", b"\r")) for space in lines) * 2 >= len(lines)
        lists = [token for token in self._list_tokens.finditer(sample) if token.lastgroup in ("open", "close")]
        after = [token.lastgroup for token in lists[1:]] + ["close"] * (not self._ended)  # the sample may cut a list
        breaks = b"\n" + indent, b"\r" + indent
        is_nested = any(
            token[0].endswith(breaks) and kind == "close" for token, kind in zip(lists, after, strict=False)
        )
        self._has_lists = bool(lists)
        self._real_start = None if is_flat or is_nested else re.compile(rb"[\r\n]%b(?=<%b[\s>/])" % (indent, name))

    def chunks(self) -> Iterator[Chunk]:
        """Yield the chunks in order, up to the end of the input. Damage raises nothing: it is a span's fault."""
        spans: list[Span] = []
        for span in self._spans():
            spans.append(span)
            if span.end >= CHUNK_BYTES or len(spans) >= CHUNK_CHILDREN:
                yield self._cut(spans)
                spans = []
        if spans:
            yield self._cut(spans)

    def _spans(self) -> Iterator[Span]:
        """Yield the children of the root and the rejects, in order, with their offsets in the buffer at that time.

        All other offsets are those in the decompressed input.
        """
        at, is_last = self._offset, False
        lost: DataError | None = None  # the fault of a long reject that continues
        while not is_last:
            limit = self._next_real_start(at, is_lost=lost is not None)
            is_last, is_cut_off, is_begun = limit is None and self._ended, False, False
            if is_last:
                limit, is_cut_off = self._root_end(at)
            data = self._buffer[at - self._offset : None if limit is None else limit - self._offset]
            if not lost:
                children, end, is_begun = self._children(data, is_bounded=limit is not None)
                yield from self._counted(at, data[:end], children)
                at, data = at + end, data[end:]
            if limit is not None:
                data = data.rstrip(_SPACE)
            elif len(data) < (self._most if is_begun else REJECT_BYTES) + _LONGEST_START:
                self._more()
                continue
            else:
                data = data[: (len(data) - _LONGEST_START) // REJECT_BYTES * REJECT_BYTES]
            if data or (is_cut_off and not lost):
                fault = lost or self._fault(at, data, is_cut_off=is_cut_off)
                yield from self._reject(at, len(data), fault, is_record=not lost)
            at, lost = (at + len(data), fault) if limit is None else (limit, None)

    def _children(self, data: bytes, *, is_bounded: bool) -> tuple[list[Span], int, bool]:
        """Return the children of the root in ``data``, where they end, and whether another one begins there.

        ``is_bounded`` is whether a real start follows ``data``.
        """
        spans: list[Span] = []
        position, is_begun = 0, False
        while True:
            following = _NOT_SPACE.search(data, position)
            last = spans[-1] if spans and (following or not is_bounded) else None
            if last and last.is_record and not self._is_whole(data[last.start : last.end]):
                position = spans.pop().start  # what follows it is no real start: it has ended too early
                break
            if not following:
                break
            start, end = self._next_child(data, position)
            is_begun = start >= 0 and end < 0
            is_record = start >= 0 and self._is_record(data, start)
            if end < 0 or not self._is_sound(data[position : start if is_record else end]):
                break
            spans.append(Span(start, end, is_record))
            position = end
        if is_bounded and not is_begun and self._is_sound(data[position:]):
            position = len(data)
        elif is_bounded:  # all but the record at the real start may be what is left of a damaged one
            spans = [span for span in spans[:1] if span.is_record and not data[: span.start].strip(_SPACE)]
            position = spans[0].end if spans else 0
        elif len(data) < REJECT_BYTES:
            return [], 0, is_begun
        following = _NOT_SPACE.search(data, position)
        return spans, following.start() if following else len(data), is_begun

    def _next_child(self, data: bytes, position: int) -> tuple[int, int]:
        """Return where the next child of the root starts and ends; -1 for what is not in ``data``."""
        start = -1
        try:
            tag = self._next_tag(data, position)
            if data.startswith(b"</", tag):
                return -1, -1
            start = tag
            return start, self._record_end(data, start)[0] if self._is_record(data, start) else element_end(data, start)
        except Incomplete:
            return start, -1

    def _counted(self, at: int, data: bytes, spans: list[Span]) -> Iterator[Span]:
        """Yield spans in ``data``, which begins at ``at``, and count them and the text around them."""
        position = 0
        for span in spans:
            self._count_text(data[position : span.start])
            self._number += span.is_record
            position = span.end
            yield Span(at + span.start - self._offset, at + span.end - self._offset, span.is_record)
        self._count_text(data[position:])

    def _reject(self, at: int, size: int, fault: DataError, *, is_record: bool) -> Iterator[Span]:
        """Yield the spans of a reject, or of more of it if not ``is_record``."""
        self._number += is_record
        for start in range(0, max(size, is_record), REJECT_BYTES):
            if start or not is_record:
                line, column = self._place(at + start)
                fault = DataError(fault.what, path=fault.path, line=line, column=column)
            begin = at + start - self._offset
            yield Span(begin, begin + min(REJECT_BYTES, size - start), is_record and not start, fault)

    def _next_real_start(self, at: int, *, is_lost: bool) -> int | None:
        """Return where the next real start after ``at`` is; None if there is none in the buffer.

        If white space does not distinguish real and nested records, it is the start tag behind balanced tags. After
        damage, it is the first one outside of a list after the end of a list, or any if the file has no lists.
        """
        begin = at - self._offset
        if self._real_start:
            match = self._real_start.search(self._buffer, begin)
            return self._offset + match.end() if match else None
        here = _NOT_SPACE.search(self._buffer, begin)
        is_damaged, in_list = is_lost, is_lost and self._has_lists
        for token in self._list_tokens.finditer(self._buffer, here.end() if here else begin):
            start = token.end() - len(self.head.record) - 1
            if token.lastgroup in ("open", "close"):
                in_list = token.lastgroup == "open"
            elif in_list:
                continue
            elif not self._has_lists or (token.lastgroup and (is_damaged or self._is_whole(self._buffer[begin:start]))):
                return self._offset + start
            else:
                is_damaged = in_list = True
        return None

    def _root_end(self, at: int) -> tuple[int, bool]:
        """Return where the root ends, and whether it or what follows is cut off. The whole input has been read."""
        root = self.head.root.encode()
        end = self._buffer.rfind(b"</" + root, at - self._offset)
        if end < 0 or syntax_error(b"<" + root + b">" + self._buffer[end:], huge=self.huge):
            return self._offset + len(self._buffer), True
        return self._offset + end, self._failure is not None

    def _more(self) -> bool:
        # What is incomplete is scanned again from its beginning: the buffer grows by a factor to keep the time linear.
        data = self._read(max(CHUNK_BYTES, min(len(self._buffer), self._most // 4)))
        self._buffer += data
        return bool(data)

    def _read(self, size: int) -> bytes:
        """Return the next bytes: at least ``size``, or fewer at the end of the input or of what can be decoded."""
        is_plain = self.source.compression is None and self.source.encoding == "utf-8"
        parts = []
        while size > 0 and not self._ended:
            try:
                data = self.source.read(CHUNK_BYTES if is_plain else _SMALL_READ)
            except DataError as error:
                self._failure, data = error, b""
            self._ended = not data
            parts.append(data)
            size -= len(data)
        return b"".join(parts)

    def _is_whole(self, data: bytes) -> bool:
        """Return whether a record is well-formed, or at least its tags are balanced."""
        try:
            return self._is_sound(data) or element_end(data, 0) == len(data.rstrip(_SPACE))
        except Incomplete:
            return False

    def _is_sound(self, data: bytes) -> bool:
        """Return whether something between the root's tags is well-formed."""
        if not data.strip(_SPACE):
            return True
        error = syntax_error(self.head.wrapper + data + b"</r>", huge=self.huge)
        if error and is_out_of_memory(error):
            raise MemoryError from error
        return error is None

    def _fault(self, at: int, data: bytes, *, is_cut_off: bool) -> DataError:
        """Return what is wrong with a reject, in libxml2's words unless that is only that something is missing."""
        root = self.head.root.encode()
        opening = self.head.wrapper.replace(b"<r", b"<" + root, 1)
        error = syntax_error(opening + data[:REJECT_BYTES], huge=self.huge)
        if error is None or data.startswith(b"</" + root + b">"):
            what = f"something follows the end of the root, </{self.head.root}>"
        elif is_cut_off:
            what = self._failure.what if self._failure else CUT_OFF
        elif code_of(error) == _NO_END or (len(data) > REJECT_BYTES and ends_early(error)):
            what = f"a record of more than {self._most >> 20} MiB" if len(data) >= self._most else "a record has no end"
        else:
            what, _ = explain(error, huge=self.huge)
        below, right = error.position if error else (1, 1)
        line, column = moved(self._place(at), (below, max(right - len(opening), 1) if below == 1 else right))
        return DataError(what, path=self.source.name, line=line, column=column, record=self._number + 1)

    def _place(self, at: int) -> tuple[int, int]:
        """Return line and column. ``at`` is never before the one of an earlier call, which keeps the time linear."""
        offset, line, column = max(self._mark, (self._offset, self._line, self._column))
        passed = self._buffer[offset - self._offset : at - self._offset]
        self._mark = at, *moved((line, column), place(passed, len(passed)))
        return self._mark[1:]
