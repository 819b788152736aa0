"""Removes the retired references: AMG and TMS ids, wherever they occur ("Update: Changes for the Public API", 2012).

Real dumps have rels such as ``http://schemas.netflix.com/catalog/id.upc``; by that pattern the retired ones end in
``id.amg`` and ``id.tms``. They were returned only for the query parameters ``include_amg`` and ``include_tms``.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.rules.elements import attributes, drop, drop_from, set_text
from catindex.rules.structure import Record, Slot
from catindex.rules.vocabulary import Cached, token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

#: Last token of the rel of an id or link -> the retired source.
RETIRED_TOKENS = {"amg": "amg", "tms": "tms"}

#: Name of an element or attribute -> the retired source.
RETIRED_NAMES = {"amg": "amg", "amg_id": "amg", "tms": "tms", "tms_id": "tms"}

# Letters written as character references, which could hide one of these names from a search of the bytes.
_SPELLED_LETTER = re.compile(rb"&#(?:0*(?:65|71|77|83|84|97|103|109|115|116)|x0*(?:[46][17Dd]|[57][34]));")

# A query parameter with its value, or its name in the variable list of a URI template (RFC 6570). `&` may be escaped
# twice. Each pattern is for one place of the parameter: before another one (?include_amg=1&v=2), alone in a template
# ({?include_amg}, {-join|&|include_amg}), last (?v=2&include_amg={amg}). Removed in this order, each leaves a URL.
_NAME = r"include_(amg|tms)(?![\w-])(?::[0-9]+|\*)?(?:=(?:\{[^{}]*\}|[^&#|,;{}\s\"'<>])*)?"
_AMPERSAND = r"&(?:(?:amp;)+|#0*38;|#x0*26;)?"
_PARAMETERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<=[?&|,;{{]){_NAME}(?:{_AMPERSAND}|[|,;])",
        rf"(?<!=)\{{(?:[?&+#/.;]|-\w+\|[^|{{}}]*\|)?{_NAME}\}}",
        rf"(?:{_AMPERSAND}|[?|,;]){_NAME}",
    )
)
_HINT = "include_"


class Ids(NamedTuple):
    """External ids by source (``amg``, ``tms``, ``upc``, ...): removed references, and ids that stay."""

    removed: Counter[str]
    kept: Counter[str]


def mentions(data: bytes) -> int:
    """Count what could be a retired reference in the bytes of a record. If there is none, the record has none."""
    lower = data.lower()
    spelled = len(_SPELLED_LETTER.findall(data)) if b"&#" in data else 0
    return lower.count(b"amg") + lower.count(b"tms") + spelled


def count(external_ids: Iterable[Element]) -> Counter[str]:
    """Count the ids in ``external_ids`` elements by source, the last token of each rel."""
    return Counter(_source(child.get("rel") or "") for element in external_ids for child in element.iterchildren("id"))


def strip(record: Record, raw: bytes) -> Ids:
    """Remove every AMG and TMS reference from a record, and an ``external_ids`` that becomes empty.

    ``raw`` is what the record was parsed from. The whole record is searched only if its external ids do not account for
    everything that is mentioned there.
    """
    mentioned = mentions(raw)
    ids = Ids(Counter(), Counter())
    for element in record.children(Slot.EXTERNAL_IDS):
        for child in list(element.iterchildren("id")):
            rel = child.get("rel") or ""
            source = _source(rel)
            if source in RETIRED_TOKENS:
                mentioned -= _mentions_in(rel) + _count_in(child.text or "")
                ids.removed[source] += 1
                drop_from(child, record.element)
            else:
                ids.kept[source] += 1
    if mentioned > 0:
        ids.removed.update(strip_all(record.element))
        record.refresh()
    elif ids.removed:
        record.forget([Slot.EXTERNAL_IDS])
    return ids


def _count_in(text: str) -> int:
    lower = text.lower()
    return lower.count("amg") + lower.count("tms")


_mentions_in = Cached(_count_in)


def _source(rel: str) -> str:
    return token(rel) or "unknown"


def strip_all(root: Element) -> Counter[str]:
    """Remove every AMG and TMS reference from a document, wherever it stands. Return the number removed by source."""
    removed: Counter[str] = Counter()
    for element in list(root.iter(etree.Element)):
        if (source := retired(element)) and element is not root:
            removed[source] += 1
            parent = element.getparent()
            if parent is not None and parent.tag == "external_ids" and (above := parent.getparent()) is not None:
                drop_from(element, above)
            else:
                drop(element)
    for node in root.iter():
        tail, text = node.tail, node.text
        if tail and node is not root and _HINT in tail.lower():
            node.tail = without_parameters(tail, removed)
        if isinstance(node.tag, str):
            _strip_attributes(node, removed)
        if text and _HINT in text.lower() and (stripped := without_parameters(text, removed)) != text:
            set_text(node, stripped)
    return removed


def retired(element: Element) -> str | None:
    """Return the retired source that an element as a whole refers to, or None."""
    tag = element.tag
    if tag in ("id", "link"):
        return RETIRED_TOKENS.get(token(element.get("rel") or ""))
    return RETIRED_NAMES.get(tag.lower())


def _strip_attributes(element: Element, removed: Counter[str]) -> None:
    for name, value in attributes(element).items():
        if name.lower() in RETIRED_NAMES:
            removed[RETIRED_NAMES[name.lower()]] += 1
            del element.attrib[name]
        elif _HINT in value.lower():
            element.set(name, without_parameters(value, removed))


def without_parameters(text: str, removed: Counter[str]) -> str:
    """Return text without the parameters that asked for retired ids; add them to the counts in ``removed``."""

    def take_out(match: re.Match[str]) -> str:
        removed[match[1].lower()] += 1
        return ""

    for pattern in _PARAMETERS:
        text = pattern.sub(take_out, text)
    return text
