"""Runs a job: reads chunks, writes titles, then the series at the end of the input, then publishes the outputs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex.document import write_document
from catindex.errors import DataError, NotAnIndexError
from catindex.parallel import executor, in_order, peak_rss_bytes, processors
from catindex.read.chunks import CHUNK_BYTES, ChunkReader
from catindex.read.dialect import INDEX_1, INDEX_2, REGIONAL, SEARCH, Head, parse_start_tag
from catindex.read.recovery import Recovery
from catindex.read.source import STDIN, Source
from catindex.rules import dated, external_ids
from catindex.rules.elements import serialize
from catindex.rules.keys import kind_of
from catindex.series.shelf import Group, Shelf
from catindex.treat import Plan, same_when_written, treat, unite
from catindex.write.files import Output, Outputs
from catindex.write.rejects import Rejects
from catindex.write.report import Input, Report, Written
from catindex.write.xml import TITLES, SplitRenderer, TitleFile, XmlRenderer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date

    from catindex.read.chunks import Chunk
    from catindex.rules.external_ids import Ids
    from catindex.treat import Entry, United, Usage
    from catindex.write.xml import Rendered, Renderer

#: Dialects that cannot be split or joined -> why.
REFUSED = {
    REGIONAL: "is a regional partner index, which is unified already and names no formats to split by",
    SEARCH: "is a search response, which has its formats as links only; a catalog index is needed",
}

#: Dialects whose series are sets of records. The others hold titles as they are.
UNIFIABLE = (INDEX_1, INDEX_2)

ROOT = "catalog_titles"

# Below this size, a run takes less time than the start of its workers; more of them would not fit into 200 MiB.
_WORTH_BYTES = 8 << 20
_MOST_JOBS = 2


class Progress(NamedTuple):
    """Progress of a run: bytes of the (compressed) input read, its size in bytes (None if unknown), records so far."""

    bytes_read: int
    size: int | None
    records: int


def _ignore(_: Progress) -> None:
    """Do nothing about progress."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run that writes titles as XML: what to do, from where to where.

    ``targets`` maps each output (a medium or ``unavailable``, or ``titles`` without ``split``) to its path or ``-``;
    ``compression`` overrides the suffixes of the paths. ``strip``, ``unify`` and ``split`` are the work. ``as_of``
    applies what the announcements had put in force by that date; with only that and ``strip`` to do, the input may be
    any document of the API. ``series_limit`` breaks up series with more episodes, ``episodes_alone`` makes each episode
    a title of its own. ``report`` is the path of the JSON report. ``recover`` continues after malformed records, whose
    bytes go to ``rejects``, a file that is written only if there are any. ``huge`` lifts the limits on sizes. ``jobs``
    is the number of worker processes, None for the default.
    """

    input: str
    targets: Mapping[str, str]
    strip: bool = False
    unify: bool = False
    split: bool = False
    keep_stragglers: bool = False
    as_of: date | None = None
    series_limit: int | None = None
    episodes_alone: bool = False
    compression: str | None = None
    report: str | None = None
    no_clobber: bool = False
    recover: bool = False
    rejects: str | None = None
    huge: bool = False
    jobs: int | None = None
    on_progress: Callable[[Progress], None] = field(default=_ignore)


def run(job: Job) -> Report:
    """Do a job and put its outputs in place.

    Returns the report. Raises a CatindexError, and then nothing has changed.
    """
    started = time.monotonic()
    inputs = () if job.input == STDIN else (job.input,)
    with Outputs(no_clobber=job.no_clobber, inputs=inputs) as outputs:
        sinks = {name: outputs.open(target, job.compression) for name, target in job.targets.items()}
        report_sink = outputs.open(job.report, "none") if job.report else None
        reject_sink = outputs.open(job.rejects) if job.rejects else None
        with Source(job.input, huge=job.huge) as source:
            report = _write_titles(job, source, sinks, Rejects(reject_sink, source.name) if reject_sink else None)
        for code in dated.warnings(job.as_of) if job.as_of else ():
            report.warn(code)
        for written, sink in zip(report.outputs, sinks.values(), strict=True):
            sink.close()
            written.bytes, written.sha256 = sink.bytes, sink.sha256
        if reject_sink is not None and not report.records.rejected:
            outputs.withdraw(reject_sink)
        report.elapsed_seconds = time.monotonic() - started
        if report_sink is not None:
            report_sink.write(report.to_json())
        outputs.publish()
    return report


def _write_titles(job: Job, source: Source, sinks: Mapping[str, Output], rejects: Rejects | None) -> Report:
    """Write all titles of a source, or a document as a whole. Return the report without what is known at the end."""
    try:
        reader = open_reader(source, recover=job.recover, huge=job.huge)
    except NotAnIndexError as error:
        if job.as_of is None or job.split or job.unify:
            raise
        return write_document(error.data, source, sinks, job)
    head = reader.head
    if (job.split or job.unify) and head.dialect in REFUSED:
        raise DataError(REFUSED[head.dialect], path=source.name)
    root = ROOT if job.unify else head.root
    start_tag = _unified_start_tag(head) if job.unify else _start_tag(head, job)
    files = {name: TitleFile(sink, start_tag, root, Written(name, job.targets[name])) for name, sink in sinks.items()}
    renderer: Renderer = XmlRenderer(head.wrapper)
    if job.split:
        renderer = SplitRenderer(tuple(job.targets), job.keep_stragglers, head.wrapper)
    plan = Plan(
        head,
        source.name,
        renderer,
        strip=job.strip,
        unify=job.unify,
        as_of=job.as_of,
        series_limit=job.series_limit,
        episodes_alone=job.episodes_alone,
        recover=job.recover,
        huge=job.huge,
    )
    titles = Pass(reader, plan, drop_copies=job.split or job.unify, jobs=job.jobs, on_progress=job.on_progress)
    for rendered in titles.read(rejects):
        for name, line in rendered.data.items():
            files[name].write(line, rendered.titles)
    for file in files.values():
        file.end()
        titles.report.outputs.append(file.written)
    if rejects:
        rejects.end()
        titles.report.rejects = job.rejects if rejects.count else None
    return titles.report


def open_reader(source: Source, *, recover: bool, huge: bool) -> ChunkReader:
    """Return the reader for a source: one that continues after damage, or one that raises DataError."""
    return (Recovery if recover else ChunkReader)(source, huge=huge)


def read_titles(
    path: str,
    renderer: Renderer,
    *,
    jobs: int | None = None,
    recover: bool = False,
    huge: bool = False,
    on_progress: Callable[[Progress], None] = _ignore,
    on_report: Callable[[Report], None] = lambda _: None,
) -> Iterator[Any]:
    """Yield what a renderer with the single output `TITLES` makes of each title of a file.

    The titles of a catalog index are unified; those of other dialects are read as they are. Numbers of episodes carry
    their source in an attribute. ``recover`` leaves out malformed records. ``on_report`` gets the report at the end.
    Raises DataError, NoInputError and TransferError.
    """
    with Source(path, huge=huge) as source:
        reader = open_reader(source, recover=recover, huge=huge)
        unify = reader.head.dialect in UNIFIABLE
        plan = Plan(reader.head, source.name, renderer, unify=unify, show_evidence=True, recover=recover, huge=huge)
        titles = Pass(reader, plan, drop_copies=unify, jobs=jobs, on_progress=on_progress)
        for rendered in titles.read():
            if rendered.titles:
                yield rendered.data[TITLES]
        on_report(titles.report)


def jobs_for(source: Source) -> int:
    """Return the default number of worker processes for an input."""
    if source.size is not None and source.size < _WORTH_BYTES:
        return 1
    return min(processors(), _MOST_JOBS)


class Pass:
    """One pass over an input, and everything that is counted. Its state never leaves the main process.

    ``drop_copies`` leaves out later copies of a record. ``jobs`` is the number of worker processes, None for
    the default. ``report`` is complete when `read` has ended.
    """

    def __init__(
        self,
        reader: ChunkReader,
        plan: Plan,
        *,
        drop_copies: bool,
        jobs: int | None = None,
        on_progress: Callable[[Progress], None] = _ignore,
    ) -> None:
        """Prepare to read the rest of the input behind the reader's head."""
        self._reader, self._plan, self._drop_copies, self._on_progress = reader, plan, drop_copies, on_progress
        self._source = reader.source
        self._jobs = jobs or jobs_for(self._source)
        self._ahead = 1 if self._jobs == 1 else self._jobs + 1
        self._last_key: str | None = None
        self._number = 0
        self._line, self._position = 0, 0
        self._peaks: dict[int, int] = {}
        self.report = Report(Input(self._source.path, self._source.compression, plan.head.dialect))
        self._counts = self.report.records

    def read(self, rejects: Rejects | None = None) -> Iterator[Rendered]:
        """Yield every title: first those that stand alone, then parts that lead to no series, then series.

        Raises DataError for a malformed input, TransferError if reading or the disk fails, FaultError if a worker dies
        or the counts do not add up.
        """
        with Shelf() as self._shelf, executor(self._jobs) as self._pool:
            yield from self._read_chunks(rejects)
            self._source.check_unchanged()
            self._shelf.settle()
            yield from self._finish_series()
        report = self.report
        report.input.bytes = self._source.bytes_read
        report.input.uncompressed_bytes = self._source.uncompressed_bytes
        report.input.records = self._counts.read
        report.peak_rss_bytes = sum({**self._peaks, os.getpid(): peak_rss_bytes()}.values())
        self._counts.check()

    def _read_chunks(self, rejects: Rejects | None) -> Iterator[Rendered]:
        """Read the input to its end: yield titles that stand alone, put parts of series on the shelf."""
        treated = in_order(self._pool, partial(treat, plan=self._plan), self._reader.chunks(), ahead=self._ahead)
        try:
            for chunk, (entries, usage) in treated:
                self._line, self._position = chunk.line, 0
                for entry in entries:
                    if entry.fault is not None:
                        self._reject(chunk, entry, entry.fault.following(self._last_key), rejects)
                    elif self._accept(chunk, entry) and entry.rendered is not None:
                        yield entry.rendered
                self._note_usage(usage)
                self._on_progress(Progress(self._source.bytes_read, self._source.size, self._counts.read))
        except DataError as error:
            raise error.following(self._last_key) from error
        if self._reader.stray_text:
            self.report.warn("stray-text")

    def _note_usage(self, usage: Usage) -> None:
        self._peaks[usage.process] = max(usage.peak_rss_bytes, self._peaks.get(usage.process, 0))

    def _reject(self, chunk: Chunk, entry: Entry, fault: DataError, rejects: Rejects | None) -> None:
        """Count a malformed record (but not the further pieces of a long one), and keep its bytes."""
        self._number += 1
        if entry.span.is_record:
            self._counts.read += 1
            self._counts.rejected += 1
            self.report.warn("rejected", line=fault.line, detail=fault.what)
        if rejects is not None:
            data = chunk.data[entry.span.start : entry.span.end]
            rejects.add(data, fault, chunk.place(entry.span.start), chunk.offset + entry.span.start)

    def _accept(self, chunk: Chunk, entry: Entry) -> bool:
        """Count a child of the root, and put a part of a series on the shelf. Return False for a copy."""
        self._number += 1
        self._counts.read += entry.span.is_record
        self._last_key = entry.key or self._last_key
        self.report.kinds[kind_of(entry.key)] += entry.span.is_record
        if self._drop_copies and entry.key is not None and self._is_copy(chunk, entry, entry.key):
            return False
        for note in entry.notes:
            self._warn(chunk, entry, note.code, note.detail)
        if entry.edges is not None and entry.key is not None:
            data = chunk.data[entry.span.start : entry.span.end]
            self._shelf.put(self._number, entry.key, self._line_of(chunk, entry), data, entry.edges)
        elif entry.rendered is not None and entry.span.is_record:
            self._count(entry.rendered.media, part=False)
        if entry.ids is not None:
            self._count_ids(entry.ids)
        return True

    def _is_copy(self, chunk: Chunk, entry: Entry, key: str) -> bool:
        """Return whether an earlier record has this key; if so, count the copy."""
        known = self._shelf.first_copy(self._number, key, entry.digest)
        if known is None:
            return False
        same = known.digest == entry.digest
        if not same and entry.edges is not None:  # the digest of a part is that of its bytes, which may be spelled
            first, other = (
                self._shelf.data_of(known.number),
                chunk.data[entry.span.start : entry.span.end],
            )  # in another way
            same = same_when_written(first, other, self._plan)
        self._counts.duplicates += 1
        self._counts.conflicts += not same
        self._warn(chunk, entry, "duplicate" if same else "conflict")
        return True

    def _line_of(self, chunk: Chunk, entry: Entry) -> int:
        """Return the line on which an entry begins. Lines are counted from the entry of the previous call."""
        self._line += chunk.data.count(b"\n", self._position, entry.span.start)
        self._position = entry.span.start
        return self._line

    def _warn(self, chunk: Chunk, entry: Entry, code: str, detail: str = "") -> None:
        self.report.warn(code, key=entry.key, line=self._line_of(chunk, entry), detail=detail)

    def _count(self, media: Collection[str], *, part: bool) -> None:
        """Count a record by its media, and by whether an output for one of them is written."""
        if not media:
            self._counts.unavailable += 1
        elif not any(medium in self._plan.renderer.outputs for medium in media):
            self._counts.not_requested += 1
        elif part:
            self._counts.merged += 1
        else:
            self._counts.written += 1

    def _finish_series(self) -> Iterator[Rendered]:
        """Yield the parts that lead to no series, then the titles of every series."""
        for key, line in self._shelf.claimed_twice():
            self.report.warn("claimed-twice", key=key, line=line)
        batches = _batches(chain(self._shelf.orphans(), self._shelf.families()))
        for batch, (united, usage) in in_order(self._pool, partial(unite, plan=self._plan), batches, ahead=self._ahead):
            for group, one in zip(batch, united, strict=True):
                self._count_united(group, one)
                yield from one.rendered
            self._note_usage(usage)

    def _count_united(self, group: Group, united: United) -> None:
        report, first = self.report, group.records[0]
        for waiting in group.records:
            if group.key in (None, waiting.key):
                self._count(united.media, part=False)
            else:
                self._count(united.members[waiting.key], part=waiting.key not in united.alone)
        for note in united.notes:
            report.warn(note.code, key=group.key or first.key, line=first.line, detail=note.detail)
        if group.key is None:
            report.orphans += 1
            report.warn("orphan", key=first.key, line=first.line)
        else:
            report.unified += 1
        if united.synthesized:
            report.synthesized += 1
            report.warn("synthesized", key=group.key, line=first.line)
        report.parts.update(united.parts)
        report.evidence.update(united.evidence)
        self._count_ids(united.ids)

    def _count_ids(self, ids: Ids) -> None:
        self.report.removed_ids.update(ids.removed)
        self.report.kept_ids.update(ids.kept)


def _batches(groups: Iterable[Group]) -> Iterator[tuple[Group, ...]]:
    """Collect series until they have about as many bytes as a chunk."""
    batch: list[Group] = []
    size = 0
    for group in groups:
        batch.append(group)
        size += sum(len(waiting.data) for waiting in group.records)
        if size >= CHUNK_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def _unified_start_tag(head: Head) -> bytes:
    """Return the root's start tag for unified titles. It keeps nothing of the input's root but its prefixes."""
    return head.wrapper.replace(b"<r", f"<{ROOT}".encode(), 1)


def _start_tag(head: Head, job: Job) -> bytes:
    """Return the root's start tag for titles in the input's own structure."""
    root = parse_start_tag(head.start_tag)
    if job.as_of is not None:
        dated.apply(root, job.as_of)
    if job.strip:
        external_ids.strip_all(root)
    return serialize(root).strip().removesuffix(b"/>").removesuffix(b">") + b">"
