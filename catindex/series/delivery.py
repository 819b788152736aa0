"""The formats of a record of a series: its availabilities, and the elements around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from catindex.marks import is_marked, render
from catindex.markup import attribute, cut, name_of, with_attribute
from catindex.offers import formats_of
from catindex.rules.formats import MEDIA, MEDIUM_OF_FORMAT
from catindex.series.items import Branch

if TYPE_CHECKING:
    from collections.abc import Collection

    from catindex.marks import Told
    from catindex.offers import Formats
    from catindex.series.children import Manner
    from catindex.series.items import Item

FROM, UNTIL = "available_from", "available_until"

_END = b"</availability>"

# A link around availabilities and nothing else, and the start tag of one that is not empty.
_USUAL = re.compile(
    rb"(<link [^>]*[^/>]>)<delivery_formats>(<availability.*</availability>)</delivery_formats></link>", re.DOTALL
)
_START = re.compile(rb"<availability(?: [^>]*[^/>])?>")


class Availability:
    """When a title is available in some formats."""

    __slots__ = ("_end", "_manner", "_start", "formats")

    def __init__(self, start: bytes, inside: bytes, manner: Manner) -> None:
        """Read its start tag, which is not closed in itself, and what is in it."""
        self._start, self._manner = start, manner
        # What comes behind the formats is another one's in each, and there are only a few different formats.
        formats, runtime, end = inside.partition(b"<runtime>")
        if b"<category" in end:
            formats, runtime, end = inside, b"", b""
        self._end = runtime + end
        self.formats: Formats = formats_of(formats, False, manner.wrapper)  # noqa: FBT003 - by position it is cached faster

    @property
    def dates(self) -> tuple[str | None, str | None]:
        """From and until when, as text in Unix seconds; None where that is not said."""
        return attribute(self._start, FROM), attribute(self._start, UNTIL)

    def add_date(self, name: str, date: str) -> None:
        """Say from or until when, where nothing is said of that."""
        if attribute(self._start, name) is None:
            self._start = with_attribute(self._start, name, date)

    def bare(self) -> Availability:
        """Copy dates and formats, but not what belongs to the one it comes from: runtime, quality, ratings."""
        return Availability(self._start, b"".join(self.formats.categories), self._manner)

    def leave_out(self, media: Collection[str]) -> bool:
        """Take out formats of these media. False where that were all that it has."""
        others = [piece for term, piece in self.formats.named if MEDIUM_OF_FORMAT.get(term, MEDIA[0]) in media]
        if others:
            left = [piece for piece in cut(b"<x>%s</x>" % self.formats.data).inside if piece not in others]
            formats = formats_of(b"".join(left), False, self._manner.wrapper)  # noqa: FBT003
            if not formats.named:
                return False
            self.formats = formats
        return True

    def told(self, target: str) -> Told:
        """Give its medium and bytes."""
        mark = self._manner.mark
        inside = render(self.formats.marked, target) if mark else self.formats.data
        if not inside and not self._end:
            return None, [self._start[:-1] + b"/>"]
        return self.formats.medium if mark else None, [self._start, inside, self._end, _END]


class Delivery(NamedTuple):
    """A child that tells formats: itself, the ``delivery_formats`` in it, and all availabilities in these."""

    child: Branch
    containers: list[Branch]
    availabilities: list[Availability]


def open_formats(data: bytes, manner: Manner) -> Delivery:
    """Open a child that tells formats, a link or ``delivery_formats``."""
    return _usual(data, manner) or _any(data, manner)


def _usual(data: bytes, manner: Manner) -> Delivery | None:
    """Open what looks as it does in all known dumps; None for anything else."""
    link = _USUAL.fullmatch(data)
    if link is None or b"<!" in link[2] or b"<?" in link[2]:
        return None
    availabilities = []
    for element in link[2].split(_END)[:-1]:
        start = _START.match(element)
        if start is None or element.count(b"<availability") > 1:
            return None
        availabilities.append(Availability(start[0], element[start.end() :], manner))
    container = Branch(b"<delivery_formats>", [*availabilities], b"</delivery_formats>")
    child = Branch(link[1], [container], b"</link>")
    media = {availability.formats.medium if manner.mark else None for availability in availabilities}
    if len(media) == 1 and not any(manner.mark and is_marked(one.formats.marked) for one in availabilities):
        child.known = media.pop(), [data]
    return Delivery(child, [container], availabilities)


def _any(data: bytes, manner: Manner) -> Delivery:
    containers: list[Branch] = []
    found: list[Availability] = []

    def opened(container: bytes) -> Branch:
        start, inside, end = cut(container)
        items = [_availability(piece, manner) if name_of(piece) == b"availability" else piece for piece in inside]
        found.extend(item for item in items if isinstance(item, Availability))
        containers.append(Branch(start, [*items], end))
        return containers[-1]

    if name_of(data) == b"delivery_formats":
        return Delivery(opened(data), containers, found)
    start, inside, end = cut(data)
    items: list[bytes | Item] = [opened(piece) if name_of(piece) == b"delivery_formats" else piece for piece in inside]
    return Delivery(Branch(start, items, end), containers, found)


def _availability(element: bytes, manner: Manner) -> Availability:
    start, inside, _ = cut(element)
    return Availability(start, b"".join(inside), manner)
