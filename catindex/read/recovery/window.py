"""A reader that looks ahead: everything that may need more bytes reads them by itself."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, ClassVar

from lxml import etree

from catindex.errors import DataError
from catindex.read import chunks as reader
from catindex.read.chunks import Incomplete, Reader, parse
from catindex.read.dialect import Head, read_damaged_head, read_head
from catindex.read.syntax import SAFE

if TYPE_CHECKING:
    from collections.abc import Callable

# Compressed or recoded input is read in small pieces: what was decoded together with the first damaged byte is lost.
_SMALL_READ = 4096

_SPACE = re.compile(rb"\s*")
_MISC = re.compile(rb"(?:\s+|<!--.*?-->|<\?(?!xml\s).*?\?>)*", re.DOTALL)


class Window(Reader):
    """The bytes that are being read. The end of the input is a place like any other, also where a download broke off.

    Offsets are those in the buffer, which grows at its end only, until a slice is cut off in front.
    """

    #: The longest list of nested records that is looked through, and the longest reject: a longer one comes in pieces.
    window_bytes: ClassVar[int] = 8 << 20

    def _begin(self) -> tuple[Head, bytes]:
        self._ended = False
        self._failure: DataError | None = None  # of what lies below, such as the decompression
        self._buffer = b""
        self._offset = 0
        self._without: dict[bytes, tuple[int, int]] = {}  # an end -> the places in the input between which is none
        self._more()

        def more() -> bytes:
            before = len(self._buffer)
            self._more()
            return self._buffer[before:]

        try:
            return read_head(self._buffer, more, self.source.name, huge=self.huge)
        except DataError:
            if self._failure:
                raise self._failure from None
            head = read_damaged_head(self._buffer)
            if head is None:
                raise
            return head, self._buffer

    @property
    def _options(self) -> dict[str, Any]:
        """The parser's options."""
        return SAFE | {"huge_tree": self.huge}

    def _more(self) -> bool:
        """Read on. False at the end of the input, also where what is below fails."""
        plain = self.source.compression is None and self.source.encoding == "utf-8"
        parts, size = [self._buffer], 0
        while not self._ended and size < max(reader.SLICE_BYTES, len(self._buffer)):
            try:
                data = self.source.read(reader.SLICE_BYTES if plain else _SMALL_READ)
            except DataError as error:
                self._failure, data = error, b""
            self._ended = not data
            parts.append(data)
            size += len(data)
        self._buffer = b"".join(parts)
        return size > 0

    def _reach(self, offset: int) -> bool:
        """Read on until there is something at an offset. False where the input ends before it."""
        while len(self._buffer) <= offset:
            if not self._more():
                return False
        return True

    def _skip(self, start: int) -> int:
        """Do as a reader does, but look through the same bytes only once for an end that is not there."""
        opener, closer = self._hiding(start)
        begin = start + len(opener)
        first, last = (offset - self._offset for offset in self._without.get(closer, (0, 0)))
        end = self._buffer.find(closer, max(begin, last - len(closer) + 1) if first <= begin <= last else begin)
        if end < 0:
            self._without[closer] = self._offset + begin, self._offset + len(self._buffer)
            raise Incomplete
        return end + len(closer)

    def _find(self, token: bytes, position: int, start: int) -> int:
        """Find a token from ``position`` on; -1 where there is none up to the most that what starts may have."""
        while True:
            found = self._buffer.find(token, position)
            if found >= 0 or len(self._buffer) - start > self._most or not self._more():
                return found

    def _skip_space(self, start: int) -> int:
        """Give the offset behind white space."""
        while True:
            match = _SPACE.match(self._buffer, start)
            end = match.end() if match else start
            if end < len(self._buffer) or not self._more():
                return end

    def _skip_misc(self, start: int) -> int:
        """Give the offset behind white space, comments and processing instructions."""
        while True:
            match = _MISC.match(self._buffer, start)
            end = match.end() if match else start
            rest = self._buffer[end : end + 5]
            is_cut = len(rest) < len(b"<?xml") or (rest.startswith((b"<!--", b"<?")) and rest != b"<?xml")
            if not is_cut or len(self._buffer) - start > self._most or not self._more():
                return end

    def _trim(self, start: int, end: int) -> int:
        """Give the end of what is not white space."""
        return start + len(self._buffer[start:end].rstrip())

    def _whole(self, start: int, end_of: Callable[[int], int]) -> int:
        """Find the end of what begins at ``start``; 0 where it has none or is too long."""
        while True:
            with contextlib.suppress(Incomplete):
                end = end_of(start)
                return end if end - start <= self.window_bytes else 0
            if len(self._buffer) - start > self.window_bytes or not self._more():
                return 0

    def _parses(self, start: int, end: int) -> bool:
        """Whether something is well-formed."""
        try:
            parse(self._buffer[start:end], self.head.wrapper, huge=self.huge)
        except etree.XMLSyntaxError:
            return False
        return True
