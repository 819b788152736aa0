"""The options of the XML parser, and the messages for errors of libxml2."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

RECOVER = "--recover skips it"
HUGE = "--huge lifts the limit"

#: The options of every parser: it opens no other file and no network connection, and expands no entity.
SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
}

# The errors of libxml2 for a document that only ends too early.
_ENDS_EARLY = {
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED,
    etree.ErrorTypes.ERR_CDATA_NOT_FINISHED,
    etree.ErrorTypes.ERR_COMMENT_NOT_FINISHED,
    etree.ErrorTypes.ERR_PI_NOT_FINISHED,
    etree.ErrorTypes.ERR_GT_REQUIRED,
    etree.ErrorTypes.ERR_LTSLASH_REQUIRED,
    etree.ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED,
    etree.ErrorTypes.ERR_ATTRIBUTE_WITHOUT_VALUE,
    etree.ErrorTypes.ERR_ATTRIBUTE_NOT_STARTED,
    etree.ErrorTypes.ERR_SPACE_REQUIRED,
    etree.ErrorTypes.ERR_NAME_REQUIRED,
    etree.ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING,
    etree.ErrorTypes.ERR_INVALID_CHAR,
}

_NO_MEMORY: int = etree.ErrorTypes.ERR_NO_MEMORY

# Pattern of libxml2's message -> the message of catindex, and the next step.
_WORDS = (
    (re.compile(r"Entity '(.+)' not defined"), r"the entity &\1; is not defined in XML", RECOVER),
    (re.compile(r"Invalid bytes in character encoding"), "contains bytes that are not UTF-8", RECOVER),
    (re.compile(r"xmlParseEntityRef: no name"), "& must be written &amp;", RECOVER),
    (re.compile(r"(?:Resource limit exceeded: )?(.*?),? (?:try|use) XML_PARSE_HUGE.*"), r"\1", HUGE),
    (re.compile(r"(.* too (?:big|long)\b.*)"), r"\1", HUGE),
    (re.compile(r"(.*)", re.DOTALL), r"\1", RECOVER),
)


def explain(error: etree.XMLSyntaxError, *, huge: bool = False) -> tuple[str, str]:
    """Return the problem and the next step. Lines of libxml2 are left out, because they are relative to the slice."""
    message = re.sub(r",? line \d+(?:, column \d+)?", "", str(error.msg).partition("\n")[0]).strip()
    for pattern, words, hint in _WORDS:
        if match := pattern.fullmatch(message):
            return match.expand(words), RECOVER if huge else hint
    raise AssertionError("the last pattern matches everything")


def ends_early(error: etree.XMLSyntaxError) -> bool:
    """Return whether the only problem may be that the document ends early."""
    return code_of(error) in _ENDS_EARLY


def is_out_of_memory(error: etree.XMLSyntaxError) -> bool:
    """Return whether memory ran out, which is not a fault of the document."""
    return code_of(error) == _NO_MEMORY


def code_of(error: etree.XMLSyntaxError) -> int:
    """Return libxml2's number of an error, one of lxml's ``ErrorTypes``."""
    code: int = error.code  # type: ignore[attr-defined]
    return code


class Nothing:
    """A parser target that builds nothing, for callers that need only the errors. Its memory does not grow."""

    def comment(self, _: str) -> None:
        """Ignore a comment. Without this method, lxml would build a tree of comments."""

    def pi(self, *_: str | None) -> None:
        """Ignore a processing instruction."""

    def close(self) -> None:
        """Return nothing."""


def streaming_parser(target: Nothing, *, huge: bool) -> etree.XMLParser:
    """Return a parser that calls a target for each event and builds no tree.

    The input is UTF-8, whatever its declaration says: `catindex.read.source.Source` has decoded it.
    """
    return etree.XMLParser(target=target, encoding="utf-8", **SAFE | {"huge_tree": huge})  # type: ignore[arg-type]


def syntax_error(data: bytes, *, huge: bool) -> etree.XMLSyntaxError | None:
    """Return the first error of a document, or None if it is well-formed, without building a tree."""
    try:
        etree.fromstring(data, streaming_parser(Nothing(), huge=huge))
    except etree.XMLSyntaxError as error:
        return error
    return None
