"""Parts of series while they wait: XML only of what tells how parts make a series, the rest as sealed bytes.

In the tree that is made of such a record an element stands for each run of sealed children. It is written into the
title as if it were these children, and gives way to their bytes at the very end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from catindex.structure import RECORD, SEALED, Slot
from catindex.usual.marks import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from catindex.usual.read import Child

# None of these is in any XML.
_PLACE, _TEXT_END = b"\x04", b"\0"

_BEGIN, _END = f"<{RECORD}>".encode(), f"</{RECORD}>".encode()
_END_OF_LINE = _END + b"\n"
_STAND_IN = f'<{SEALED}%d place="%b"/>'.encode()
_STAND_INS = re.compile(_STAND_IN.replace(b"%d", rb"[0-9]+").replace(b"%b", rb"([0-9]+)"))

# Between these, children of a title may be put in (formats, parts and their numbers); a run of sealed ones ends there.
_BORDERS = (Slot.FORMATS, Slot.SEASONS, Slot.AVERAGE_RATING, Slot.UNKNOWN, Slot.UPDATED)


def whole(children: Iterable[Child]) -> bytes:
    """Give a whole title of its children, with its marks, as a line of its own."""
    return b"".join([_BEGIN, *[data for _, data, _ in children], _END_OF_LINE])


def seal(children: Sequence[Child]) -> bytes:
    """Give a record whose children are sealed, but for those that tell how parts make a series."""
    told = [_BEGIN]
    sealed: list[list[bytes]] = []
    limit = 0
    for slot, data, telling in children:
        if telling:
            told.append(data)
            limit = 0
        elif slot < limit:
            sealed[-1].append(data)
        else:
            told.append(_STAND_IN % (slot, _PLACE))
            sealed.append([data])
            limit = next((border for border in _BORDERS if slot < border), Slot.UPDATED + 1)
    told.append(_END)
    return b"".join([*told, *[_TEXT_END + b"".join(run) for run in sealed or [[]]]])


def is_sealed(record: bytes) -> bool:
    """Whether a record's bytes are sealed, rather than plain XML."""
    return _TEXT_END in record


class Seals:
    """What is sealed in the records of one series."""

    def __init__(self, records: Iterable[bytes]) -> None:
        """Note whether an element of the records themselves looks like what stands for sealed children."""
        self._texts: list[bytes] = []
        self._is_ambiguous = any(SEALED.encode() in record for record in records if not is_sealed(record))

    def xml(self, record: bytes) -> bytes:
        """Give a record as XML, in which elements stand for what is sealed, or as it is if it is not sealed."""
        if not is_sealed(record):
            return record
        told, *texts = record.split(_TEXT_END)
        begin, *further = told.split(_PLACE)
        if self._is_ambiguous:
            return _STAND_INS.sub(lambda place: render(texts[int(place[1])], ""), _numbered(begin, further, 0))
        xml = _numbered(begin, further, len(self._texts))
        self._texts += texts[: len(further)]
        return xml

    def open(self, title: bytes, target: str) -> bytes:
        """Put what is sealed back into a title that goes to an output."""
        if not self._texts:
            return title
        pieces = _STAND_INS.split(title)
        pieces[1::2] = [render(self._texts[int(place)], target) for place in pieces[1::2]]
        return b"".join(pieces)


def _numbered(begin: bytes, further: Sequence[bytes], first: int) -> bytes:
    """Give XML in which the elements that stand for sealed children are numbered, from ``first`` on."""
    return b"".join([begin, *[b"%d%b" % place for place in enumerate(further, first)]])
