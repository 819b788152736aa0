"""Detects the dialect of a catalog file from its root and first record (format.md, "Four dialects")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from lxml import etree

from catindex.errors import CUT_OFF, DataError, NoRecordError, NotAnIndexError
from catindex.read.syntax import HUGE, SAFE, Nothing, ends_early, explain, streaming_parser

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from lxml.etree import _Element as Element

INDEX_1, INDEX_2, REGIONAL, SEARCH = "1.x", "2.0", "regional", "search"

#: Root -> name of its records.
RECORD_OF_ROOT = {"catalog_title_index": "title_index_item", "catalog_titles": "catalog_title"}

#: The start tag in which children of a root are parsed that declares no prefixes, as almost all roots.
WRAPPER = b"<r>"

#: Elements before the first record that only a search response has (fixture: search-1.x.xml).
SEARCH_HEADER = frozenset({"url_template", "number_of_results", "start_index", "results_per_page"})

#: Attributes of a record that only the regional index has (fixtures: show.xml, episode.xml).
REGIONAL_ATTRIBUTES = ("id", "type")

#: Beginnings of files that are not catalogs -> the problem to report.
IMPOSTORS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(rb"<(?:!doctype\s+html|html|head|body|h1)\b", re.IGNORECASE),
        "is an HTML page, most likely an error message that was saved in place of the dump; download it again",
    ),
    (re.compile(rb"[{\[]"), "is JSON, not a catalog index in XML; check the path"),
    (re.compile(rb"PK\x03\x04"), "is a zip archive; unpack it first (unzip -p FILE | catindex … -)"),
    (re.compile(rb"[^<]"), "is not XML: it does not begin with <; check the path"),
)

_MISC = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_NAME = re.compile(rb"<([^\s<>/!?]+)")
_ATTRIBUTE = re.compile(rb"\s([^\s=]+)\s*=")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_MOST_HEAD_BYTES = 16 << 20

# A tag is read in such pieces, one after the other: a pattern for the whole would take memory for every character.
_TAG_PIECE = re.compile(rb"""[^>"']*(?:(>)|"[^"]*"|'[^']*')""")
_SOUND_TAG_PIECE = re.compile(rb"""[^<>"']*(?:(>)|"[^"<]*"|'[^'<]*')""")


@dataclass(frozen=True, slots=True)
class Head:
    """The facts in the beginning of a file.

    ``root`` is the root's name, ``start_tag`` its start tag as it is in the input, and ``record`` the name of its
    records. ``content`` is the offset after the start tag, ``empty`` whether the tag is empty. ``wrapper`` is the
    start tag of the element in which its children are to be parsed: it declares the prefixes that the root declares.
    """

    dialect: str
    root: str
    start_tag: bytes
    record: str
    content: int
    empty: bool
    wrapper: bytes = WRAPPER


class _Enough(Exception):  # noqa: N818 - nothing went wrong
    """The beginning has been read."""


class _Beginning(Nothing):
    """A parser target that keeps the root, the names of its children before the first record, and the first record.

    It keeps nothing else, because the beginning can be long.
    """

    def __init__(self) -> None:
        self.root = ""
        self.header: set[str] = set()
        self.first: dict[str, str] | None = None
        self._depth = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self.root = name
            if name not in RECORD_OF_ROOT:
                raise _Enough
        elif self._depth == 2:  # noqa: PLR2004 - a child of the root
            if name == RECORD_OF_ROOT[self.root]:
                self.first = dict(attributes)
                raise _Enough
            self.header.add(name)

    def end(self, _: str) -> None:
        self._depth -= 1


def read_head(data: bytes, more: Callable[[], bytes], path: str, *, huge: bool = False) -> tuple[Head, bytes]:
    """Read the beginning of a file up to its first record.

    Takes the bytes read so far and a function that reads more (``b""`` at the end). Returns the head and all bytes
    read. Raises DataError if the file is not a catalog, has a document type declaration, or has no record. ``huge``
    lifts the limits of libxml2 and the limit on the size of the beginning.
    """
    data, start = _find_root(data, more, path, huge=huge)
    beginning = _Beginning()
    parser = streaming_parser(beginning, huge=huge)
    parsed = 0
    try:
        while not _is_too_long(data, huge=huge):
            parser.feed(data[parsed:])
            parsed = len(data)
            if not (added := more()):
                if not tag_end(data, start):
                    raise _cut_off(data, path)
                parser.close()
                what = f"contains no record: there is no <{RECORD_OF_ROOT[beginning.root]}> in <{beginning.root}>"
                raise NoRecordError(what, data=data, path=path)
            data += added
    except _Enough:
        return _head(data, start, beginning, path), data
    except etree.XMLSyntaxError as error:
        is_at_end = parsed == len(data) and ends_early(error)
        raise (_cut_off(data, path) if is_at_end else _malformed(error, data, 0, path, huge=huge)) from error
    raise _too_long(path)


def _find_root(data: bytes, more: Callable[[], bytes], path: str, *, huge: bool) -> tuple[bytes, int]:
    """Read on until the root's start tag begins. Return all bytes read, and the offset of the tag."""
    while not _is_too_long(data, huge=huge):
        misc = _MISC.match(data)
        start = misc.end() if misc else 0
        rest = data[start : start + 4]
        is_unfinished = b"<!--".startswith(rest) or b"<?".startswith(rest[:2]) or rest == b"<!--"
        if not is_unfinished:
            refuse_impostor(data, start, path)
            return data, start
        if not (added := more()):
            if data.strip():
                raise DataError("ends before its first element: the download was cut off", path=path)
            raise DataError("is empty; download it again, or check the command that writes it", path=path)
        data += added
    raise _too_long(path)


def _cut_off(data: bytes, path: str) -> DataError:
    line, column = place(data, len(data))
    return DataError(CUT_OFF, path=path, line=line, column=column)


def _is_too_long(data: bytes, *, huge: bool) -> bool:
    return len(data) > _MOST_HEAD_BYTES and not huge


def _too_long(path: str) -> DataError:
    return DataError(f"no record begins in its first {_MOST_HEAD_BYTES >> 20} MiB", path=path, hint=HUGE)


def refuse_impostor(data: bytes, start: int, path: str) -> None:
    """Raise DataError if the file begins like another format, or with a document type declaration."""
    line, column = place(data, start)
    for pattern, what in IMPOSTORS:
        if pattern.match(data, start):
            raise DataError(what, path=path)
    if _DOCTYPE.match(data, start):
        raise DataError(
            "a document type declaration is refused: no catalog index has one, and entities are never expanded",
            path=path,
            line=line,
            column=column,
            hint="remove it if you trust the file",
        )


def place(data: bytes, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of an offset in UTF-8 text. Columns count characters."""
    line_start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[line_start:offset].decode("utf-8", "replace")) + 1
    return data.count(b"\n", 0, offset) + 1, column


def moved(origin: tuple[int, int], by: tuple[int, int]) -> tuple[int, int]:
    """Return line and column of a place whose line and column are counted from ``origin``."""
    (line, column), (below, right) = origin, by
    return line + below - 1, right if below > 1 else column + right - 1


def tag_end(data: bytes, start: int, piece: re.Pattern[bytes] = _TAG_PIECE) -> int:
    """Return the offset after the tag that contains ``start`` (outside of quotes), or 0 if the tag does not end."""
    while match := piece.match(data, start):
        start = match.end()
        if match[1]:
            return start
    return 0


def _head(data: bytes, start: int, seen: _Beginning, path: str) -> Head:
    """Return the head for a beginning. Raises DataError if the root is not that of a catalog."""
    line, column = place(data, start)
    if seen.first is None:
        namespace, _, name = seen.root.rpartition("}")
        named = f"<{name}> in the namespace {namespace[1:]}" if namespace else f"<{name}>"
        expected = "> or <".join(RECORD_OF_ROOT)
        what = f"{named} is not the root of a catalog index (expected <{expected}>)"
        raise NotAnIndexError(what, data=data, path=path, line=line, column=column)
    try:
        return _made(seen.root, data[start : tag_end(data, start)], tag_end(data, start), seen.header, seen.first)
    except etree.XMLSyntaxError as error:  # a prefix that is not declared shows only here
        raise _malformed(error, data, start, path, huge=True) from error


def _made(root: str, tag: bytes, content: int, header: Collection[str], first: Collection[str]) -> Head:
    """Return a head. Raises XMLSyntaxError if the root's start tag is malformed."""
    if all(name in first for name in REGIONAL_ATTRIBUTES):
        dialect = REGIONAL
    elif SEARCH_HEADER.intersection(header):
        dialect = SEARCH
    else:
        dialect = INDEX_1 if root == "catalog_title_index" else INDEX_2
    wrapper = _wrapper(cast("dict[str, str]", parse_start_tag(tag).nsmap))
    return Head(dialect, root, tag, RECORD_OF_ROOT[root], content, tag.endswith(b"/>"), wrapper)


def parse_start_tag(tag: bytes) -> Element:
    """Parse a start tag on its own. Raises XMLSyntaxError, but not for that of a `Head`."""
    closed = tag.removesuffix(b">").removesuffix(b"/") + b"/>"
    return etree.fromstring(closed, etree.XMLParser(**SAFE | {"huge_tree": True}))


def _wrapper(namespaces: dict[str, str]) -> bytes:
    """Return `Head.wrapper`, with the declarations as lxml writes those that it copies to each record."""
    empty: bytes = etree.tostring(etree.Element("r", nsmap=namespaces), encoding="utf-8")
    return empty.removesuffix(b"/>") + b">"


def read_damaged_head(data: bytes) -> Head | None:
    """Return the head of a file that is malformed before or in the tag of its first record.

    Returns None if there is no root or no record.
    """
    misc = _MISC.match(data)
    start = misc.end() if misc else 0
    name = _NAME.match(data, start)
    root = name[1].decode("utf-8", "replace") if name else ""
    content = tag_end(data, name.end(), _SOUND_TAG_PIECE) if name else 0
    if not content or root not in RECORD_OF_ROOT:
        return None
    first = re.compile(rb"<" + RECORD_OF_ROOT[root].encode() + rb"(?=[\s>])([^<>]*)>").search(data, content)
    if first is None:
        return None
    attributes = {name.decode("utf-8", "replace") for name in _ATTRIBUTE.findall(first[1])}
    header = {name.decode("utf-8", "replace") for name in _NAME.findall(data, content, first.start())}
    try:
        head = _made(root, data[start:content], content, header, attributes)
    except etree.XMLSyntaxError:
        return None
    return None if b" xmlns=" in head.wrapper else head  # in a namespace it is another root


def _malformed(error: etree.XMLSyntaxError, data: bytes, start: int, path: str, *, huge: bool) -> DataError:
    """Return the error of libxml2 in the beginning of a file as a DataError."""
    line, column = place(data, start)
    below, right = error.position
    what, hint = explain(error, huge=huge)
    return DataError(
        what,
        path=path,
        line=line + below - 1,
        column=right + (column - 1 if below == 1 else 0),
        hint=hint if hint == HUGE else "",  # it is not known here whether --recover will find a record
    )
