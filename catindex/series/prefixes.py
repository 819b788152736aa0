"""Finds a known name at the front of a title, whatever its case, white space and composition."""

from __future__ import annotations

import re
import string
import unicodedata
from bisect import bisect_right
from functools import lru_cache

EDGES = string.whitespace + "\xa0\u3000:"  # no name begins or ends with these
DASHES = "-\N{EN DASH}\N{EM DASH}"
ASIDE = r"[(\[][^()\[\]]*[)\]]"  # `Season 2 (Extended)`

# A colon or the like separates a name from what follows. White space alone ("bare") may also be inside a longer name.
_GAP = re.compile(rf"(?:\s*{ASIDE}(?=\s*:))?\s*(?:\Z|(?::|[{DASHES},;]\s)\s*|(?P<bare>(?<=\s)))")


@lru_cache(maxsize=1 << 8)  # a series has many titles
def longest_first(names: tuple[str, ...]) -> list[str]:
    """Return the names, stripped and without empty ones, from the longest to the shortest."""
    return sorted(filter(None, map(str.strip, names)), key=len, reverse=True)


@lru_cache(maxsize=1 << 10)  # each name is compared with many titles
def fold(text: str) -> str:
    """Return the text as names are compared: without differences of white space, composition and case."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return unicodedata.normalize("NFC", text.casefold())


def after_name(title: str, start: int, name: str) -> re.Match[str] | None:
    """Match the separator after ``name`` at ``start``; None if the title has another text there.

    The group ``bare`` has matched if the separator is white space only.
    """
    if title.startswith(name, start):
        return _GAP.match(title, start + len(name))
    begins = title[start : start + 1] + name[:1]
    if begins.isascii() and begins.isalnum() and begins[0].lower() != begins[-1].lower():
        return None  # no folding makes these equal
    folded = fold(name)
    head = title[start : start + 4 * len(folded) + 64]  # composition and white space make no name longer than this
    if not fold(head).startswith(folded):
        return None
    # Folding changes lengths (a ligature, a decomposed accent): the name ends where the folded head is as long.
    sizes = range(len(head) + 1)
    size = bisect_right(sizes, len(folded), key=lambda size: len(fold(head[:size]))) - 1
    return _GAP.match(title, start + size) if fold(head[:size]) == folded else None
