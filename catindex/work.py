"""The work on titles: pure functions from records to bytes, without any state between two calls.

That is what makes catindex fast and safe: slices can be worked on in any process, counts add up by addition, and the
result does not depend on how the input was cut.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex import dated, external_ids
from catindex.dialect import INDEX_1, WRAPPER, newlines
from catindex.errors import DataError
from catindex.external_ids import Ids
from catindex.formats import MEDIUM_OF_FORMAT, media_of
from catindex.reader import Slice, parse, records_or_faults
from catindex.series.family import Member
from catindex.series.relations import Edge, edges
from catindex.series.unify import Unified, number_orphan, unify
from catindex.split import Title, serialize, split, targets_of
from catindex.structure import Layout, Slot, arrange, layout_of, modernize, refresh
from catindex.title import OTHER, RANKS, SERIES, key_of, kind_of
from catindex.usage import no_garbage_collection
from catindex.usual.marks import render
from catindex.usual.read import Manner, Usual, read
from catindex.usual.seal import Seals, is_sealed, seal, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from lxml.etree import _Element as Element

    from catindex.series.shelf import Group

#: The one output of a command that does not split.
TITLES = "titles"

_TITLES, _NOWHERE = frozenset({TITLES}), frozenset[str]()


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with every title: any of strip, unify and split, in this order.

    ``dialect`` of the input and ``path`` for messages; ``outputs`` are the names of the files that are written
    (`TITLES`, or any of the media and `UNAVAILABLE`). ``as_of`` applies the rules of `catindex.dated` first;
    ``series_limit`` and ``episodes_alone`` make several titles of a series, as `catindex.series.unify` does.
    ``recover`` goes on after a malformed record, ``huge`` lifts the limits of libxml2. ``wrapper`` is the start tag in
    which records are parsed: what it declares, the root of each output declares, too. ``show_evidence`` lets numbers
    say where they came from.
    """

    dialect: str
    path: str
    outputs: tuple[str, ...] = (TITLES,)
    strip: bool = False
    unify: bool = False
    split: bool = False
    keep_stragglers: bool = False
    as_of: date | None = None
    series_limit: int | None = None
    episodes_alone: bool = False
    recover: bool = False
    huge: bool = False
    wrapper: bytes = WRAPPER
    show_evidence: bool = False


class Note(NamedTuple):
    """A warning about one title: its code, and what exactly was met."""

    code: str
    detail: str = ""


class Entry(NamedTuple):
    """What became of one record.

    ``line`` is where it starts in the input; ``start`` and ``end`` are its offsets in the slice, and ``digest`` tells
    copies apart (within one run). A part of a series has ``edges`` and waits for the others, as it stands or
    ``sealed``; any other record has its ``media`` and the length of its bytes in each output, where it goes there.
    ``removed`` and ``kept`` are the sources of its external ids. A malformed record has a ``fault``, and goes nowhere
    but among the rejects.
    """

    key: str | None
    line: int
    start: int
    end: int
    digest: int
    is_record: bool
    edges: tuple[Edge, ...] | None = None
    sealed: bytes = b""
    media: frozenset[str] = frozenset()
    lengths: tuple[int | None, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    fault: DataError | None = None


@dataclass(slots=True)
class Prepared:
    """A slice worked on: an entry for each child of the root, and for each output the bytes and how many titles."""

    entries: list[Entry]
    data: tuple[bytes, ...]
    titles: tuple[int, ...]

    def __reduce__(self) -> tuple[object, ...]:
        """Tell another process how to make it: tuples of what is in it take a fraction of the time of objects."""
        return _prepared, ([tuple(entry) for entry in self.entries], self.data, self.titles)


def _prepared(entries: list[tuple[Any, ...]], data: tuple[bytes, ...], titles: tuple[int, ...]) -> Prepared:
    return Prepared([Entry._make(entry) for entry in entries], data, titles)


class _Treated(NamedTuple):
    """What is made of one child of the root: its bytes by output, and what its `Entry` tells."""

    key: str | None = None
    data: Mapping[str, bytes] = {}
    edges: tuple[Edge, ...] | None = None
    sealed: bytes = b""
    media: frozenset[str] = frozenset()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class United:
    """A series as one title, or as several: its bytes and number of titles by output, and counts.

    ``media`` are its own, ``members`` those of the records in it by key, of which ``alone`` are titles of their own.
    """

    key: str | None
    media: frozenset[str]
    members: dict[str, frozenset[str]]
    alone: frozenset[str]
    data: dict[str, bytes]
    titles: Counter[str]
    synthesized: bool
    parts: Counter[str]
    evidence: Counter[tuple[str, str]]
    ids: Ids
    notes: tuple[Note, ...]


@no_garbage_collection()
def prepare(piece: Slice, work: Work) -> Prepared:
    """Work on a slice of records. Raises DataError for the first malformed record, unless the work is to recover."""
    entries: list[Entry] = []
    titles: list[list[bytes]] = [[] for _ in work.outputs]
    line, position = piece.line, 0
    last_key: str | None = None
    quick = _quick(work)
    for span, found in records_or_faults(piece, work.path, huge=work.huge, quick=quick):
        start, end, is_record, _ = span
        line += newlines(piece.data, position, start)
        position = start
        if isinstance(found, DataError):
            fault = found.following(last_key)
            if not work.recover:
                raise fault
            entries.append(Entry(None, line, start, end, 0, is_record, fault=fault))
            continue
        raw = piece.data[start:end]
        if isinstance(found, Usual):
            treated = _use(found, work)
        else:
            treated = _treat(found, raw, work) if is_record else _foreign(found, work)
        key, data, edges, sealed, media, removed, kept, notes = treated
        lengths: tuple[int | None, ...] = ()
        if data:
            lengths = tuple(len(data[name]) if name in data else None for name in work.outputs)
            for name, lines in zip(work.outputs, titles, strict=True):
                if name in data:
                    lines.append(data[name])
        entries.append(
            Entry(key, line, start, end, hash(raw), is_record, edges, sealed, media, lengths, removed, kept, notes)
        )
        last_key = key or last_key
    return Prepared(entries, tuple(b"".join(lines) for lines in titles), tuple(len(lines) for lines in titles))


def _quick(work: Work) -> Callable[[bytes], Usual | None]:
    """Give what reads records without trees, where that can be."""
    if not work.unify or work.as_of is not None:
        return lambda _: None
    mark = work.split and not work.keep_stragglers
    manner = Manner(work.dialect, strip=work.strip, mark=mark, years_tell=work.series_limit is not None)
    return partial(read, manner=manner)


def _use(usual: Usual, work: Work) -> _Treated:
    """Do with a record of the usual shape what `_treat` does with others."""
    key, children, edges, terms, removed, kept = usual
    kind = kind_of(key)
    ids = tuple(removed), tuple(kept)
    if kind in RANKS:
        return _Treated(key, {}, tuple(edges), seal(children), _NOWHERE, *ids)
    notes: tuple[Note, ...] = ()
    title = whole(children)
    if work.split:
        media = frozenset(media_of(terms or ()))
        targets = targets_of(media, work.outputs)
        notes = tuple(Note("unknown-format", term) for term in terms or () if term not in MEDIUM_OF_FORMAT)
    else:
        media, targets = _TITLES, [TITLES]
    if kind == OTHER:
        notes += (_unknown_kind(key),)
    return _Treated(key, {target: render(title, target) for target in targets}, None, b"", media, *ids, notes)


def _treat(element: Element, raw: bytes, work: Work) -> _Treated:
    """Work on the tree of a record."""
    key = key_of(element)
    if work.unify and key is not None and kind_of(key) in RANKS:
        return _Treated(key, edges=tuple(edges(element, key)))
    return _stand_alone(element, key, raw, work)


@no_garbage_collection()
def unite_all(batch: Sequence[Group], work: Work) -> list[United]:
    """Do `unite` with several series."""
    return [unite(group, work) for group in batch]


def unite(group: Group, work: Work) -> United:
    """Make one title of the records of a series, or number an orphan, and split it as the work says."""
    seals = Seals(record.data for record in group.records)
    raw = b"".join(seals.xml(record.data) for record in group.records)
    total = Ids(Counter(), Counter())
    members = []
    for record, element in zip(group.records, parse(raw, work.wrapper, huge=work.huge), strict=True):
        if is_sealed(record.data):
            members.append(Member(record.key, element, arrange(element)))
            continue
        if work.as_of is not None:
            dated.apply(element, work.as_of)
        if work.dialect == INDEX_1:
            modernize(element)
        layout, ids = _strip(element, arrange(element), record.data, work)
        members.append(Member(record.key, element, layout))
        total.removed.update(ids.removed)
        total.kept.update(ids.kept)
    if group.key is None:
        evidence = number_orphan(members[0])
        unified = Unified([(members[0].key, members[0].element)], synthesized=False, evidence=evidence)
    else:
        unified = unify(
            group.key,
            members,
            group.elsewhere,
            limit=work.series_limit,
            episodes_alone=work.episodes_alone,
            show_evidence=work.show_evidence,
        )
    if not work.split:
        unified.media = dict.fromkeys(unified.media, _TITLES)
    data: defaultdict[str, list[bytes]] = defaultdict(list)
    media: frozenset[str] = frozenset()
    notes = [Note("over-limit", f"{count} episodes in {key}") for key, count in unified.too_long.items()]
    for key, title in unified.titles:
        # Of several titles each is searched by itself, or the work would grow with their square.
        own = raw if len(unified.titles) == 1 else serialize(title)
        pieces, found, told = _pieces(Title(title, arrange(title), own, unified.layouts), key, work)
        for name, piece in pieces.items():
            data[name].append(seals.open(piece, name))
        if group.key is None or kind_of(key) == SERIES:
            media |= found
        notes += told
    return United(
        group.key,
        media,
        unified.media,
        frozenset(key for key, _ in unified.titles),
        {name: b"".join(lines) for name, lines in data.items()},
        Counter({name: len(lines) for name, lines in data.items()}),
        unified.synthesized,
        unified.parts,
        unified.evidence,
        total,
        tuple(notes),
    )


def _stand_alone(element: Element, key: str | None, raw: bytes, work: Work) -> _Treated:
    if work.as_of is not None:
        dated.apply(element, work.as_of)
    if work.unify and work.dialect == INDEX_1:
        modernize(element)
    layout, ids = _strip(element, arrange(element) if work.unify else layout_of(element), raw, work)
    pieces, media, notes = _pieces(Title(element, layout, raw), key, work)
    if key is None:
        notes += (Note("no-id"),)
    elif kind_of(key) == OTHER:
        notes += (_unknown_kind(key),)
    return _Treated(key, pieces, None, b"", media, *_sources(ids), notes)


def _sources(ids: Ids) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(ids.removed.elements()), tuple(ids.kept.elements())


def _unknown_kind(key: str) -> Note:
    return Note("unknown-kind", key.partition("/")[2])


def _strip(element: Element, layout: Layout, raw: bytes, work: Work) -> tuple[Layout, Ids]:
    if not work.strip:
        return layout, Ids(Counter(), external_ids.count(layout[Slot.EXTERNAL_IDS]))
    ids, searched = external_ids.strip(element, layout[Slot.EXTERNAL_IDS], raw)
    if searched:
        return layout_of(element), ids
    if ids.removed:
        refresh(element, layout, Slot.EXTERNAL_IDS)
    return layout, ids


def _pieces(title: Title, key: str | None, work: Work) -> tuple[dict[str, bytes], frozenset[str], tuple[Note, ...]]:
    if not work.split:
        return {TITLES: _undeclared(serialize(title.record), work)}, _TITLES, ()
    found = split(title, kind_of(key), work.outputs, keep_stragglers=work.keep_stragglers)
    data = {name: _undeclared(piece, work) for name, piece in found.data.items()}
    return data, found.media, tuple(Note("unknown-format", term) for term in found.unknown_formats)


def _foreign(element: Element, work: Work) -> _Treated:
    """Let what is no record through where nothing is split or joined; elsewhere it has no place, and is reported."""
    if work.unify or work.split:
        return _Treated(notes=(Note("not-a-record", f"<{element.tag}>"),))
    if work.as_of is not None:
        dated.apply(element, work.as_of)
    source = external_ids.retired(element)
    removed: tuple[str, ...] = ()
    if work.strip:
        removed = (source,) if source else tuple(external_ids.strip_all(element).elements())
    data = {} if work.strip and source else {TITLES: _undeclared(serialize(element), work)}
    return _Treated(data=data, removed=removed)


def _undeclared(title: bytes, work: Work) -> bytes:
    """Take out of a title's start tag what lxml has copied from the wrapper: the root of the output declares it."""
    if work.wrapper == WRAPPER:
        return title
    tag, end, rest = title.partition(b">")
    return tag.replace(work.wrapper[2:-1], b"") + end + rest
