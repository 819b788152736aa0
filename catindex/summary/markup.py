"""Elements of the page: HTML that is well-formed XML, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: Elements that have no end tag in HTML, or need none inside of SVG.
_EMPTY = frozenset({"meta", "rect", "line"})


def make(name: str, /, *content: Element | str | None, **attributes: object) -> Element:
    """Make an element of its content (None is left out) and attributes (``class_`` is ``class``, ``_`` is ``-``)."""
    element = etree.Element(name, {key.rstrip("_").replace("_", "-"): str(value) for key, value in attributes.items()})
    for piece in content:
        if isinstance(piece, str):
            _append_text(element, piece)
        elif piece is not None:
            element.append(piece)
    if name not in _EMPTY and not len(element) and not element.text:
        element.text = ""  # else it would be written <td/>, which HTML takes for <td>
    return element


def _append_text(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def page(title: str, style: str, *content: Element) -> bytes:
    """Make a whole page of it."""
    head = make(
        "head",
        make("meta", charset="utf-8"),
        make("meta", name="viewport", content="width=device-width, initial-scale=1"),
        make("meta", name="color-scheme", content="light dark"),
        make("title", title),
        make("style", style),
    )
    root = make("html", head, make("body", *content), lang="en")
    return b"<!DOCTYPE html>\n" + etree.tostring(root, encoding="utf-8") + b"\n"
