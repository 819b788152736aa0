"""Dumps of a few titles each, and archives of them."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

from tests.running import index_2

if TYPE_CHECKING:
    from pathlib import Path

API = "http://api.netflix.com"
SCHEMAS = "http://schemas.netflix.com/catalog"

#: A window without limits.
ALWAYS = ("", "")


def day(number: int) -> date:
    """Return a day of September 2012."""
    return date(2012, 9, number)


def seconds(text: str) -> int:
    """Return the Unix seconds of a day at 0:00 UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def offer(term: str, start: str = "", end: str = "") -> str:
    """Write the availability in a format between two days, which may be empty."""
    dates = f' available_from="{seconds(start)}"' if start else ""
    dates += f' available_until="{seconds(end)}"' if end else ""
    category = f'<category scheme="{API}/categories/title_formats" label="{term}" term="{term}"/>'
    return f"<availability{dates}>{category}</availability>"


def movie(number: int, *offers: str, title: str = "", updated: str = "2012-08-31") -> str:
    """Write the record of a movie with these offers; on streaming without limits if there are none."""
    name = title or f"Title {number}"
    return (
        f'<id>{API}/catalog/titles/movies/{number}</id><title short="{name}" regular="{name}"/>'
        f'<link rel="{SCHEMAS}/titles/format_availability"><delivery_formats>'
        f"{''.join(offers or (offer('instant'),))}</delivery_formats></link><updated>{seconds(updated)}</updated>"
    )


def dump(path: Path, *records: str) -> Path:
    """Write a dump of these records, with its name in a comment, because no two nights have the same bytes."""
    path.write_bytes(index_2(*records) + f"<!-- {path.name} -->\n".encode())
    return path


def night(directory: Path, number: int, *records: str) -> Path:
    """Write the dump of a day of September 2012."""
    return dump(directory / f"{day(number)}.xml", *records)


def files(directory: Path) -> dict[str, bytes]:
    """Return the contents of all files below a directory, by their paths in it."""
    found = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in found}
