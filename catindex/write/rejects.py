"""Writes the rejects of ``--recover``: their exact bytes, with the place and the reason of each, as XML."""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING

from catindex.write.xml import DECLARATION

if TYPE_CHECKING:
    from catindex.errors import DataError
    from catindex.write.xml import Sink

#: The most bytes in one element: libxml2 refuses texts of more than 10 MB, and base64 adds a third.
MOST_TEXT_BYTES = 6 << 20

# Characters that XML cannot contain, and the carriage return, which would be read as a line feed.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Rejects:
    """Writes rejects to a sink. Without rejects, nothing is written."""

    def __init__(self, sink: Sink, path: str) -> None:
        """Start without rejects. ``path`` is the path of the input, which the root element names."""
        self._sink, self._path = sink, path
        self.count = 0

    def add(self, data: bytes, fault: DataError, place: tuple[int, int], offset: int) -> None:
        """Write a reject. Its ``data`` begins at ``place`` (line, column) and ``offset`` in the decompressed input."""
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
        attributes = "".join(f" {name}={_quoted(str(value))}" for name, value in known.items() if value is not None)
        if len(data) <= MOST_TEXT_BYTES:
            self._sink.write(f"<reject{attributes}".encode() + _content(data) + b"</reject>\n")
            return
        self._sink.write(f"<reject{attributes}>\n".encode())
        for start in range(0, len(data), MOST_TEXT_BYTES):
            self._sink.write(b"<part" + _content(data[start : start + MOST_TEXT_BYTES]) + b"</part>\n")
        self._sink.write(b"</reject>\n")

    def end(self) -> None:
        """Close the root, if it was opened."""
        if self.count:
            self._sink.write(b"</rejects>\n")


def _content(data: bytes) -> bytes:
    """Return the end of a start tag and the text: unchanged in CDATA if XML can contain it, else in base64."""
    try:
        if not _NOT_XML.search(data.decode()):
            return b"><![CDATA[" + data.replace(b"]]>", b"]]]]><![CDATA[>") + b"]]>"
    except UnicodeDecodeError:
        pass
    return b' encoding="base64">' + base64.b64encode(data)


def _quoted(text: str) -> str:
    """Return the value of an attribute with quotes. Line feeds and tabs are escaped to preserve them."""
    valid = _NOT_XML.sub("\ufffd", text.encode("utf-8", "replace").decode())
    return '"' + html.escape(valid).replace("\n", "&#10;").replace("\t", "&#9;") + '"'
