"""Finds records by conditions or keys, and writes them unchanged or as JSON."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex.errors import DataError
from catindex.extract import read_title
from catindex.passes import Progress
from catindex.pipeline import open_reader
from catindex.read.dialect import SEARCH
from catindex.read.records import map_records
from catindex.read.source import Source
from catindex.rules.keys import is_stretch, key_of, read_key
from catindex.write.files import STDOUT, Outputs
from catindex.write.report import Input, Report, Written
from catindex.write.xml import TitleFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lxml.etree import _Element as Element

    from catindex.model import Format, Title
    from catindex.read.chunks import Chunk, ChunkReader, Span

#: The formats in which a title can be available.
FORMATS = ("instant", "DVD", "Blu-ray")

_DAY = 24 * 60 * 60


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """Return a name for comparison: in lower case, without accents, spaces and punctuation."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())


#: Condition -> whether a title fulfils it, given the value of the option. Names are `folded`, a title is a pattern, and
#: a day is the Unix time of its beginning (UTC).
OF_TITLES: dict[str, Callable[[Any, Title], bool]] = {
    "kind": lambda kinds, title: title.kind in kinds,
    "genre": lambda genres, title: any(folded(genre) in genres for genre in title.genres),
    "year": lambda years, title: title.release_year is not None and title.release_year in years,
    "title": lambda pattern, title: bool(pattern.search(title.title) or pattern.search(title.title_short)),
    "person": lambda parts, title: any(
        part in folded(person.name) for person in title.cast + title.directors for part in parts
    ),
    "updated_since": lambda day, title: title.updated is not None and title.updated >= day,
}

#: The same for one format of a title. One format must fulfil all of these conditions. A missing date is no limit.
OF_FORMATS: dict[str, Callable[[Any, Format], bool]] = {
    "available_on": lambda terms, format_: folded(format_.format) in terms,
    "medium": lambda media, format_: format_.medium in media,
    "on_date": lambda day, format_: (
        (format_.available_from is None or format_.available_from < day + _DAY)
        and (format_.available_until is None or format_.available_until > day)
    ),
    "expires_before": lambda day, format_: format_.available_until is not None and format_.available_until < day,
}


def fulfils(asked: Mapping[str, Any]) -> Callable[[Title], bool]:
    """Return a function that tests all conditions, named as in `OF_TITLES` and `OF_FORMATS`, on a title."""
    of_title = [partial(OF_TITLES[name], value) for name, value in asked.items() if name in OF_TITLES]
    of_format = [partial(OF_FORMATS[name], value) for name, value in asked.items() if name in OF_FORMATS]

    def test(title: Title) -> bool:
        if not all(condition(title) for condition in of_title):
            return False
        return not of_format or any(all(condition(each) for condition in of_format) for each in title.formats)

    return test


class Keys:
    """The keys to search for. ``missing`` has those that have not been found so far."""

    def __init__(self, given: Iterable[str]) -> None:
        """Read keys, URLs of titles, and bare numbers, which stand for titles of every kind. Raises UsageError."""
        self._wanted = {read_key(text): text for text in given}
        self.missing = dict(self._wanted)

    def match(self, record: Element) -> bool:
        """Return whether a record has one of the keys."""
        key = key_of(record) or ""
        names = [key, key.partition("/")[2]]
        if is_stretch(key):  # the key of a series matches each title that it was broken up into
            names += [name.partition("#")[0] for name in names]
        found = [name for name in names if name in self._wanted]
        for name in found:
            self.missing.pop(name, None)
        return bool(found)


def _as_xml(_: Element, data: bytes) -> bytes:
    """Return a record as it is in the input."""
    return data + b"\n"


def _as_ndjson(record: Element, _: bytes) -> bytes:
    """Return a record as a title in JSON."""
    from catindex.export.to_ndjson import document, line  # noqa: PLC0415 - loaded only if it is needed

    return line(document(read_title(record)))


#: Output format -> the function that returns a record, given its element and its bytes in the input.
FORMS: dict[str, Callable[[Element, bytes], bytes]] = {"xml": _as_xml, "ndjson": _as_ndjson}


@dataclass(frozen=True, slots=True)
class Search:
    """One search: the input, the condition, the output and its format.

    ``output`` None only counts. ``limit`` ends the search after this number of records. ``compression`` overrides the
    suffix of the output. ``other_inputs`` are further files that the output must not replace. ``recover`` continues the
    search after malformed records.
    """

    input: str
    matches: Callable[[Element], bool]
    output: str | None = STDOUT
    form: str = "xml"
    limit: int | None = None
    compression: str | None = None
    no_clobber: bool = False
    huge: bool = False
    recover: bool = False
    other_inputs: tuple[str, ...] = ()
    on_progress: Callable[[Progress], None] = lambda _: None


class _Examined(NamedTuple):
    """A child of the root, and the bytes to write if it matches."""

    is_record: bool
    key: str | None
    line: bytes | None
    fault: DataError | None = None


def search(job: Search) -> Report:
    """Write the records that match, in input order.

    Returns a report with the number of records that were written (or only counted) and of malformed ones. Raises a
    CatindexError, and then no file has changed.
    """
    inputs = (job.input, *job.other_inputs)
    with Outputs(no_clobber=job.no_clobber, inputs=inputs) as outputs, Source(job.input, huge=job.huge) as source:
        report = Report(Input(source.path))
        reader = open_reader(source, recover=job.recover, huge=job.huge)
        sink = None if job.output is None else outputs.open(job.output, job.compression)
        file = None
        if sink is not None and job.form == "xml":
            file = TitleFile(sink, reader.head.start_tag, reader.head.root, Written("titles", ""))
        for line, is_record in _matching(job, reader, report):
            if sink is not None:
                sink.write(line)
            report.records.written += is_record
            if report.records.written == job.limit:
                break
        else:
            source.check_unchanged()
        if file is not None:
            file.end()
        outputs.publish()
    return report


def _matching(job: Search, reader: ChunkReader, report: Report) -> Iterator[tuple[bytes, bool]]:
    """Yield the bytes of each child of the root that matches, and whether it is a record. Counts malformed records.

    The children before the first record of a search response are its header, which is written as well. Raises
    TransferError, and DataError with the key of the last complete record.
    """
    last_key: str | None = None
    in_header = reader.head.dialect == SEARCH and job.form == "xml"
    try:
        for chunk in reader.chunks():
            examine = partial(_examine, chunk=chunk, job=job)
            for one in map_records(chunk, reader.head, reader.source.name, examine, huge=job.huge):
                if one.fault is not None:
                    if not job.recover:
                        raise one.fault
                    if one.is_record:
                        report.records.rejected += 1
                        report.warn("rejected", line=one.fault.line, detail=one.fault.what)
                in_header = in_header and not one.is_record
                last_key = one.key or last_key
                report.records.read += one.is_record
                if one.line is not None and (one.is_record or in_header):
                    yield one.line, one.is_record
            job.on_progress(Progress(reader.source.bytes_read, reader.source.size, report.records.read))
    except DataError as error:
        raise error.following(last_key) from error


def _examine(span: Span, element: Element | DataError, chunk: Chunk, job: Search) -> _Examined:
    if isinstance(element, DataError):
        return _Examined(span.is_record, None, None, element)
    data = chunk.data[span.start : span.end]
    if not span.is_record:
        return _Examined(False, None, _as_xml(element, data))  # noqa: FBT003 - a field
    line = FORMS[job.form](element, data) if job.matches(element) else None
    return _Examined(True, key_of(element), line)  # noqa: FBT003 - a field
