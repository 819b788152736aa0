"""Reading on behind damage: a reader that cuts out what is malformed and goes on at the next real record.

Without damage it finds the same records as `Reader`. Where a record does not end, does not fit in, or seems to hold the
beginning of another one, the next *real* record is looked for: one that is a child of the root, and not nested in a
list (of similar titles, seasons, episodes) of the damaged record. In most files the white space in front tells: what
stands in front of the real ones is learnt from the beginning of the file (`layout`). Where it does not tell (no new
lines at all, or no indentation), the lists themselves must (`nesting`).

What libxml2 refuses in a record that ends where it should is no matter here: `records_or_faults` rejects it by itself.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from catindex.errors import CUT_OFF, DataError
from catindex.read import chunks as reader
from catindex.read.chunks import Span
from catindex.read.recovery.layout import Prefix
from catindex.read.recovery.nesting import LEARN_BYTES, OVERLAP, Nesting
from catindex.read.syntax import explain, syntax_error

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from catindex.read.chunks import Slice

# So far behind a whole record its successor is looked for where its white space is gone.
_BARE_BYTES = 1 << 16


class _Found(Enum):
    """What stands at a place between records."""

    RECORD = auto()
    GAP = auto()
    END = auto()
    EOF = auto()
    DAMAGE = auto()
    NOTHING = auto()


class _Gap(NamedTuple):
    """What stands between two records: sound elements, what comes ``then`` and where, and whether there is ``text``.

    Where very many elements stand there, this is only the first part of them, and then comes another gap.

    ``root_end`` is the end of the root's end tag, where more comes behind it.
    """

    foreign: list[Span]
    then: _Found
    at: int
    text: bool = False
    root_end: int = 0


class Recovery(Nesting):
    """Cuts the input into slices as `Reader` does, with what cannot be read as spans that have a ``fault``."""

    def slices(self) -> Iterator[Slice]:
        """Give the slices in order, to the end of the input. Raises nothing for damage; a fault is a span's."""
        self._spans: list[Span] = []
        self._in_hand = 0  # how many of them are records
        self._counted = 0, self._line  # an offset in the input, and its line
        self._is_lost = False  # in the middle of a long reject
        at = 0
        then = _Found.END if self.head.empty else _Found.GAP
        while then is not _Found.END:
            # The last span is held back: what follows may show that it ended too early.
            if (at >= reader.SLICE_BYTES and len(self._spans) > 1) or len(self._spans) > reader.SLICE_CHILDREN:
                held = self._take_back()
                cut = self._spans[-1].end
                yield self._cut_all()
                self._accept(held._replace(start=held.start - cut, end=held.end - cut))
                at -= cut
            at, then = self._next(at)
        if self._failure:
            self._reject(at, at, self._failure.what)
        if self._spans:
            yield self._cut_all()

    def _cut_all(self) -> Slice:
        spans, self._spans, self._in_hand = self._spans, [], 0
        return self._cut(spans)

    def _accept(self, span: Span) -> None:
        self._spans.append(span)
        self._in_hand += span.is_record

    def _take_back(self) -> Span:
        span = self._spans.pop()
        self._in_hand -= span.is_record
        return span

    def _next(self, at: int) -> tuple[int, _Found]:
        """Add the spans of the next record and of what stands before it, or of a reject; give where to go on."""
        if self._is_lost:
            return self._resume(at, at)
        gap = self._gap(at)
        if gap.then is _Found.DAMAGE:
            return self._leave_damage(at, gap)
        if self._buffer[at : gap.at].strip() and not self._parses(at, gap.at):
            return self._leave_text(at, gap)
        self.stray_text += gap.text
        for span in gap.foreign:
            self._accept(span)
        if gap.then in {_Found.GAP, _Found.END}:
            return gap.at, gap.then
        begin, search = gap.at, gap.at + 1
        if self._is_out_of_place(gap.at):
            search = gap.at
            if self._last_record() and not self._ends_in_place(at):
                # The record before has lost its own end, and was closed by that of a nested one.
                begin = self._take_back().start
        elif end := self._sound_end(gap.at):
            self._accept(Span(gap.at, end, is_record=True))
            return end, _Found.GAP
        return self._resume(begin, search)

    def _last_record(self) -> Span | None:
        """Give the record that comes directly before, if it is one."""
        last = self._spans[-1] if self._spans else None
        return last if last and last.is_record and not last.fault else None

    def _has_ended_early(self) -> bool:
        """Whether the record before is not well-formed, as one that ended too early or too late."""
        last = self._last_record()
        return last is not None and not self._parses(last.start, last.end)

    def _leave_damage(self, at: int, gap: _Gap) -> tuple[int, _Found]:
        """Reject what is damaged between two records, with the record before it if that has ended too early."""
        if self._has_ended_early() or (self._last_record() and self._is_nested_at_end(at)):
            begin = self._take_back().start
            return self._resume(begin, begin + 1, gap.root_end)
        return self._resume(self._skip_space(at), gap.at, gap.root_end, bare=True)

    def _leave_text(self, at: int, gap: _Gap) -> tuple[int, _Found]:
        """Reject malformed text between two records, with the record before it if that is damaged, too."""
        end = self._trim(at, gap.at)
        if self._has_ended_early():
            return self._resume(self._take_back().start, end)
        self._reject(self._skip_space(at), end)
        return gap.at, _Found.GAP

    # Between records.

    def _gap(self, start: int) -> _Gap:
        """Read what stands between two records: text, comments, other elements, the end of the root."""
        foreign: list[Span] = []
        position, text = start, False
        while len(foreign) < reader.SLICE_CHILDREN:
            mark = self._find(b"<", position, start)
            if mark < 0:
                return _Gap(foreign, _Found.DAMAGE, position)
            text = text or bool(self._buffer[position:mark].strip())
            self._reach(mark + len(self.head.record) + 3)
            if self._record_start.match(self._buffer, mark):
                return _Gap(foreign, _Found.RECORD, mark, text)
            if self._buffer.startswith(b"</", mark):
                return self._closing(mark)._replace(foreign=foreign, text=text)
            end = self._end_of_other(mark)
            if not end:
                return _Gap(foreign, _Found.DAMAGE, mark)
            if not self._buffer.startswith((b"<!", b"<?"), mark):
                foreign.append(Span(mark, end, is_record=False))
            position = end
        return _Gap(foreign, _Found.GAP, position, text)

    def _end_of_other(self, start: int) -> int:
        """Find the end of what is no record; 0 where it has none, or holds a real record."""
        if self._buffer.startswith((b"<!--", b"<?", b"<![CDATA["), start):
            end = self._whole(start, self._skip)
            return 0 if end and self._layout.real.search(self._buffer, start, end) else end
        if self._buffer.startswith(f"<{self.head.root}".encode(), start):  # another file was put behind this one
            return 0
        end = self._whole(start, self._element_end)
        return end if end and self._is_legitimate(start, end) else 0

    def _closing(self, mark: int) -> _Gap:
        """Tell the end of the root from other end tags: nothing comes behind it."""
        end = self._find(b">", mark, mark) + 1
        if not end or self._buffer[mark : end - 1].rstrip() != f"</{self.head.root}".encode():
            return _Gap([], _Found.DAMAGE, mark)
        if self._reach(self._skip_misc(end)):
            return _Gap([], _Found.DAMAGE, mark, root_end=end)
        return _Gap([], _Found.END, mark)

    # The next real record.

    def _resume(self, begin: int, search: int, root_end: int = 0, *, bare: bool = False) -> tuple[int, _Found]:
        """Reject from ``begin`` to the next real record, looked for from ``search``; give where to go on."""
        at, then = self._next_real(begin, search, bare=bare)
        what = f"something follows the end of the root, </{self.head.root}>" if root_end else None
        if then is _Found.EOF and root_end:
            begin = self._skip_space(root_end)
        elif then is _Found.EOF:
            what, self._failure = self._failure.what if self._failure else CUT_OFF, None
        end = at if then is _Found.NOTHING else self._trim(begin, max(at, begin))
        if end > begin or not self._is_lost:
            self._reject(begin, end, what)
        self._is_lost = then is _Found.NOTHING
        return at, _Found.END if then in {_Found.END, _Found.EOF} else _Found.GAP

    def _next_real(self, begin: int, search: int, *, bare: bool) -> tuple[int, _Found]:
        """Find the next real record, the beginning of another root, or the end of the root or of the input.

        ``bare`` tells that what stands before it begins behind a whole record: then the record that comes next is a
        real one if nothing before it has to do with records, also if its white space is gone.
        """
        if bare and (found := self._bare_record(begin)):
            return found, _Found.RECORD
        prefix, read_to = Prefix(self.head.wrapper, self._options), begin
        position = search
        while match := self._next_start(begin, position):
            if match["root"]:
                self._layout = self._learn(match.end())
                return match.end(), _Found.GAP
            start = match.start("record")
            position = 0 if self._layout.certain else self._nested_until(prefix, read_to, start)
            read_to = start
            if not position:
                return start, _Found.RECORD
        if len(self._buffer) - begin > self.window_bytes:
            return begin + self.window_bytes, _Found.NOTHING
        root_end = self._buffer.rfind(f"</{self.head.root}".encode(), begin)
        if root_end >= 0 and self._closing(root_end).then is _Found.END:
            return root_end, _Found.END
        return len(self._buffer), _Found.EOF

    def _next_start(self, begin: int, position: int) -> re.Match[bytes] | None:
        """Find what looks like a real record, or another root, from ``position`` on and within the window."""
        searched = position - self._layout.reach
        while True:
            for match in self._layout.starts.finditer(self._buffer, max(searched, 0)):
                start = match.start("root") if match["root"] else match.start("record")
                if start >= position:
                    return match if start - begin < self.window_bytes else None
            searched = max(searched, len(self._buffer) - OVERLAP)
            if len(self._buffer) - begin > self.window_bytes + LEARN_BYTES or not self._more():
                return None

    def _bare_record(self, begin: int) -> int:
        """Find the record behind junk in which there is nothing of records; 0 where that is not so."""
        self._reach(begin + _BARE_BYTES)
        match = self._layout.any.search(self._buffer, begin, begin + _BARE_BYTES)
        if match is None or self._layout.parts.search(self._buffer, begin, match.start("record")):
            return 0
        return match.start("record")

    # Rejects.

    def _reject(self, begin: int, end: int, what: str | None = None) -> None:
        """Add the span of a reject, with what is wrong: told, or what libxml2 says."""
        at = begin
        if what is None:
            what, at = self._diagnose(begin, end)
        line, column = self._place(at)
        number = None if self._is_lost else self._records + self._in_hand + 1
        fault = DataError(what, path=self.source.name, line=line, column=column, record=number)
        self._accept(Span(begin, end, not self._is_lost, fault))

    def _place(self, offset: int) -> tuple[int, int]:
        """Give line and column in the input of an offset; the lines up to an earlier one are not counted again."""
        counted, line = self._counted
        if not 0 <= counted - self._offset <= offset:
            counted, line = self._offset, self._line
        line += self._buffer.count(b"\n", counted - self._offset, offset)
        self._counted = self._offset + offset, line
        line_start = self._buffer.rfind(b"\n", 0, offset) + 1
        column = len(self._buffer[line_start:offset].decode("utf-8", "replace")) + 1
        return line, column + (0 if line_start else self._column - 1)

    def _diagnose(self, begin: int, end: int) -> tuple[str, int]:
        """Say what is wrong, and at which offset."""
        opening = self.head.wrapper.replace(b"<r", f"<{self.head.root}".encode(), 1) + b"\n"
        data = self._buffer[begin:end]
        error = syntax_error(opening + data + f"</{self.head.root}>".encode(), huge=self.huge)
        if error is None:
            return "the beginning of the next record is in it: its own end is missing", begin
        line, column = error.position
        start = 0
        for _ in range(line - 2):
            start = data.find(b"\n", start) + 1
        text = data[start:].partition(b"\n")[0].decode("utf-8", "replace")[: max(column - 1, 0)]
        return explain(error)[0], min(begin + start + len(text.encode()), max(end - 1, begin))
