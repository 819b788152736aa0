"""Writes rows of query results as NDJSON, CSV or a table for people."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING

from catindex.errors import UsageError
from catindex.printable import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Rows = Iterable[Sequence[object]]

#: The widths of a table's columns are measured on this number of rows.
_MEASURED_ROWS = 1000


def ndjson(columns: Sequence[str], rows: Rows) -> Iterator[str]:
    """Yield one JSON object per row. Raises UsageError if two columns have the same name."""
    if repeated := [column for column in columns if list(columns).count(column) > 1]:
        raise UsageError(f"several columns are named {repeated[0]!r}; name them with AS, or use CSV")
    for row in rows:
        content = dict(zip(columns, map(plain, row), strict=True))
        yield json_text(content, compact=True) + "\n"


def comma_separated(columns: Sequence[str], rows: Rows, *, for_terminal: bool = False) -> Iterator[str]:
    r"""Yield a header and a line per row, by RFC 4180; null is empty, lists and structs are JSON.

    ``for_terminal`` escapes unsafe characters as in other text: ``\x9b``.
    """
    show = printable if for_terminal else str
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(map(show, columns))
    for row in rows:
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([show(_text(value)) for value in row])
    yield buffer.getvalue()


def table(columns: Sequence[str], rows: Rows) -> Iterator[str]:
    """Yield aligned lines for people, with numbers aligned to the right."""
    rows = iter(rows)
    first = list(islice(rows, _MEASURED_ROWS))
    numeric = [all(isinstance(value, int | float | Decimal | None) for value in column) for column in _columns(first)]
    numeric = numeric or [False] * len(columns)
    cells = [list(map(printable, columns)), *([printable(_text(value)) for value in row] for row in first)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]

    def line(texts: Iterable[str]) -> str:
        aligned = zip(texts, widths, numeric, strict=True)
        return "  ".join(text.rjust(width) if right else text.ljust(width) for text, width, right in aligned).rstrip()

    yield from (f"{line(texts)}\n" for texts in (cells[0], ["-" * width for width in widths], *cells[1:]))
    yield from (f"{line(printable(_text(value)) for value in row)}\n" for row in rows)


def plain(value: object) -> object:
    """Return a value for JSON: dates in ISO 8601, moments in UTC with a Z, other types as text or null."""
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    elif isinstance(value, datetime | date | time):
        value = value.isoformat().replace("+00:00", "Z")
    elif isinstance(value, list | tuple):
        value = [plain(item) for item in value]
    elif isinstance(value, dict):
        value = {str(key): plain(item) for key, item in value.items()}
    elif isinstance(value, float) and not isfinite(value):
        value = None
    elif value is not None and not isinstance(value, str | int | float):
        value = str(value)
    return value


def _text(value: object) -> str:
    value = plain(value)
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _columns(rows: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    return list(zip(*rows, strict=True))
