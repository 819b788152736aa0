"""The words and numbers that mark seasons, volumes, episodes and discs in titles (format.md, "Title text")."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.series.prefixes import ASIDE, DASHES

if TYPE_CHECKING:
    from collections.abc import Iterable

# Words that a number follows, and what the number counts (spec.md, section 6; "Ep" from format.md's `3D Safari: Ep 4`).
VOLUME, PART, CHAPTER = "volume", "part", "chapter"
COUNTED = {
    **dict.fromkeys(("season", "series"), SEASON),
    **dict.fromkeys(("vol", "volume", "book", "collection"), VOLUME),
    "part": PART,
    "chapter": CHAPTER,
    **dict.fromkeys(("ep", "episode"), EPISODE),
    "disc": DISC,
}
OWN_NAME = "own name"  # the series' own name followed by a number: `Stranger Things 2`
SEASON_TITLE = "season title"  # a season's title that has a marker
# Words that are a season by themselves (spec.md, section 6).
FIXED = {"limited series": 1, "mini-series": 1, "mini series": 1, "miniseries": 1, "specials": 0}
# Numbers as words: `Chapter One` (format.md); ordinals as on DVD boxes: `The Complete Second Season`.
CARDINALS = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty"""
ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
# Roman numerals (format.md: `Star Wars: Episode III`); in small letters "i", "vi", "mix" are words, not numbers.
ROMANS = """I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX
    XXI XXII XXIII XXIV XXV XXVI XXVII XXVIII XXIX XXX"""
NUMBERS = {word: number for words in (CARDINALS, ORDINALS, ROMANS) for number, word in enumerate(words.split(), 1)}
# Words that make a range of two numbers; a range is not a number (spec.md, section 6).
RANGES = ("and", "to", "through", "thru")
# Quotes around an episode's name: format.md, `Heroes: Season 4: "Orientation"`; feeds also have the typographic ones.
DOUBLE_QUOTES = (('"', '"'), ("\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"), ("«", "»"))
SINGLE_QUOTES = (("'", "'"), ("\N{LEFT SINGLE QUOTATION MARK}", "\N{RIGHT SINGLE QUOTATION MARK}"))  # or apostrophes

GREATEST = 9999  # spec.md, section 6
LONGEST = 500  # markers are looked for in so many characters, to bound the time that a hostile title takes


def _any(words: Iterable[str]) -> str:
    """Return a pattern for any of the words: ASCII case does not matter, a blank is any white space."""
    escaped = (re.escape(word).replace(r"\ ", r"\s+") for word in words)
    return f"(?ai:{'|'.join(escaped)})"


_THE = rf"(?:{_any(['the'])}\s+)?"
_COMPLETE = rf"(?:{_any(['complete'])}\s+)?"
_NUMBER = rf"(?:[0-9]+|{_any(CARDINALS.split())}(?!\w)|(?:{'|'.join(ROMANS.split())})(?!\w))"
# A range or a decimal is read whole, so that "Season 1-2" is one marker without a number and not a "Season 1".
_NUMBERS = rf"{_NUMBER}(?:\s*(?:[{DASHES}/&+,.~]|{_any(RANGES)})\s*{_NUMBER})*"
_COUNTED = (
    rf"(?:{_THE}{_any(['complete'])}\s+)?(?P<word>{_any(COUNTED)})(?P<plural>{_any('s')})?\.?"
    rf"(?:\s*(?=[0-9])|\s+|(?<=\.))(?P<number>{_NUMBERS})(?:\s+{_any(['of'])}\s+{_NUMBER})?"
)
_ORDINAL = rf"{_THE}{_COMPLETE}(?P<ordinal>{_any(ORDINALS.split())})\s+{_any(['season', 'series'])}"
_FIXED = rf"{_THE}{_COMPLETE}(?P<fixed>{_any(FIXED)})"
_CODE = r"(?=[SsEe][0-9])(?:[Ss](?P<season>[0-9]+))?\s?(?:[Ee](?P<episode>[0-9]+))?"
# A segment may hold several markers: `Season 1, Disc 2`.
_NEXT = rf"(?!\w)\s*(?:{ASIDE}\s*)?(?:[)\]]?\Z|[{DASHES},;]\s*|(?<=\s))"
NUMBER_ALONE = re.compile(_NUMBER)
_MARKER = re.compile(rf"(?:{_COUNTED}|{_ORDINAL}|{_FIXED}|{_CODE}){_NEXT}")
MARKER_INSIDE = re.compile(rf"(?<=[\s,(\[])(?={_COUNTED}|{_ORDINAL})")
_DOUBLE_QUOTED = "|".join(f"{left}([^{left}{right}]+){right}" for left, right in DOUBLE_QUOTES)
QUOTED = re.compile("|".join([_DOUBLE_QUOTED, *(f"{left}(.+){right}" for left, right in SINGLE_QUOTES)]), re.DOTALL)
SEGMENT = re.compile(rf"(?:{_DOUBLE_QUOTED})(?=\s*(?::|\Z))|[^\s:][^:]*")  # a quoted name may hold colons
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")

Mark = tuple[str, "int | None"]  # what is counted, and its number; None for a range
Marks = tuple[Mark, ...]


# Segments without markers are text, with one of these instead of marks.
TEXT, QUOTED_TEXT, YEAR = "text", "quoted text", "year"
TEXTS = frozenset((TEXT, QUOTED_TEXT, YEAR))


def read_number(text: str | None, *, least: int = 1) -> int | None:
    """Return the number that is the whole ``text``, or None if it is not a plain integer from ``least`` to 9999.

    White space around it does not matter. Ranges, decimals, signs and digits that are not ASCII are not numbers.
    """
    digits = (text or "").strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits.lstrip("0")) > len(str(GREATEST)):
        return None
    return number if (number := int(digits[-4:])) >= least else None


def read_word(text: str, *, least: int = 1) -> int | None:
    """Return the number that digits, a word or a Roman numeral stand for; None for a range."""
    return read_number(text, least=least) if text[0].isdigit() else NUMBERS.get(text, NUMBERS.get(text.lower()))


@lru_cache(maxsize=1 << 12)  # a few texts, such as "Season 1", are a large part of all segments
def marks_of(text: str, kind: str) -> Marks:
    """Return the marks of a text that consists of markers only; none for any other text."""
    marks: list[Mark] = []
    text = text.rstrip()
    at = 0
    while at < len(text):
        match = _MARKER.match(text, at)
        if match is None:
            return ()
        marks += _marks_in(match)
        at = match.end()
    # Only an episode has an episode number: in a disc's `Star Wars: Episode III: Disc 1` it is part of the name.
    return tuple(mark for mark in marks if kind == EPISODE or mark[0] != EPISODE)


def segment_of(text: str, kind: str) -> Marks:
    """Return the marks of a segment; one of the words for text if it has none."""
    if len(text) > LONGEST:
        return ((TEXT, None),)
    if marks := marks_of(text, kind):
        return marks
    text = text.rstrip()
    if _YEAR.fullmatch(text):
        return ((YEAR, int(text)),)
    return ((QUOTED_TEXT if QUOTED.fullmatch(text) else TEXT, None),)


def _marks_in(match: re.Match[str]) -> list[Mark]:
    """Return the marks in one match of a marker."""
    if word := match["word"]:
        counts = COUNTED[word.lower()]
        return [(counts, None if match["plural"] else read_word(match["number"], least=0 if counts == SEASON else 1))]
    if ordinal := match["ordinal"]:
        return [(SEASON, NUMBERS[ordinal.lower()])]
    if fixed := match["fixed"]:
        return [(SEASON, FIXED[" ".join(fixed.lower().split())])]
    code = ((SEASON, 0), (EPISODE, 1))
    return [(counts, read_number(match[counts], least=least)) for counts, least in code if match[counts]]
