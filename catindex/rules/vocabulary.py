"""Reads the API's rels, schemes and dates. Hosts vary, so only paths are compared (format.md, "2.0").

Everything here is cached by value: a dump with a million links has a few dozen rels and schemes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

T = TypeVar("T")

#: ``available_until`` of titles without a known end: 1/1/2100 (announcement "Public API Update").
NO_END = 4102444800

# Caches are bounded in bytes: this many entries, with keys of at most this many characters.
_CACHED_ENTRIES = 1024
_CACHED_KEY = 120

_HOST = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*/*")
_TOKEN_END = re.compile(r"[./#]")


class Cached(dict[str, T]):
    """A function of one string that keeps its results. A full cache starts anew, and long strings are never kept.

    A dictionary is called twice as fast as a wrapper around ``lru_cache``, which bounds entries but not bytes.
    """

    __call__ = dict.__getitem__

    def __init__(self, function: Callable[[str], T]) -> None:
        """Wrap a function."""
        super().__init__()
        self._function = function
        self.__doc__ = function.__doc__

    def __missing__(self, text: str) -> T:
        """Call the function."""
        result = self._function(text)
        if len(text) <= _CACHED_KEY:
            if len(self) >= _CACHED_ENTRIES:
                self.clear()
            self[text] = result
        return result


@Cached
def path(url: str) -> str:
    """Return the path of a rel or scheme, without host, query, fragment, outer slashes and white space.

    ``http://api.netflix.com/categories/genres/6548?v=2`` becomes ``categories/genres/6548``.
    """
    return re.split(r"[?#]", _HOST.sub("", url, count=1), maxsplit=1)[0].strip(" \t\r\n/")


# Longer numbers are garbage, and would not fit into the columns of exports.
_MOST_DIGITS = 15

_MILLISECONDS_FROM = 10**11


def number(text: str | None) -> int | None:
    """Return a whole number; None if the text is missing, not a number, negative or has more than 15 digits."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


def seconds(date: str | None) -> int | None:
    """Return a date in Unix seconds; None if it is missing or not a plain number.

    ``updated`` counts milliseconds in the streaming index: above 10^11 it is milliseconds (format.md, "2.0").
    """
    value = number(date)
    return value // 1000 if value is not None and value > _MILLISECONDS_FROM else value


#: Titles of lists whose rel is missing, as in the example of the announcement "New Series Model" -> the rel's path.
REL_OF_TITLE = {
    "seasons": "catalog/titles.seasons",
    "episodes": "catalog/titles.programs",
    "discs": "catalog/titles.discs",
}


def rel_of(link: Element) -> str:
    """Return the path of a link's rel; without a rel, that of the list that the link's title names."""
    rel = link.get("rel")
    return path(rel) if rel else REL_OF_TITLE.get((link.get("title") or "").strip().lower(), "")


@Cached
def token(rel: str) -> str:
    """Return the last token of a rel (after ``.``, ``/`` or ``#``) in lower case: ``upc`` for ``…/catalog/id.upc``."""
    return _TOKEN_END.split(rel.rstrip(" \t\r\n./#"))[-1].strip().lower()


@Cached
def is_format_scheme(scheme: str) -> bool:
    """Return whether categories of this scheme name formats: the path ends in title_formats or titles/formats."""
    return path(scheme).endswith(("title_formats", "titles/formats"))


@Cached
def is_genre_scheme(scheme: str) -> bool:
    """Return whether categories of this scheme name genres: current, deprecated, or followed by a genre's number."""
    return "genres" in path(scheme).split("/")
