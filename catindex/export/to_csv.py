"""Writes one table as CSV (RFC 4180) with a header, CR LF line ends, and lists as JSON."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from catindex.export.columns import ListOf, iso, values
from catindex.export.tables import Keys, Table
from catindex.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from catindex.export.columns import Column
    from catindex.model import Title
    from catindex.write.files import Output

_BLOCK = 1 << 16

#: The first characters of formulas (OWASP, "CSV Injection").
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class _Lines:
    """A file for the csv module that passes its text to an output, in UTF-8 and in blocks."""

    def __init__(self, sink: Output) -> None:
        self._sink = sink
        self._lines: list[str] = []
        self._size = 0

    def write(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line)
        if self._size >= _BLOCK:
            self.flush()

    def flush(self) -> None:
        self._sink.write("".join(self._lines).encode())
        self._lines, self._size = [], 0


def write(titles: Iterable[Title], sink: Output, table: Table, *, safe: bool = False) -> None:
    r"""Write the rows of a table. With ``safe`` no cell is a formula. Raises the errors of the sink.

    On a terminal, unsafe characters are shown as in other text: ``\x9b``.
    """
    lines, keys, read = _Lines(sink), Keys(), cells(table.columns)
    rows = csv.writer(lines, lineterminator="\r\n")
    rows.writerow(column.name for column in table.columns)
    for title in titles:
        found = map(read, table.rows(keys.of(title), title))
        if safe:
            found = map(_without_formulas, found)
        rows.writerows(map(_printable, found) if sink.is_terminal else found)
    lines.flush()


def _without_formulas(row: list[Any]) -> list[Any]:
    """Return a row in which text that a spreadsheet would run as a formula begins with an apostrophe."""
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell for cell in row]


def _printable(row: list[Any]) -> list[Any]:
    return [printable(cell) if isinstance(cell, str) else cell for cell in row]


def cells(columns: Sequence[Column]) -> Callable[[Any], list[Any]]:
    """Return a function that reads a row as text, numbers and None: moments in ISO 8601, lists as JSON."""
    read = values(columns, iso)
    lists = [place for place, column in enumerate(columns) if isinstance(column.type, ListOf)]

    def row(item: object) -> list[Any]:
        found = read(item)
        for place in lists:
            found[place] = json.dumps(found[place], ensure_ascii=False)
        return found

    return row
