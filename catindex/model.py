"""The dataclass `Title`, and those of its fields."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Format:
    """One format in which a title is available.

    ``format`` is the term as it is in the input (``instant``, ``DVD``, ``Blu-ray``, or unknown), ``medium`` is
    ``streaming``, ``dvd`` or None. Dates are Unix seconds, or None if they are missing; an end in 2100 is None, too.
    ``runtime`` is in seconds.
    """

    format: str
    medium: str | None
    available_from: int | None
    available_until: int | None
    runtime: int | None
    quality: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating: ``system`` is part of its scheme (``mpaa_ratings``, ``maturity_level``, …), ``value`` its label."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Link:
    """A person or a similar title: its name and its URL, which is empty if it is unknown."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Award:
    """An award: its name, its year as text, and whether it was won or only a nomination."""

    name: str
    year: str
    won: bool


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An id in another catalog: ``source`` is the last token of its rel (``upc``, ``amg``, ``tms``, …)."""

    source: str
    value: str


@dataclass(frozen=True, slots=True)
class Title:
    """A title, or a part of one. Missing text is an empty string; missing numbers and dates are None.

    ``key`` is ``kind/number`` (None if there is no id), ``id`` the number, ``url`` the URL as it is in the input.
    ``updated`` is in Unix seconds, also if the input has milliseconds. ``box_art`` maps widths in pixels to URLs.
    Parts have ``season_number``, ``episode_number`` and ``disc_number``; a unified series has ``seasons``, ``episodes``
    and ``discs``. ``number_evidence`` is the source of the episode number, one of `catindex.series.numbers.EVIDENCE`.
    In a file that is unified already, this is the number's own element.
    """

    kind: str
    key: str | None = None
    id: str = ""
    url: str = ""
    title: str = ""
    title_short: str = ""
    episode_short: str = ""
    release_year: int | None = None
    genres: tuple[str, ...] = ()
    ratings: tuple[Rating, ...] = ()
    average_rating: float | None = None
    runtime: int | None = None
    synopsis: str = ""
    short_synopsis: str = ""
    box_art: dict[int, str] = field(default_factory=dict)
    cast: tuple[Link, ...] = ()
    directors: tuple[Link, ...] = ()
    formats: tuple[Format, ...] = ()
    external_ids: tuple[ExternalId, ...] = ()
    season_number: int | None = None
    episode_number: int | None = None
    number_evidence: str = "none"
    disc_number: int | None = None
    seasons: tuple[Title, ...] = ()
    episodes: tuple[Title, ...] = ()
    discs: tuple[Title, ...] = ()
    similars: tuple[Link, ...] = ()
    awards: tuple[Award, ...] = ()
    web_page: str = ""
    updated: int | None = None

    @property
    def season_count(self) -> int:
        """The number of seasons: distinct season numbers of seasons and episodes, and season records without a number.

        Season 0 holds specials and is not counted. Volumes of one season have its number and count once.
        """
        numbers = {part.season_number for part in (*self.seasons, *self.episodes)} - {None, 0}
        return len(numbers) + sum(part.season_number is None for part in self.seasons)
