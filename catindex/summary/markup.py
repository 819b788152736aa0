"""Makes HTML from text that can contain anything."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from lxml import etree

from catindex.printable import printable

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def make(name: str, /, *content: Element | str | None, **attributes: object) -> Element:
    """Return an element with this content and these attributes.

    Content that is None is left out; text is escaped. ``class_`` is the attribute ``class``, and ``_`` within a name
    is ``-``.
    """
    names = {key.rstrip("_").replace("_", "-"): printable(str(value)) for key, value in attributes.items()}
    element = etree.Element(name, names)
    for piece in content:
        if isinstance(piece, str):
            _append_text(element, printable(piece))
        elif piece is not None:
            element.append(piece)
    return element


def _append_text(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def data(value: Any) -> Element:  # noqa: ANN401 - any JSON value
    """Return a data block with a value as JSON. Text in it cannot end the block: ``<`` is escaped."""
    return _script(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"), type="application/json")


def _script(text: str, **attributes: str) -> Element:
    element = etree.Element("script", attributes)
    element.text = text
    return element


def document(title: str, style: str, script: str, *content: Element) -> bytes:
    """Return a page as HTML in UTF-8. ``script`` runs when the page is loaded.

    The page's content security policy blocks all requests and other scripts, whatever the content is.
    """
    runs = f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" if script else "'none'"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {runs}"
    head = make(
        "head",
        make("meta", charset="utf-8"),
        make("meta", http_equiv="Content-Security-Policy", content=policy),
        make("meta", name="viewport", content="width=device-width, initial-scale=1"),
        make("meta", name="color-scheme", content="light dark"),
        make("title", title),
        make("style"),
    )
    head[-1].text = style
    body = make("body", *content, _script(script) if script else None)
    root = make("html", head, body, lang="en")
    return etree.tostring(root, encoding="utf-8", method="html", doctype="<!DOCTYPE html>") + b"\n"
