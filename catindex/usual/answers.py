"""What the rules say of small pieces of a record: asked of the tree of each such piece once, remembered by its bytes.

A dump of a million categories has a few hundred different ones.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from catindex.marks import around
from catindex.read.chunks import parse
from catindex.rules.external_ids import RETIRED_TOKENS
from catindex.rules.formats import (
    MEDIUM_OF_ID,
    MEDIUM_OF_LINK,
    medium_of_genre,
    named_formats,
    owned_by_format,
)
from catindex.rules.structure import PEOPLE, Meaning, meaning, said_again, slot_of_rel
from catindex.rules.vocabulary import path, token
from catindex.series.relations import FAMILY_RELS
from catindex.usual.grammar import CATEGORY, squeeze

#: What was asked of some bytes: their medium, if they are of one only, and how they are written.
Answer = tuple["str | None", bytes]


class UnusualError(Exception):
    """The record is not of the usual shape."""


class Link(NamedTuple):
    """What the rel of a link tells.

    Its slot, the source that was retired, the medium, whether it is one between the parts of a series, and one between
    1.x and its people.
    """

    text: str
    slot: int
    retired: str | None
    medium: str | None
    family: bool
    people: bool


@lru_cache(maxsize=4096)
def about_link(rel: bytes) -> Link:
    """Tell what the rel of a link tells."""
    text = rel.decode()
    rel_path = path(text)
    slot = slot_of_rel(text, False)  # noqa: FBT003 - as it is cached
    retired = RETIRED_TOKENS.get(token(text))
    return Link(text, slot, retired, MEDIUM_OF_LINK.get(rel_path), rel_path in FAMILY_RELS, rel_path in PEOPLE)


@lru_cache(maxsize=1024)
def source_of(rel: bytes) -> tuple[str, str | None]:
    """Give the source of an external id by its rel, and the medium that it belongs to."""
    source = token(rel.decode())
    return source or "unknown", MEDIUM_OF_ID.get(source)


@lru_cache(maxsize=1 << 10)
def categories_of(run: bytes, is_old: bool) -> list[Answer]:  # noqa: FBT001 - by position it is cached faster
    """Read categories in a row, those of 1.x without twins: together, if none is of one medium only."""
    categories = CATEGORY.findall(run)
    if is_old:
        again = set(said_again([_meaning_of(category) for category in categories]))
        left = [category for place, category in enumerate(categories) if place not in again]
        categories = [category.replace(b"></category>", b"/>") for category in left]
    told = [(_medium_of_category(category), category) for category in categories]
    owned = any(medium is not None for medium, _ in told)
    return told if owned else [(None, b"".join(categories))]


@lru_cache(maxsize=1 << 14)
def _meaning_of(category: bytes) -> tuple[Meaning, bool]:
    (element,) = parse(category)
    return meaning(element)


@lru_cache(maxsize=1 << 12)
def _medium_of_category(category: bytes) -> str | None:
    (element,) = parse(category)
    return medium_of_genre(element)


@lru_cache(maxsize=1 << 10)
def by_format(inside: bytes, name: str) -> Answer:
    """Read what is in a link to a list that has entries of this name, one for each format, and the link's end tag.

    Gives the medium of them all, and their bytes with marks around those of one medium only.
    """
    tag, end = f"<{name}>".encode(), f"</{name}>".encode()
    before, *entries = squeeze(inside.lstrip()).split(tag)
    entries[-1], _, behind = entries[-1].partition(end)
    told = [(_medium_of_entry(entry[: entry.index(b">")]), [tag, entry]) for entry in entries]
    told[-1][1].append(end)
    medium, pieces = around(before, told, behind)
    return medium, b"".join(pieces)


@lru_cache(maxsize=1 << 12)
def _medium_of_entry(start_tag: bytes) -> str | None:
    """Give the medium of an entry of a list by format, by the start tag of the one category in it, without its end."""
    (entry,) = parse(b"<entry>%s/></entry>" % start_tag.removesuffix(b"/"))
    named = named_formats(entry)
    return next((medium for _, medium in owned_by_format(entry, named, named)), None)
