"""The four dialects of catalog files, told apart from the root and the first record (format.md, "Four dialects")."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from catindex.errors import DataError, NoRecordError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

INDEX_1, INDEX_2, REGIONAL, SEARCH = "1.x", "2.0", "regional", "search"

#: Root -> name of its records.
RECORD_OF_ROOT = {"catalog_title_index": "title_index_item", "catalog_titles": "catalog_title"}

#: What only a search response has before its first record (fixture: search-1.x.xml).
SEARCH_HEADER = frozenset({"url_template", "number_of_results", "start_index", "results_per_page"})

#: Attributes of a record that only the regional index has (fixtures: show.xml, episode.xml).
REGIONAL_ATTRIBUTES = ("id", "type")

#: How the beginning of a file gives away that it is no catalog, and what to say of it.
IMPOSTORS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(rb"<(?:!doctype\s+html|html|head|body|h1)\b", re.IGNORECASE),
        "is an HTML page, most likely an error message that was saved in place of the dump; download it again",
    ),
    (re.compile(rb"[{\[]"), "is JSON, not a catalog index in XML"),
    (re.compile(rb"PK\x03\x04"), "is a zip archive; unpack it first (unzip -p FILE | catindex … -)"),
    (re.compile(rb"[^<]"), "is not XML: it does not begin with <"),
)

#: The parser's options wherever catindex parses: nothing outside the file is reached and nothing is expanded.
SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
}

_MISC = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_TAG = re.compile(rb"""<[^\s<>/!?"'=&]+(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_NAME = re.compile(rb"<([^\s<>/]+)")
_ATTRIBUTE = re.compile(rb"\s([^\s=]+)\s*=")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_MOST_HEAD_BYTES = 16 << 20

# What libxml2 says of a beginning that only lacks its end.
_CUT_OFF = (etree.ErrorTypes.ERR_TAG_NOT_FINISHED, etree.ErrorTypes.ERR_GT_REQUIRED)


@dataclass(frozen=True, slots=True)
class Head:
    """What the beginning of a file tells.

    ``root`` is the root's name and ``start_tag`` its start tag as it stands; ``record`` the name of its records;
    ``content`` the offset behind the start tag, ``empty`` whether the root is closed in its own tag.
    """

    dialect: str
    root: str
    start_tag: bytes
    record: str
    content: int
    empty: bool


def read_head(data: bytes, more: Callable[[], bytes], path: str) -> tuple[Head, bytes]:
    """Tell the dialect from the beginning of a file, asking for more of it until the first record shows.

    Takes the bytes read so far and a way to get more (empty at the end); gives the head and all bytes read.
    Raises DataError for what is no catalog, for a document type declaration and for a file without any record.
    """
    ended = False
    while True:
        misc = _MISC.match(data)
        assert misc is not None  # it matches nothing, too
        rest = data[misc.end() : misc.end() + 64]
        if rest and not (
            b"<!--".startswith(rest[:4]) or b"<?".startswith(rest[:2]) or rest.startswith((b"<!--", b"<?"))
        ):
            refuse_impostor(data, misc.end(), path)
        if (tag := _TAG.match(data, misc.end())) and (head := _head(data, tag)):
            return head, data
        if ended or len(data) > _MOST_HEAD_BYTES:
            raise _no_record(data, misc.end(), path)
        added = more()
        ended = not added
        data += added


def refuse_impostor(data: bytes, start: int, path: str) -> None:
    """Raise DataError where the file plainly begins as something else, or with a document type declaration."""
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
        )


def place(data: bytes, offset: int) -> tuple[int, int]:
    """Give line and column, both from 1, of an offset in UTF-8 text; columns count characters."""
    line_start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[line_start:offset].decode("utf-8", "replace")) + 1
    return data.count(b"\n", 0, offset) + 1, column


def _head(data: bytes, tag: re.Match[bytes]) -> Head | None:
    """Read root, header and first record with a streaming parser; None while the first record is not there yet."""
    seen: list[str] = []
    root, record = None, None
    # A parser of its own for what is only a beginning: it is expected to run into the end.
    events = etree.iterparse(
        io.BytesIO(data[tag.start() :]), events=("start",), remove_comments=True, remove_pis=True, **SAFE
    )
    try:
        for _, element in events:
            if root is None:
                root = element
                record = RECORD_OF_ROOT.get(str(root.tag))
                if record is None:
                    break
            elif element.getparent() is root:
                if record and element.tag == record:
                    return Head(
                        _tell(root, seen, element),
                        str(root.tag),
                        tag.group(),
                        record,
                        tag.end(),
                        tag.group().endswith(b"/>"),
                    )
                seen.append(str(element.tag))
    except etree.XMLSyntaxError:
        pass
    return None


def read_damaged_head(data: bytes) -> Head | None:
    """Tell the head of a file that is malformed before or in the tag of its first record, as far as that goes.

    None where there is no root or no record.
    """
    misc = _MISC.match(data)
    tag = _TAG.match(data, misc.end() if misc else 0)
    name = _NAME.match(tag.group()) if tag else None
    root = name[1].decode("utf-8", "replace") if name else ""
    if tag is None or root not in RECORD_OF_ROOT:
        return None
    record = RECORD_OF_ROOT[root]
    first = re.compile(rb"<" + record.encode() + rb"(?=[\s>])([^<>]*)>").search(data, tag.end())
    if first is None:
        return None
    attributes = {name.decode("utf-8", "replace") for name in _ATTRIBUTE.findall(first[1])}
    header = {name.decode("utf-8", "replace") for name in _NAME.findall(data, tag.end(), first.start())}
    if attributes.issuperset(REGIONAL_ATTRIBUTES):
        dialect = REGIONAL
    elif SEARCH_HEADER.intersection(header):
        dialect = SEARCH
    else:
        dialect = INDEX_1 if root == "catalog_title_index" else INDEX_2
    return Head(dialect, root, tag.group(), record, tag.end(), empty=False)


def _tell(root: Element, header: list[str], first: Element) -> str:
    """Name the dialect from the root, the names of the children before the first record, and that record."""
    if all(first.get(name) is not None for name in REGIONAL_ATTRIBUTES):
        return REGIONAL
    if SEARCH_HEADER.intersection(header):
        return SEARCH
    return INDEX_1 if root.tag == "catalog_title_index" else INDEX_2


def _no_record(data: bytes, start: int, path: str) -> DataError:
    rest = data[start:]
    if not data.strip():
        return DataError("is empty: the download brought nothing", path=path)
    if not rest or rest.startswith((b"<!--", b"<?")) or not _NAME.match(rest):
        return DataError("ends before its first element: the download was cut off", path=path)
    line, column = place(data, start)
    try:
        tree = etree.fromstring(rest, etree.XMLParser(**SAFE))
        root = str(tree.tag)
    except etree.XMLSyntaxError as error:
        name = _NAME.match(rest)
        root = name[1].decode("utf-8", "replace") if name else ""
        if root in RECORD_OF_ROOT or b">" not in rest:
            error_line, error_column = error.position
            what = re.sub(r",? line [0-9]+(?:, column [0-9]+)?", "", str(error.msg)).strip()
            if error.code in _CUT_OFF:  # type: ignore[attr-defined]
                what = "ends in the middle: the download was cut off"
            if error_line == 1:
                error_column += column - 1
            return DataError(what, path=path, line=line + error_line - 1, column=error_column)
    if root in RECORD_OF_ROOT:
        return NoRecordError(f"holds no record: <{root}> has no <{RECORD_OF_ROOT[root]}> in it", path=path)
    return DataError(
        f"<{root}> is not the root of a catalog index (expected <{'> or <'.join(RECORD_OF_ROOT)}>)",
        path=path,
        line=line,
        column=column,
    )
