"""What in the bytes of a title belongs to one medium only: it stands between marks, and is left out of the other file.

The marks are control characters, which no XML holds. They are never nested.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catindex.formats import DVD, STREAMING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEGIN = {STREAMING: b"\x01", DVD: b"\x02"}
_END = b"\x03"
_MARKS = (*_BEGIN.values(), _END)
_OTHERS = {STREAMING: re.compile(rb"\x02[^\x03]*\x03"), DVD: re.compile(rb"\x01[^\x03]*\x03")}


def only(medium: str, data: bytes) -> bytes:
    """Mark bytes as belonging to one medium only."""
    return _BEGIN[medium] + data + _END


def around(before: bytes, entries: Sequence[tuple[str | None, bytes]], behind: bytes) -> bytes:
    """Put entries, each with its medium or None, into what holds them: that is a medium's if all entries are."""
    media = {medium for medium, _ in entries}
    if len(media) > 1:
        return b"".join([before, *[data if medium is None else only(medium, data) for medium, data in entries], behind])
    data = b"".join([before, *[entry for _, entry in entries], behind])
    whole = next(iter(media), None)
    return data if whole is None else only(whole, data)


def is_marked(data: bytes) -> bool:
    """Whether anything in these bytes belongs to one medium only."""
    return _END in data


def render(data: bytes, target: str) -> bytes:
    """Give the bytes for an output: for a medium without what belongs to the other one only, else all."""
    if _END not in data:
        return data
    if (others := _OTHERS.get(target)) is not None:
        data = others.sub(b"", data)
    for mark in _MARKS:
        data = data.replace(mark, b"")
    return data
