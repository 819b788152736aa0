"""Renames fields for importers that expect the names of IMDb, TMDB or schema.org.

Only fields with the same meaning are renamed. ``average_rating`` (out of five) keeps its name, because IMDb and TMDB
rate out of ten. ``release_year`` keeps its name with those of TMDB, which has days of release.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex.export.columns import INTEGER, MOMENT, NUMBER, TEXT, Column, ListOf, optional, several, text
from catindex.rules.keys import DISC, EPISODE, MOVIE, SEASON, SERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Name(NamedTuple):
    """The other name of a field, and the function that converts its value."""

    name: str
    convert: Callable[[Any], Any] | None = None


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else round(seconds / 60)


def _among(names: Mapping[str, str]) -> Callable[[str], str]:
    return lambda name: names.get(name, name)


#: As in IMDb's data sets (title.basics, title.episode).
IMDB = {
    "kind": Name(
        "titleType",
        _among({SERIES: "tvSeries", SEASON: "tvSeason", EPISODE: "tvEpisode", MOVIE: "movie", DISC: "video"}),
    ),
    "title": Name("primaryTitle"),
    "release_year": Name("startYear"),
    "runtime": Name("runtimeMinutes", _minutes),
    "season_number": Name("seasonNumber"),
    "episode_number": Name("episodeNumber"),
    "title_key": Name("parentTconst"),
    "key": Name("tconst"),
}

#: As in the responses of TMDB's API.
TMDB = {
    "kind": Name("media_type", _among({SERIES: "tv", SEASON: "tv_season", EPISODE: "tv_episode"})),
    "synopsis": Name("overview"),
    "runtime": Name("runtime", _minutes),
    "web_page": Name("homepage"),
    "episode_title": Name("name"),
}

RENAMINGS: dict[str, Mapping[str, Name]] = {"imdb": IMDB, "tmdb": TMDB}

SCHEMA_ORG = "schema.org"
NAMES = (*RENAMINGS, SCHEMA_ORG)


def renamed(columns: Sequence[Column], names: Mapping[str, Name]) -> tuple[Column, ...]:
    """Return columns, and the columns of the records in their lists, under other names."""
    return tuple(_renamed(column, names.get(column.name, Name(column.name)), names) for column in columns)


def _renamed(column: Column, new: Name, names: Mapping[str, Name]) -> Column:
    read, kind = column.read, column.type
    if isinstance(kind, ListOf) and isinstance(kind.item, tuple):
        kind = ListOf(renamed(kind.item, names))
    convert = new.convert
    reader = read if convert is None else lambda item: convert(read(item))
    return dataclasses.replace(column, name=new.name, type=kind, read=reader)


# JSON-LD in the vocabulary of schema.org uses the same kind of columns; empty ones are left out.

_SCHEMA_TYPES = {MOVIE: "Movie", SERIES: "TVSeries", SEASON: "TVSeason", EPISODE: "TVEpisode"}


def _constant(name: str, value: str) -> Column:
    return text(name, read=lambda _: value)


def _type_of(title: Any) -> str:  # noqa: ANN401 - a title
    return _SCHEMA_TYPES.get(title.kind, "CreativeWork")


def _duration(title: Any) -> str:  # noqa: ANN401 - a title
    return f"PT{title.runtime}S" if title.runtime is not None else ""


def _year(title: Any) -> str:  # noqa: ANN401 - a title
    return f"{title.release_year:04}" if title.release_year is not None else ""


_PERSON = (_constant("@type", "Person"), text("name"), text("url"))
_WORK = (text("@type", read=_type_of), text("@id", read=lambda title: title.url))
_OFFER = (
    _constant("@type", "Offer"),
    text("category", read=lambda found: found.format),
    optional("availabilityStarts", MOMENT, read=lambda found: found.available_from),
    optional("availabilityEnds", MOMENT, read=lambda found: found.available_until),
)
_RATING = (
    _constant("@type", "AggregateRating"),
    optional("ratingValue", NUMBER, read=lambda title: title.average_rating),
    optional("bestRating", INTEGER, read=lambda _: 5),
)
_SEASON_NUMBER = optional("seasonNumber", INTEGER, read=lambda title: title.season_number)
_EPISODE_NUMBER = optional("episodeNumber", INTEGER, read=lambda title: title.episode_number)
_DATE_PUBLISHED = text("datePublished", read=_year)
_OFFERS = several("offers", _OFFER, read=lambda title: title.formats)
_SEASON = (*_WORK, text("name", read=lambda title: title.title), _SEASON_NUMBER, _DATE_PUBLISHED, _OFFERS)
_EPISODE = (
    *_WORK,
    text("name", read=lambda title: title.episode_short or title.title),
    _EPISODE_NUMBER,
    Column(
        "partOfSeason",
        ListOf((_constant("@type", "TVSeason"), _SEASON_NUMBER), single=True),
        lambda title: [] if title.season_number is None else [title],
    ),
    _DATE_PUBLISHED,
    text("duration", read=_duration),
    text("abstract", read=lambda title: title.short_synopsis),
    _OFFERS,
)

#: A title as JSON-LD.
JSON_LD: tuple[Column, ...] = (
    _constant("@context", "https://schema.org"),
    *_WORK,
    text("identifier", read=lambda title: title.key or ""),
    text("name", read=lambda title: title.title),
    text("alternateName", read=lambda title: title.title_short if title.title_short != title.title else ""),
    _DATE_PUBLISHED,
    several("genre", TEXT, read=lambda title: title.genres),
    several("contentRating", TEXT, read=lambda title: [rating.value for rating in title.ratings]),
    Column(
        "aggregateRating",
        ListOf(_RATING, single=True),
        lambda title: [] if title.average_rating is None else [title],
    ),
    text("duration", read=_duration),
    text("description", read=lambda title: title.synopsis),
    text("abstract", read=lambda title: title.short_synopsis),
    several("image", TEXT, read=lambda title: [address for _, address in sorted(title.box_art.items())]),
    several("actor", _PERSON, read=lambda title: title.cast),
    several("director", _PERSON, read=lambda title: title.directors),
    _OFFERS,
    _SEASON_NUMBER,
    _EPISODE_NUMBER,
    several("containsSeason", _SEASON, read=lambda title: title.seasons),
    several("episode", _EPISODE, read=lambda title: title.episodes),
    several("award", TEXT, read=lambda title: [f"{award.name} ({award.year})" for award in title.awards if award.won]),
    text("sameAs", read=lambda title: title.web_page),
    optional("dateModified", MOMENT, read=lambda title: title.updated),
)
