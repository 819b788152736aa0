"""What in the bytes of a title belongs to some files only: it stands between marks, and is left out of the others.

The marks are control characters, which no XML holds. They are never nested.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catindex.rules.formats import DVD, STREAMING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Beside the media: any file that is no medium's, where titles stand whole.
WHOLE = "whole"

_ALL = frozenset({STREAMING, DVD, WHOLE})

# What a run of bytes begins with that is only for these files; nothing is put around what is for all.
_BEGIN = {
    frozenset({STREAMING, WHOLE}): b"\x01",
    frozenset({DVD, WHOLE}): b"\x02",
    frozenset({STREAMING}): b"\x05",
    frozenset({DVD}): b"\x06",
    frozenset({WHOLE}): b"\x07",
}
_END = b"\x03"
_FILES = {mark: files for files, mark in _BEGIN.items()}
_RUN = re.compile(rb"([%b][^%b]*%b)" % (b"".join(_FILES), _END, _END))

# By file: the marks of runs that are not for it, each with the pattern of such a run, and those that are left then.
_OTHERS = {
    file: [(mark, re.compile(rb"%b[^%b]*%b" % (mark, _END, _END))) for mark in _FILES if file not in _FILES[mark]]
    for file in _ALL
}
_LEFT = {file: [*(mark for mark in _FILES if file in _FILES[mark]), _END] for file in _ALL}


def only(medium: str, data: bytes) -> bytes:
    """Mark bytes as belonging to one medium only."""
    files = frozenset({medium, WHOLE})
    if _END not in data:
        return _BEGIN[files] + data + _END
    return b"".join([_marked(run, files) for run in _RUN.split(data)])


def _marked(run: bytes, files: frozenset[str]) -> bytes:
    """Mark a run of bytes as being for some files, and maybe fewer by a mark of its own."""
    if run.endswith(_END):
        files &= _FILES[run[:1]]
        run = run[1:-1]
    return _BEGIN[files] + run + _END if run and files else b""


def versions(data: Mapping[str, bytes]) -> bytes:
    """Mark what is written in different ways: for the media, and `WHOLE` for any other file."""
    if len(set(data.values())) == 1:
        return data[WHOLE]
    return b"".join([_marked(version, frozenset({file})) for file, version in data.items()])


#: The medium of something, if it is of one only, and its bytes in pieces.
Told = tuple["str | None", list[bytes]]


def around(before: bytes, entries: Sequence[Told], behind: bytes) -> Told:
    """Put entries into what holds them: that is a medium's if all entries are, else each of these is marked."""
    media = {medium for medium, _ in entries}
    pieces = [before]
    if len(media) == 1:
        (whole,) = media
        for _, data in entries:
            pieces += data
    else:
        whole = None
        for medium, data in entries:
            pieces += data if medium is None else [only(medium, b"".join(data))]
    pieces.append(behind)
    return whole, pieces


def is_marked(data: bytes) -> bool:
    """Whether anything in these bytes is left out of some files."""
    return _END in data


def render(data: bytes, target: str) -> bytes:
    """Give the bytes for an output: for a medium without what belongs to the other one only, else whole."""
    if _END not in data:
        return data
    file = target if target in _ALL else WHOLE
    for mark, run in _OTHERS[file]:
        if mark in data:
            data = run.sub(b"", data)
    for mark in _LEFT[file]:
        data = data.replace(mark, b"")
    return data
