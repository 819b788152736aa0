"""Parses the records of a chunk, one after the other, with ``lxml.etree.iterparse``."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from lxml import etree

from catindex.errors import DataError
from catindex.read.dialect import WRAPPER
from catindex.read.syntax import RECOVER, SAFE, explain, is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lxml.etree import _Element as Element

    from catindex.read.chunks import Chunk, Span
    from catindex.read.dialect import Head

T = TypeVar("T")

# White space between elements is dropped and CDATA kept, wherever records are parsed.
_OPTIONS = {"remove_blank_text": True, "strip_cdata": False}


class _DamagedError(Exception):
    """The elements of a chunk are not the ones that its tags announce."""


def map_records(
    chunk: Chunk, head: Head, path: str, function: Callable[[Span, Element | DataError], T], *, huge: bool = False
) -> list[T]:
    """Call a function for each child of the root in a chunk, in order, and return the results.

    The function gets the span and the element, which is cleared afterwards. If libxml2 finds anything wrong with the
    chunk, it is started again with each child parsed alone, and the function gets a DataError in place of a malformed
    one; ``path`` is the input's name in it. So the function must not keep state between calls. Raises MemoryError.
    """
    try:
        return [function(span, element) for span, element in _parsed_together(chunk, head, huge=huge)]
    except _DamagedError:
        pass
    except etree.XMLSyntaxError as error:
        if is_out_of_memory(error):  # the records are not at fault
            raise MemoryError from error
    places = range(len(chunk.spans))
    return [function(chunk.spans[place], _parsed_alone(chunk, place, head, path, huge=huge)) for place in places]


def _parsed_together(chunk: Chunk, head: Head, *, huge: bool) -> Iterator[tuple[Span, Element | DataError]]:
    """Yield the children of the root in a chunk. Raises XMLSyntaxError or _DamagedError, maybe after the last one."""
    sound = [place for place, span in enumerate(chunk.spans) if span.fault is None]
    elements = _children(_Feed(chunk, sound, head.wrapper), head.record, huge=huge)
    for span in chunk.spans:
        if span.fault is not None:
            yield span, span.fault
        elif (element := next(elements, None)) is not None:
            yield span, element
        else:
            raise _DamagedError
    if next(elements, None) is not None:
        raise _DamagedError


def _children(feed: _Feed, record: str, *, huge: bool) -> Iterator[Element]:
    """Yield the children of the root, clearing each record afterwards."""
    options = SAFE | _OPTIONS | {"huge_tree": huge}
    context = etree.iterparse(feed, events=("end",), tag=record, **options)
    last: Element | None = None  # the parser continues behind it, so it stays in the tree for now
    for _, element in context:
        root = element.getparent()
        if root is None:  # after some errors, lxml starts a new document with the next record
            raise _DamagedError
        if root.getparent() is not None:  # a record nested in another one
            continue
        before = list(element.itersiblings(preceding=True))
        for sibling in reversed(before):
            if sibling is not last and isinstance(sibling.tag, str):
                yield sibling
            root.remove(sibling)
        last = element
        yield element
        element.clear()
    for sibling in context.root:
        if sibling is not last and isinstance(sibling.tag, str):
            yield sibling


class _Feed:
    """A chunk as a file for iterparse.

    Each read returns one whole record. A cut inside a record could fall into white space, and libxml2 would then keep
    what it drops elsewhere.
    """

    def __init__(self, chunk: Chunk, sound: Sequence[int], wrapper: bytes) -> None:
        spans = ((_gap_before(chunk, place), chunk.spans[place].end) for place in sound)
        self._pieces = chain([wrapper], (chunk.data[start:end] for start, end in spans), [b"</r>"])

    def read(self, _: int) -> bytes:
        return next(self._pieces, b"")


def _gap_before(chunk: Chunk, place: int) -> int:
    """Return where the white space before a span begins, or whatever else separates it from the span before."""
    return chunk.spans[place - 1].end if place else 0


def _parsed_alone(chunk: Chunk, place: int, head: Head, path: str, *, huge: bool) -> Element | DataError:
    """Parse one child of the root. Return a DataError with the reason and the place if it is malformed."""
    span, begin = chunk.spans[place], _gap_before(chunk, place)
    if span.fault is not None:
        return span.fault
    try:
        (element,) = parse(chunk.data[begin : span.end], head.wrapper, huge=huge)
    except (etree.XMLSyntaxError, ValueError) as error:
        line, column = chunk.place(begin)
        what, hint = "a record does not end where its tags say", RECOVER
        if isinstance(error, etree.XMLSyntaxError):
            what, hint = explain(error, huge=huge)
            below, right = error.position
            line, column = line + below - 1, right if below > 1 else max(column + right - 1 - len(head.wrapper), 1)
        number = chunk.first_record + sum(before.is_record for before in chunk.spans[:place])
        return DataError(
            what, path=path, line=line, column=column, record=number if span.is_record else None, hint=hint
        )
    return element


def parse(data: bytes, wrapper: bytes = WRAPPER, *, huge: bool = False) -> list[Element]:
    """Parse the bytes of whole records and return them in order. Raises XMLSyntaxError and MemoryError."""
    parser = etree.XMLParser(collect_ids=False, **SAFE | _OPTIONS | {"huge_tree": huge})
    try:
        return list(etree.fromstring(wrapper + data + b"</r>", parser).iterchildren("*"))
    except etree.XMLSyntaxError as error:
        if is_out_of_memory(error):  # the records are not at fault
            raise MemoryError from error
        raise
