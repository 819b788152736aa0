"""Turns the differences between two titles into events: added, removed, arrived, left, changed and others."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from catindex.compare.facts import PARTS
from catindex.rules.formats import MEDIA
from catindex.rules.keys import SEASON

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from catindex.compare.facts import Entry, Facts
    from catindex.compare.waiting import Pair

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
ARRIVED, LEFT, END_MOVED, MOVED = "arrived", "left", "end_moved", "moved"

#: Event -> its words. Events of parts have the kind of the part in their name.
WORDS = {
    ADDED: "added",
    REMOVED: "removed",
    ARRIVED: "arrived on {medium}",
    LEFT: "left {medium}",
    END_MOVED: "end moved",
    **{f"new_{kind}": f"new {kind}" for kind in PARTS.values()},
    **{f"{kind}_gone": f"{kind} gone" for kind in PARTS.values()},
    MOVED: "moved to another series",
    CHANGED: "changed",
}

#: The words of all events, in the order of a summary.
SORTS = [words for text in WORDS.values() for words in dict.fromkeys(text.format(medium=medium) for medium in MEDIA)]

_END = "available_until"


class Event(NamedTuple):
    """One difference. ``about`` is the title or part, and ``details`` depends on the event.

    ``changed`` has ``fields``, each with ``from`` and ``to``. ``moved`` has the series ``from`` and ``to``.
    ``end_moved`` has ``format``, ``from`` and ``to``. ``arrived`` and ``left`` have the ``medium`` and the facts about
    its ``formats``. New parts and parts that are gone have their numbers.
    """

    name: str
    about: Entry
    details: dict[str, Any]

    @property
    def words(self) -> str:
        """Return the event in words, for people."""
        return WORDS[self.name].format(**self.details)

    def as_dict(self) -> dict[str, Any]:
        """Return the event as a dictionary, for programs."""
        about = self.about
        of_series = {} if about.home == about.key else {"series": about.home}
        return {
            "event": self.name,
            "key": about.key,
            "kind": about.kind,
            "title": about.name,
            **of_series,
            **self.details,
        }


class Difference(NamedTuple):
    """A field that differs, for example ``formats.DVD.runtime``. Values are None if they are missing."""

    field: str
    old: Any
    new: Any


def compare(pairs: Iterable[Pair], ignored: Collection[str]) -> Iterator[Event]:
    """Yield the events of pairs of entries, which come title by title, each followed by its parts.

    An event that a part shares with its title or season, such as an arrival on streaming, is not repeated.
    """
    ignored_kinds = {kind for field, kind in PARTS.items() if field in ignored}
    home = _Home("")
    for old, new in pairs:
        entry = new or old
        assert entry is not None
        if entry.home != home.key:
            home = _Home(entry.home)
        if entry.home == entry.key:
            home.is_new, home.is_gone = old is None, new is None
            known = home.reported.setdefault(None, set())
        elif entry.kind in ignored_kinds or (home.is_new and old is None) or (home.is_gone and new is None):
            continue
        else:
            known = home.known_to(entry)
        if old and new and old.home != new.home:
            series = [None if each.home == each.key else each.home for each in (old, new)]
            yield Event(MOVED, entry, {"from": series[0], "to": series[1]})
        yield from _events(entry, old.facts if old else None, new.facts if new else None, ignored, known)


class _Home:
    """The current title, and the events reported so far: for the title (under None) and for each of its seasons."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.is_new = self.is_gone = False
        self.reported: dict[int | None, set[str]] = {None: set()}

    def known_to(self, part: Entry) -> set[str]:
        """Return the events reported for the title and the season of a part. Those of a season are added to the set."""
        season = part.facts.get("season_number")
        if part.kind == SEASON and season is not None:
            return self.reported.setdefault(season, set(self.reported[None]))
        return set(self.reported.get(season, self.reported[None]))


def _events(
    entry: Entry, old: Facts | None, new: Facts | None, ignored: Collection[str], known: set[str]
) -> Iterator[Event]:
    """Yield the events of one entry that are not in ``known``, and add them to it."""
    is_part = entry.home != entry.key
    if old is None or new is None:
        if is_part:
            yield Event(f"new_{entry.kind}" if old is None else f"{entry.kind}_gone", entry, _numbers(entry.facts))
            return
        yield Event(ADDED if old is None else REMOVED, entry, _of(entry.facts, "release_year"))
    found = {each.field: each for each in _differences(old or {}, new or {}, ignored)}
    for event in _of_formats(entry, old, new, found):
        if (what := _what(event)) not in known:
            known.add(what)
            yield event
    if old is None or new is None:
        return
    fields = {}
    for field, each in found.items():
        what = json.dumps(each)
        if not (field.startswith("formats.") and what in known):
            known.add(what)
            fields[field] = {"from": each.old, "to": each.new}
    if fields:
        yield Event(CHANGED, entry, {"fields": fields})


def _differences(old: Facts, new: Facts, ignored: Collection[str], above: str = "") -> Iterator[Difference]:
    """Yield the fields that differ. Formats and their fields are compared one by one."""
    for name in sorted(old.keys() | new.keys()):
        field = above + name
        before, after = old.get(name), new.get(name)
        if before == after or any(fnmatchcase(field, pattern) for pattern in ignored):
            continue
        if isinstance(before or after, dict) and (not above or (before and after)):
            yield from _differences(before or {}, after or {}, ignored, f"{field}.")
        else:
            yield Difference(field, before, after)


def _of_formats(entry: Entry, old: Facts | None, new: Facts | None, found: dict[str, Difference]) -> Iterator[Event]:
    """Yield arrivals, departures and moved ends, and remove their differences from ``found``."""
    before, after = ((facts or {}).get("formats", {}) for facts in (old, new))
    for name, here, there in ((ARRIVED, after, before), (LEFT, before, after)):
        for medium in MEDIA:
            if medium in _media(here) and medium not in _media(there):
                formats = {term: facts for term, facts in here.items() if facts["medium"] == medium}
                moved = [found.pop(f"formats.{term}", None) for term in formats]
                if any(moved):  # unless all of them are ignored
                    yield Event(name, entry, {"medium": medium, "formats": formats})
    for term in sorted(before.keys() & after.keys()):
        if each := found.pop(f"formats.{term}.{_END}", None):
            yield Event(END_MOVED, entry, {"format": term, "from": each.old, "to": each.new})


def _what(event: Event) -> str:
    """Return a text that is equal for the same event of different entries."""
    details = event.details
    return json.dumps([event.name, *(details.get(name) for name in ("medium", "format", "from", "to"))])


def _numbers(facts: Facts) -> Facts:
    media = [medium for medium in MEDIA if medium in _media(facts.get("formats", {}))]
    return _of(facts, "season_number", "episode_number", "disc_number") | {"media": media}


def _of(facts: Facts, *fields: str) -> Facts:
    return {field: facts[field] for field in fields if field in facts}


def _media(formats: Facts) -> set[str | None]:
    return {each["medium"] for each in formats.values()}
