"""Columns: a name, a type, and how the value is read. Every output form is made of them."""

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
    """The simple types. A moment is read as Unix seconds and written as the form of output has it."""

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
    """A column or field: ``read`` gives its value, out of a title or whatever the table is about."""

    name: str
    type: Scalar | ListOf
    read: Reader
    about: str = ""
    nullable: bool = True


TEXT, INTEGER, NUMBER, BOOLEAN, MOMENT = Scalar


def text(name: str, about: str = "", read: Reader | None = None) -> Column:
    """Make a column of text, which is empty rather than null; the attribute of its name is read unless told."""
    return Column(name, TEXT, read or attrgetter(name), about, nullable=False)


def optional(name: str, kind: Scalar, about: str = "", read: Reader | None = None) -> Column:
    """Make a column of any type that may be null."""
    return Column(name, kind, read or attrgetter(name), about)


def certain(name: str, kind: Scalar, about: str = "", read: Reader | None = None) -> Column:
    """Make a column of any type that is never null."""
    return Column(name, kind, read or attrgetter(name), about, nullable=False)


def several(name: str, item: Scalar | tuple[Column, ...], about: str = "", read: Reader | None = None) -> Column:
    """Make a column of lists, which are empty rather than null."""
    return Column(name, ListOf(item), read or attrgetter(name), about, nullable=False)


#: The last second of the year 9999: later moments cannot be written as ISO 8601, and are none.
LAST_MOMENT = 253402300799


def iso(seconds: int) -> str | None:
    """Write Unix seconds as ISO 8601 in UTC: ``2012-09-15T00:00:00Z``. None beyond the year 9999."""
    return None if seconds > LAST_MOMENT else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def values(columns: Sequence[Column], moment: Callable[[int], object]) -> Callable[[Any], list[Any]]:
    """Make a function that reads the values of all columns; moments are put through ``moment``."""
    readers = [_reader(column.read, column.type, moment) for column in columns]
    return lambda item: [read(item) for read in readers]


def record(columns: Sequence[Column], moment: Callable[[int], object]) -> Callable[[Any], dict[str, Any]]:
    """Make a function that reads all columns as a dictionary; moments are put through ``moment``."""
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
