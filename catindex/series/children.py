"""The children of a part as bytes: taken out of its tree, and packed while it waits for the rest of its series."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.marks import WHOLE, is_marked, versions
from catindex.markup import cut, is_node, joined, undeclared
from catindex.read.dialect import WRAPPER
from catindex.rules.elements import Cuttings
from catindex.rules.formats import MEDIA, nest, streamline
from catindex.rules.structure import RECORD, Slot, layout_of, slot_of
from catindex.rules.vocabulary import rel_of
from catindex.series.numbers import NUMBER_TEXTS
from catindex.series.relations import kind_of_rel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

    from catindex.rules.formats import Nest

#: A child of a record: its slot, its bytes, whether it tells anything of how parts make a series, and its medium if it
#: is of one only. In one that tells nothing what is of one medium only is marked, and nobody looks into it any more.
Child = tuple[int, bytes, bool, "str | None"]

START = f"<{RECORD}>".encode()
END = f"</{RECORD}>".encode()

_YEAR = "release_year"
_TELLING_SLOTS = frozenset({Slot.ID, Slot.TITLE, Slot.FORMATS})

# What a waiting record is made of: no XML holds a zero, and a character tells the slot of a child, whether it tells
# anything, and its medium.
_ZERO = b"\0"
_SLOTS = Slot.UPDATED + 1
_NATURES: tuple[tuple[bool, str | None], ...] = ((False, None), (True, None), *((False, medium) for medium in MEDIA))
_FIRST_CODE = {nature: ord(" ") + _SLOTS * number for number, nature in enumerate(_NATURES)}
_CHILD_OF_CODE = {code + slot: (slot, *nature) for nature, code in _FIRST_CODE.items() for slot in range(_SLOTS)}

# Between these, children of a title may be put in (formats, parts and their numbers); a run of silent ones ends there.
_BORDERS = (Slot.FORMATS, Slot.SEASONS, Slot.AVERAGE_RATING, Slot.UNKNOWN, Slot.UPDATED)


class Manner(NamedTuple):
    """How records become bytes.

    ``mark`` puts marks around what belongs to one medium only. With ``years_tell`` the years of parts tell how a series
    is broken up. ``wrapper`` is the start tag that records are parsed in.
    """

    mark: bool
    years_tell: bool = False
    wrapper: bytes = WRAPPER

    def tells(self, name: str) -> bool:
        """Whether a leaf of this name tells anything of how parts make a series."""
        return name in NUMBER_TEXTS or (self.years_tell and name == _YEAR)


def children_of(record: Element, manner: Manner) -> tuple[bytes, list[Child]]:
    """Give the start tag of a record in 2.0 structure, and its children in the order of every title."""
    start, pieces, _ = _cut(record, manner.wrapper)
    told = _by_file(record, manner.wrapper) if manner.mark else {}
    children: list[Child] = []
    slot = Slot.ID
    for piece, node in pieces:
        telling, data = False, piece
        if node is not None:
            slot = slot_of(node)
            telling = _tells(node, slot, manner)
            data = versions(told[node] | {WHOLE: piece}) if node in told and not telling else piece
        children.append((slot, data, telling, None))
    children.sort(key=lambda child: child[0])
    return start, children


def marked(record: Element, wrapper: bytes) -> bytes:
    """Write a record that is nested in a list, with marks around what is of one medium only."""
    start, pieces, end = _cut(record, wrapper)
    told = _by_file(record, wrapper)
    data = [versions(told[node] | {WHOLE: piece}) if node in told else piece for piece, node in pieces]
    return joined(start, data, end)


def _cut(record: Element, wrapper: bytes) -> tuple[bytes, list[tuple[bytes, Element | None]], bytes]:
    """Cut the bytes of a record into its start tag, pieces, each with the node that it is or None for text, its end."""
    start, inside, end = cut(_written(record, wrapper))
    nodes = iter(list(record))
    return start, [(piece, next(nodes) if is_node(piece) else None) for piece in inside], end


def _written(element: Element, wrapper: bytes) -> bytes:
    return undeclared(etree.tostring(element, encoding="utf-8", with_tail=False), wrapper)


def _by_file(record: Element, wrapper: bytes) -> dict[Element | None, dict[str, bytes]]:
    """Give for each child in which anything is of one medium only what is left of it in the file of each."""
    read = nest(record, layout_of(record))
    children = _tops(read, record)
    found: dict[Element | None, dict[str, bytes]] = {child: {} for child in children}
    for medium in MEDIA:
        cuttings = Cuttings()
        streamline(read, medium, cuttings)
        for child in children:
            found[child][medium] = b"" if child.getparent() is None else _written(child, wrapper)
        cuttings.restore()
    return found


def _tops(read: Nest, record: Element) -> set[Element]:
    """Give the children of a record in which anything is of one medium only."""
    tops = {element for inner in read.nested for element in _tops(inner, inner.record)}
    found = set()
    for element in tops | {element for element, _ in read.owned}:
        top = element
        while (parent := top.getparent()) is not None and parent is not record:
            top = parent
        found.add(top)
    return found


def _tells(node: Element, slot: int, manner: Manner) -> bool:
    if slot in _TELLING_SLOTS:
        return isinstance(node.tag, str)
    if node.tag == "link":
        return kind_of_rel(node.get("rel") or rel_of(node)) is not None
    return node.tag == "show" or manner.tells(str(node.tag))


def pack(start: bytes, children: Iterable[Child]) -> bytes:
    """Give a record as the bytes of it that wait: its start tag, what each child is, and the children, between zeros.

    Silent children in a row are put together, if they are of the same medium and all have marks or none.
    """
    codes = bytearray()
    pieces: list[bytes] = []
    limit = 0
    last: tuple[bool, str | None] = False, None
    for slot, data, telling, medium in children:
        nature = is_marked(data), medium
        if telling or slot >= limit or nature != last:
            codes.append(_FIRST_CODE[telling, None if telling else medium] + slot)
            pieces.append(_ZERO)
            limit = 0 if telling else next((border for border in _BORDERS if slot < border), Slot.UPDATED + 1)
            last = nature
        pieces.append(data)
    return b"".join([start, _ZERO, codes, *pieces])


def unpack(data: bytes) -> tuple[bytes, list[Child]]:
    """Give back the start tag and the children of a record that has waited."""
    start, codes, *pieces = data.split(_ZERO)
    found = []
    for code, piece in zip(codes, pieces, strict=True):
        slot, telling, medium = _CHILD_OF_CODE[code]
        found.append((slot, piece, telling, medium))
    return start, found
