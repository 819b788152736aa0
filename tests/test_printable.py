"""Text that is safe to print."""

from __future__ import annotations

import pytest

from catindex.printable import printable


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Amélie: 天 שלום 🎬", "Amélie: 天 שלום 🎬"),
        ("\x1b[31m\r\n\t\x00", r"\x1b[31m\x0d\x0a\x09\x00"),
        ("\x7f\x9b", r"\x7f\x9b"),
        ("a\u202eb\u2066c\u2069\u2028", r"a\u202eb\u2066c\u2069\u2028"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud800", r"\ud800"),
    ],
)
def test_unsafe_characters_become_escapes(text: str, printed: str) -> None:
    """Controls, overrides and surrogates are escaped; letters of any script stay."""
    assert printable(text) == printed
