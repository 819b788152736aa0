"""Runs jobs: each writes the titles of one pass over an input, and puts the outputs in place when all are complete."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catindex.document import write_document
from catindex.errors import DataError, NotAnIndexError
from catindex.passes import Pass, Progress, ignore_progress
from catindex.read.chunks import ChunkReader
from catindex.read.dialect import INDEX_1, INDEX_2, REGIONAL, SEARCH, Head, parse_start_tag
from catindex.read.recovery import Recovery
from catindex.read.source import Source
from catindex.rules import dated, external_ids
from catindex.rules.elements import serialize
from catindex.treat import Plan
from catindex.write.files import Output, Outputs
from catindex.write.rejects import Rejects
from catindex.write.report import Report, Written
from catindex.write.xml import TITLES, SplitRenderer, TitleFile, XmlRenderer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from catindex.write.xml import Renderer

#: Dialects that cannot be split or joined -> why.
REFUSED = {
    REGIONAL: "is a regional partner index, which is unified and has no formats; use info, export, filter or get",
    SEARCH: "is a search response, which has its formats as links only; use info, export, filter or get",
}

#: Dialects whose series are sets of records. The others hold titles as they are.
UNIFIABLE = (INDEX_1, INDEX_2)

ROOT = "catalog_titles"


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
    on_progress: Callable[[Progress], None] = field(default=ignore_progress)


def run(job: Job) -> Report:
    """Do a job and put its outputs in place.

    Returns the report. Raises a CatindexError, and then nothing has changed.
    """
    started = time.monotonic()
    with Outputs(no_clobber=job.no_clobber, inputs=(job.input,)) as outputs:
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
        huge=job.huge,
    )
    drop_copies = job.split or job.unify
    titles = Pass(
        reader, plan, drop_copies=drop_copies, recover=job.recover, jobs=job.jobs, on_progress=job.on_progress
    )
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
    on_progress: Callable[[Progress], None] = ignore_progress,
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
        plan = Plan(reader.head, source.name, renderer, unify=unify, show_evidence=True, huge=huge)
        titles = Pass(reader, plan, drop_copies=unify, recover=recover, jobs=jobs, on_progress=on_progress)
        for rendered in titles.read():
            if rendered.titles:
                yield rendered.data[TITLES]
        on_report(titles.report)


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
