"""Records that match: conditions, keys, and the search that writes what it finds as it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from catindex.errors import DataError, UsageError
from catindex.model import Format, Title, read_title
from catindex.pipeline import Progress, open_reader
from catindex.read.dialect import SEARCH, Head
from catindex.read.records import records
from catindex.read.source import STDIN, Source
from catindex.rules.keys import DISC, EPISODE, MOVIE, OTHER, SEASON, SERIES, is_stretch, key_of, key_of_url
from catindex.write.files import STDOUT, Outputs
from catindex.write.report import Written
from catindex.write.xml import Sink, TitleFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lxml.etree import _Element as Element

    from catindex.read.chunks import ChunkReader

KINDS = (MOVIE, SERIES, SEASON, EPISODE, DISC, OTHER)

_DAY = 24 * 60 * 60
_TOLD_EACH = 256  # records, between two steps of a progress bar

#: Condition -> whether a title fulfils it, given what was asked for. Names are asked for in lower case, a title as a
#: pattern, days as the Unix seconds of their beginning (UTC).
OF_TITLES: dict[str, Callable[[Any, Title], bool]] = {
    "kind": lambda kinds, title: title.kind in kinds,
    "genre": lambda genres, title: any(genre.lower() in genres for genre in title.genres),
    "year": lambda years, title: title.release_year is not None and title.release_year in years,
    "title": lambda pattern, title: bool(pattern.search(title.title) or pattern.search(title.title_short)),
    "person": lambda parts, title: any(
        part in person.name.lower() for person in title.cast + title.directors for part in parts
    ),
    "updated_since": lambda day, title: title.updated is not None and title.updated >= day,
}

#: The same for one format of a title: all that are asked for must be true of the same one. An absent date is open.
OF_FORMATS: dict[str, Callable[[Any, Format], bool]] = {
    "format": lambda terms, format_: format_.format.lower() in terms,
    "medium": lambda media, format_: format_.medium in media,
    "available_on": lambda day, format_: (
        (format_.available_from is None or format_.available_from < day + _DAY)
        and (format_.available_until is None or format_.available_until > day)
    ),
    "expires_before": lambda day, format_: format_.available_until is not None and format_.available_until < day,
}


def fulfils(asked: Mapping[str, Any]) -> Callable[[Title], bool]:
    """Make the test whether a title fulfils all conditions, by their names in `OF_TITLES` and `OF_FORMATS`."""
    of_title = [partial(OF_TITLES[name], value) for name, value in asked.items() if name in OF_TITLES]
    of_format = [partial(OF_FORMATS[name], value) for name, value in asked.items() if name in OF_FORMATS]

    def test(title: Title) -> bool:
        if not all(condition(title) for condition in of_title):
            return False
        return not of_format or any(all(condition(each) for condition in of_format) for each in title.formats)

    return test


_NUMBER = re.compile(r"[0-9]+")
_KEY = re.compile(rf"(?:{'|'.join(KINDS[:-1])})/[0-9]+|{OTHER}/.+")


class Keys:
    """The keys that are looked for, and in ``missing`` those of them that have not been found so far."""

    def __init__(self, given: Iterable[str]) -> None:
        """Read keys, URLs of titles, and bare numbers, which stand for titles of every kind. Raises UsageError."""
        self._wanted = {self._read(text): text for text in given}
        self.missing = dict(self._wanted)

    @staticmethod
    def _read(text: str) -> str:
        if key := key_of_url(text):
            return key
        if _NUMBER.fullmatch(text) or _KEY.fullmatch(text):
            return text
        raise UsageError(f"{text!r} is no key: give a title's URL, a key such as movie/60001220, or a number")

    def match(self, record: Element) -> bool:
        """Whether a record is looked for."""
        key = key_of(record) or ""
        names = [key, key.partition("/")[2]]
        if is_stretch(key):  # what is asked of a series, each title of it answers
            names += [name.partition("#")[0] for name in names]
        found = [name for name in names if name in self._wanted]
        for name in found:
            self.missing.pop(name, None)
        return bool(found)


class Writer(Protocol):
    """Writes what was found, in one form."""

    def header(self, child: Child) -> None:
        """Take a child of the root that stands before the first record of a search response."""

    def record(self, child: Child) -> None:
        """Take a record that was found."""

    def end(self) -> None:
        """Write the end."""


class _Xml:
    """Records as they stand in the input, between the tags of its root."""

    def __init__(self, sink: Sink, head: Head) -> None:
        self._file = TitleFile(sink, head.start_tag, head.root, Written("titles", ""))

    def header(self, child: Child) -> None:
        self._file.write(child.data + b"\n", 0)

    def record(self, child: Child) -> None:
        self._file.write(child.data + b"\n", 1)

    def end(self) -> None:
        self._file.end()


class _Ndjson:
    """Records as titles in JSON, a line each."""

    def __init__(self, sink: Sink, _: Head) -> None:
        from catindex.export.to_ndjson import document, line  # noqa: PLC0415 - only where it is asked for

        self._sink = sink
        self._line_of: Callable[[Title], bytes] = lambda title: line(document(title))

    def header(self, child: Child) -> None:
        pass

    def record(self, child: Child) -> None:
        self._sink.write(self._line_of(read_title(child.element)))

    def end(self) -> None:
        pass


class Child(NamedTuple):
    """A child of the root: parsed, its bytes as they stand in the file, and whether it is a record."""

    element: Element
    data: bytes
    is_record: bool


def _children(reader: ChunkReader, on_fault: Callable[[DataError], None] | None) -> Iterator[Child]:
    """Yield each child of the root; each element is cleared when the next one is asked for.

    With ``on_fault``, malformed records are left out, and it gets their faults. Raises TransferError, and DataError
    with the key of the last whole record.
    """
    last_key: str | None = None
    try:
        for chunk in reader.chunks():
            for span, element in records(chunk, reader.head, reader.source.name):
                if not isinstance(element, DataError):
                    last_key = key_of(element) if span.is_record else last_key
                    yield Child(element, chunk.data[span.start : span.end], span.is_record)
                elif on_fault is None:
                    raise element
                elif span.is_record:
                    on_fault(element)
    except DataError as error:
        raise error.following(last_key) from error


#: Name of a form -> what writes it.
FORMS: dict[str, Callable[[Sink, Head], Writer]] = {"xml": _Xml, "ndjson": _Ndjson}


@dataclass(frozen=True, slots=True)
class Search:
    """One search: where, for what, and where it goes in which form.

    ``output`` None only counts; ``limit`` ends the search after so many records; ``compression`` forces one where the
    suffix of the output shall not tell. With ``on_fault`` the search goes on after malformed records, and it gets what
    is wrong with each.
    """

    input: str
    matches: Callable[[Element], bool]
    output: str | None = STDOUT
    form: str = "xml"
    limit: int | None = None
    compression: str | None = None
    no_clobber: bool = False
    on_progress: Callable[[Progress], None] = lambda _: None
    on_fault: Callable[[DataError], None] | None = None


def search(job: Search) -> int:
    """Write the records that match, in the order of the input, and give their number.

    Raises a CatindexError, and then no file has changed.
    """
    inputs = () if job.input == STDIN else (job.input,)
    found = 0
    with Outputs(no_clobber=job.no_clobber, inputs=inputs) as outputs, Source(job.input) as source:
        reader = open_reader(source, recover=job.on_fault is not None, huge=False)
        writer = None
        if job.output is not None:
            writer = FORMS[job.form](outputs.open(job.output, job.compression), reader.head)
        has_header = reader.head.dialect == SEARCH
        for number, child in enumerate(_children(reader, job.on_fault), 1):
            if number % _TOLD_EACH == 0:
                job.on_progress(Progress(source.bytes_read, source.size, number))
            if not child.is_record:
                if writer and has_header:
                    writer.header(child)
                continue
            has_header = False
            if job.matches(child.element):
                found += 1
                if writer:
                    writer.record(child)
                if found == job.limit:
                    break
        if writer:
            writer.end()
        outputs.publish()
    return found
