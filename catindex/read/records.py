"""Parses the records of a chunk, one after the other, with ``lxml.etree.iterparse``."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from lxml import etree

from catindex.errors import DataError
from catindex.read.dialect import WRAPPER
from catindex.read.syntax import RECOVER, SAFE, explain, is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element as Element

    from catindex.read.chunks import Chunk, Span
    from catindex.read.dialect import Head

# White space between elements is dropped and CDATA kept, wherever records are parsed.
_OPTIONS = {"remove_blank_text": True, "strip_cdata": False}


def records(chunk: Chunk, head: Head, path: str, *, huge: bool = False) -> Iterator[tuple[Span, Element | DataError]]:
    """Yield each child of the root in a chunk with its span, in order.

    An element is cleared when the next one is asked for. A child that is not well-formed yields a DataError instead;
    ``path`` is the input's name in it. Raises MemoryError.
    """
    sound = [place for place, span in enumerate(chunk.spans) if span.fault is None]
    parsed = _parsed(chunk, sound, head, path, huge=huge)
    for span in chunk.spans:
        yield span, next(parsed) if span.fault is None else span.fault


def _parsed(chunk: Chunk, sound: Sequence[int], head: Head, path: str, *, huge: bool) -> Iterator[Element | DataError]:
    """Yield an element or a DataError for each of these spans: after the first fault, each is parsed alone."""
    done = 0
    try:
        for element in _children(_Feed(chunk, sound, head.wrapper), head.record, huge=huge):
            yield element
            done += 1
    except etree.XMLSyntaxError as error:
        if is_out_of_memory(error):  # the records are not at fault
            raise MemoryError from error
    for place in sound[done:]:
        yield _parsed_alone(chunk, place, head, path, huge=huge)


def _children(feed: _Feed, record: str, *, huge: bool) -> Iterator[Element]:
    """Yield the children of the root, clearing each one afterwards. Raises XMLSyntaxError."""
    options = SAFE | _OPTIONS | {"huge_tree": huge}
    context = etree.iterparse(feed, events=("end",), tag=record, **options)
    last: Element | None = None  # the parser continues behind it, so it stays in the tree for now
    for _, element in context:
        root = element.getparent()
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
    """Parse one child of the root; return a DataError that says what is wrong with it and where."""
    span, begin = chunk.spans[place], _gap_before(chunk, place)
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
