"""Writes titles as NDJSON: one title per line, with every key always present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catindex.export.columns import iso, record
from catindex.export.documents import DOCUMENT
from catindex.printable import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from catindex.export.columns import Column
    from catindex.model import Title
    from catindex.write.files import Output

#: Returns a title as a document of dictionaries, lists, text, numbers and None; moments are in ISO 8601 and UTC.
document: Callable[[Any], dict[str, Any]] = record(DOCUMENT, iso)


def line(content: dict[str, Any]) -> bytes:
    """Return a document as one line."""
    return json_text(content, compact=True).encode() + b"\n"


def write(titles: Iterable[Title], sink: Output, columns: Sequence[Column] = DOCUMENT, *, pruned: bool = False) -> None:
    """Write titles as documents of these columns; ``pruned`` omits empty fields. Raises the errors of the sink."""
    read = record(columns, iso)
    for title in titles:
        content = read(title)
        sink.write(line(prune(content) if pruned else content))


def prune(content: dict[str, Any]) -> dict[str, Any]:
    """Return a document without null and empty values at any depth, and without records that have only a ``@type``."""
    kept = {name: value for name, each in content.items() if (value := _pruned(each)) not in (None, "", [], {})}
    return {} if set(kept) == {"@type"} else kept


def _pruned(value: object) -> object:
    if isinstance(value, dict):
        return prune(value)
    if isinstance(value, list):
        return [kept for each in value if (kept := _pruned(each)) not in (None, "", [], {})]
    return value
