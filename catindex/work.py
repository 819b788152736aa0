"""The work on titles: pure functions from records to bytes, without any state between two calls.

That is what makes catindex fast and safe: slices can be worked on in any process, counts add up by addition, and the
result does not depend on how the input was cut.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex import leaps
from catindex.errors import DataError
from catindex.marks import WHOLE
from catindex.markup import undeclared
from catindex.read.chunks import Slice, parse, records_or_faults
from catindex.read.dialect import INDEX_1, WRAPPER, newlines
from catindex.rules import dated, external_ids
from catindex.rules.external_ids import Ids
from catindex.rules.formats import MEDIUM_OF_FORMAT, media_of
from catindex.rules.keys import OTHER, RANKS, SERIES, key_of, kind_of
from catindex.rules.structure import Layout, Slot, arrange, layout_of, modernize, refresh
from catindex.series.children import START, Manner, children_of, pack, unpack
from catindex.series.record import Record
from catindex.series.relations import Edge, edges
from catindex.series.unify import Title, Unified, number_orphan, unify
from catindex.split import Pieces, Tree, publish, serialize, split, targets_of
from catindex.usage import no_garbage_collection
from catindex.usual.read import Usual, read, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from lxml.etree import _Element as Element

    from catindex.leaps import Leap
    from catindex.read.chunks import Span
    from catindex.series.shelf import Group

#: The one output of a command that does not split.
TITLES = "titles"

_TITLES, _NOWHERE = frozenset({TITLES}), frozenset[str]()


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with every title: any of strip, unify and split, in this order.

    ``dialect`` of the input and ``path`` for messages; ``outputs`` are the names of the files that are written
    (`TITLES`, or any of the media and `UNAVAILABLE`). ``as_of`` applies the rules of `catindex.rules.dated` first;
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

    @property
    def is_quick(self) -> bool:
        """Whether records of the usual shape need no trees."""
        return self.unify and self.as_of is None


class Note(NamedTuple):
    """A warning about one title: its code, and what exactly was met."""

    code: str
    detail: str = ""


class Entry(NamedTuple):
    """What became of one record.

    ``line`` is where it starts, counted from 0 in the run of records that it stands in; ``start`` and ``end`` are its
    offsets in that, and ``digest`` tells copies apart (as long as the program runs). A part of a series has ``edges``
    and waits for the others, ``packed``; any other record has its ``media`` and the length of its bytes in each output,
    where it goes there.
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
    packed: bytes = b""
    media: frozenset[str] = frozenset()
    lengths: tuple[int | None, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    fault: DataError | None = None


@dataclass(slots=True)
class Prepared:
    """A run of records worked on.

    An entry for each child of the root, for each output the bytes and how many titles, and how many lines it has.
    """

    entries: list[Entry]
    data: tuple[bytes, ...]
    titles: tuple[int, ...]
    lines: int

    def __reduce__(self) -> tuple[object, ...]:
        """Tell another process how to make it: tuples of what is in it take a fraction of the time of objects."""
        return _prepared, ([tuple(entry) for entry in self.entries], self.data, self.titles, self.lines)


def _prepared(entries: list[tuple[Any, ...]], data: tuple[bytes, ...], titles: tuple[int, ...], lines: int) -> Prepared:
    return Prepared([Entry._make(entry) for entry in entries], data, titles, lines)


class _Treated(NamedTuple):
    """What is made of one child of the root: its bytes by output, and what its `Entry` tells."""

    key: str | None = None
    data: Mapping[str, bytes] = {}
    edges: tuple[Edge, ...] | None = None
    packed: bytes = b""
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
    notes: tuple[Note, ...]


@no_garbage_collection()
def prepare(piece: Slice | Leap, work: Work) -> Prepared:
    """Work on a run of records.

    Raises DataError for the first malformed record, unless the work is to recover, and as `catindex.leaps.records`.
    """
    entries: list[Entry] = []
    titles: list[list[bytes]] = [[] for _ in work.outputs]
    line, position = 0, 0
    last_key: str | None = None
    data, records = _read(piece, work)
    view = memoryview(data)
    for span, found in records:
        start, end, is_record, _ = span
        line += newlines(data, position, start)
        position = start
        if isinstance(found, DataError):
            fault = found.following(last_key)
            if not work.recover:
                raise fault
            entries.append(Entry(None, line, start, end, 0, is_record, fault=fault))
            continue
        if isinstance(found, Usual):
            treated = _use(found, work)
        else:
            treated = _treat(found, data[start:end], work) if is_record else _foreign(found, work)
        key, written, edges, packed, media, removed, kept, notes = treated
        lengths: tuple[int | None, ...] = ()
        if written:
            lengths = tuple(len(written[name]) if name in written else None for name in work.outputs)
            for name, lines in zip(work.outputs, titles, strict=True):
                if name in written:
                    lines.append(written[name])
        digest = hash(view[start:end])
        entries.append(
            Entry(key, line, start, end, digest, is_record, edges, packed, media, lengths, removed, kept, notes)
        )
        last_key = key or last_key
    joined = tuple(b"".join(lines) for lines in titles)
    return Prepared(entries, joined, tuple(map(len, titles)), line + newlines(data, position, len(data)))


def _read(piece: Slice | Leap, work: Work) -> tuple[bytes, Iterator[tuple[Span, Element | DataError | Usual]]]:
    """Give the bytes of a run, and the records in it."""
    quick = _quick(work)
    if isinstance(piece, Slice):
        return piece.data, records_or_faults(piece, work.path, huge=work.huge, quick=quick)
    data = piece.read()
    return data, leaps.records(piece, data, quick, huge=work.huge)


def _manner(work: Work) -> Manner:
    """Tell how records become bytes."""
    mark = work.split and not work.keep_stragglers
    return Manner(mark, years_tell=work.series_limit is not None, wrapper=work.wrapper)


def _quick(work: Work) -> Callable[[bytes, int], Usual | None]:
    """Give what reads records without trees, where that can be."""
    if not work.is_quick:
        return lambda *_: None
    manner = _manner(work)
    return lambda data, start: read(data, manner, start, dialect=work.dialect, strip=work.strip)


def _use(usual: Usual, work: Work) -> _Treated:
    """Do with a record of the usual shape what `_treat` does with others."""
    _, key, children, edges, terms, removed, kept = usual
    kind = kind_of(key)
    ids = tuple(removed), tuple(kept)
    if kind in RANKS:
        return _Treated(key, {}, tuple(edges), pack(START, children), _NOWHERE, *ids)
    notes: tuple[Note, ...] = ()
    if work.split:
        media = frozenset(media_of(terms or ()))
        targets = targets_of(media, work.outputs)
        notes = tuple(Note("unknown-format", term) for term in terms or () if term not in MEDIUM_OF_FORMAT)
    else:
        media, targets = _TITLES, [TITLES]
    if kind == OTHER:
        notes += (_unknown_kind(key),)
    return _Treated(key, {target: written(children, target) for target in targets}, None, b"", media, *ids, notes)


def _treat(element: Element, raw: bytes, work: Work) -> _Treated:
    """Work on the tree of a record."""
    key = key_of(element)
    told = tuple(edges(element, key)) if work.unify and key is not None and kind_of(key) in RANKS else None
    layout, ids = _ready(element, raw, work)
    if told is not None:
        return _Treated(key, {}, told, pack(*children_of(element, _manner(work))), _NOWHERE, *ids)
    pieces = _pieces(Tree(element, layout, raw), key, work)
    notes = _notes(pieces)
    if key is None:
        notes += (Note("no-id"),)
    elif kind_of(key) == OTHER:
        notes += (_unknown_kind(key),)
    return _Treated(key, pieces.data, None, b"", pieces.media, *ids, notes)


def _ready(element: Element, raw: bytes, work: Work) -> tuple[Layout, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Do what is done with every record, wherever it goes; give its layout, and the sources of its external ids."""
    if work.as_of is not None:
        dated.apply(element, work.as_of)
    if work.unify and work.dialect == INDEX_1:
        modernize(element)
    layout, ids = _strip(element, arrange(element) if work.unify else layout_of(element), raw, work)
    return layout, (tuple(ids.removed.elements()), tuple(ids.kept.elements()))


@no_garbage_collection()
def unite_all(batch: Sequence[Group], work: Work) -> list[United]:
    """Do `unite` with several series."""
    return [unite(group, work) for group in batch]


def unite(group: Group, work: Work) -> United:
    """Make one title of the records of a series, or number an orphan, and split it as the work says."""
    manner = _manner(work)
    members = [Record(record.key, *unpack(record.data), manner) for record in group.records]
    if group.key is None:
        (part,) = members
        evidence = number_orphan(part)
        unified = Unified([Title(part.key or "", part)], synthesized=False, evidence=evidence)
    else:
        unified = unify(
            group.key,
            members,
            group.elsewhere,
            manner,
            limit=work.series_limit,
            episodes_alone=work.episodes_alone,
            show_evidence=work.show_evidence,
        )
    if not work.split:
        unified.media = dict.fromkeys(unified.media, _TITLES)
    data: defaultdict[str, list[bytes]] = defaultdict(list)
    media: frozenset[str] = frozenset()
    notes = [Note("over-limit", f"{count} episodes in {key}") for key, count in unified.too_long.items()]
    for title in unified.titles:
        pieces = _published(title, work)
        for name, piece in pieces.data.items():
            data[name].append(piece)
        if group.key is None or kind_of(title.key) == SERIES:
            media |= pieces.media
        notes += _notes(pieces)
    return United(
        group.key,
        media,
        unified.media,
        frozenset(title.key for title in unified.titles),
        {name: b"".join(lines) for name, lines in data.items()},
        Counter({name: len(lines) for name, lines in data.items()}),
        unified.synthesized,
        unified.parts,
        unified.evidence,
        tuple(notes),
    )


def _published(title: Title, work: Work) -> Pieces:
    """Write a title that was made of a series."""
    if title.in_place:
        raw = b"".join(title.record.pieces(WHOLE))
        (element,) = parse(raw, work.wrapper, huge=work.huge)
        return _pieces(Tree(element, arrange(element), raw), title.key, work)
    if work.split:
        return publish(title, work.outputs)
    return Pieces(_TITLES, {TITLES: b"".join([*title.record.pieces(TITLES), b"\n"])}, ())


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


def _pieces(title: Tree, key: str | None, work: Work) -> Pieces:
    if not work.split:
        return Pieces(_TITLES, {TITLES: undeclared(serialize(title.record), work.wrapper)}, ())
    found = split(title, kind_of(key), work.outputs, keep_stragglers=work.keep_stragglers)
    return found._replace(data={name: undeclared(piece, work.wrapper) for name, piece in found.data.items()})


def _notes(pieces: Pieces) -> tuple[Note, ...]:
    return tuple(Note("unknown-format", term) for term in pieces.unknown_formats)


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
    data = {} if work.strip and source else {TITLES: undeclared(serialize(element), work.wrapper)}
    return _Treated(data=data, removed=removed)
