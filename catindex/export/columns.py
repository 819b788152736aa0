"""Defines columns: a name, a type, and the function that reads the value. All output formats use them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Reader = Callable[[Any], Any]


class Scalar(Enum):
    """The simple types. A moment is read as Unix seconds; each output format writes it in its own way."""

    TEXT = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of scalars, or of records with these columns; if ``single``, written as its only item or null."""

    item: Scalar | tuple[Column, ...]
    single: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column or field. ``read`` returns its value from a title or a `catindex.export.tables.Row`."""

    name: str
    type: Scalar | ListOf
    read: Reader
    about: str = ""
    nullable: bool = True


TEXT, INTEGER, NUMBER, BOOLEAN, MOMENT = Scalar


def text(name: str, about: str = "", read: Reader | None = None) -> Column:
    """Return a column of text, which is empty if missing. By default it reads the attribute with its name."""
    return Column(name, TEXT, read or attrgetter(name), about, nullable=False)


def optional(name: str, kind: Scalar, about: str = "", read: Reader | None = None) -> Column:
    """Return a column of any type that can be null."""
    return Column(name, kind, read or attrgetter(name), about)


def certain(name: str, kind: Scalar, about: str = "", read: Reader | None = None) -> Column:
    """Return a column of any type that is never null."""
    return Column(name, kind, read or attrgetter(name), about, nullable=False)


def several(name: str, item: Scalar | tuple[Column, ...], about: str = "", read: Reader | None = None) -> Column:
    """Return a column of lists, which are empty if missing."""
    return Column(name, ListOf(item), read or attrgetter(name), about, nullable=False)


#: The last second of the year 9999. Later moments cannot be written in ISO 8601 and count as missing.
LAST_MOMENT = 253402300799


def iso(seconds: int) -> str | None:
    """Return Unix seconds as ISO 8601 in UTC: ``2012-09-15T00:00:00Z``. None after the year 9999."""
    return None if seconds > LAST_MOMENT else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def values(columns: Sequence[Column], moment: Callable[[int], object]) -> Callable[[Any], list[Any]]:
    """Return a function that reads the values of all columns as a list; ``moment`` converts Unix seconds."""
    readers = [_reader(column.read, column.type, moment) for column in columns]
    return lambda item: [read(item) for read in readers]


def record(columns: Sequence[Column], moment: Callable[[int], object]) -> Callable[[Any], dict[str, Any]]:
    """Return a function that reads all columns as a dictionary; ``moment`` converts Unix seconds."""
    readers = [(column.name, _reader(column.read, column.type, moment)) for column in columns]
    return lambda item: {name: read(item) for name, read in readers}


def _reader(read: Reader, kind: Scalar | ListOf, moment: Callable[[int], object]) -> Reader:
    if isinstance(kind, ListOf):
        if isinstance(kind.item, Scalar):
            return lambda item: list(read(item))
        inner = record(kind.item, moment)
        if kind.single:
            return lambda item: next(map(inner, read(item)), None)
        return lambda item: [inner(one) for one in read(item)]
    if kind is MOMENT:
        return lambda item: None if (seconds := read(item)) is None else moment(seconds)
    return read
