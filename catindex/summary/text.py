"""The tables in text: drawn with rich on a terminal, plain elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catindex.summary.tables import TOLD, Cell, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.table import Table as Drawn

_BAR_WIDTH = 30


def tables(info: Mapping[str, Any]) -> list[Table]:
    """Give the tables that have anything to tell."""
    return [table for told in TOLD if (table := told(info)).rows]


def plain(info: Mapping[str, Any]) -> str:
    """Give everything in aligned columns."""
    blocks = (f"{table.title}\n" + "\n".join(_lines(table)) for table in tables(info))
    return f"{info['input']['path']}\n\n" + "\n\n".join(blocks)


def _lines(table: Table) -> Iterator[str]:
    heading = [table.columns] if len(table.columns) > 2 else []  # noqa: PLR2004 - what two columns are is plain
    rows = [*heading, *(tuple(map(_cell, row)) for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = numeric(table)
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        aligned = (cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in cells)
        yield f"  {'  '.join(aligned)}".rstrip()


def numeric(table: Table) -> list[bool]:
    """Tell of each column whether it holds numbers."""
    return [any(isinstance(cell, int) for cell in column) for column in zip(*table.rows, strict=True)]


def _cell(value: Cell) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def draw(info: Mapping[str, Any]) -> None:
    """Print everything on the terminal that standard output is, with bars where a table has some."""
    from rich.console import Console  # noqa: PLC0415 - loaded only where it is needed

    console = Console(highlight=False)
    console.print(info["input"]["path"], style="bold", markup=False, soft_wrap=True)
    for table in tables(info):
        console.print(_drawn(table))


def _drawn(table: Table) -> Drawn:
    from rich.bar import Bar  # noqa: PLC0415 - see above
    from rich.table import Table as Drawn  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415 - see above

    drawn = Drawn(title=table.title, title_justify="left", title_style="bold")
    for column, to_right in zip(table.columns, numeric(table), strict=True):
        drawn.add_column(column, justify="right" if to_right else "left", overflow="fold")
    if table.bars is None:
        for row in table.rows:
            drawn.add_row(*(Text(_cell(cell)) for cell in row))
        return drawn
    drawn.add_column("", width=_BAR_WIDTH)
    most = max(int(row[table.bars]) for row in table.rows)
    for row in table.rows:
        bar = Bar(max(most, 1), 0, int(row[table.bars]), width=_BAR_WIDTH, color="cyan")
        drawn.add_row(*(Text(_cell(cell)) for cell in row), bar)
    return drawn
