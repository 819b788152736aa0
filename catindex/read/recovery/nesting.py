"""Which records are real: children of the root, and not nested in a list of another record."""

from __future__ import annotations

import contextlib
import re
import sys

from lxml import etree

from catindex.read.chunks import Incomplete, parse
from catindex.read.recovery.layout import LISTS, Layout, Prefix, another_root, learn, uncertain
from catindex.read.recovery.window import Window

# So much of a file is looked at to learn its layout.
LEARN_BYTES = 1 << 20

# So long may be what a record is recognised by: the white space in front of it, its start tag, its first child's.
OVERLAP = 4096

_HIDDEN = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_LIST_TAG = re.compile(rb"<(/?)catalog_titles(?:\s[^<>]*)?(?<!/)>")
_LIST_END = re.compile(rb"</(?:catalog_titles|link)\s*>")
_LINK_END = re.compile(rb"\s*</link\s*>")


class Nesting(Window):
    """Tells real records from nested ones, by the layout if that is enough, else by the lists that they stand in."""

    def __post_init__(self) -> None:
        """Read up to the first record, and learn the layout. Raises DataError for what is no catalog."""
        super().__post_init__()
        self._layout = self._learn(0)
        # What was found out about damaged ranges, so that each is read only once; offsets are those in the input.
        self._ends: dict[int, int] = {}  # where records end, 0 for those that do not
        self._ends_known_to = 0
        self._no_lists = 0, 0  # where no list begins or ends

    def _learn(self, start: int) -> Layout:
        """Learn the layout of what follows a root's start tag, up to another root."""
        stop = start + LEARN_BYTES
        self._reach(stop)
        another = re.compile(another_root(self.head)).search(self._buffer, start, stop)
        return learn(self._buffer[start : another.start() if another else stop], self.head)

    # Whole records.

    def _sound_end(self, start: int) -> int:
        """Find the end of the record at ``start``; 0 where it is damaged so that it cannot be told."""
        at = self._offset + start
        known = self._ends.get(at)
        if known is None or (known == 0 and at > self._ends_known_to - self.window_bytes // 2):
            end = self._search_end(start)
        else:
            end = max(known - self._offset, 0)
        return end if end and self._is_legitimate(start, end) else 0

    def _search_end(self, start: int) -> int:
        """Find the end of the record at ``start`` by its tags; 0 where there is none.

        A record in which another seems to begin is looked at up to a window behind that.
        """
        state = 0, 0
        searched, inner = start + 1, None
        while True:
            end, state = self._record_end(start, *state)
            inner = inner or self._layout.real.search(self._buffer, searched, end if end >= 0 else len(self._buffer))
            searched = max(searched, len(self._buffer) - OVERLAP)
            most = min(self._most, inner.start() - start + self.window_bytes) if inner else self._most
            if end >= 0:
                return end if end - start <= most else 0
            if len(self._buffer) - start > most or not self._more():
                if inner:
                    self._match_tags(start, start + most)
                return 0

    def _match_tags(self, start: int, stop: int) -> None:
        """Remember which end belongs to each record that begins in a range."""
        buffer, done = self._buffer, start
        opened: list[int] = []
        self._ends, self._ends_known_to = {}, self._offset + stop if stop < len(buffer) else sys.maxsize
        with contextlib.suppress(Incomplete):
            for match in self._in_record.finditer(buffer, start, stop):
                at = match.start()
                if at < done:
                    continue
                if buffer.startswith((b"<!", b"<?"), at):
                    done = self._skip(at)
                    continue
                done = self._tag_end(match.end())
                closes = buffer.startswith(b"</", at)
                if not closes:
                    opened.append(at)
                if opened and (closes or buffer.startswith(b"/", done - 2)):
                    self._ends[self._offset + opened.pop()] = self._offset + done
        self._ends |= dict.fromkeys((self._offset + at for at in opened), 0)

    def _is_legitimate(self, start: int, end: int) -> bool:
        """Whether an element that holds what looks like the beginning of a real record may hold it.

        It must be well-formed, with each record in it in a list, and none in CDATA or comments.
        """
        if not self._layout.real.search(self._buffer, start + 1, end):
            return True
        data = self._buffer[start:end]
        try:
            (element,) = parse(data, self.head.wrapper, huge=self.huge)
        except (etree.XMLSyntaxError, ValueError):
            return False
        if any(self._layout.real.search(hidden[0]) for hidden in _HIDDEN.finditer(data)):
            return False
        for nested in element.iterdescendants(self.head.record):
            parent = nested.getparent()
            if parent is None or parent.tag not in LISTS:
                return False
        if self._layout.certain:  # it is not
            self._layout = uncertain(self._layout, self.head)
        return True

    # Nested records.

    def _nested_until(self, prefix: Prefix, begin: int, start: int) -> int:
        """Tell whether the record at ``start`` is nested: give 0 for no, else from where the next may be a real one.

        The records that follow it tell, if a list ends behind them or the root does. Where they are damaged
        themselves, what stands before from ``begin`` on (up to there the prefix was read): whether everything is sound,
        and in a list; or whether a list ends behind it before any begins.
        """
        in_list = prefix.ends_in_list(self._buffer[begin:start])
        position = start
        while position - start <= self.window_bytes:
            end = self._sound_end(position)
            if not end or not self._parses(position, end):
                break
            after = self._skip_space(end)
            if not self._reach(after):
                return start + 1 if in_list else 0
            self._reach(after + len(self.head.record) + 3)
            if _LIST_END.match(self._buffer, after):
                return 0 if self._is_root_end(after) else after
            if not self._record_start.match(self._buffer, after):
                break
            position = after
        else:
            return 0
        return start + 1 if in_list or self._is_list_end_next(start) else 0

    def _is_root_end(self, start: int) -> bool:
        """Whether an end tag, of the root by its name, stands where the root may end: lists end in links."""
        root, record = self.head.root.encode(), self.head.record.encode()
        if not self._buffer.startswith(b"</" + root, start):
            return False
        after = self._skip_space(self._find(b">", start, start) + 1)
        self._reach(after + OVERLAP)
        rest = self._buffer[after : after + OVERLAP]
        return not rest or rest.startswith((b"<?", b"<!--", b"<" + root, b"</" + root, b"<" + record))

    def _is_list_end_next(self, start: int) -> bool:
        """Whether behind ``start`` a list ends before any begins."""
        stop = start + self.window_bytes
        self._reach(stop)
        first, last = (offset - self._offset for offset in self._no_lists)
        searched = max(start, last) if first <= start <= last else start
        tag = _LIST_TAG.search(self._buffer, searched, stop)
        found = tag.start() if tag else max(searched, min(stop, len(self._buffer)) - OVERLAP)
        self._no_lists = self._offset + start, self._offset + found
        return tag is not None and bool(tag[1]) and _LINK_END.match(self._buffer, tag.end()) is not None

    # White space.

    def _is_nested_at_end(self, end: int) -> bool:
        """Whether a list ends directly behind a record, which therefore was nested at its end."""
        after = self._skip_space(end)
        if not _LIST_END.match(self._buffer, after) or self._is_root_end(after):
            return False
        return not self._ends_in_place(end)

    def _ends_in_place(self, end: int) -> bool:
        """Whether the white space at a record's end is that of a real one, as far as it tells."""
        if not self._layout.certain:
            return False
        before = self._buffer[max(end - OVERLAP, 0) : end].rpartition(b"</")[0]
        indented = re.search(rb"\n([ \t]*)\Z", before)
        return indented[1] == self._layout.indent if indented else self._buffer.startswith((b"\n", b"\r"), end)

    def _is_out_of_place(self, start: int) -> bool:
        """Whether what seems to follow a record is one in its list: its white space is not that of real ones."""
        layout = self._layout
        if not layout.certain or layout.real.match(self._buffer, max(start - layout.reach, 0)):
            return False
        return bool(self._nested_until(Prefix(self.head.wrapper, self._options), start, start))
