"""XML as libxml2 writes it, worked on as bytes: whatever stands in it, a tree says the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from catindex.markup import (
    alone,
    attributes,
    cut,
    empty,
    is_node,
    joined,
    leaf,
    text_of,
    undeclared,
    with_attribute,
    with_text,
)

MANY = settings(max_examples=60, deadline=None, derandomize=True)
NAMES = st.sampled_from(["a", "ab", "link", "x-y"])
TEXT = st.text(st.sampled_from("ab é&<>\"'\r\n\t]𝄞="), max_size=5)
NODES = st.one_of(
    TEXT.map(lambda text: etree.Comment(text.replace("\r", ""))),
    TEXT.filter(lambda text: "]]>" not in text and "\r" not in text).map(lambda text: ("cdata", text)),
    TEXT,
)


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> etree._Element:
    """Make an element with attributes, text, comments, CDATA and others within."""
    element = etree.Element(draw(NAMES), draw(st.dictionaries(NAMES, TEXT, max_size=3)))
    first = draw(NODES)
    if isinstance(first, tuple):
        element.text = etree.CDATA(first[1] or " ")
    elif isinstance(first, str):
        element.text = first or None
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        inner = draw(st.one_of(elements(depth - 1), NODES.filter(lambda node: not isinstance(node, (tuple, str)))))
        assert isinstance(inner, etree._Element)  # noqa: SLF001 - lxml has no other name for it
        inner.tail = draw(TEXT)
        element.append(inner)
    return element


def written(element: etree._Element) -> bytes:
    """Write an element as the program does."""
    return etree.tostring(element, encoding="utf-8", with_tail=False)


@MANY
@given(elements())
def test_an_element_is_cut_into_its_children(element: etree._Element) -> None:
    """The pieces put together are the element, and those that are nodes are its children, in order."""
    data = written(element)
    start, inside, end = cut(data)
    assert joined(start, inside, end) == data or element.text == ""
    assert [piece for piece in inside if is_node(piece)] == [written(child) for child in element]


@MANY
@given(elements())
def test_attributes_and_text_are_read(element: etree._Element) -> None:
    """They are what the tree that is parsed from these bytes has."""
    data = written(element)
    parsed = etree.fromstring(data, etree.XMLParser(strip_cdata=False))
    assert attributes(alone(data)) == dict(parsed.attrib)
    assert text_of(data) == (parsed.text or None)


@MANY
@given(elements(), NAMES, TEXT)
def test_attributes_and_text_are_set(element: etree._Element, name: str, value: str) -> None:
    """What comes out is what libxml2 writes for a tree in which they were set."""
    data = written(element)
    parsed = etree.fromstring(data, etree.XMLParser(strip_cdata=False))
    assert with_text(with_attribute(data, name, value), value or "x") == written(_set(parsed, name, value))


def _set(element: etree._Element, name: str, value: str) -> etree._Element:
    element.set(name, value)
    element.text = value or "x"
    return element


def test_new_elements_are_escaped() -> None:
    """Text and values are written as libxml2 writes them."""
    assert leaf("a", 'x & <y> "\r') == b'<a>x &amp; &lt;y&gt; "&#13;</a>'
    assert empty("a", b='x & <y> "\n', c="") == b'<a b="x &amp; &lt;y&gt; &quot;&#10;" c=""/>'


@pytest.mark.parametrize(
    ("element", "wrapper", "left"),
    [
        (b'<a xmlns:x="u" b="1"><x:c/></a>', b'<r xmlns:x="u">', b'<a b="1"><x:c/></a>'),
        (b'<a b="1"/>', b"<r>", b'<a b="1"/>'),
    ],
)
def test_what_the_wrapper_declares_goes(element: bytes, wrapper: bytes, left: bytes) -> None:
    """Only what stands in the start tag, and only if the wrapper declares anything."""
    assert undeclared(element, wrapper) == left
