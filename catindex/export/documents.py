"""Defines the fields of a title in NDJSON and JSON, and the JSON Schema that describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catindex.export.columns import (
    BOOLEAN,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    Column,
    ListOf,
    certain,
    optional,
    several,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LINK = (text("name"), text("url", "Empty if unknown."))
RATING = (text("system", "mpaa_ratings, tv_ratings, …"), text("value"))
IMAGE = (
    certain("width", INTEGER, "In pixels.", lambda image: image[0]),
    text("url", "", lambda image: image[1]),
)
EXTERNAL_ID = (text("source", "upc, amg, tms, …"), text("value"))
AWARD = (text("name"), text("year"), certain("won", BOOLEAN, "False: nominated."))
FORMAT = (
    text("format", "As in the dump: instant, DVD, Blu-ray or another."),
    optional("medium", TEXT, "streaming or dvd; null for an unknown format."),
    optional("available_from", MOMENT),
    optional("available_until", MOMENT, "Null if there is no known end (the dump has 2100-01-01)."),
    optional("runtime", INTEGER, "In seconds."),
    several("quality", TEXT, "HD, …"),
)

_SEASON_NUMBER = optional("season_number", INTEGER, "From 1; 0 for specials; null if unknown.")
_EPISODE_NUMBER = optional("episode_number", INTEGER, "From 1; null if unknown.")
NUMBER_EVIDENCE = text(
    "number_evidence",
    "What the episode number came from: element, sequence, title, position, weak; none without a number.",
)
_DISC_NUMBER = optional("disc_number", INTEGER, "From 1; null if unknown.")
_HEAD = (
    text("id", "The number in the id; unique only together with kind. Empty if there is none."),
    text("url", "The URL as in the dump."),
    text("title"),
)
_FORMATS = several("formats", FORMAT)

SEASON = (*_HEAD, _SEASON_NUMBER, optional("release_year", INTEGER), _FORMATS)
EPISODE = (
    _SEASON_NUMBER,
    _EPISODE_NUMBER,
    NUMBER_EVIDENCE,
    *_HEAD,
    text("episode_title", "Its own name, without that of the series.", lambda title: title.episode_short),
    optional("release_year", INTEGER),
    optional("runtime", INTEGER, "In seconds."),
    text("short_synopsis"),
    _FORMATS,
)
DISC = (*_HEAD, _SEASON_NUMBER, _DISC_NUMBER, several("external_ids", EXTERNAL_ID), _FORMATS)

DOCUMENT: tuple[Column, ...] = (
    text("kind", "movie, series, season, episode, disc or other."),
    *_HEAD,
    text("title_short"),
    optional("release_year", INTEGER),
    several("genres", TEXT),
    several("ratings", RATING),
    optional("average_rating", NUMBER, "Of 5."),
    optional("runtime", INTEGER, "In seconds."),
    text("synopsis", "May hold HTML, as in the dump."),
    text("short_synopsis", "May hold HTML, as in the dump."),
    several("box_art", IMAGE, read=lambda title: sorted(title.box_art.items())),
    several("cast", LINK),
    several("directors", LINK),
    _FORMATS,
    several("external_ids", EXTERNAL_ID),
    _SEASON_NUMBER,
    _EPISODE_NUMBER,
    _DISC_NUMBER,
    several("seasons", SEASON),
    several("episodes", EPISODE, "By season and episode."),
    several("discs", DISC),
    several("similars", LINK),
    several("awards", AWARD),
    text("web_page"),
    optional("updated", MOMENT),
)


def schema(columns: Sequence[Column] = DOCUMENT) -> dict[str, Any]:
    """Return a JSON Schema for a document with these columns."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A title of a Netflix catalog index, as catindex export writes it",
        **_object(columns),
    }


def _object(columns: Sequence[Column]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {column.name: _property(column) for column in columns},
        "required": [column.name for column in columns],
        "additionalProperties": False,
    }


def _property(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {"description": column.about} if column.about else {}
    if isinstance(column.type, ListOf):
        item = column.type.item
        items = _object(item) if isinstance(item, tuple) else {"type": item.value}
        return {**described, "type": "array", "items": items}
    moment = {"format": "date-time"} if column.type is MOMENT else {}
    name = "string" if column.type is MOMENT else column.type.value
    return {**described, "type": [name, "null"] if column.nullable else name, **moment}
