"""Names a series, and finds its address, from its own record and those of its parts."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from catindex.rules.elements import text
from catindex.rules.keys import DISC, EPISODE, SEASON, is_stretch, series_in_url, without_label
from catindex.series.markers import read_title, series_name_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catindex.rules.structure import Record
    from catindex.series.family import Part

_HOST = re.compile(r"\s*([^/?#\s]*//[^/?#\s]+)/")


def names_of_series(key: str, series: Record | None, parts: Sequence[Part]) -> list[str]:
    """Return the names of a series, the best one first: those of its record, then those in links of its parts to it.

    A link with the part's own name does not name the series. If there is no name, the list holds the name that the
    titles of its parts begin with, if any. ``series`` is None if the dump has no record of the series.
    """
    title = None if series is None else next(iter(series.element.iterchildren("title")), None)
    found = [] if title is None else [title.get("regular") or "", title.get("short") or ""]
    if is_stretch(key):
        found += [without_label(name) for name in found]
    linked = Counter(
        parent.name
        for part in parts
        for parent in part.parents
        if parent.key == key and parent.name not in found and parent.name != part.name
    )
    found += [series_name_in(name, list(filter(None, found))) or "" for name in _most_common(linked)]
    return list(dict.fromkeys(filter(None, found))) or _name_from(parts)


def _name_from(parts: Sequence[Part]) -> list[str]:
    """Name a series after its parts. Returns at most one name.

    The name is the text before the first marker in the titles of its seasons, records or links, else of its discs, else
    of its episodes; without any marker it is a whole title, in the same order.
    """
    titles = {kind: [part.name for part in parts if part.kind == kind] for kind in (SEASON, DISC, EPISODE)}
    titles[SEASON] += [parent.name for part in parts for parent in part.parents if parent.kind == SEASON]
    leading = (
        Counter(filter(None, (read_title(title, kind).series_name for title in titles[kind]))) for kind in titles
    )
    whole = (Counter(filter(None, titles[kind])) for kind in titles)
    return next((_most_common(found)[:1] for found in (*leading, *whole) if found), [])


def _most_common(names: Counter[str]) -> list[str]:
    """Return names from the most to the least common; equally common ones by the alphabet, not by record order."""
    return sorted(names, key=lambda name: (-names[name], name))


def url_of_series(key: str, parts: Sequence[Part]) -> str:
    """Return the URL of a series without a record: that in the id of a season or in a link, else one with its key."""
    own = [text(part.element, "id") for part in parts if part.kind == SEASON]
    links = [parent.url for part in parts for parent in part.parents]
    for url in (*own, *links):
        if (held := series_in_url(url)) and held[0] == key:
            return held[1]
    # Parts may name their series by number alone, as the regional index does in <show id="...">.
    hosts = (_HOST.match(text(part.element, "id") or "") for part in parts)
    host = next((match[1] for match in hosts if match), "http://api.netflix.com")
    return f"{host}/catalog/titles/series/{key.partition('/')[2]}"
