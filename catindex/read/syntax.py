"""How XML is parsed, and what libxml2 finds wrong with it, in the words of catindex."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

RECOVER = "--recover skips it"
HUGE = "--huge lifts the limit"

#: The parser's options wherever catindex parses: nothing outside the file is reached and nothing is expanded.
SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
}

# What libxml2 says of a document that only ends too early.
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

# What libxml2 says -> what catindex says, and what the user can do.
_WORDS = (
    (re.compile(r"Entity '(.+)' not defined"), r"the entity &\1; is not defined in XML", RECOVER),
    (re.compile(r"Invalid bytes in character encoding"), "contains bytes that are not UTF-8", RECOVER),
    (re.compile(r"xmlParseEntityRef: no name"), "& must be written &amp;", RECOVER),
    (re.compile(r"(?:Resource limit exceeded: )?(.*?),? (?:try|use) XML_PARSE_HUGE.*"), r"\1", HUGE),
    (re.compile(r"(.* too (?:big|long)\b.*)"), r"\1", HUGE),
    (re.compile(r"(.*)", re.DOTALL), r"\1", RECOVER),
)


def explain(error: etree.XMLSyntaxError, *, huge: bool = False) -> tuple[str, str]:
    """Say what libxml2 found wrong, without the places, which it counts from the slice's beginning; and what to do."""
    told = re.sub(r",? line \d+(?:, column \d+)?", "", str(error.msg).partition("\n")[0]).strip()
    for pattern, words, hint in _WORDS:
        if match := pattern.fullmatch(told):
            return match.expand(words), RECOVER if huge else hint
    raise AssertionError("the last pattern matches everything")


def ends_early(error: etree.XMLSyntaxError) -> bool:
    """Whether all that is wrong may be that more should follow."""
    return code_of(error) in _ENDS_EARLY


def is_out_of_memory(error: etree.XMLSyntaxError) -> bool:
    """Whether nothing is wrong with what was parsed, only with the machine."""
    return code_of(error) == _NO_MEMORY


def code_of(error: etree.XMLSyntaxError) -> int:
    """Give libxml2's number of an error, one of lxml's ``ErrorTypes``."""
    code: int = error.code  # type: ignore[attr-defined]
    return code


class Nothing:
    """What a parser builds where only the errors count: the memory that it takes does not grow with the input."""

    def comment(self, _: str) -> None:
        """Keep no comment: what has no method here goes into a tree."""

    def pi(self, *_: str | None) -> None:
        """Keep no processing instruction."""

    def close(self) -> None:
        """Give nothing."""


def streaming_parser(target: Nothing, *, huge: bool) -> etree.XMLParser:
    """Make a parser that tells a target what it meets, and builds no tree."""
    return etree.XMLParser(target=target, **SAFE | {"huge_tree": huge})  # type: ignore[arg-type]


def syntax_error(data: bytes, *, huge: bool) -> etree.XMLSyntaxError | None:
    """Give what is wrong with a document, None if nothing is, without building it."""
    try:
        etree.fromstring(data, streaming_parser(Nothing(), huge=huge))
    except etree.XMLSyntaxError as error:
        return error
    return None
