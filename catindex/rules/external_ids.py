"""Removes the retired references: AMG and TMS ids, wherever they occur ("Update: Changes for the Public API", 2012).

Real dumps have rels such as ``http://schemas.netflix.com/catalog/id.upc``; by that pattern the retired ones end in
``id.amg`` and ``id.tms``. They were returned only for the query parameters ``include_amg`` and ``include_tms``.
"""

from __future__ import annotations

import re
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

# The names of known sources have three letters.
_LONGEST_SOURCE = 100


class Ids(NamedTuple):
    """The sources (``amg``, ``tms``, ``upc``, ...) of removed references, and of ids that stay."""

    removed: list[str]
    kept: list[str]


def sources(external_ids: Iterable[Element]) -> list[str]:
    """Return the source of each id in ``external_ids`` elements: the last token of its rel."""
    return [_source(child.get("rel") or "") for element in external_ids for child in element.iterchildren("id")]


def strip(record: Record, mentioned: int) -> Ids:
    """Remove every AMG and TMS reference from a record, and an ``external_ids`` that becomes empty.

    ``mentioned`` is the number of possible references in its bytes (`catindex.rules.hints`). The whole record is
    searched only if its external ids do not account for all of them.
    """
    ids = Ids([], [])
    for element in record.children(Slot.EXTERNAL_IDS):
        for child in list(element.iterchildren("id")):
            rel = child.get("rel") or ""
            source = _source(rel)
            if source in RETIRED_TOKENS:
                mentioned -= _mentions_in(rel) + _count_in(child.text or "")
                ids.removed.append(source)
                drop_from(child, record.element)
            else:
                ids.kept.append(source)
    if mentioned > 0:
        ids.removed.extend(strip_all(record.element))
        record.refresh()
    elif ids.removed:
        record.forget([Slot.EXTERNAL_IDS])
    return ids


def _count_in(text: str) -> int:
    lower = text.lower()
    return lower.count("amg") + lower.count("tms")


_mentions_in = Cached(_count_in)


def _source(rel: str) -> str:
    """Return the source of an id. Reports count ids by source, so a very long one counts as unknown."""
    source = token(rel)
    return source if 0 < len(source) <= _LONGEST_SOURCE else "unknown"


def strip_all(root: Element) -> list[str]:
    """Remove every AMG and TMS reference from a document. Return the source of each."""
    removed: list[str] = []
    for element in list(root.iter(etree.Element)):
        if (source := retired(element)) and element is not root:
            removed.append(source)
            parent = element.getparent()
            if parent is not None and parent.tag == "external_ids" and (above := parent.getparent()) is not None:
                drop_from(element, above)
            else:
                drop(element)
    for node in root.iter():
        tail, text = node.tail, node.text
        if tail and node is not root and _HINT in tail.lower():
            node.tail = without_parameters(tail, removed)
        for name, value in attributes(node).items() if isinstance(node.tag, str) else ():
            if name.lower() in RETIRED_NAMES:
                removed.append(RETIRED_NAMES[name.lower()])
                del node.attrib[name]
            elif _HINT in value.lower():
                node.set(name, without_parameters(value, removed))
        if text and _HINT in text.lower() and (stripped := without_parameters(text, removed)) != text:
            set_text(node, stripped)
    return removed


def retired(element: Element) -> str | None:
    """Return the retired source that an element as a whole refers to, or None."""
    tag = element.tag
    if tag in ("id", "link"):
        return RETIRED_TOKENS.get(token(element.get("rel") or ""))
    return RETIRED_NAMES.get(tag.lower())


def without_parameters(text: str, removed: list[str]) -> str:
    """Return text without the query parameters for retired ids; add their sources to ``removed``."""

    def take_out(match: re.Match[str]) -> str:
        removed.append(match[1].lower())
        return ""

    for pattern in _PARAMETERS:
        text = pattern.sub(take_out, text)
    return text
