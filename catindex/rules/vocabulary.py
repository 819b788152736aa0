"""How the API names things: hosts vary, so rels, schemes and title URLs are matched by path alone (format.md, "2.0").

Everything here is cached by value: a dump of a million links uses a few dozen rels and schemes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: ``available_until`` of titles without a known end: 1/1/2100 (announcement "Public API Update").
NO_END = 4102444800

_HOST = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*/*")
_TOKEN_END = re.compile(r"[./#]")


@lru_cache(maxsize=4096)
def path(url: str) -> str:
    """Give the path of a rel or scheme, without host, query, fragment, outer slashes or white space.

    ``http://api.netflix.com/categories/genres/6548?v=2`` gives ``categories/genres/6548``.
    """
    return re.split(r"[?#]", _HOST.sub("", url, count=1), maxsplit=1)[0].strip(" \t\r\n/")


#: Titles of lists whose rel was lost, as in the example of the announcement ("New Series Model") -> the rel's path.
REL_OF_TITLE = {
    "seasons": "catalog/titles.seasons",
    "episodes": "catalog/titles.programs",
    "discs": "catalog/titles.discs",
}


def rel_of(link: Element) -> str:
    """Give the path of a link's rel; where it has none, of the list that its title names."""
    return rel_path(link.get("rel"), link.get("title"))


def rel_path(rel: str | None, title: str | None) -> str:
    """Give the path of a rel; where there is none, of the list that the title of its link names."""
    return path(rel) if rel else REL_OF_TITLE.get((title or "").strip().lower(), "")


@lru_cache(maxsize=4096)
def token(rel: str) -> str:
    """Give the last token of a rel (after ``.``, ``/`` or ``#``), in lower case: ``upc`` for ``…/catalog/id.upc``."""
    return _TOKEN_END.split(rel.rstrip(" \t\r\n./#"))[-1].strip().lower()


@lru_cache(maxsize=4096)
def is_format_scheme(scheme: str) -> bool:
    """Whether categories of this scheme name formats: the path ends in ``title_formats`` or ``titles/formats``."""
    return path(scheme).endswith(("title_formats", "titles/formats"))


@lru_cache(maxsize=4096)
def is_genre_scheme(scheme: str) -> bool:
    """Whether categories of this scheme name genres, current, deprecated, or with a genre's number behind."""
    return "genres" in path(scheme).split("/")
