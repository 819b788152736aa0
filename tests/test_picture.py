"""The README's picture shows what the program prints today."""

from __future__ import annotations

from lxml import etree

from tests.picture import DUMP, draw


def _words(svg: str) -> list[str]:
    """Give the texts of a picture; how they are drawn is up to the version of rich."""
    found = etree.fromstring(svg.encode()).iter("{http://www.w3.org/2000/svg}text")
    return " ".join(text.text or "" for text in found).split()


def test_the_picture_is_up_to_date() -> None:
    """``python -m tests.picture > samples/terminal.svg`` draws it again."""
    assert _words((DUMP.parent / "terminal.svg").read_text("utf-8")) == _words(draw())
