"""Titles as XML: how a title is rendered for each output, and the file that holds the titles of one output."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from catindex.read.dialect import WRAPPER
from catindex.rules.elements import drop_from, serialize
from catindex.rules.formats import DVD, MEDIA, MEDIUM_OF_FORMAT, media_of, media_of_part, streamline, terms_of
from catindex.rules.keys import DISC, SEASON, SERIES, key_of, kind_of
from catindex.rules.structure import PART_SLOTS, Record, nested_records
from catindex.series.relations import children

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lxml.etree import _Element as Element

    from catindex.write.report import Written

DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

#: The output of a run that does not split.
TITLES = "titles"

#: The output for titles, and parts of titles, that are available in neither medium.
UNAVAILABLE = "unavailable"


class Note(NamedTuple):
    """A warning about one title: a code of `catindex.write.report.WARNINGS`, and what was found."""

    code: str
    detail: str = ""


class Rendered(NamedTuple):
    """What is written of a title: the data for each output that it goes to, and the media it is available in.

    Without a split, its medium is `TITLES`. ``digest`` is equal for copies that are written in the same way.
    ``titles`` is the number of titles in the data of each output.
    """

    data: Mapping[str, Any]
    media: frozenset[str]
    digest: bytes
    notes: tuple[Note, ...] = ()
    titles: int = 1


class Renderer(Protocol):
    """Turns titles into what is written of them. It runs in worker processes, so it has no state."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of all outputs."""

    def render(self, title: Record, *, mentions_streaming: bool) -> Rendered:
        """Render a title, and use it up.

        ``mentions_streaming`` is False if nothing in the title can belong to the streaming file only.
        """


def digest_of(*data: bytes) -> bytes:
    """Return a digest of some bytes that is the same in every process."""
    digest = hashlib.blake2b(digest_size=8)
    for piece in data:
        digest.update(piece)
    return digest.digest()


def line_of(element: Element, wrapper: bytes = WRAPPER) -> bytes:
    """Return a title as a line of its own.

    lxml declares the prefixes of ``wrapper`` again in every title; the root of the output declares them once.
    """
    line = serialize(element)
    if wrapper == WRAPPER:
        return line
    tag, end, rest = line.partition(b">")
    return tag.replace(wrapper[2:-1], b"") + end + rest


@dataclass(frozen=True, slots=True)
class XmlRenderer:
    """Renders titles as they are, for one output."""

    wrapper: bytes = WRAPPER
    outputs: tuple[str, ...] = (TITLES,)

    def render(self, title: Record, *, mentions_streaming: bool) -> Rendered:  # noqa: ARG002 - a renderer's signature
        """Return the title as one line."""
        line = line_of(title.element, self.wrapper)
        return Rendered({TITLES: line}, frozenset({TITLES}), digest_of(line))


@dataclass(frozen=True, slots=True)
class SplitRenderer:
    """Renders titles for the files of the media: each without what belongs only to the other medium.

    ``outputs`` are some of `MEDIA` and `UNAVAILABLE`. With ``keep_stragglers``, nothing is removed from a title but the
    parts of a series that are not available.
    """

    outputs: tuple[str, ...]
    keep_stragglers: bool = False
    wrapper: bytes = WRAPPER

    def render(self, title: Record, *, mentions_streaming: bool) -> Rendered:
        """Return the title for each file in which it, or any of its parts, is available."""
        parts = _parts(title) if kind_of(title.key) == SERIES else []
        terms = terms_of(title) or []
        media = media_of(terms).union(*(part.media for part in parts if part.media))
        terms += [term for part in parts for term in part.terms or ()]
        targets = self._targets(media, parts)
        data = {}
        for target in targets:
            copy = title if target is targets[-1] else Record(deepcopy(title.element))
            if media and parts:
                _keep_parts(copy, parts, target)
            if target in MEDIA and not self.keep_stragglers and (target != DVD or mentions_streaming):
                streamline(copy, target)
            data[target] = line_of(copy.element, self.wrapper)
        notes = tuple(Note("unknown-format", term) for term in terms if term not in MEDIUM_OF_FORMAT)
        return Rendered(data, frozenset(media), digest_of(*data.values()), notes)

    def _targets(self, media: Collection[str], parts: Sequence[_NestedPart]) -> list[str]:
        """Return the outputs that a title goes to."""
        targets = [medium for medium in MEDIA if medium in media and medium in self.outputs]
        nowhere = not media or any(part.media is not None and not part.media for part in parts)
        return [*targets, UNAVAILABLE] if nowhere and UNAVAILABLE in self.outputs else targets


class _NestedPart(NamedTuple):
    """A part nested in a unified series: the terms of its formats and its media, None if they are unknown."""

    kind: str
    key: str | None
    terms: list[str] | None
    media: set[str] | None


def _nested(series: Record) -> list[tuple[Element, str]]:
    """Return the records nested in a series' lists, each with the kind that its list is for."""
    return [(element, kind) for slot, kind in PART_SLOTS.items() for element in nested_records(series.children(slot))]


def _parts(series: Record) -> list[_NestedPart]:
    parts = []
    for element, kind_of_list in _nested(series):
        key, terms = key_of(element), terms_of(Record(element))
        kind = kind_of(key) if key else kind_of_list
        parts.append(_NestedPart(kind, key, terms, media_of_part(kind, terms)))
    return parts


def _keep_parts(series: Record, parts: Sequence[_NestedPart], target: str) -> None:
    """Remove the parts that do not belong in a file, all links to them, and the lists that become empty."""
    gone = {part.key for part in parts if not _is_listed(part, target)}
    left = []
    for (element, _), part in zip(_nested(series), parts, strict=True):
        if _is_listed(part, target):
            left.append((element, part))
        else:
            drop_from(element, series.element)
    gone.discard(None)
    for element, part in left if gone else ():
        if part.kind in (SEASON, DISC):
            for child in children(element, part.kind):
                if child.key in gone:
                    drop_from(child.element, series.element)


def _is_listed(part: _NestedPart, target: str) -> bool:
    """Return whether a file lists a part."""
    if target == UNAVAILABLE:
        return part.media is not None and not part.media
    if part.media is None:  # it goes wherever its series goes, but discs only go to the DVD file
        return target == DVD or part.kind != DISC
    return target in part.media


class Sink(Protocol):
    """Where a file of titles is written."""

    def write(self, data: bytes) -> None:
        """Take the next bytes."""


class TitleFile:
    """Writes titles between the tags of a root, and counts them in ``written.titles``."""

    def __init__(self, sink: Sink, start_tag: bytes, root: str, written: Written) -> None:
        """Write the XML declaration and the start tag of the root."""
        self._sink, self._root, self.written = sink, root, written
        sink.write(DECLARATION + start_tag + b"\n")

    def write(self, line: bytes, titles: int = 1) -> None:
        """Write a line that holds this number of titles."""
        self._sink.write(line)
        self.written.titles += titles

    def end(self) -> None:
        """Write the end tag of the root."""
        self._sink.write(f"</{self._root}>\n".encode())
