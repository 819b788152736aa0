"""What an availability offers: asked of the tree of its categories once, remembered by their bytes.

A dump of a million availabilities has a few hundred different ones, but for their dates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from catindex.marks import only
from catindex.markup import alone, cut, is_node
from catindex.read.chunks import parse
from catindex.read.dialect import WRAPPER
from catindex.rules.formats import owned_by_format, read_availability
from catindex.rules.structure import drop_twins


class Formats(NamedTuple):
    """The formats of an availability.

    ``named`` are all of them, each as its term in lower case and the category's bytes; ``terms`` and ``categories``
    (without what may be in them) only those that count. ``medium`` is that of the availability as a whole, if it has
    one; ``data`` all that it holds, and ``marked`` the same with marks around what is of one medium only.
    """

    named: tuple[tuple[str, bytes], ...]
    terms: tuple[str, ...]
    categories: tuple[bytes, ...]
    medium: str | None
    data: bytes
    marked: bytes


@lru_cache(maxsize=1 << 10)
def formats_of(inside: bytes, without_twins: bool = False, wrapper: bytes = WRAPPER) -> Formats:  # noqa: FBT001, FBT002 - by position it is cached faster
    """Read what is in an availability, as libxml2 writes it, within the start tag of the document.

    That of 1.x comes ``without_twins``: categories that say again what another one says.
    """
    element = b"<availability>%s</availability>" % inside
    (availability,) = parse(element, wrapper)
    pieces = cut(element).inside
    nodes = iter(list(availability))
    told = [(piece, next(nodes) if is_node(piece) else None) for piece in pieces]
    if without_twins:
        drop_twins(list(availability.iterchildren("category")))
        told = [(piece, node) for piece, node in told if node is None or node.getparent() is availability]
    read = read_availability(availability)
    bytes_of = {node: piece for piece, node in told if node is not None}
    media = dict(owned_by_format(*read))
    medium = media.pop(availability, None)
    marked = [only(media[node], piece) if node is not None and node in media else piece for piece, node in told]
    return Formats(
        tuple((term, bytes_of[category]) for category, term in read.named),
        tuple(term for _, term in read.counted),
        tuple(alone(bytes_of[category]) for category, _ in read.counted),
        medium,
        b"".join([piece for piece, _ in told]),
        b"".join(marked),
    )
