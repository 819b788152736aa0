"""Inline records for tests of what ``info`` counts and shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catindex.summary import describe
from tests.running import index_2

if TYPE_CHECKING:
    from pathlib import Path

API = "http://api.netflix.com"
TITLES = f"{API}/catalog/titles"
SCHEMAS = "http://schemas.netflix.com/catalog"
JUNE_2011, MARCH_2012, NO_END = 1306886400, 1330560000, 4102444800


def category(scheme: str, term: str) -> str:
    """Return a category."""
    return f'<category scheme="{API}/categories/{scheme}" label="{term}" term="{term}"/>'


def offer(term: str, begin: int | None = None, end: int | None = None) -> str:
    """Return an availability of a format."""
    dates = "".join(
        f' {name}="{value}"' for name, value in (("available_from", begin), ("available_until", end)) if value
    )
    return f"<availability{dates}>{category('title_formats', term)}</availability>"


def formats(*offers: str) -> str:
    """Return the format availability with these offers."""
    inside = f"<delivery_formats>{''.join(offers)}</delivery_formats>"
    return f'<link rel="{SCHEMAS}/titles/format_availability">{inside}</link>'


def movie(number: int, inside: str = "") -> str:
    """Return the content of a movie's record."""
    return f'<id>{TITLES}/movies/{number}</id><title regular="Movie {number}" short="M"/>{inside}'


def series(number: int, episodes: int, name: str = "Show") -> list[str]:
    """Return the contents of the records of a series, its season 1 and the episodes of that."""
    url = f"{TITLES}/series/{number}"
    season = f"{url}/seasons/{number}"
    return [
        f'<id>{url}</id><title regular="{name}" short="{name}"/>',
        f'<id>{season}</id><title regular="{name}: Season 1" short="{name}"/>',
        *(
            f'<id>{TITLES}/programs/{number * 1000 + episode}</id><title regular="{name}: Season 1: Ep {episode}"/>'
            f'<sequence>{episode}</sequence><link href="{season}" rel="{SCHEMAS}/titles.season" title="{name}"/>'
            for episode in range(1, episodes + 1)
        ),
    ]


def info(dump: Path, *records: str) -> dict[str, Any]:
    """Write a 2.0 index of these records to a path and return its statistics."""
    dump.write_bytes(index_2(*records))
    return describe(str(dump))
