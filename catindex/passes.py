"""One pass over an input: reads chunks, has their records treated, then joins the series at the end of the input."""

from __future__ import annotations

import os
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from catindex.errors import DataError
from catindex.parallel import executor, in_order, peak_rss_bytes, processors
from catindex.read.chunks import CHUNK_BYTES
from catindex.rules.keys import kind_of
from catindex.series.shelf import Group, Shelf
from catindex.treat import same_when_written, treat, unite
from catindex.write.report import Input, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from catindex.read.chunks import Chunk, ChunkReader
    from catindex.read.source import Source
    from catindex.rules.external_ids import Ids
    from catindex.treat import Entry, Plan, United, Usage
    from catindex.write.rejects import Rejects
    from catindex.write.xml import Rendered

# Below this size, a run takes less time than the start of its workers.
_WORTH_BYTES = 8 << 20

# More worker processes wait for the main process, which reads and writes alone.
_MOST_JOBS = 4


class Progress(NamedTuple):
    """Progress of a run: bytes of the (compressed) input read, its size in bytes (None if unknown), records so far.

    When the input has ended, ``series`` is the number of series, and ``joined`` counts those that are joined.
    """

    bytes_read: int
    size: int | None
    records: int
    joined: int = 0
    series: int | None = None


def ignore_progress(_: Progress) -> None:
    """Do nothing about progress."""


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
        recover: bool,
        jobs: int | None = None,
        on_progress: Callable[[Progress], None] = ignore_progress,
    ) -> None:
        """Prepare to read the rest of the input behind the reader's head."""
        self._reader, self._plan, self._drop_copies, self._on_progress = reader, plan, drop_copies, on_progress
        self._recover = recover
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
                        if not self._recover:
                            raise entry.fault
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
        if not same and entry.edges is not None:
            # The digest of a part is that of its bytes. The same XML can be spelled in several ways.
            data = chunk.data[entry.span.start : entry.span.end]
            same = same_when_written(self._shelf.data_of(known.number), data, self._plan)
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
        done = Progress(self._source.bytes_read, self._source.size, self._counts.read, 0, self._shelf.series)
        for batch, (united, usage) in in_order(self._pool, partial(unite, plan=self._plan), batches, ahead=self._ahead):
            for group, one in zip(batch, united, strict=True):
                self._count_united(group, one)
                yield from one.rendered
            self._note_usage(usage)
            self._on_progress(done._replace(joined=self.report.unified))

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
