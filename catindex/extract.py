"""Reads records of any dialect as objects of `Title`, for ``info``, ``export``, ``filter`` and ``diff``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from catindex.model import Award, ExternalId, Format, Link, Rating, Title
from catindex.rules.elements import serialize, text
from catindex.rules.formats import MEDIUM_OF_FORMAT, counted_formats
from catindex.rules.keys import DISC, EPISODE, OTHER, SEASON, id_of, key_of, key_of_url
from catindex.rules.structure import RECORD, Record, listed
from catindex.rules.vocabulary import NO_END, is_format_scheme, is_genre_scheme, number, path, rel_of, seconds, token
from catindex.series.numbers import EVIDENCE, EVIDENCE_ATTRIBUTE
from catindex.write.xml import TITLES, Rendered, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    Read = Callable[["_Draft", Element], None]

#: The evidence of a number that has its own element.
WRITTEN = EVIDENCE[0]


@dataclass(frozen=True, slots=True)
class TitleRenderer:
    """Renders titles as objects of `Title`."""

    outputs: tuple[str, ...] = (TITLES,)

    def render(self, title: Record, *, mentions_streaming: bool) -> Rendered:  # noqa: ARG002 - a renderer's signature
        """Return the title as a `Title`."""
        return Rendered({TITLES: read_title(title.element)}, frozenset({TITLES}), digest_of(serialize(title.element)))


def read_title(record: Element) -> Title:
    """Read a record of any dialect (1.x, 2.0, unified, regional, search) as a title.

    Never fails: an empty or invalid value (a year that is not a number) counts as missing. If several elements have a
    value for the same field, the first one counts. Genres, ratings and people are listed once each.
    """
    return _title(record, OTHER)


def _decimal(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if isfinite(value) else None


def _text(element: Element) -> str:
    return (str(element.xpath("string()")) if len(element) else element.text or "").strip()


def _label(category: Element) -> str:
    return (category.get("label") or category.get("term") or "").strip()


class _Draft:
    """The fields of a title that were read so far. Each reader below adds those of one child of the record."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.lists: dict[str, Any] = {}  # of lists, or of dictionaries for items that are listed once
        self.box_art: dict[int, str] = {}

    def put(self, field: str, value: object) -> None:
        """Set a field, unless it has a value already or the new value is empty."""
        if value not in (None, "") and field not in self.values:
            self.values[field] = value

    def add(self, field: str, item: object) -> None:
        """Append an item to a list, unless it is in the list already."""
        self.lists.setdefault(field, {})[item] = None

    def title(self, key: str | None, url: str, kind: str) -> Title:
        """Return the title. ``kind`` is used if it has no key, and the element ``url`` if ``url`` is empty."""
        own = self.values | {"url": url} if url else self.values
        lists: dict[str, Any] = {field: tuple(items) for field, items in self.lists.items()}
        kind, _, number = key.partition("/") if key else (kind, "", "")
        return Title(kind=kind, key=key, id=number, box_art=self.box_art, **own, **lists)


def _title(record: Element, kind: str) -> Title:
    draft = _Draft()
    for child in record:
        read = _LINKS.get(rel_of(child)) if child.tag == "link" else _ELEMENTS.get(child.tag)
        if read is not None:
            read(draft, child)
    return draft.title(key_of(record), id_of(record), kind)


# Readers of one child.


def _value(field: str, read: Callable[[str | None], object]) -> Read:
    def reader(draft: _Draft, element: Element) -> None:
        draft.put(field, read(element.text))

    return reader


def _plain(field: str) -> Read:
    def reader(draft: _Draft, element: Element) -> None:
        draft.put(field, _text(element))

    return reader


def _read_name(draft: _Draft, element: Element) -> None:
    regular, short = (element.get("regular") or "").strip(), (element.get("short") or "").strip()
    draft.put("title", regular or short or _text(element))
    draft.put("title_short", short)
    draft.put("episode_short", (element.get("episode_short") or "").strip())


def _read_episode_number(draft: _Draft, element: Element) -> None:
    if (value := number(element.text)) is not None:
        draft.put("episode_number", value)
        evidence = element.get(EVIDENCE_ATTRIBUTE, WRITTEN)
        draft.put("number_evidence", evidence if evidence in EVIDENCE else WRITTEN)


def _read_category(draft: _Draft, element: Element) -> None:
    scheme, label = element.get("scheme") or "", _label(element)
    if not label:
        return
    if is_genre_scheme(scheme):
        draft.add("genres", label)
    elif system := _rating_system(scheme):
        draft.add("ratings", Rating(system, label))


@lru_cache(maxsize=4096)
def _rating_system(scheme: str) -> str | None:
    """Return the part of a scheme's path that names a system of ratings, or None."""
    steps = path(scheme).split("/")
    return next((step for step in reversed(steps) if step.endswith("ratings") or step == "maturity_level"), None)


@lru_cache(maxsize=4096)
def _is_quality_scheme(scheme: str) -> bool:
    family, _, step = path(scheme).rpartition("/")
    return step == "quality" and is_format_scheme(family)


def _read_formats(draft: _Draft, delivery_formats: Element) -> None:
    found = draft.lists.setdefault("formats", [])
    for availability in delivery_formats.iterchildren("availability"):
        until = number(availability.get("available_until"))
        quality = dict.fromkeys(
            _label(category)
            for category in availability.iter("category")
            if _is_quality_scheme(category.get("scheme") or "")
        )
        runtime = number(text(availability, "runtime"))
        for category, term in counted_formats(availability):
            found.append(
                Format(
                    (category.get("term") or category.get("label") or "").strip(),
                    MEDIUM_OF_FORMAT.get(term),
                    number(availability.get("available_from")),
                    None if until is None or until >= NO_END else until,
                    runtime,
                    tuple(quality),
                )
            )


def _read_external_ids(draft: _Draft, element: Element) -> None:
    for child in element.iterchildren("id"):
        if value := _text(child):
            draft.add("external_ids", ExternalId(token(child.get("rel") or "") or "unknown", value))


_WIDTH = re.compile(r"([0-9]+)pix")

#: Box art of a search response, by the names of its attributes. The widths are inferred from those of 2.0.
_WIDTHS_OF_SIZES = {"small": 38, "medium": 64, "large": 110}


def _read_box_art(draft: _Draft, element: Element) -> None:
    for size, width in _WIDTHS_OF_SIZES.items():
        if address := element.get(size):
            draft.box_art.setdefault(width, address)
    for link in element.iterchildren("link"):
        found = _width(path(link.get("rel") or "")) or _width(link.get("title") or "")
        if found is not None and (address := link.get("href")):
            draft.box_art.setdefault(found, address)


@lru_cache(maxsize=1024)
def _width(text: str) -> int | None:
    """Return the width in pixels of a text such as ``284pix_w`` or ``284pix width box art``."""
    match = _WIDTH.search(text)
    return number(match[1]) if match else None


def _read_awards(draft: _Draft, element: Element) -> None:
    found = draft.lists.setdefault("awards", [])
    for child in element.iterchildren("award_winner", "award_nominee"):
        labels = [label for category in child.iter("category") if (label := _label(category))]
        found.append(Award(": ".join(labels), (child.get("year") or "").strip(), child.tag == "award_winner"))


def _person_link(field: str) -> Read:
    """Return a reader for a person of 1.x, which is a link of its own."""

    def reader(draft: _Draft, link: Element) -> None:
        draft.add(field, Link((link.get("title") or "").strip(), (link.get("href") or "").strip()))

    return reader


def _people(field: str) -> Read:
    """Return a reader for the people in an expansion of 2.0, which are links or complete ``person`` elements."""
    read_link = _person_link(field)

    def reader(draft: _Draft, link: Element) -> None:
        for person in (person for people in link.iterchildren("people") for person in people):
            if person.tag == "link":
                read_link(draft, person)
            elif person.tag == "person":
                name = (text(person, "name") or "").strip()
                draft.add(field, Link(name, id_of(person)))

    return reader


#: The role of a person in a regional index -> the field.
_ROLES = {"actor": "cast", "director": "directors"}


def _read_regional_people(draft: _Draft, element: Element) -> None:
    for person in element.iterchildren("person"):
        if (field := _ROLES.get(person.get("type") or "")) is not None:
            name = (text(person, "name") or "").strip()
            person_id = person.get("id")
            draft.add(field, Link(name, f"http://api.netflix.com/catalog/people/{person_id}" if person_id else ""))


def _read_regional_genres(draft: _Draft, element: Element) -> None:
    for genre in element.iterchildren("genre"):
        if name := _text(genre):
            draft.add("genres", name)


def _read_advisories(draft: _Draft, element: Element) -> None:
    for advisory in element.iterchildren("parental_advisory"):
        if value := _text(advisory):
            draft.add("ratings", Rating(advisory.get("system") or "", value))


def _inside(draft: _Draft, element: Element) -> None:
    """Read the contents of an expansion of 2.0, or of the element ``show``, like children of the record itself."""
    for child in element:
        if (read := _EXPANDED.get(child.tag)) is not None:
            read(draft, child)


def _read_similars(draft: _Draft, link: Element) -> None:
    for entry in listed(link):
        draft.add("similars", _entry(entry))


def _entry(entry: Element) -> Link:
    if entry.tag != RECORD:
        return Link((entry.get("title") or "").strip(), (entry.get("href") or "").strip())
    title = _Draft()
    for name in entry.iterchildren("title"):
        _read_name(title, name)
    return Link(title.values.get("title", ""), id_of(entry))


def _parts(field: str, kind: str) -> Read:
    """Return a reader for a list of seasons, episodes or discs. An entry that is only a link has few fields."""

    def reader(draft: _Draft, link: Element) -> None:
        found = draft.lists.setdefault(field, [])
        for entry in listed(link):
            found.append(_title(entry, kind) if entry.tag == RECORD else _mentioned(_entry(entry), kind))

    return reader


def _mentioned(link: Link, kind: str) -> Title:
    draft = _Draft()
    draft.put("title", link.name)
    return draft.title(key_of_url(link.url), link.url, kind)


#: Children of an expansion, or of ``show``, by name.
_EXPANDED: dict[str, Read] = {
    "delivery_formats": _read_formats,
    "box_art": _read_box_art,
    "synopsis": _plain("synopsis"),
    "short_synopsis": _plain("short_synopsis"),
    "awards": _read_awards,
    "season_number": _value("season_number", number),
    "episode_number": _read_episode_number,
}

#: Children of a record by name, of all dialects; those from ``url`` on are of the regional index.
_ELEMENTS: dict[str, Read] = {
    **_EXPANDED,
    "title": _read_name,
    "release_year": _value("release_year", number),
    "category": _read_category,
    "runtime": _value("runtime", number),
    "average_rating": _value("average_rating", _decimal),
    "external_ids": _read_external_ids,
    "disc_number": _value("disc_number", number),
    "updated": _value("updated", seconds),
    "url": _plain("url"),
    "long_synopsis": _plain("synopsis"),
    "duration": _value("runtime", number),
    "people": _read_regional_people,
    "genres": _read_regional_genres,
    "parental_advisories": _read_advisories,
    "show": _inside,
}

#: Links of a record by the path of their rel.
_LINKS: dict[str, Read] = {
    "alternate": lambda draft, link: draft.put("web_page", (link.get("href") or "").strip()),
    "catalog/titles/box_art": _inside,
    "catalog/titles/synopsis": _inside,
    "catalog/titles/synopsis.short": _inside,
    "catalog/titles/format_availability": _inside,
    "catalog/titles/awards": _inside,
    "catalog/people.cast": _people("cast"),
    "catalog/people.directors": _people("directors"),
    "catalog/person.actor": _person_link("cast"),
    "catalog/person.director": _person_link("directors"),
    "catalog/titles.similars": _read_similars,
    "catalog/titles.seasons": _parts("seasons", SEASON),
    "catalog/titles.programs": _parts("episodes", EPISODE),
    "catalog/titles.discs": _parts("discs", DISC),
}
