"""The functions that worker processes run: from bytes to results, without state between calls.

`treat` works on a chunk of records, `unite` on the records of whole series. The result for a record does not depend on
how the input was cut into chunks or on the number of workers.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from catindex.errors import DataError
from catindex.parallel import no_garbage_collection, peak_rss_bytes
from catindex.read.dialect import INDEX_1
from catindex.read.records import map_records, parse
from catindex.rules import dated, external_ids
from catindex.rules.hints import Hints, hints_in
from catindex.rules.keys import OTHER, RANKS, SERIES, key_of, kind_of
from catindex.rules.modernize import modernize
from catindex.rules.structure import Record, Slot, arranged
from catindex.series.relations import Edge, edges
from catindex.series.unify import Unified, number_orphan, unify
from catindex.write.xml import TITLES, Note, Rendered, digest_of, line_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence
    from datetime import date

    from lxml.etree import _Element as Element

    from catindex.read.chunks import Chunk, Span
    from catindex.read.dialect import Head
    from catindex.series.shelf import Group
    from catindex.write.xml import Renderer


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps for every record, in this order: dated rules, structure of 2.0, external ids, series, rendering.

    ``head`` describes the input, ``path`` is its name in messages. ``as_of`` applies the rules of
    `catindex.rules.dated`. ``unify`` joins series; ``series_limit`` and ``episodes_alone`` make several titles of one
    (see `catindex.series.unify`), ``show_evidence`` marks the source of each episode number. ``huge`` lifts the
    limits of libxml2.
    """

    head: Head
    path: str
    renderer: Renderer
    strip: bool = False
    unify: bool = False
    as_of: date | None = None
    series_limit: int | None = None
    episodes_alone: bool = False
    show_evidence: bool = False
    huge: bool = False


class Entry(NamedTuple):
    """The result for one child of the root, with its span in the chunk.

    ``digest`` distinguishes copies of a record. A part of a series has ``edges`` and waits for the other parts;
    anything else is ``rendered``. A malformed record has only a ``fault``.
    """

    span: Span
    key: str | None = None
    digest: bytes = b""
    edges: tuple[Edge, ...] | None = None
    rendered: Rendered | None = None
    ids: external_ids.Ids | None = None
    notes: tuple[Note, ...] = ()
    fault: DataError | None = None


class Usage(NamedTuple):
    """The peak memory of a process so far, in bytes."""

    process: int
    peak_rss_bytes: int


@dataclass(slots=True)
class United:
    """The result for a series, or for a part that leads to none.

    ``rendered`` are its titles in order. ``media`` are those of the series, ``members`` those of the records in it by
    key; ``alone`` are the keys of members that are titles of their own. The counts are those of `Unified`.
    """

    rendered: list[Rendered]
    media: frozenset[str]
    members: dict[str, frozenset[str]]
    alone: frozenset[str]
    synthesized: bool
    parts: Counter[str]
    evidence: Counter[tuple[str, str]]
    ids: external_ids.Ids
    notes: tuple[Note, ...]


@no_garbage_collection()
def treat(chunk: Chunk, plan: Plan) -> tuple[list[Entry], Usage]:
    """Treat the records of a chunk. Returns an entry for each child of the root. Raises MemoryError."""
    treat_child = partial(_treat_child, chunk=chunk, plan=plan)
    return map_records(chunk, plan.head, plan.path, treat_child, huge=plan.huge), usage()


def _treat_child(span: Span, element: Element | DataError, chunk: Chunk, plan: Plan) -> Entry:
    """Treat one child of the root."""
    if isinstance(element, DataError):
        return Entry(span, fault=element)
    if span.is_record:
        return _treat_record(span, element, chunk.data[span.start : span.end], plan)
    return _treat_other(span, element, plan)


def _treat_record(span: Span, element: Element, raw: bytes, plan: Plan) -> Entry:
    key = key_of(element)
    if plan.unify and key is not None and kind_of(key) in RANKS:
        # Everything else is done when the whole series is known: until then, the record waits as it is.
        return Entry(span, key, digest_of(raw), edges=tuple(edges(element, key)))
    hints = hints_in(raw)
    title, ids = _prepared(element, key, hints, plan)
    rendered = plan.renderer.render(title, mentions_streaming=hints.streaming)
    notes = rendered.notes
    if key is None:
        notes += (Note("no-id"),)
    elif kind_of(key) == OTHER:
        notes += (Note("unknown-kind", key.partition("/")[2]),)
    return Entry(span, key, rendered.digest, rendered=rendered, ids=ids, notes=notes)


def _prepared(element: Element, key: str | None, hints: Hints, plan: Plan) -> tuple[Record, external_ids.Ids]:
    """Apply the rules that concern a single record, and return it with the external ids found."""
    if plan.as_of is not None:
        dated.apply(element, plan.as_of)
    if plan.unify and plan.head.dialect == INDEX_1:
        modernize(element)
    record = arranged(element, key) if plan.unify else Record(element, key)
    if plan.strip:
        return record, external_ids.strip(record, hints.retired)
    return record, external_ids.Ids([], external_ids.sources(record.children(Slot.EXTERNAL_IDS)))


def _treat_other(span: Span, element: Element, plan: Plan) -> Entry:
    """Treat a child of the root that is not a record: only a run that neither splits nor joins lets it through."""
    if plan.unify or plan.renderer.outputs != (TITLES,):
        return Entry(span, notes=(Note("not-a-record", f"<{element.tag}>"),))
    if plan.as_of is not None:
        dated.apply(element, plan.as_of)
    removed: list[str] = []
    if plan.strip:
        if source := external_ids.retired(element):
            return Entry(span, ids=external_ids.Ids([source], []))
        removed = external_ids.strip_all(element)
    line = line_of(element, plan.head.wrapper)
    rendered = Rendered({TITLES: line}, frozenset(), digest_of(line), titles=0)
    return Entry(span, rendered=rendered, ids=external_ids.Ids(removed, []))


def same_when_written(one: bytes, other: bytes, plan: Plan) -> bool:
    """Return whether two copies of a part of a series, as read from the input, are written in the same way."""
    first, second = (
        line_of(_prepared(element, None, hints_in(raw), plan)[0].element)
        for raw in (one, other)
        for element in parse(raw, plan.head.wrapper, huge=plan.huge)
    )
    return first == second


def usage() -> Usage:
    """Return the peak memory of this process."""
    return Usage(os.getpid(), peak_rss_bytes())


@no_garbage_collection()
def unite(groups: Sequence[Group], plan: Plan) -> tuple[list[United], Usage]:
    """Make titles of several series; see `catindex.series.unify`. A group without a key is a part without a series."""
    return [_unite(group, plan) for group in groups], usage()


def _unite(group: Group, plan: Plan) -> United:
    ids = external_ids.Ids([], [])
    records = []
    mentions_streaming = False
    raw = b"".join(waiting.data for waiting in group.records)
    elements = parse(raw, plan.head.wrapper, huge=plan.huge)
    for waiting, element in zip(group.records, elements, strict=True):
        hints = hints_in(waiting.data)
        record, found = _prepared(element, waiting.key, hints, plan)
        mentions_streaming = mentions_streaming or hints.streaming
        ids.removed.extend(found.removed)
        ids.kept.extend(found.kept)
        records.append(record)
    unified = _unified(group, records, plan)
    rendered = [plan.renderer.render(title, mentions_streaming=mentions_streaming) for title in unified.titles]
    own = [
        each
        for each, title in zip(rendered, unified.titles, strict=True)
        if group.key is None or kind_of(title.key) == SERIES
    ]
    members = unified.media
    if plan.renderer.outputs == (TITLES,):  # nothing is split
        members = dict.fromkeys(unified.media, frozenset({TITLES}))
    notes = [Note("over-limit", f"{count} episodes in {key}") for key, count in unified.too_long.items()]
    notes += [Note("same-number", episodes) for episodes in unified.same_numbers]
    return United(
        rendered,
        frozenset[str]().union(*(each.media for each in own)),
        members,
        frozenset(title.key for title in unified.titles if title.key),
        unified.synthesized,
        unified.parts,
        unified.evidence,
        ids,
        (*notes, *(note for each in rendered for note in each.notes)),
    )


def _unified(group: Group, members: Sequence[Record], plan: Plan) -> Unified:
    if group.key is None:
        (part,) = members
        return Unified([part], synthesized=False, evidence=number_orphan(part))
    return unify(
        group.key,
        members,
        group.elsewhere,
        limit=plan.series_limit,
        episodes_alone=plan.episodes_alone,
        show_evidence=plan.show_evidence,
    )
