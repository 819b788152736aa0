"""Writes titles as one JSON document: an array, or a JSON-LD graph in the vocabulary of schema.org."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catindex.export.columns import iso, record
from catindex.export.names import JSON_LD
from catindex.export.to_ndjson import line, prune

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from catindex.export.columns import Column
    from catindex.model import Title
    from catindex.write.files import Output

_CONTEXT = "@context"


def write_array(titles: Iterable[Title], sink: Output, columns: Sequence[Column]) -> None:
    """Write titles as a JSON array, one title per line. Raises the errors of the sink."""
    _write(map(record(columns, iso), titles), sink, b"[", b"]\n")


def write_graph(titles: Iterable[Title], sink: Output) -> None:
    """Write titles as one JSON-LD document with a context and a graph. Raises the errors of the sink."""
    read = record([column for column in JSON_LD if column.name != _CONTEXT], iso)
    head = b'{"@context":"https://schema.org","@graph":['
    _write((prune(read(title)) for title in titles), sink, head, b"]}\n")


def _write(contents: Iterable[dict[str, object]], sink: Output, head: bytes, foot: bytes) -> None:
    sink.write(head)
    separator = b"\n"
    for content in contents:
        sink.write(separator + line(content).rstrip(b"\n"))
        separator = b",\n"
    sink.write(b"\n" + foot)
