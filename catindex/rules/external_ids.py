"""The retired references: AMG and TMS ids, wherever they occur ("Update: Changes for the Public API", 2012).

By the pattern of the UPC ids that real dumps hold (``http://schemas.netflix.com/catalog/id.upc``) their rels end in
``id.amg`` and ``id.tms``; they needed the query parameters ``include_amg`` and ``include_tms``.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from lxml import etree

from catindex.rules.elements import drop, drop_emptied
from catindex.rules.vocabulary import token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

#: The last token of a rel -> the source that was retired.
RETIRED_TOKENS = {"amg": "amg", "tms": "tms"}

#: Elements and attributes of these names -> the source that was retired.
RETIRED_NAMES = {"amg": "amg", "amg_id": "amg", "tms": "tms", "tms_id": "tms"}

# What every retired reference contains. Written so that the search jumps from one m to the next: that is ten times as
# fast as looking for three letters in any case.
_TRACES = tuple(re.compile(m + rb"(?:(?<=[Aa].)[Gg]|(?<=[Tt].)[Ss])", re.DOTALL) for m in (b"m", b"M"))

# The same, as it begins the name of an attribute or ends that of a query parameter.
_TRACES_IN_NAMES = tuple(
    re.compile(m + rb"(?:(?<=[\s_][Aa].)[Gg]|(?<=[\s_][Tt].)[Ss])", re.DOTALL) for m in (b"m", b"M")
)

_REFERENCE = re.compile(rb"&#")  # finds the rare & faster than `in` does

# The letters of these as character references, by which they could escape a search of bytes.
_SPELLED_LETTER = re.compile(rb"&#(?:0*(?:65|71|77|83|84|97|103|109|115|116)|x0*(?:[46][17Dd]|[57][34]));")

# A query parameter with its value, or its name in the variable list of a URL template, in the three places where it
# may stand: before another one (?include_amg=1&v=2), alone in a template ({?include_amg}, {-join|&|include_amg}), last
# (?v=2&include_amg={amg}). Taken out in this order, each leaves a URL that is still one.
_NAME = r"include_(amg|tms)(?![\w-])(?:=(?:\{[^{}]*\}|[^&#|,;{}\s\"'<>])*)?"
_AMPERSAND = r"&(?:amp|#0*38|#x0*26);|&"
_PARAMETERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<=[?&|,;{{]){_NAME}(?:{_AMPERSAND}|[|,;])",
        rf"(?<!=)\{{(?:[?&+#/.;]|-\w+\|[^|{{}}]*\|)?{_NAME}\}}",
        rf"(?:{_AMPERSAND}|[?|,;]){_NAME}",
    )
)
_PARAMETER_HINT = re.compile(r"include_(?:amg|tms)", re.IGNORECASE)


class Ids(NamedTuple):
    """External ids by source (``amg``, ``tms``, ``upc``, …): how many references were removed, how many ids kept."""

    removed: Counter[str]
    kept: Counter[str]


def mentions(data: bytes) -> int:
    """Count in the bytes of a record what could be a retired reference: where there is none, none is in the record."""
    spelled = len(_SPELLED_LETTER.findall(data)) if _REFERENCE.search(data) else 0
    return _written_out(data) + spelled


def _written_out(data: bytes) -> int:
    return sum(len(traces.findall(data)) for traces in _TRACES)


def _may_stand_in_names(data: bytes) -> bool:
    return _REFERENCE.search(data) is not None or any(traces.search(data) for traces in _TRACES_IN_NAMES)


def count(external_ids: Iterable[Element]) -> Counter[str]:
    """Count the ids in ``external_ids`` elements, by source: the last token of each rel."""
    return Counter(_source(child.get("rel")) for element in external_ids for child in element.iterchildren("id"))


def strip(record: Element, external_ids: Iterable[Element], raw: bytes) -> tuple[Ids, bool]:
    """Take every AMG and TMS reference out of a record, and an ``external_ids`` that this empties.

    ``external_ids`` are the record's own, and ``raw`` the bytes that it was parsed from: the rest of the record is
    searched only if these ids do not account for all that is mentioned in them. Returns the counts, and whether the
    rest was searched (so that what else is known of the record's children may no longer hold).
    """
    mentioned = mentions(raw)
    ids = Ids(Counter(), Counter())
    for element in external_ids:
        before = len(element)
        for child in list(element.iterchildren("id")):
            rel = child.get("rel") or ""
            source = _source(rel)
            if source in RETIRED_TOKENS:
                text = child.text or ""
                mentioned -= _mentions_in(rel) + (_written_out(text.encode()) if "m" in text.lower() else 0)
                ids.removed[source] += 1
                drop(child)
            else:
                ids.kept[source] += 1
        if len(element) < before:
            drop_emptied(element, record)
    if mentioned <= 0:
        return ids, False
    ids.removed.update(strip_all(record, raw))
    return ids, True


@lru_cache(maxsize=1024)
def _mentions_in(rel: str) -> int:
    # What looks like a letter's reference behind the parser was none before it (&amp;#65;), and was not counted.
    return _written_out(rel.encode())


def _source(rel: str | None) -> str:
    return token(rel or "") or "unknown"


def _take_out(element: Element) -> None:
    parent = element.getparent()
    drop(element)
    if parent is not None and parent.tag == "external_ids" and (above := parent.getparent()) is not None:
        drop_emptied(parent, above)


def strip_all(record: Element, raw: bytes | None = None) -> Counter[str]:
    """Take every AMG and TMS reference out of a document, wherever it stands. Returns how many went, by source.

    With the bytes that it was parsed from, attributes and text are searched only where these show that it is needed.
    """
    removed: Counter[str] = Counter()
    for element in list(record.iter(etree.Element)):
        if element is not record and (source := retired(element)):
            removed[source] += 1
            _take_out(element)
    if raw is None or _may_stand_in_names(raw):
        for node in list(record.iter()):
            tail, text = node.tail, node.text
            if tail and node is not record and _PARAMETER_HINT.search(tail):
                node.tail = without_parameters(tail, removed)
            if isinstance(node.tag, str):
                _strip_attributes(node, removed)
            if text and _PARAMETER_HINT.search(text):
                set_text(node, without_parameters(text, removed))
    return removed


def retired(element: Element) -> str | None:
    """Give the source that an element as a whole refers to if that was retired, else None."""
    tag = str(element.tag)
    if tag in ("id", "link"):
        rel = element.get("rel")
        return RETIRED_TOKENS.get(token(rel)) if rel else None
    return RETIRED_NAMES.get(tag.lower())


def _strip_attributes(element: Element, removed: Counter[str]) -> None:
    for name, value in cast("list[tuple[str, str]]", element.items()):
        if (source := RETIRED_NAMES.get(name.lower())) is not None:
            removed[source] += 1
            del element.attrib[name]
        elif "include_" in value.lower() and _PARAMETER_HINT.search(value):
            element.set(name, without_parameters(value, removed))


def without_parameters(text: str, removed: Counter[str]) -> str:
    """Give text without the parameters that asked for retired ids, and count these in ``removed``.

    It may stand as in XML, where ``&`` is written ``&amp;``.
    """

    def take_out(match: re.Match[str]) -> str:
        removed[match[1].lower()] += 1
        return ""

    for pattern in _PARAMETERS:
        text = pattern.sub(take_out, text)
    return text


def set_text(node: Element, text: str) -> None:
    """Replace the text of an element or comment, as CDATA where any of it was (which lxml does not tell of a node)."""
    opening = etree.tostring(node, encoding="unicode", with_tail=False) if isinstance(node.tag, str) else ""
    node.text = etree.CDATA(text) if re.match(r"<[^>]*>[^<]*<!\[CDATA\[", opening) else text
