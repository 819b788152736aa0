"""The table of the dated rules of the announcements (spec, section 7).

``--as-of DATE`` applies the rules in force on that date, in addition to what catindex always does. Each rule changes a
tree in place. Applying it again changes nothing, and the order of the rules does not matter.

Only the rules that need lxml load it, because help texts show the table, too.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from catindex.rules.vocabulary import NO_END, is_genre_scheme, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    Change = Callable[[Element, date], None]

NOTICE = timedelta(days=14)

UNTIL = "available_until"

#: The elements of an account's history in a response of ``title_states``.
BOOKMARK = "playback_bookmark"
HISTORY = ("watched_date", BOOKMARK, "watched_to_end")

_RETIRED_HOST = re.compile(r"(?<=//)api(?=\.netflix\.com(?!\.?[\w-]))", re.IGNORECASE)
_HOST_HINT = "netflix.com"


class Rule(NamedTuple):
    """A rule: in force from the day ``since`` on, unless it was ``withdrawn`` before that.

    ``code`` is its short name, and ``what`` its effect as the help lists it. ``source`` is the title of the
    announcement, and ``said`` its sentence in other words. ``change`` applies the rule to a record or document. If
    ``warns`` is set, the report has a warning with the rule's code instead.
    """

    since: date
    code: str
    what: str
    source: str
    said: str
    change: Change | None = None
    warns: bool = False
    withdrawn: bool = False


def in_force(as_of: date) -> tuple[Rule, ...]:
    """Return the rules in force on a day, by date."""
    return tuple(rule for rule in RULES if rule.since <= as_of and not rule.withdrawn)


def apply(tree: Element, as_of: date) -> None:
    """Apply the rules in force on a day to a record or document, in place."""
    for change in _changes(as_of):
        change(tree, as_of)


def warnings(as_of: date) -> list[str]:
    """Return the codes of the warnings for a day."""
    return [rule.code for rule in in_force(as_of) if rule.warns]


@lru_cache(maxsize=16)
def _changes(as_of: date) -> tuple[Change, ...]:
    return tuple(rule.change for rule in in_force(as_of) if rule.change is not None)


def _genres_once(tree: Element, _: date) -> None:
    from catindex.rules.modernize import drop_twins  # noqa: PLC0415 - lxml is loaded only where it is needed

    siblings: dict[Element, list[Element]] = {}
    for category in tree.iter("category"):
        parent = category.getparent()
        if parent is not None and is_genre_scheme(category.get("scheme") or ""):
            siblings.setdefault(parent, []).append(category)
    for genres in siblings.values():
        drop_twins(genres)


def _bookmark_at_zero(tree: Element, _: date) -> None:
    for bookmark in tree.iter(BOOKMARK):
        del bookmark[:]
        bookmark.text = "0"


def _far_ends(tree: Element, as_of: date) -> None:
    begin = datetime(as_of.year, as_of.month, as_of.day, tzinfo=timezone.utc)
    first = int(begin.timestamp())
    last = first + int(NOTICE.total_seconds())

    def end(text: str) -> str:
        return text if first <= (number(text) or 0) <= last else str(NO_END)

    _set_ends(tree, end)


def _no_ends(tree: Element, _: date) -> None:
    _set_ends(tree, lambda _: str(NO_END))


def _set_ends(tree: Element, end: Callable[[str], str]) -> None:
    """Replace every end, in an attribute (as in the index) or in an element."""
    for element in tree.iter("*"):
        old = element.get(UNTIL)
        if old is not None:
            element.set(UNTIL, end(old))
        if element.tag == UNTIL:
            element.text = end(element.text or "")


def _no_history(tree: Element, _: date) -> None:
    from catindex.rules.elements import drop  # noqa: PLC0415 - see above

    for element in list(tree.iter(*HISTORY)):
        if element is not tree:
            drop(element)


def _public_host(tree: Element, _: date) -> None:
    from catindex.rules.elements import set_text  # noqa: PLC0415 - see above

    for node in tree.iter():
        text, tail = node.text, node.tail
        if tail and node is not tree and _HOST_HINT in tail:
            node.tail = _moved(tail)
        if text and _HOST_HINT in text and (moved := _moved(text)) != text:
            set_text(node, moved)
        if isinstance(node.tag, str):
            for name, value in node.items():
                if _HOST_HINT in value:
                    node.set(name, _moved(str(value)))


def _moved(text: str) -> str:
    return _RETIRED_HOST.sub("api-public", text)


_SPRING_2012 = "Upcoming Changes to the Netflix API Program"

#: All rules, by date.
RULES = (
    Rule(
        date(2011, 6, 15),
        "genres-once",
        "genres lose duplicates and deprecated twins",
        "Changes to genres and playback_bookmark",
        "The old genres, which could occur twice in a title, are replaced by a new classification.",
        _genres_once,
    ),
    Rule(
        date(2011, 6, 30),
        "bookmark-zero",
        f"{BOOKMARK} is 0 wherever it occurs",
        "Changes to genres and playback_bookmark",
        "The bookmark is zero from now on, whether or not the title was played, paused or stopped.",
        _bookmark_at_zero,
    ),
    Rule(
        date(2011, 10, 14),
        "dvd-gone",
        "DVD leaves the API",
        "Upcoming Changes to the Open API Program",
        "The API will offer only the streaming catalog. Withdrawn before anything was removed, by"
        ' "Netflix Public API Will Continue to Support DVD".',
        withdrawn=True,
    ),
    Rule(
        date(2012, 6, 15),
        "ends-near-only",
        f"{UNTIL} is {NO_END} unless it falls within two weeks after DATE",
        _SPRING_2012,
        "Every title ends on 1/1/2100, unless it becomes unavailable within two weeks of the day of the request.",
        _far_ends,
    ),
    Rule(
        date(2012, 9, 15),
        "history-gone",
        f"{', '.join(f'{name}' for name in HISTORY)} are removed",
        _SPRING_2012,
        "Title states no longer include what was watched, when, and up to which point.",
        _no_history,
    ),
    Rule(
        date(2012, 9, 15),
        "public-host",
        "api.netflix.com in URLs becomes api-public.netflix.com (schemas and web pages stay)",
        _SPRING_2012,
        "The API moves to another domain, which all requests must use by then; the old one is retired.",
        _public_host,
    ),
    Rule(
        date(2013, 9, 15),
        "ends-gone",
        f"every {UNTIL} is {NO_END}",
        "Public API Update",
        "Titles no longer show when they expire; the field stays, with the value 1/1/2100.",
        _no_ends,
    ),
    Rule(
        date(2014, 11, 14),
        "service-gone",
        "a warning: the service that these links point to is gone",
        "Retiring the Netflix Public API",
        "All requests to the public API return 404, except those of a few selected applications.",
        warns=True,
    ),
)
