"""Text from files and paths, made safe to print."""

from __future__ import annotations

import re

#: Control characters (C0, DEL, C1), line separators, bidirectional embeddings, overrides and isolates, and surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

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
