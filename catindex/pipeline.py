"""The order of the work: slices in, titles out, the series when the input has ended, then everything put in place."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from catindex.document import write_document
from catindex.errors import DataError, NotAnIndexError
from catindex.jobs import Jobs, processors
from catindex.leaps import Leap, LostError, leaps
from catindex.read.chunks import SLICE_BYTES, Reader, Slice
from catindex.read.dialect import REGIONAL, SEARCH, Head, parse_start_tag
from catindex.read.recovery import Recovery
from catindex.read.source import STDIN, Source
from catindex.rules import dated, external_ids
from catindex.rules.keys import kind_of
from catindex.series.shelf import Group, Shelf
from catindex.split import serialize
from catindex.work import Entry, Prepared, United, Work, prepare, unite_all
from catindex.write.files import Output, Outputs
from catindex.write.rejects import Rejects
from catindex.write.report import Input, Report, Written
from catindex.write.xml import TitleFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date

#: Dialects that hold no titles to split or join -> why.
REFUSED = {
    REGIONAL: "is a regional partner index, which is unified already and names no formats to split by",
    SEARCH: "is a search response, which has its formats as links only; a catalog index is needed",
}

ROOT = "catalog_titles"

# Below this a run takes less time than the start of its workers; more of them would not fit into 200 MiB.
_WORTH_BYTES = 8 << 20
_MOST_JOBS = 2


class Progress(NamedTuple):
    """How far a run is: bytes of the (compressed) input read, of how many (None if unknown), records so far."""

    bytes_read: int
    size: int | None
    records: int


@dataclass(frozen=True, slots=True)
class Job:
    """One run: what to do, from where to where.

    ``targets`` gives for each output (a medium, ``unavailable``, or ``titles`` where nothing is split) its path or
    ``-``; ``compression`` forces one where the suffix shall not tell.
    ``as_of`` applies what the announcements had put in force by then; where only that and ``strip`` is to be done, any
    document of the API will do as input. ``series_limit`` breaks series with more episodes up, ``episodes_alone`` makes
    each episode a title of its own.
    ``report`` is where the report goes, as JSON. ``recover`` goes on after malformed records, whose bytes go to
    ``rejects``, which is left alone where there are none; ``huge`` lifts the limits on sizes. ``show_evidence`` lets
    numbers of episodes say where they came from. ``jobs`` is how many processes work, None for as many as are worth it.
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
    show_evidence: bool = False
    jobs: int | None = None
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)


def run(job: Job) -> Report:
    """Do a job and put its outputs in place.

    Returns the report. Raises a CatindexError, and then nothing has changed.
    """
    started = time.monotonic()
    try:
        return _attempt(job, started, by_leaps=True)
    except LostError:  # nothing was put in place yet
        return _attempt(job, started, by_leaps=False)


def _attempt(job: Job, started: float, *, by_leaps: bool) -> Report:
    """Do a job, by leaps if that can be. Raises LostError where these do not come to the end of the input."""
    inputs = () if job.input == STDIN else (job.input,)
    with Outputs(no_clobber=job.no_clobber, inputs=inputs) as outputs:
        sinks = {name: outputs.open(target, job.compression) for name, target in job.targets.items()}
        report_sink = outputs.open(job.report, "none") if job.report else None
        reject_sink = outputs.open(job.rejects) if job.rejects else None
        with Source(job.input) as source, Shelf() as shelf, Jobs(job.jobs or jobs_for(source)) as jobs:
            try:
                reader = (Recovery if job.recover else Reader)(source, huge=job.huge)
            except NotAnIndexError as error:
                if job.as_of is None or job.split or job.unify:
                    raise
                report = write_document(error.data, source, sinks, job)
            else:
                rejects = Rejects(reject_sink, source.name) if reject_sink else None
                report = _Run(job, reader, sinks, shelf, jobs, rejects, by_leaps=by_leaps).report()
            for code in dated.warnings(job.as_of) if job.as_of else ():
                report.warn(code)
            report.peak_rss_bytes = jobs.peak_rss_bytes()
        report.records.check()
        for written, sink in zip(report.outputs, sinks.values(), strict=True):
            sink.close()
            written.bytes, written.sha256 = sink.bytes, sink.sha256
        if reject_sink is not None and not report.rejects:
            outputs.withdraw(reject_sink)
        report.elapsed_seconds = time.monotonic() - started
        if report_sink is not None:
            report_sink.write(report.to_json())
        outputs.publish()
    return report


def jobs_for(source: Source) -> int:
    """Tell how many processes are worth their start: one for what is read in no time, else one for each processor."""
    if source.size is not None and source.size < _WORTH_BYTES:
        return 1
    return min(processors(), _MOST_JOBS)


class _Run:
    """The state of one run, all of it in the process that reads: counts, files, and the shelf."""

    def __init__(
        self,
        job: Job,
        reader: Reader,
        sinks: Mapping[str, Output],
        shelf: Shelf,
        jobs: Jobs,
        rejects: Rejects | None = None,
        *,
        by_leaps: bool = False,
    ) -> None:
        head, source = reader.head, reader.source
        if (job.split or job.unify) and head.dialect in REFUSED:
            raise DataError(REFUSED[head.dialect], path=source.name)
        self._job, self._reader, self._source, self._shelf, self._jobs = job, reader, source, shelf, jobs
        self._rejects = rejects
        self._last_key: str | None = None
        self._line, self._number = reader.line, 0
        self._work = Work(
            dialect=head.dialect,
            path=source.name,
            outputs=tuple(job.targets),
            strip=job.strip,
            unify=job.unify,
            split=job.split,
            keep_stragglers=job.keep_stragglers,
            as_of=job.as_of,
            series_limit=job.series_limit,
            episodes_alone=job.episodes_alone,
            recover=job.recover,
            huge=job.huge,
            wrapper=head.wrapper,
            show_evidence=job.show_evidence,
        )
        # What goes into a pipe cannot be taken back, and what is damaged is only found from the beginning.
        can_begin_again = all(sink.is_file for sink in sinks.values()) and not (job.recover or job.huge)
        self._by_leaps = by_leaps and self._work.is_quick and source.in_place and can_begin_again
        self._report = Report(Input(job.input, source.compression, head.dialect))
        self._counts = self._report.records
        root = ROOT if job.unify else head.root
        start_tag = _unified_start_tag(head) if job.unify else _start_tag(head, job)
        self._files = {
            name: TitleFile(sink, start_tag, root, Written(name, job.targets[name])) for name, sink in sinks.items()
        }

    def report(self) -> Report:
        """Do the whole run but for putting its outputs in place, and give what was counted."""
        self._read()
        self._shelf.settle()
        self._finish_series()
        for file in self._files.values():
            file.end()
            self._report.outputs.append(file.written)
        if self._rejects:
            self._rejects.end()
            self._report.rejects = self._job.rejects if self._rejects.count else None
        self._report.input.bytes = self._source.bytes_read
        self._report.input.uncompressed_bytes = self._source.uncompressed_bytes
        self._report.input.records = self._counts.read
        return self._report

    def _read(self) -> None:
        """Read the input to its end: titles that stand alone are written, parts of series wait on the shelf."""
        pieces: Iterable[Slice | Leap] = (
            leaps(self._source, self._reader.head) if self._by_leaps else self._reader.slices()
        )
        try:
            for piece, prepared in self._jobs.map(partial(prepare, work=self._work), pieces):
                self._take(piece, prepared)
                if isinstance(piece, Leap):
                    self._source.leap(piece.start + piece.size)
                self._show_progress()
        except DataError as error:
            raise error.following(self._last_key) from error
        if self._by_leaps:
            self._source.leap(self._source.size or 0)
        if self._reader.stray_text:
            self._report.warn("stray-text")

    def _show_progress(self) -> None:
        self._job.on_progress(Progress(self._source.bytes_read, self._source.size, self._counts.read))

    def _take(self, piece: Slice | Leap, prepared: Prepared) -> None:
        """Count the entries of a run, put parts on the shelf, and write what stands alone and is no copy."""
        if isinstance(piece, Slice):
            self._line = piece.line
        left_out = [at for at, entry in enumerate(prepared.entries) if not self._keep(piece, entry) and entry.lengths]
        self._line += prepared.lines
        for place, file in enumerate(self._files.values()):
            data, titles = prepared.data[place], prepared.titles[place]
            if left_out:
                data = _without(prepared, place, left_out)
                titles -= sum(prepared.entries[at].lengths[place] is not None for at in left_out)
            file.write(data, titles)

    def _keep(self, piece: Slice | Leap, entry: Entry) -> bool:
        """Count one entry. False where it is a copy of a record met before, and goes to no file."""
        self._number += 1
        if entry.is_record:
            self._counts.read += 1
        if entry.fault is not None and isinstance(piece, Slice):
            self._reject(piece, entry, entry.fault.following(self._last_key))
            return True
        self._last_key = entry.key or self._last_key
        self._report.kinds[kind_of(entry.key)] += entry.is_record
        if entry.key is not None and (self._job.split or self._job.unify):
            copy = self._shelf.copy_of(entry.key, entry.digest)
            if copy is not None:
                self._counts.duplicates += 1
                self._counts.conflicts += copy == "conflict"
                self._warn(entry, copy)
                return False
        for note in entry.notes:
            self._warn(entry, note.code, note.detail)
        if entry.edges is not None and entry.key is not None:
            self._shelf.put(self._number, entry.key, self._line + entry.line, entry.packed, entry.edges)
        elif entry.is_record:
            self._count(entry.media, part=False)
        if entry.removed:
            self._report.removed_ids.update(entry.removed)
        if entry.kept:
            self._report.kept_ids.update(entry.kept)
        return True

    def _reject(self, piece: Slice, entry: Entry, fault: DataError) -> None:
        """Count a malformed record (not the further pieces of a long one), and keep its bytes."""
        if entry.is_record:
            self._counts.rejected += 1
            self._report.warn("rejected", line=fault.line, detail=fault.what)
        if self._rejects is not None:
            data = piece.data[entry.start : entry.end]
            self._rejects.add(data, fault, piece.place(entry.start), piece.offset + entry.start)

    def _warn(self, entry: Entry, code: str, detail: str = "") -> None:
        self._report.warn(code, key=entry.key, line=self._line + entry.line, detail=detail)

    def _count(self, media: frozenset[str], *, part: bool) -> None:
        """Count a record by the media in which it is available, and whether a file for one of them is written."""
        if media.intersection(self._files):
            if part:
                self._counts.merged += 1
            else:
                self._counts.written += 1
        elif media:
            self._counts.not_requested += 1
        else:
            self._counts.unavailable += 1

    def _finish_series(self) -> None:
        """Write the parts that lead to no series, then every series."""
        for key, line in self._shelf.claimed_twice():
            self._report.warn("claimed-twice", key=key, line=line)
        groups = _batches(chain(self._shelf.orphans(), self._shelf.families()))
        for batch, united in self._jobs.map(partial(unite_all, work=self._work), groups):
            for group, title in zip(batch, united, strict=True):
                self._take_series(group, title)

    def _take_series(self, group: Group, united: United) -> None:
        report, first = self._report, group.records[0]
        for part in group.records:
            own = part.key == group.key or group.key is None
            self._count(
                united.media if own else united.members[part.key], part=not own and part.key not in united.alone
            )
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
        for name, data in united.data.items():
            self._files[name].write(data, united.titles[name])


def _batches(groups: Iterable[Group]) -> Iterator[tuple[Group, ...]]:
    """Put series together until they have about as many bytes as a slice."""
    batch: list[Group] = []
    size = 0
    for group in groups:
        batch.append(group)
        size += sum(len(part.data) for part in group.records)
        if size >= SLICE_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def _without(prepared: Prepared, place: int, left_out: Collection[int]) -> bytes:
    """Give the bytes for an output, by its place among them, without those of some entries."""
    kept, position = [], 0
    for at, entry in enumerate(prepared.entries):
        end = position + (entry.lengths[place] or 0 if entry.lengths else 0)
        if at not in left_out:
            kept.append(prepared.data[place][position:end])
        position = end
    return b"".join(kept)


def _unified_start_tag(head: Head) -> bytes:
    """Give the root's start tag for a file of unified titles: nothing is left of the input's but its prefixes."""
    return head.wrapper.replace(b"<r", f"<{ROOT}".encode(), 1)


def _start_tag(head: Head, job: Job) -> bytes:
    """Give the root's start tag for a file in the input's own structure."""
    root = parse_start_tag(head.start_tag)
    if job.as_of is not None:
        dated.apply(root, job.as_of)
    if job.strip:
        external_ids.strip_all(root)
    return serialize(root).strip().removesuffix(b"/>").removesuffix(b">") + b">"
