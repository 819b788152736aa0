"""How a file is laid out: what stands in front of real records, and whether nested ones look different."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from catindex.read.dialect import Head

#: What a nested record stands in.
LISTS = ("catalog_titles", "link")

# What is read last in a sound beginning.
_MARK = "catindex-mark"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the beginnings of records look.

    ``real`` finds real records (group ``record``); nested ones, too, unless it is ``certain``: then ``indent`` is what
    stands between the beginning of a line and a real record. ``any`` finds real and nested ones, ``starts`` real ones
    and the start tag of another root (group ``root``), ``parts`` the tags of records and of what they are nested in.
    """

    certain: bool
    indent: bytes
    real: re.Pattern[bytes]
    any: re.Pattern[bytes]
    starts: re.Pattern[bytes]
    parts: re.Pattern[bytes]

    @property
    def reach(self) -> int:
        """How far in front of a record's start tag what finds it may begin."""
        return len(self.indent) + 1


def learn(data: bytes, head: Head) -> Layout:
    """Learn the layout from the bytes behind the root's start tag."""
    record = re.escape(head.record.encode())
    first = re.search(rb"<" + record + rb"(?:\s[^<>]*)?>\s*<([^\s<>/!?]+)", data)
    names = b"|".join({b"id", b"title", *([re.escape(first[1])] if first else [])})
    beginning = rb"(?P<record><" + record + rb"(?:\s[^<>]*)?>(?P<inside>\s*)<(?:" + names + rb")[\s>/])"
    found = list(re.finditer(rb"(?:\n(?P<indent>[ \t]*))?" + beginning, data))
    # What stands in front of the very first one is not what stands between two.
    found = [match for match in found if match.start() > 0] or found
    lines = [match for match in found if match["indent"] is not None]
    indent = min((match["indent"] for match in lines), key=len, default=b"")
    # Without indentation real ones begin lines. Do nested ones, too? Not where a record is one line.
    certain = bool(lines) and (bool(indent) or not any(b"\n" in match["inside"] for match in lines))
    return _layout(head, beginning, indent if certain else b"", certain=certain)


def uncertain(layout: Layout, head: Head) -> Layout:
    """Give the layout for a file in which nested records have turned out to look like real ones."""
    return _layout(head, layout.any.pattern, b"", certain=False)


def another_root(head: Head) -> bytes:
    """Give the pattern of another root's start tag (group ``root``): a list of that name stands in a link."""
    root = re.escape(head.root.encode())
    return rb"(?:</" + root + rb"\s*>|\?>)\s*(?P<root><" + root + rb"(?:\s[^<>]*)?>)"


def _layout(head: Head, beginning: bytes, indent: bytes, *, certain: bool) -> Layout:
    record, another = re.escape(head.record.encode()), another_root(head)
    real = rb"\n" + re.escape(indent) + beginning if certain else beginning
    return Layout(
        certain,
        indent,
        re.compile(real),
        re.compile(beginning),
        re.compile(another + rb"|" + real),
        re.compile(rb"</?(?:" + record + rb"|catalog_titles|link)[\s>/]"),
    )


class Prefix:
    """What stands before a place in a damaged record: read as far as it is sound, to know what is open there."""

    def __init__(self, wrapper: bytes, options: dict[str, Any]) -> None:
        """Begin with the start tag that records are parsed in. ``options`` are the parser's."""
        self._parser = etree.XMLPullParser(events=("start", "end", "pi"), **options)
        self._parser.feed(wrapper)
        self._open: list[str] = []
        self._is_sound = True

    def ends_in_list(self, data: bytes) -> bool:
        """Read on. Whether everything so far is sound, and a list of records is open at its end."""
        self._is_sound = self._is_sound and self._feed(data)
        return self._is_sound and (self._open[-1:] == ["link"] or self._open[-2:] == ["link", "catalog_titles"])

    def _feed(self, data: bytes) -> bool:
        """See that the parser arrives at the end: in a comment, a tag or an entity that is cut off it does not."""
        try:
            self._parser.feed(data + f"<?{_MARK}?>".encode())
        except etree.XMLSyntaxError:
            return False
        arrived = False
        for event, element in self._parser.read_events():
            arrived = isinstance(element, etree._ProcessingInstruction) and element.target == _MARK  # noqa: SLF001
            if event == "start" and isinstance(element, etree._Element):  # noqa: SLF001 - what the stubs say it may be
                self._open.append(str(element.tag))
            elif event == "end":
                self._open.pop()
        return arrived
