"""The picture of the README is up to date and needs nothing from other hosts."""

from __future__ import annotations

import re

from lxml import etree

from tests.picture import DUMP, ROOT, draw


def _words(svg: str) -> list[str]:
    """Return the words of a picture. Their positions depend on the version of rich."""
    found = etree.fromstring(svg.encode()).iter("{http://www.w3.org/2000/svg}text")
    return " ".join(text.text or "" for text in found).split()


SVG = (ROOT / "samples" / "terminal.svg").read_text("utf-8")


def test_the_picture_is_up_to_date() -> None:
    """After a change of the output, run ``python -m tests.picture > samples/terminal.svg``."""
    assert _words(SVG) == _words(draw())


def test_the_picture_shows_the_first_command_of_the_readme() -> None:
    """The path and the output directory are those of the set-up command."""
    command = f"catindex process {DUMP} -o out"
    assert command in " ".join(_words(SVG))
    assert f".venv/bin/{command}\n" in (ROOT / "README.md").read_text("utf-8")


def test_the_picture_loads_nothing() -> None:
    """It has no fonts, images or style sheets of other hosts."""
    assert re.findall(r"@font-face|@import|url\((?!#)|href", SVG) == []
