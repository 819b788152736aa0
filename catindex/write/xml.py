"""A file of titles in XML: declaration, root, a title a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from catindex.write.report import Written

DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Sink(Protocol):
    """What a file of titles is written to."""

    def write(self, data: bytes) -> None:
        """Take the next bytes."""


class TitleFile:
    """Writes titles into a sink, between the root's tags, and counts them in ``written.titles``."""

    def __init__(self, sink: Sink, start_tag: bytes, root: str, written: Written) -> None:
        """Write the beginning. ``start_tag`` is the root's, for it may have attributes."""
        self._sink, self._root, self.written = sink, root, written
        sink.write(DECLARATION + start_tag + b"\n")

    def write(self, titles: bytes, count: int) -> None:
        """Write so many titles, each a line of its own."""
        if titles:
            self._sink.write(titles)
        self.written.titles += count

    def end(self) -> None:
        """Close the root."""
        self._sink.write(f"</{self._root}>\n".encode())
