"""XML as libxml2 writes it, worked on as bytes: elements cut into what they hold, attributes and text read and set.

In such XML no value of an attribute holds ``<``, ``>`` or its quote, and an element without anything in it is written
``<x/>``. All functions here take that for granted.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SLASH, _EXCLAMATION, _QUESTION = b"/!?"

_TAG = re.compile(rb"<(?:[^!?][^>]*|!--.*?--|!\[CDATA\[.*?\]\]|\?.*?\?)>", re.DOTALL)
_NAME = re.compile(rb"<([^\s<>/!?]+)")
_ATTRIBUTE = re.compile(r' ([^ ="]+)="([^"]*)"')
_CDATA = b"<![CDATA["
_CLOSERS = {b"<!--": b"-->", _CDATA: b"]]>", b"<?": b"?>"}

_REFERENCE = re.compile(r"&(?:#([0-9]+)|#x([0-9A-Fa-f]+)|([a-z]+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_IN_TEXT = str.maketrans(_ESCAPED)
_IN_VALUES = str.maketrans(_ESCAPED | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
_NEEDS_ESCAPE = re.compile(r'[&<>"\r\n\t]')


class Cut(NamedTuple):
    """An element cut up: its start tag, what is in it (elements, comments, pieces of text, in order), its end tag."""

    start: bytes
    inside: list[bytes]
    end: bytes


def cut(element: bytes) -> Cut:
    """Cut an element up. One without anything in it is given with both tags."""
    start = start_tag(element)
    if start.endswith(b"/>"):
        return Cut(start[:-2] + b">", [], b"</%s>" % name_of(element))
    inside: list[bytes] = []
    at, behind = len(start), element.rindex(b"<")
    while at < behind:
        end = _end(element, at, behind)
        inside.append(element[at:end])
        at = end
    return Cut(start, inside, element[behind:])


def _end(element: bytes, start: int, behind: int) -> int:
    """Find where a piece of what is in an element ends, which is before its end tag."""
    name = _NAME.match(element, start)
    if name is None:
        closer = next((closer for opener, closer in _CLOSERS.items() if element.startswith(opener, start)), None)
        if closer is None:
            return element.index(b"<", start)
        return element.index(closer, start) + len(closer)
    end = element.index(b">", start) + 1
    if element[end - 2] == _SLASH:
        return end
    closer = b"</%b>" % name[1]
    found = element.index(closer, end) + len(closer)
    if name[0] not in (inside := element[end:found]) and b"<!" not in inside and b"<?" not in inside:
        return found
    depth = 1
    for match in _TAG.finditer(element, end, behind):
        mark = element[match.start() + 1]
        if mark == _SLASH:
            depth -= 1
        elif element[match.end() - 2] != _SLASH and mark not in (_EXCLAMATION, _QUESTION):
            depth += 1
        if depth == 0:
            return match.end()
    raise ValueError(f"no end of {name[0].decode()}>")


def joined(start: bytes, inside: list[bytes], end: bytes) -> bytes:
    """Put an element together."""
    return b"".join([start, *inside, end]) if inside else start[:-1] + b"/>"


def name_of(piece: bytes) -> bytes:
    """Give the name of an element; empty for any other piece."""
    match = _NAME.match(piece)
    return match[1] if match else b""


def is_node(piece: bytes) -> bool:
    """Whether a piece of what is in an element is one itself, a comment or an instruction, rather than text."""
    return piece.startswith(b"<") and not piece.startswith(_CDATA)


def alone(element: bytes) -> bytes:
    """Give an element with its attributes, but without what is in it."""
    tag = start_tag(element)
    return tag if tag.endswith(b"/>") else tag[:-1] + b"/>"


def start_tag(element: bytes) -> bytes:
    """Give the start tag of an element, which ends in ``/>`` where nothing is in it."""
    return element[: element.index(b">") + 1]


def attributes(tag: bytes) -> dict[str, str]:
    """Read the attributes of a start tag."""
    found = _ATTRIBUTE.findall(tag.decode())
    return {name: _unescape(value) for name, value in found} if b"&" in tag else dict(found)


def attribute(tag: bytes, name: str) -> str | None:
    """Read one attribute of a start tag; None where it has none of this name."""
    opening = f' {name}="'.encode()
    at = tag.find(opening) + len(opening)
    return unescape(tag[at : tag.index(b'"', at)]) if at >= len(opening) else None


def with_attribute(element: bytes, name: str, value: str) -> bytes:
    """Set an attribute of an element: where it stands, or behind all others."""
    tag = start_tag(element)
    rest = element[len(tag) :]
    written = b' %b="%b"' % (name.encode(), in_value(value))
    known = re.search(rb' %s="[^"]*"' % re.escape(name.encode()), tag)
    if known:
        return b"".join([tag[: known.start()], written, tag[known.end() :], rest])
    end = -2 if tag.endswith(b"/>") else -1
    return b"".join([tag[:end], written, tag[end:], rest])


def undeclared(element: bytes, wrapper: bytes) -> bytes:
    """Take out of an element's start tag the declarations that lxml has copied there from a start tag around it."""
    declared = wrapper[wrapper.index(b"<") + 2 : -1]
    if not declared:
        return element
    tag = start_tag(element)
    return tag.replace(declared, b"") + element[len(tag) :]


def text_of(element: bytes) -> str | None:
    """Give the text that an element begins with, as a tree has it; None where there is none."""
    begin = element.index(b">") + 1
    end = element.find(b"<", begin)
    if element.startswith(b"</", end):
        return unescape(element[begin:end]) or None
    text = []
    for piece in cut(element).inside:
        if piece.startswith(_CDATA):
            text.append(piece[len(_CDATA) : -len(b"]]>")].decode())
        elif piece.startswith(b"<"):
            break
        else:
            text.append(unescape(piece))
    return "".join(text) or None


def with_text(element: bytes, text: str) -> bytes:
    """Set the text that an element begins with."""
    start, inside, end = cut(element)
    while inside and not is_node(inside[0]):
        del inside[0]
    return joined(start, [in_text(text), *inside], end)


def leaf(name: str, text: str) -> bytes:
    """Write an element that holds nothing but text."""
    return b"<%b>%b</%b>" % (name.encode(), in_text(text), name.encode())


def empty(name: str, **attributes: str) -> bytes:
    """Write an element that holds nothing, with attributes in this order."""
    written = [b' %b="%b"' % (key.encode(), in_value(value)) for key, value in attributes.items()]
    return b"<%b%b/>" % (name.encode(), b"".join(written))


def in_text(text: str) -> bytes:
    """Write characters as the text of an element."""
    return (text.translate(_IN_TEXT) if _NEEDS_ESCAPE.search(text) else text).encode()


def in_value(text: str) -> bytes:
    """Write characters as the value of an attribute."""
    return (text.translate(_IN_VALUES) if _NEEDS_ESCAPE.search(text) else text).encode()


def unescape(data: bytes) -> str:
    """Give the characters that text or a value stands for."""
    return _unescape(data.decode())


def _unescape(text: str) -> str:
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    decimal, hexadecimal, name = reference.groups()
    return chr(int(decimal)) if decimal else chr(int(hexadecimal, 16)) if hexadecimal else _NAMED[name]
