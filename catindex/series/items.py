"""What stands in an opened record: links, lists, other elements, and what nobody looks into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catindex.marks import render
from catindex.markup import attributes, empty, name_of
from catindex.rules.formats import MEDIA, told_terms
from catindex.rules.structure import SCHEMAS, layout_of
from catindex.rules.vocabulary import rel_path

if TYPE_CHECKING:
    from typing import Protocol

    from lxml.etree import _Element as Element

    from catindex.marks import Told
    from catindex.series.relations import Relative

    class Item(Protocol):
        """What stands in a record, or in something opened in it."""

        def told(self, target: str) -> Told | None:
            """Give its medium, if it is of one only, and what it is in an output; None where it is left out."""


class Silent:
    """A child, or some in a row, of one medium only, that tells nothing."""

    __slots__ = ("_data", "_medium")

    def __init__(self, medium: str, data: bytes) -> None:
        """Keep it as it is."""
        self._medium, self._data = medium, data

    def told(self, target: str) -> Told:
        """Give its medium and bytes."""
        return self._medium, [render(self._data, target)]


class Entry:
    """What names a relative: a link, a ``show``, or a record in a list (which ``element`` is then).

    ``slot`` is that of the child that it stands in; one that is ``dropped`` or ``hidden`` is left out.
    """

    __slots__ = ("data", "dropped", "element", "hidden", "medium", "relative", "slot")

    def __init__(
        self, relative: Relative, slot: int, data: bytes, *, medium: str | None = None, element: Element | None = None
    ) -> None:
        """Begin as it stands in the record."""
        self.relative, self.slot, self.data, self.medium, self.element = relative, slot, data, medium, element
        self.dropped = self.hidden = False

    def told(self, target: str) -> Told | None:
        """Give its medium and bytes."""
        return None if self.dropped or self.hidden else (self.medium, [render(self.data, target)])

    @property
    def key(self) -> str | None:
        """The key of the relative."""
        return self.relative.key

    @property
    def kind(self) -> str:
        """The kind of the relative."""
        return self.relative.kind

    @property
    def terms(self) -> list[str] | None:
        """The terms of the formats of a record, as those of a `Record`."""
        return None if self.element is None else told_terms(layout_of(self.element))

    @property
    def is_whole(self) -> bool:
        """Whether it is a record with more than an id and a title."""
        return self.element is not None and any(child.tag not in ("id", "title") for child in self.element)

    def refer(self) -> None:
        """Turn a record in a list into a link to it."""
        href, rel, title = self.relative.url, f"{SCHEMAS}catalog/title", self.relative.name
        self.data, self.element = empty("link", href=href, rel=rel, title=title), None


class Branch:
    """An element that is opened: start tag, what is in it, end tag; and the medium that it belongs to, if to one.

    ``known`` is what it tells for any output, as long as nothing in it was changed.
    """

    __slots__ = ("end", "items", "known", "medium", "start")

    def __init__(self, start: bytes, items: list[bytes | Item], end: bytes, medium: str | None = None) -> None:
        """Begin with what is in it."""
        self.start, self.items, self.end, self.medium = start, items, end, medium
        self.known: Told | None = None

    @property
    def name(self) -> bytes:
        """The name of the element."""
        return name_of(self.start)

    @property
    def rel(self) -> str:
        """The path of its rel, where it is a link."""
        told = attributes(self.start)
        return rel_path(told.get("rel"), told.get("title"))

    @property
    def has_rel(self) -> bool:
        """Whether it is a link that says what it leads to."""
        return bool(attributes(self.start).get("rel"))

    def first(self, name: bytes) -> Branch | None:
        """Give the first branch of a name in it."""
        found = (item for item in self.items if isinstance(item, Branch) and item.name == name)
        return next(found, None)

    def add(self, name: bytes) -> Branch:
        """Put a new branch of a name into it."""
        branch = Branch(b"<%s>" % name, [], b"</%s>" % name)
        self.items.append(branch)
        return branch

    def told(self, target: str) -> Told | None:
        """Give its medium and bytes; None where all that it holds is left out."""
        if self.known is not None:
            return self.known
        told: list[Told] = []
        for item in self.items:
            found = (None, [item]) if isinstance(item, bytes) else item.told(target)
            if found is not None:
                told.append(found)
        if not told:
            return None if self.items else (self.medium, [self.start[:-1] + b"/>"])
        media = {medium for medium, _ in told}
        whole = media.pop() if len(media) == 1 else None
        pieces = [self.start]
        for medium, data in told:
            if medium == whole or is_shown(medium, target):
                pieces += data
        pieces.append(self.end)
        return self.medium or whole, pieces


def is_shown(medium: str | None, target: str) -> bool:
    """Whether what is of this medium is shown in an output."""
    return medium is None or medium == target or target not in MEDIA
