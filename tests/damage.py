"""Damages dumps in known ways: what a record looks like that was hit, and what may stand between two records."""

from __future__ import annotations

import base64
import random
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from tests.generator import generate

if TYPE_CHECKING:
    from collections.abc import Callable

LAYOUTS = ("1.x", "2.0", "2.0-lines", "outdented", "joined", "unindented")

_TEXT = re.compile(rb">[^<>]+(?=<)")
_START_TAG = re.compile(rb"<[a-z_]+[^<>]*>")
_END_TAG = re.compile(rb"</[a-z_]+>")
_QUOTE = re.compile(rb'"')


class Dump(NamedTuple):
    """A dump in pieces: all before the first record, the records, what stands between two, all behind the last."""

    head: bytes
    records: list[bytes]
    between: bytes
    tail: bytes

    def xml(self, records: list[bytes] | None = None) -> bytes:
        """Put it together, with other records if given."""
        return self.head + self.between.join(self.records if records is None else records) + self.tail

    @property
    def name(self) -> bytes:
        """The records' name."""
        return b"title_index_item" if b"<catalog_title_index" in self.head else b"catalog_title"


@lru_cache(maxsize=256)
def dump(layout: str, titles: int, seed: int) -> Dump:
    """Generate a dump in one of `LAYOUTS`.

    The first three are those of the generator. In an ``outdented`` dump, only the children of records are indented, in
    an ``unindented`` one nothing is. Nothing is between ``joined`` records.
    """
    dialect = {"joined": "2.0-lines", "outdented": "2.0", "unindented": "2.0"}.get(layout, layout)
    xml = generate(dialect, titles, 0.7, seed, identical=0, changed=0).xml
    indent = {"1.x": b"    ", "2.0": b"  ", "unindented": b"  "}.get(layout, b"")
    if layout == "outdented":
        xml = re.sub(rb"(?m)^  ", b"", xml)
    name = b"title_index_item" if dialect == "1.x" else b"catalog_title"
    between = b"\n" + indent
    boundary = re.compile(re.escape(between) + rb"(?=<" + name + rb"[ >])")
    head = boundary.split(xml, maxsplit=1)[0] + between
    end = xml.rindex(b"</" + name + b">") + len(b"</" + name + b">")
    found = Dump(head, boundary.split(xml[len(head) : end]), between, xml[end:])
    if layout == "joined":
        return Dump(found.head.rstrip(), found.records, b"", found.tail.lstrip())
    if layout == "unindented":
        flat = [re.sub(rb"(?m)^[ ]+", b"", record) for record in found.records]
        return Dump(found.head.rstrip(b" "), flat, b"\n", found.tail)
    return found


def _place(rng: random.Random, pattern: re.Pattern[bytes], record: bytes, *, at_end: bool = True) -> int:
    matches = list(pattern.finditer(record))
    match = rng.choice(matches)
    return match.end() if at_end else match.start()


def _inserted(what: bytes) -> Callable[[random.Random, bytes, bytes], bytes]:
    def damage(rng: random.Random, record: bytes, _: bytes) -> bytes:
        at = _place(rng, _TEXT, record)
        return record[:at] + what + record[at:]

    return damage


def _renamed(rng: random.Random, record: bytes, _: bytes) -> bytes:
    at = _place(rng, _END_TAG, record)
    return record[: at - 1] + b"x" + record[at - 1 :]


def _unquoted(rng: random.Random, record: bytes, _: bytes) -> bytes:
    at = _place(rng, _QUOTE, record)
    return record[: at - 1] + record[at:]


def _unclosed_tag(rng: random.Random, record: bytes, _: bytes) -> bytes:
    at = _place(rng, _START_TAG, record)
    return record[: at - 1] + record[at:]


def _cut(rng: random.Random, record: bytes, _: bytes) -> bytes:
    return record[: rng.randrange(1, len(record))]


def _cut_in_front(rng: random.Random, record: bytes, _: bytes) -> bytes:
    return record[rng.randrange(1, len(record)) :]


def _hole(rng: random.Random, record: bytes, _: bytes) -> bytes:
    start, end = sorted(rng.sample(range(1, len(record)), 2))
    return record[:start] + record[end:]


def _without_end(_: random.Random, record: bytes, name: bytes) -> bytes:
    return record.removesuffix(b"</" + name + b">")


def _without_start(_: random.Random, record: bytes, __: bytes) -> bytes:
    return record[record.index(b">") + 1 :]


def _nested_end_lost(rng: random.Random, record: bytes, name: bytes) -> bytes:
    at = _place(rng, re.compile(b"</" + name + b">"), record)
    return record[: at - len(name) - 3] + record[at:]


def _end_doubled(rng: random.Random, record: bytes, name: bytes) -> bytes:
    inner = record.removesuffix(b"</" + name + b">")
    if b"</" + name + b">" not in inner:
        return inner
    at = _place(rng, re.compile(b"</" + name + b">"), inner)
    return record[:at] + b"</" + name + b">" + record[at:]


#: How a record is damaged: name -> function from chance, record and its name to the damaged record.
WAYS: dict[str, Callable[[random.Random, bytes, bytes], bytes]] = {
    "stray ]]>": _inserted(b"]]>"),
    "control character": _inserted(b"\x01"),
    "NUL": _inserted(b"\0"),
    "byte that is not UTF-8": _inserted(b"\xff"),
    "undefined entity": _inserted(b"&nbsp;"),
    "bare ampersand": _inserted(b" & "),
    "stray end tag": _inserted(b"</b>"),
    "stray start tag": _inserted(b"<b>"),
    "end tag renamed": _renamed,
    "quote lost": _unquoted,
    "start tag unclosed": _unclosed_tag,
    "CDATA unclosed": _inserted(b"<![CDATA["),
    "comment unclosed": _inserted(b"<!--"),
    "instruction unclosed": _inserted(b"<?x "),
    "cut in the middle": _cut,
    "cut in front": _cut_in_front,
    "hole": _hole,
    "end tag lost": _without_end,
    "start tag lost": _without_start,
    "a record's end tag in it lost": _nested_end_lost,
    "a record's end tag in it doubled": _end_doubled,
}

#: What may stand between two records and is no record, but not right either.
JUNK: dict[str, bytes] = {
    "end tag doubled": b"</RECORD>",
    "]]>": b"]]>",
    "entity": b"&nbsp;",
    "control character": b"text \x01",
    "start tag": b"<b>",
    "end tag": b"</b>",
    "broken tag": b"<b c=",
    "comment": b"<!-- x",
    "CDATA": b"<![CDATA[x",
    "instruction": b"<?x",
    "root's end tag": b"</ROOT>",
    "second root": b'</ROOT>\n<?xml version="1.0"?>\n<ROOT>',
    "the root again": b"<ROOT>",
}


def is_well_formed(data: bytes) -> bool:
    """Ask libxml2."""
    try:
        etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return False
    return True


def damaged(record: bytes, way: str, name: bytes, seed: int) -> bytes:
    """Damage a record in one of `WAYS`, so that it is not well-formed any more."""
    rng = random.Random(f"{seed} {way}")
    for _ in range(100):
        result = WAYS[way](rng, record, name)
        if not is_well_formed(result):
            return result
    raise AssertionError(way)


def junk(name: str, dump: Dump) -> bytes:
    """Give what stands between two records of a dump by its name in `JUNK`."""
    root = b"catalog_title_index" if dump.name == b"title_index_item" else b"catalog_titles"
    return JUNK[name].replace(b"RECORD", dump.name).replace(b"ROOT", root)


def content(reject: etree._Element) -> bytes:
    """Give the bytes that a reject holds."""
    if len(reject):
        return b"".join(content(part) for part in reject)
    text = reject.text or ""
    return base64.b64decode(text) if reject.get("encoding") == "base64" else text.encode()
