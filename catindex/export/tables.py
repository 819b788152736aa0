"""Defines the tables of CSV, SQLite and Parquet: their columns, their keys, and the rows of each title."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex.export.columns import INTEGER, MOMENT, NUMBER, TEXT, Column, certain, optional, several, text
from catindex.export.documents import AWARD, EXTERNAL_ID, IMAGE, LINK, NUMBER_EVIDENCE, RATING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from catindex.model import Title


class Row(NamedTuple):
    """The source of a row: the key of its title, the part and its position, and an item of a list and its position."""

    title_key: str
    part: str
    part_position: int
    position: int
    item: Any


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, its primary key, the function that returns its rows for a title, and its indexes."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    rows: Callable[[str, Title], Iterable[Row]]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def is_child(self) -> bool:
        """Whether each row belongs to a row of ``titles``."""
        return self.columns[0].name == "title_key"


class Keys:
    """Unique keys for the rows of ``titles``."""

    def __init__(self) -> None:
        """Start with the first title."""
        self._seen: set[str] = set()
        self._number = 0

    def of(self, title: Title) -> str:
        """Return the key of the next title, with ``#`` and its position if the key is missing or not unique."""
        self._number += 1
        key = title.key or title.kind
        if title.key is None or key in self._seen:
            key = f"{key}#{self._number}"
        self._seen.add(key)
        return key


def _of_item(column: Column, attribute: str | None = None) -> Column:
    """Return the column that reads the item of a row."""
    return Column(
        column.name,
        column.type,
        attrgetter(f"item.{attribute or column.name}"),
        column.about,
        nullable=column.nullable,
    )


def _items(*columns: Column) -> tuple[Column, ...]:
    return tuple(_of_item(column) for column in columns)


def _count(attribute: str) -> Callable[[Row], int]:
    return lambda row: len(getattr(row.item, attribute))


def _title_row(key: str, title: Title) -> Iterator[Row]:
    yield Row(key, "title", 0, 0, title)


def _listed(*lists: tuple[str, str]) -> Callable[[str, Title], Iterator[Row]]:
    """Return a function that yields a row for each item of these attributes of a title. ``lists`` names each item."""

    def rows(key: str, title: Title) -> Iterator[Row]:
        for attribute, name in lists:
            for position, item in enumerate(getattr(title, attribute), 1):
                yield Row(key, name, position, position, item)

    return rows


_PARTS = _listed(("seasons", "season"), ("episodes", "episode"), ("discs", "disc"))


def _formats(key: str, title: Title) -> Iterator[Row]:
    for part in chain(_title_row(key, title), _PARTS(key, title)):
        for position, item in enumerate(part.item.formats, 1):
            yield Row(key, part.part, part.part_position, position, item)


_TITLE_KEY = text("title_key")
_POSITION = certain("position", INTEGER)
_PART_KEY = (_TITLE_KEY, _POSITION, *_items(optional("key", TEXT), text("id"), text("url"), text("title")))
_SEASON_NUMBER, _EPISODE_NUMBER, _DISC_NUMBER, _RELEASE_YEAR, _RUNTIME = _items(
    *(optional(name, INTEGER) for name in ("season_number", "episode_number", "disc_number", "release_year", "runtime"))
)
_SHORT_SYNOPSIS, _UPDATED = _items(text("short_synopsis"), optional("updated", MOMENT))

TITLES = Table(
    "titles",
    (
        text("key", read=attrgetter("title_key")),
        *_items(text("kind"), text("id"), text("url"), text("title"), text("title_short")),
        _RELEASE_YEAR,
        _of_item(optional("average_rating", NUMBER)),
        _RUNTIME,
        _of_item(text("synopsis")),
        _SHORT_SYNOPSIS,
        _SEASON_NUMBER,
        _EPISODE_NUMBER,
        _DISC_NUMBER,
        certain("seasons", INTEGER, "How many seasons; volumes of one count once.", attrgetter("item.season_count")),
        *(certain(name, INTEGER, f"How many {name}.", _count(name)) for name in ("episodes", "discs")),
        *_items(several("ratings", RATING), several("external_ids", EXTERNAL_ID)),
        several("box_art", IMAGE, read=lambda row: sorted(row.item.box_art.items())),
        *_items(several("awards", AWARD), several("similars", LINK), text("web_page")),
        _UPDATED,
    ),
    ("key",),
    _title_row,
    (("title",), ("kind", "release_year"), ("release_year",)),
)

TABLES = {
    table.name: table
    for table in (
        TITLES,
        Table(
            "seasons",
            (*_PART_KEY, _SEASON_NUMBER, _RELEASE_YEAR, _SHORT_SYNOPSIS, _UPDATED),
            ("title_key", "position"),
            _listed(("seasons", "season")),
        ),
        Table(
            "episodes",
            (
                *_PART_KEY,
                _of_item(text("episode_title"), "episode_short"),
                _SEASON_NUMBER,
                _EPISODE_NUMBER,
                _of_item(NUMBER_EVIDENCE),
                _RELEASE_YEAR,
                _RUNTIME,
                _SHORT_SYNOPSIS,
                _UPDATED,
            ),
            ("title_key", "position"),
            _listed(("episodes", "episode")),
            (("key",), ("title_key", "season_number", "episode_number")),
        ),
        Table(
            "discs",
            (
                *_PART_KEY,
                _SEASON_NUMBER,
                _DISC_NUMBER,
                _of_item(several("external_ids", EXTERNAL_ID)),
                _RELEASE_YEAR,
                _RUNTIME,
                _UPDATED,
            ),
            ("title_key", "position"),
            _listed(("discs", "disc")),
        ),
        Table(
            "availability",
            (
                _TITLE_KEY,
                text("part", "title, season, episode or disc."),
                certain(
                    "part_position", INTEGER, "Which season, episode or disc of the title; 0 for the title itself."
                ),
                _POSITION,
                *_items(
                    text("format"),
                    optional("medium", TEXT),
                    optional("available_from", MOMENT),
                    optional("available_until", MOMENT),
                ),
                _RUNTIME,
                _of_item(several("quality", TEXT)),
            ),
            ("title_key", "part", "part_position", "position"),
            _formats,
            (("medium", "available_until"), ("format",)),
        ),
        Table(
            "people",
            (_TITLE_KEY, text("role", "actor or director.", attrgetter("part")), _POSITION, *_items(*LINK)),
            ("title_key", "role", "position"),
            _listed(("cast", "actor"), ("directors", "director")),
            (("name",),),
        ),
        Table(
            "genres",
            (_TITLE_KEY, _POSITION, text("genre", read=attrgetter("item"))),
            ("title_key", "position"),
            _listed(("genres", "genre")),
            (("genre",),),
        ),
    )
}
