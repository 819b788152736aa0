"""Prints the statistics as text: tables with bars on a terminal, aligned columns elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catindex.printable import printable
from catindex.summary.tables import IN_TEXT, Table, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.table import Table as RichTable

_BAR_WIDTH = 30


def plain(info: Mapping[str, Any]) -> str:
    """Return all tables in aligned columns, without control characters."""
    blocks = (f"{table.title}\n" + "\n".join(_lines(table)) for table in _tables(info))
    return f"{printable(info['input']['path'])}\n\n" + "\n\n".join(blocks)


def draw(info: Mapping[str, Any]) -> None:
    """Print all tables to the terminal on standard output, some with bars."""
    from rich.console import Console  # noqa: PLC0415 - not needed for plain text

    console = Console(highlight=False)
    console.print(printable(info["input"]["path"]), style="bold", markup=False, soft_wrap=True)
    for table in _tables(info):
        console.print(_rich_table(table))


def _tables(info: Mapping[str, Any]) -> list[Table]:
    """Return the tables that have rows."""
    return [table for of_info in IN_TEXT if (table := of_info(info)).rows]


def _texts(table: Table) -> list[tuple[str, ...]]:
    """Return the cells as they are printed."""
    return [tuple(printable(shown(cell)) for cell in row) for row in table.rows]


def _lines(table: Table) -> Iterator[str]:
    heading = [tuple(table.columns)] if len(table.columns) > 2 else []  # noqa: PLR2004 - two columns explain themselves
    rows = [*heading, *_texts(table)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, table.numeric, strict=True)
        aligned = (cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in cells)
        yield f"  {'  '.join(aligned)}".rstrip()


def _rich_table(table: Table) -> RichTable:
    from rich.bar import Bar  # noqa: PLC0415 - see above
    from rich.table import Table as RichTable  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415 - see above

    drawn = RichTable(title=table.title, title_justify="left", title_style="bold")
    for column, to_right in zip(table.columns, table.numeric, strict=True):
        drawn.add_column(column, justify="right" if to_right else "left", overflow="fold")
    rows: list[list[Text | Bar]] = [[Text(cell) for cell in row] for row in _texts(table)]
    if table.bars is not None:
        drawn.add_column("", width=_BAR_WIDTH)
        counts = [int(row[table.bars]) for row in table.rows]
        longest = max(1, *counts)
        for row, count in zip(rows, counts, strict=True):
            row.append(Bar(longest, 0, count, width=_BAR_WIDTH, color="cyan"))
    for row in rows:
        drawn.add_row(*row)
    return drawn
