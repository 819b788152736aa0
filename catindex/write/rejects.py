"""The rejects: what ``--recover`` left out, byte for byte, as XML that says of each where it was and what was wrong."""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING

from catindex.write.xml import DECLARATION

if TYPE_CHECKING:
    from catindex.errors import DataError
    from catindex.write.xml import Sink

#: The most bytes in one element: libxml2 refuses texts above 10 MB, and base64 takes a third more.
MOST_TEXT_BYTES = 6 << 20

# What XML cannot hold; a carriage return would be read back as a new line.
_UNSPEAKABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Rejects:
    """Writes rejects into a sink; nothing as long as there are none."""

    def __init__(self, sink: Sink, path: str) -> None:
        """Begin with none. ``path`` is the input's, for the root tells it."""
        self._sink, self._path = sink, path
        self.count = 0

    def add(self, data: bytes, fault: DataError, place: tuple[int, int], offset: int) -> None:
        """Write one. ``place`` (line and column) and ``offset`` are where ``data`` begins in the decompressed input."""
        if not self.count:
            self._sink.write(DECLARATION + f"<rejects input={_quoted(self._path)}>\n".encode())
        self.count += 1
        known = {
            "record": fault.record,
            "after": fault.after,
            "line": place[0],
            "column": place[1],
            "offset": offset,
            "bytes": len(data),
            "what": fault.what,
            "at": f"{fault.line}:{fault.column}" if fault.line else None,
        }
        told = "".join(f" {name}={_quoted(str(value))}" for name, value in known.items() if value is not None)
        if len(data) <= MOST_TEXT_BYTES:
            self._sink.write(f"<reject{told}".encode() + _content(data) + b"</reject>\n")
            return
        self._sink.write(f"<reject{told}>\n".encode())
        for start in range(0, len(data), MOST_TEXT_BYTES):
            self._sink.write(b"<part" + _content(data[start : start + MOST_TEXT_BYTES]) + b"</part>\n")
        self._sink.write(b"</reject>\n")

    def end(self) -> None:
        """Close the root, if it was opened."""
        if self.count:
            self._sink.write(b"</rejects>\n")


def _content(data: bytes) -> bytes:
    """Give the end of a start tag and the text: as it is where XML can hold it, else in base64."""
    try:
        if not _UNSPEAKABLE.search(data.decode()):
            return b"><![CDATA[" + data.replace(b"]]>", b"]]]]><![CDATA[>") + b"]]>"
    except UnicodeDecodeError:
        pass
    return b' encoding="base64">' + base64.b64encode(data)


def _quoted(text: str) -> str:
    """Give an attribute's value, with its quotes; a new line is written so that it is not read back as a blank."""
    speakable = _UNSPEAKABLE.sub("\ufffd", text.encode("utf-8", "replace").decode())
    return '"' + html.escape(speakable).replace("\n", "&#10;").replace("\t", "&#9;") + '"'
