"""Makes text from files and paths safe to print."""

from __future__ import annotations

import json
import re

#: Control characters (C0, DEL, C1), line separators, bidirectional embeddings, overrides and isolates, and surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# Without C0, which JSON escapes itself, and line feeds, which separate indented lines.
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# The same characters in UTF-8. C0 and surrogates do not occur in XML, except for white space.
_UNSAFE_IN_XML = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]")

_FIRST_SURROGATE, _LAST_SURROGATE = 0xD800, 0xDFFF

#: `os.fsdecode` adds this to each byte of a path that is not UTF-8.
_SURROGATE_ESCAPE = 0xDC00


def printable(text: str) -> str:
    r"""Return text that cannot control a terminal, reorder its surroundings or fail to encode as UTF-8.

    Unsafe characters become escapes as Python writes them: ``\x1b``, ``\u202e``. A byte of a path that is not UTF-8
    becomes ``\xff``.
    """
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if _SURROGATE_ESCAPE + 0x80 <= code <= _SURROGATE_ESCAPE + 0xFF:
        code -= _SURROGATE_ESCAPE
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - the largest two-digit escape


def printable_xml(xml: bytes) -> bytes:
    """Return XML, encoded as UTF-8, with character references in place of unsafe characters: ``&#x9b;``, ``&#x202e;``.

    To an XML parser they are the same characters, except in CDATA sections and comments.
    """
    return _UNSAFE_IN_XML.sub(lambda match: b"&#x%x;" % ord(match[0].decode()), xml)


def json_text(value: object, *, indent: int | None = None, compact: bool = False) -> str:
    r"""Return a value as JSON that is valid UTF-8 and safe to print.

    Unsafe characters become JSON escapes, which readers decode. A byte of a path that is not UTF-8 cannot be
    represented in JSON and becomes the four characters ``\xff``, as in messages.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, separators=(",", ":") if compact else None)
    return _UNSAFE_IN_JSON.sub(_json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < _FIRST_SURROGATE or code > _LAST_SURROGATE else f"\\{_escape(match)}"
