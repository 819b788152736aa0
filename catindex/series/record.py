"""A record of a series, opened where the rules look: formats, lists, links, numbers. All else in it stays bytes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from catindex.marks import render
from catindex.markup import (
    attributes,
    cut,
    empty,
    leaf,
    name_of,
    start_tag,
    text_of,
    with_attribute,
    with_text,
)
from catindex.read.chunks import parse
from catindex.rules.formats import SLOTS_OF_OWNED_LINKS, medium_of_link
from catindex.rules.structure import FORMAT_AVAILABILITY, PART_SLOTS, RECORD, Slot, link_to
from catindex.rules.vocabulary import rel_path
from catindex.series.children import END, START, Manner, children_of, marked
from catindex.series.delivery import open_formats
from catindex.series.items import Branch, Entry, Silent, is_shown
from catindex.series.relations import (
    kind_of_rel,
    names_a_title,
    relative_by_link,
    relative_of,
    series_of_show,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.etree import _Element as Element

    from catindex.series.children import Child
    from catindex.series.delivery import Availability
    from catindex.series.items import Item
    from catindex.series.relations import Relative


class _Link(NamedTuple):
    """What the start tag of a link of the family tells.

    The kind that it speaks of, the relative that it is if it lists nothing, and the medium that it belongs to.
    """

    kind: str
    relative: Relative | None
    medium: str | None


@lru_cache(maxsize=1 << 9)  # all episodes of a season have the same links to their parents
def _told_by_link(tag: bytes) -> _Link:
    told = attributes(tag)
    rel, href, title = told.get("rel"), told.get("href"), told.get("title")
    place = rel_path(rel, title)
    kind = kind_of_rel(rel or place)
    assert kind is not None, "a link of the family"
    relative = relative_by_link(kind, href, title) if names_a_title(place, href) else None
    return _Link(kind, relative, medium_of_link(rel or "", href or ""))


@lru_cache(maxsize=1 << 9)
def _told_by_leaf(leaf: bytes) -> tuple[str, str | None]:
    return name_of(leaf).decode(), text_of(leaf)


class Record:
    """A record in 2.0 structure whose children are in order.

    ``key`` is its key, ``id`` its address, ``names`` the attributes of its title, ``texts`` the first text of each
    leaf that may tell a number (those in a ``show`` with ``show/`` before their name), ``entries`` all that it says of
    its family.
    """

    __slots__ = (
        "_containers", "_contents", "_formats", "_ids", "_manner", "_slots", "_start", "_title", "entries", "key",
        "names", "offered", "texts", "title_text",
    )  # fmt: skip

    def __init__(self, key: str | None, start: bytes, children: Iterable[Child], manner: Manner) -> None:
        """Open the children that tell anything."""
        self.key, self._start, self._manner = key, start, manner
        self.title_text = ""
        self._ids: list[bytes] = []
        self.names: dict[str, str] = {}
        self.texts: dict[str, str | None] = {}
        self.entries: list[Entry] = []
        self.offered: list[Availability] | None = None
        self._title: int | None = None
        self._formats: list[Branch] = []
        self._containers: list[Branch] = []
        self._slots: list[int] = []
        self._contents: list[bytes | Item] = []
        for slot, data, telling, medium in children:
            content: bytes | Item = data
            if not telling:
                content = data if medium is None else Silent(medium, data)
            elif slot == Slot.ID:
                self._ids.append(data)
            elif slot == Slot.TITLE:
                if self._title is None:
                    self._title = len(self._slots)
                    self.names = attributes(start_tag(data))
                    self.title_text = "" if data.endswith(b"/>") else text_of(data) or ""
            elif slot == Slot.FORMATS:
                content = self._open_formats(data)
            else:
                content = self._open(slot, data)
            self._slots.append(slot)
            self._contents.append(content)

    def _open_formats(self, data: bytes) -> Branch:
        child, containers, availabilities = open_formats(data, self._manner)
        self._formats.append(child)
        self._containers += containers
        if containers:
            self.offered = [*(self.offered or []), *availabilities]
        return child

    def _open(self, slot: int, data: bytes) -> bytes | Item:
        name = name_of(data)
        if name == b"link":
            return self._open_link(slot, data)
        if name != b"show":
            self.texts.setdefault(*_told_by_leaf(data))
            return data
        for piece in cut(data).inside:
            if inner := name_of(piece):
                self.texts.setdefault(f"show/{inner.decode()}", text_of(piece))
        series = series_of_show(attributes(start_tag(data)).get("id"))
        return data if series is None else self._entry(Entry(series, slot, data))

    def _entry(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        return entry

    def _open_link(self, slot: int, data: bytes) -> bytes | Item:
        tag = start_tag(data)
        kind, relative, owner = _told_by_link(tag)
        medium = owner if self._manner.mark and slot in SLOTS_OF_OWNED_LINKS else None
        if len(tag) < len(data):
            start, inside, end = cut(data)
            branch, known = Branch(start, [], end, medium), len(self.entries)
            branch.items = [self._open_list(kind, slot, piece) for piece in inside]
            if len(self.entries) > known:
                return branch
        if relative is not None:
            return self._entry(Entry(relative, slot, data, medium=medium))
        start, inside, end = cut(data)
        return Branch(start, list(inside), end, medium)

    def _open_list(self, kind: str, slot: int, piece: bytes) -> bytes | Item:
        if name_of(piece) != b"catalog_titles":
            return self._open_entry(kind, slot, piece)
        start, inside, end = cut(piece)
        return Branch(start, [self._open_entry(kind, slot, inner) for inner in inside], end)

    def _open_entry(self, kind: str, slot: int, piece: bytes) -> bytes | Item:
        name = name_of(piece)
        if name == b"link":
            told = attributes(start_tag(piece))
            return self._entry(Entry(relative_by_link(kind, told.get("href"), told.get("title")), slot, piece))
        if name != RECORD.encode():
            return piece
        (element,) = parse(piece, self._manner.wrapper)
        entry = Entry(relative_of(element, kind), slot, piece, element=element)
        if self._manner.mark and entry.is_whole:
            entry.data = marked(element, self._manner.wrapper)
        return self._entry(entry)

    @property
    def id(self) -> str:
        """Its address, empty where it has none."""
        return (text_of(self._ids[0]) or "").strip() if self._ids else ""

    @property
    def name(self) -> str:
        """Its title, as `catindex.rules.keys.name_of` reads it."""
        return (self.names.get("regular") or self.names.get("short") or self.title_text).strip()

    @property
    def has_title(self) -> bool:
        """Whether there is a title that may get a short name."""
        return self._title is not None

    @property
    def short_name(self) -> str:
        """The short name of an episode."""
        return self.names.get("episode_short", "")

    @property
    def terms(self) -> list[str] | None:
        """The terms of its formats, in lower case; None where it says nothing at all about formats."""
        return None if self.offered is None else [term for offer in self.offered for term in offer.formats.terms]

    @property
    def links(self) -> Iterator[Branch]:
        """The links that are opened: those that hold formats or a list, or tell where a list could be had."""
        return (content for content in self._contents if isinstance(content, Branch) and content.name == b"link")

    @property
    def strangers(self) -> list[Entry]:
        """The records in its lists of parts that are none, and stay there."""
        return [
            entry
            for entry in self.entries
            if entry.element is not None and entry.slot in PART_SLOTS and not entry.dropped
        ]

    @property
    def has_show(self) -> bool:
        """Whether a ``show`` tells its series."""
        return any(name_of(entry.data) == b"show" for entry in self.entries)

    @property
    def is_bare(self) -> bool:
        """Whether it has no more than one child."""
        return len(self._contents) <= 1

    def parents(self, kind: str) -> list[Entry]:
        """Give what it belongs to, as a part of this kind."""
        return [entry for entry in self.entries if not entry.dropped and entry.relative.is_parent(kind)]

    def children(self, kind: str) -> list[Entry]:
        """Give what belongs to it, as a title of this kind, in the order of its lists."""
        return [entry for entry in self.entries if not entry.dropped and entry.relative.is_child(kind)]

    def insert(self, slot: int, content: bytes | Item) -> None:
        """Put a new child in its place, behind those that stand in the same slot."""
        at = bisect_right(self._slots, slot)
        self._slots.insert(at, slot)
        self._contents.insert(at, content)
        if self._title is not None and at <= self._title:
            self._title += 1

    def change_formats(self) -> list[Availability]:
        """Give its availabilities to be changed."""
        for child in self._formats:
            child.known = None
        return self.offered or []

    def offer(self, availabilities: Sequence[Availability]) -> None:
        """Add availabilities, in its own ``delivery_formats`` or a new one."""
        self.offered = [*self.change_formats(), *availabilities]
        if not self._formats:
            self._formats.append(Branch(link_to(FORMAT_AVAILABILITY, self.id), [], b"</link>"))
            self.insert(Slot.FORMATS, self._formats[0])
        if not self._containers:
            self._containers.append(self._formats[0].add(b"delivery_formats"))
        self._containers[0].items.extend(availabilities)

    def withdraw(self, availability: Availability) -> None:
        """Take an availability out again."""
        self.offered = [one for one in self.change_formats() if one is not availability]
        for container in self._containers:
            container.items = [item for item in container.items if item is not availability]

    def write_number(self, slot: int, name: str, value: int | None) -> None:
        """Write a number into its slot; one that is unknown has no element."""
        if value is None:
            self.take(slot, name)
        elif self.texts.get(name) == str(value):
            return
        elif written := self._places(slot, name):
            self._set(written[0], with_text(self._bytes(written[0]), str(value)))
        else:
            self.insert(slot, leaf(name, str(value)))

    def annotate(self, slot: int, name: str, attribute: str, value: str) -> None:
        """Set an attribute of the first child of a name in a slot, where there is one."""
        for at in self._places(slot, name)[:1]:
            self._set(at, with_attribute(self._bytes(at), attribute, value))

    def take(self, slot: int, name: str) -> list[bytes]:
        """Take the children of a name out of a slot."""
        places = self._places(slot, name)
        taken = [self._bytes(at) for at in places]
        for at in reversed(places):
            del self._slots[at], self._contents[at]
        return taken

    def name_episode(self, name: str) -> None:
        """Say how an episode is called, in its title."""
        if self._title is not None:
            self._set(self._title, with_attribute(self._bytes(self._title), "episode_short", name))
            self.names["episode_short"] = name

    def rename(self, label: str) -> None:
        """Put a label behind the names in every title that it has."""
        for at in self._places(Slot.TITLE, "title"):
            title = self._bytes(at)
            for name, value in attributes(start_tag(title)).items():
                title = with_attribute(title, name, value + label)
            self._set(at, title)

    def move(self, address: str) -> None:
        """Give it another address."""
        self._ids[:1] = [leaf("id", address)]
        if places := self._places(Slot.ID, "id"):
            self._set(places[0], with_text(self._bytes(places[0]), address))
        else:
            self.insert(Slot.ID, leaf("id", address))

    def _places(self, slot: int, name: str) -> list[int]:
        run = range(bisect_left(self._slots, slot), bisect_right(self._slots, slot))
        return [
            at for at in run if isinstance(content := self._contents[at], bytes) and name_of(content) == name.encode()
        ]

    def _bytes(self, at: int) -> bytes:
        content = self._contents[at]
        assert isinstance(content, bytes)
        return content

    def _set(self, at: int, content: bytes) -> None:
        self._contents[at] = content

    def pieces(self, target: str) -> list[bytes]:
        """Write it for an output, in pieces."""
        pieces = [self._start]
        for content in self._contents:
            if isinstance(content, bytes):
                pieces.append(render(content, target))
            elif (told := content.told(target)) is not None:
                medium, data = told
                if is_shown(medium, target):
                    pieces += data
        pieces.append(END)
        return pieces


def made(address: str, name: str, manner: Manner) -> Record:
    """Make a record of what has none: an address, which may be empty, and a name."""
    told: list[Child] = [(Slot.ID, leaf("id", address), True, None)] if address else []
    told.append((Slot.TITLE, empty("title", short=name, regular=name), True, None))
    return Record(None, START, told, manner)


def of_tree(key: str | None, element: Element, manner: Manner) -> Record:
    """Make a record of the tree of one that is nested in a list."""
    start, children = children_of(element, manner)
    return Record(key, start, children, manner)
