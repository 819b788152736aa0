"""Text that is safe to print."""

from __future__ import annotations

import pytest

from catindex.printable import printable, printable_xml


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


@pytest.mark.parametrize(
    "character", [*range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
def test_unsafe_characters_of_xml_become_references(character: int) -> None:
    """All that are unsafe in text and may occur in XML; nothing else."""
    assert printable(chr(character)) != chr(character)
    assert printable_xml(f"<a>é{chr(character)}</a>".encode()) == f"<a>é&#x{character:x};</a>".encode()


def test_all_other_characters_of_xml_stay() -> None:
    """Those of any script, beside the unsafe ones, too."""
    others = [chr(code) for code in range(0x20, 0x3000) if printable(chr(code)) == chr(code)]
    text = "".join([*others, "\t\r\n", "天🎬"]).encode()
    assert printable_xml(text) == text
