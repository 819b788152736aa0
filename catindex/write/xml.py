"""Renders titles as XML for each output, and writes the file of each output."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from catindex.read.dialect import WRAPPER
from catindex.rules.elements import Removals, serialize
from catindex.rules.formats import (
    DVD,
    MEDIA,
    MEDIUM_OF_FORMAT,
    STREAMING,
    media_of,
    media_of_part,
    owned,
    terms_of,
)
from catindex.rules.keys import DISC, SEASON, SERIES, kind_of, name_of
from catindex.series.relations import identities, unknown_children

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lxml.etree import _Element as Element

    from catindex.rules.formats import Owned
    from catindex.rules.structure import Record
    from catindex.write.report import Written

DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

#: The output of a run that does not split.
TITLES = "titles"

#: The output for titles, and parts of titles, that are available on neither medium.
UNAVAILABLE = "unavailable"


class Note(NamedTuple):
    """A warning about one title: a code of `catindex.write.report.WARNINGS`, and what was found."""

    code: str
    detail: str = ""


class Rendered(NamedTuple):
    """A title as it is written: the data for each of its outputs, and the media on which it is available.

    Without a split, its medium is `TITLES`. ``digest`` is equal for copies that are written in the same way.
    ``titles`` is the number of titles in the data of each output.
    """

    data: Mapping[str, Any]
    media: frozenset[str]
    digest: bytes
    notes: tuple[Note, ...] = ()
    titles: int = 1


class Renderer(Protocol):
    """Turns titles into output data. It runs in worker processes, so it has no state."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of all outputs."""

    def render(self, title: Record, *, mentions_streaming: bool) -> Rendered:
        """Render a title, and use it up.

        ``mentions_streaming`` is False if nothing in the title can belong to the streaming file only.
        """


def digest_of(*data: bytes) -> bytes:
    """Return a short digest of some bytes, the same in every process.

    It decides whether a second record with the same key is reported as an equal copy or as a conflict, so a checksum is
    enough. A cryptographic hash takes a tenth of the time of a run.
    """
    checksum = length = 0
    for piece in data:
        checksum = zlib.crc32(piece, checksum)
        length += len(piece)
    return checksum.to_bytes(4, "big") + length.to_bytes(8, "big")


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
        stragglers = self._stragglers(title, targets, mentions_streaming=mentions_streaming)
        data = {}
        for target in targets:
            removals = Removals()
            if media and parts:
                _keep_parts(title, parts, target, removals)
            for element, owner, record in stragglers:
                if owner != target and target in MEDIA:
                    removals.drop_from(element, record)
            data[target] = line_of(title.element, self.wrapper)
            removals.undo()
        notes = tuple(Note("unknown-format", term) for term in terms if term not in MEDIUM_OF_FORMAT)
        return Rendered(data, frozenset(media), digest_of(*data.values()), notes)

    def _stragglers(self, title: Record, targets: Sequence[str], *, mentions_streaming: bool) -> list[Owned]:
        """Return the elements that may be left out of a file. Titles that are only on DVD have none."""
        if self.keep_stragglers or not (STREAMING in targets or (DVD in targets and mentions_streaming)):
            return []
        return owned(title)

    def _targets(self, media: Collection[str], parts: Sequence[_Part]) -> list[str]:
        """Return the outputs that a title goes to."""
        targets = [medium for medium in MEDIA if medium in media and medium in self.outputs]
        nowhere = not media or any(part.media is not None and not part.media for part in parts)
        return [*targets, UNAVAILABLE] if nowhere and UNAVAILABLE in self.outputs else targets


class _Part(NamedTuple):
    """A part of a unified series: its record, the terms of its formats and its media (None if they are unknown)."""

    kind: str
    record: Record
    terms: list[str] | None
    media: set[str] | None


def _parts(series: Record) -> list[_Part]:
    parts = []
    for kind, record in series.parts:
        terms = terms_of(record)
        parts.append(_Part(kind, record, terms, media_of_part(kind, terms)))
    return parts


def _keep_parts(series: Record, parts: Sequence[_Part], target: str, removals: Removals) -> None:
    """Remove the parts that do not belong in a file, all links to them, and the lists that become empty."""
    kept = []
    for part in parts:
        if _is_listed(part, target):
            kept.append(part)
        else:
            removals.drop_from(part.record.element, series.element)
    if len(kept) == len(parts):
        return
    known = identities((part.record.key, part.kind, name_of(part.record.element)) for part in kept)
    for part in kept:
        if part.kind in (SEASON, DISC):
            for child in unknown_children(part.record.element, part.kind, known):
                removals.drop_from(child.element, series.element)


def _is_listed(part: _Part, target: str) -> bool:
    """Return whether a file lists a part."""
    if target == UNAVAILABLE:
        return part.media is not None and not part.media
    if part.media is None:  # it goes wherever its series goes, but discs only go to the DVD file
        return target == DVD or part.kind != DISC
    return target in part.media


class Sink(Protocol):
    """The destination of a file of titles."""

    def write(self, data: bytes) -> None:
        """Write the next bytes."""


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
