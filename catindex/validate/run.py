"""Validates a file: each record on its own in worker processes, and relations between records in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from catindex.errors import DataError, NoRecordError
from catindex.parallel import executor, in_order, no_garbage_collection
from catindex.passes import Progress, jobs_for
from catindex.pipeline import REFUSED
from catindex.read.chunks import ChunkReader
from catindex.read.dialect import INDEX_1, INDEX_2, REGIONAL, SEARCH
from catindex.read.records import map_records
from catindex.read.source import Source
from catindex.rules.keys import RANKS, key_of, kind_of
from catindex.rules.structure import Record
from catindex.series.relations import Edge, edges
from catindex.series.shelf import Shelf
from catindex.validate.rules import COMBINED, RULES, Checked, check
from catindex.validate.schemas import SCHEMA_OF_DIALECT, UNIFIED, fault, line_of
from catindex.write.xml import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element as Element

    from catindex.read.chunks import Chunk, Span
    from catindex.read.dialect import Head

#: Codes of findings that the rules for a single record do not produce -> their meanings.
OTHER_CODES = {
    "structure": "a record does not match its schema",
    "not-a-record": "an element between the records is not a record",
    "stray-text": "text between the records",
    "duplicate": "an identical copy of an earlier record",
    "conflict": "a different copy of an earlier record",
    "orphan": "no link from a part leads to a series",
    "missing-series": "the series of a part has no record",
    "claimed-twice": "two series claim a part",
}

#: All codes -> their meanings.
CODES = OTHER_CODES | {rule.code: rule.what for rule in RULES}

#: Larger records are not checked against a schema, because libxml2 takes time with the square of their size.
MOST_ELEMENTS = 20_000

#: Dialects that should have a record for each series.
_WITH_SERIES = (INDEX_1, INDEX_2, REGIONAL)


class Finding(NamedTuple):
    """A fault: its line, its code (of `CODES`), its description, and the key of its record or None."""

    line: int
    code: str
    text: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """A file to validate, with the options.

    ``profile`` is the kind of file (of `PROFILES`). ``schema`` is one of `SCHEMAS`, or None for that of the dialect;
    for the files of a split 2.0 dump, that is the schema of catindex's own output. ``jobs`` is the number of worker
    processes, or None for the default.
    """

    input: str
    profile: str = COMBINED
    schema: str | None = None
    jobs: int | None = None
    huge: bool = False
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)


class _Task(NamedTuple):
    head: Head
    path: str
    schema: str
    profile: str
    huge: bool


class _Checked(NamedTuple):
    """The findings in one child of the root, and the facts for the checks of relations between records."""

    key: str | None
    start: int
    digest: bytes = b""
    edges: tuple[Edge, ...] | None = None
    findings: tuple[Finding, ...] = ()
    line: int = 0


def validate(job: Validation) -> Iterator[Finding]:
    """Yield all findings in the order of the file, then those that are known only at its end.

    Raises DataError if the file is malformed, not a catalog file, or of a dialect that the profile does not fit;
    NoInputError or TransferError if the input cannot be opened, or reading it or writing temporary files fails.
    """
    with Source(job.input, huge=job.huge) as source, Shelf() as shelf:
        try:
            reader = ChunkReader(source, huge=job.huge)
        except NoRecordError:
            if job.profile == COMBINED:
                raise
            return  # no title is available on this medium
        dialect = reader.head.dialect
        if job.profile != COMBINED and dialect in REFUSED:
            raise DataError(REFUSED[dialect], path=source.name)
        fitting = UNIFIED if job.profile != COMBINED and dialect == INDEX_2 else SCHEMA_OF_DIALECT[dialect]
        task = _Task(reader.head, source.name, job.schema or fitting, job.profile, job.huge)
        joined = job.profile == COMBINED and dialect in _WITH_SERIES
        count, last_key = 0, None
        try:
            jobs = job.jobs or jobs_for(source)
            with executor(jobs) as pool:
                for _, checked in in_order(pool, partial(_check_chunk, task=task), reader.chunks(), ahead=jobs + 1):
                    for number, record in enumerate(checked, count + 1):
                        yield from record.findings
                        yield from _place(shelf, number, record, joined=joined)
                        last_key = record.key or last_key
                    count += len(checked)
                    job.on_progress(Progress(source.bytes_read, source.size, count))
        except DataError as error:
            raise error.following(last_key) from error
        if reader.stray_text:
            yield Finding(1, "stray-text", f"text between the records, {reader.stray_text} times")
        if joined:
            yield from _without_series(shelf)


@no_garbage_collection()
def _check_chunk(chunk: Chunk, task: _Task) -> list[_Checked]:
    """Check each record of a chunk on its own. Raises DataError for the first malformed one."""
    checked = []
    line, position, last_key = chunk.line, 0, None
    for one in map_records(chunk, task.head, task.path, partial(_check_child, chunk=chunk, task=task), huge=task.huge):
        if isinstance(one, DataError):
            raise one.following(last_key)
        line += chunk.data.count(b"\n", position, one.start)
        position = one.start
        last_key = one.key or last_key
        findings = tuple(finding._replace(line=finding.line + line) for finding in one.findings)
        checked.append(one._replace(line=line, findings=findings))
    return checked


def _check_child(span: Span, element: Element | DataError, chunk: Chunk, task: _Task) -> _Checked | DataError:
    """Check one child of the root. Lines are counted from its first line."""
    if isinstance(element, DataError):
        return element
    if not span.is_record:
        finding = Finding(0, "not-a-record", f"<{element.tag}> stands between the records")
        is_header = task.head.dialect == SEARCH
        return _Checked(None, span.start, findings=() if is_header else (finding,))
    first = line_of(element)
    key, raw = key_of(element), chunk.data[span.start : span.end]
    found = []
    if sum(1 for _ in element.iter()) > MOST_ELEMENTS:
        found.append(Finding(0, "structure", f"over {MOST_ELEMENTS:,} elements: not compared with the schema", key))
    elif wrong := fault(element, task.schema):
        found.append(Finding(wrong[0] - first, "structure", wrong[1], key))
    found += (
        Finding(line_of(place) - first, code, what, key)
        for code, place, what in check(Checked(Record(element, key), raw, task.profile))
    )
    own_edges = tuple(edges(element, key)) if key is not None and kind_of(key) in RANKS else None
    return _Checked(key, span.start, digest_of(raw), own_edges, tuple(sorted(found)))


def _place(shelf: Shelf, number: int, record: _Checked, *, joined: bool) -> Iterator[Finding]:
    """Store the key and the relations of a record. Yields a finding if an earlier record has the same key."""
    if record.key is None:
        return
    if first := shelf.first_copy(number, record.key, record.digest):
        copy = "duplicate" if first.digest == record.digest else "conflict"
        yield Finding(record.line, copy, CODES[copy], record.key)
    elif joined and record.edges is not None:
        shelf.put(number, record.key, record.line, b"", record.edges)


def _without_series(shelf: Shelf) -> Iterator[Finding]:
    """Yield findings for parts with no series, with a series that has no record, and with two series."""
    shelf.settle()
    for key, line in shelf.claimed_twice():
        yield Finding(line or 1, "claimed-twice", CODES["claimed-twice"], key)
    for group in shelf.orphans():
        (part,) = group.records
        yield Finding(part.line, "orphan", CODES["orphan"], part.key)
    for group in shelf.families():
        part = group.records[0]
        if all(record.key != group.key for record in group.records):
            yield Finding(part.line, "missing-series", f"its series {group.key} has no record", part.key)
