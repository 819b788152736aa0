"""Small surgery on lxml elements that lxml itself leaves to its users."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def first(element: Element, name: str) -> Element | None:
    """Give the first child of a name. lxml's ``find`` does the same, in five times as long."""
    return next(element.iterchildren(name), None)


def text(element: Element, name: str) -> str | None:
    """Give the text of the first child of a name; None where there is no such child or it is empty."""
    found = next(element.iterchildren(name), None)
    return None if found is None else found.text


def drop(element: Element) -> None:
    """Take an element out of its parent, but leave the text that follows it (which lxml counts to the element)."""
    if element.tail:
        Cuttings().cut(element)
    elif (parent := element.getparent()) is not None:
        parent.remove(element)


def drop_emptied(element: Element, top: Element) -> None:
    """Take out an element that has lost its last child, and every parent below ``top`` that this empties in turn."""
    Cuttings().cut_emptied(element, top)


class _Cutting(NamedTuple):
    parent: Element
    position: int
    element: Element
    tail: str | None
    previous: Element | None
    text: str | None


class Cuttings:
    """Elements taken out of a tree, which can all be put back where they were."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._cuttings: list[_Cutting] = []

    def cut(self, element: Element) -> None:
        """Take an element out of its parent; the text that follows it stays."""
        parent = element.getparent()
        if parent is None:
            return
        tail, previous, text = element.tail, None, None
        if tail:
            previous = element.getprevious()
            text = parent.text if previous is None else previous.tail
            _set_text(parent, previous, (text or "") + tail)
            element.tail = None
        self._cuttings.append(_Cutting(parent, parent.index(element), element, tail, previous, text))
        parent.remove(element)

    def cut_emptied(self, element: Element, top: Element) -> None:
        """Take out an element that has lost its last child, and every parent below ``top`` that this empties."""
        while element is not top and len(element) == 0 and not (element.text and element.text.strip()):
            parent = element.getparent()
            if parent is None:
                return
            self.cut(element)
            element = parent

    def restore(self) -> None:
        """Put everything back."""
        while self._cuttings:
            parent, position, element, tail, previous, text = self._cuttings.pop()
            parent.insert(position, element)
            if tail:
                element.tail = tail
                _set_text(parent, previous, text)


def _set_text(parent: Element, previous: Element | None, text: str | None) -> None:
    """Set the text in front of a child: its previous sibling's tail, or its parent's text."""
    if previous is None:
        parent.text = text
    else:
        previous.tail = text
