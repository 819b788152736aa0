"""What a title's text says: its season, volume, episode and disc, and the part's own name.

A title is segments between colons, the series' name first (format.md, "Title text"). Words and numbers are tables, the
code only compiles and applies them. The corpus ``tests/corpus/titles.tsv`` says what must be read from which title.
"""

from __future__ import annotations

import re
import string
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

# Words that a number follows, and what it then counts. "Season" to "Collection" from format.md ("Title text") and
# spec.md section 6; "Ep" from its `3D Safari: Ep 4`. "chapter" counts episodes in an episode's title, else volumes.
COUNTED = {
    **dict.fromkeys(("season", "series"), "season"),
    **dict.fromkeys(("vol", "volume", "part", "book", "collection"), "volume"),
    "chapter": "chapter",
    **dict.fromkeys(("ep", "episode"), "episode"),
    "disc": "disc",
}
# Words that are a season by themselves: spec.md section 6, "Limited Series and Mini-Series as 1", "0 is specials".
FIXED = {"limited series": 1, "mini-series": 1, "mini series": 1, "miniseries": 1, "specials": 0}
# Numbers as words: `Chapter One` (format.md); ordinals as DVD boxes have them: `The Complete Second Season`.
CARDINALS = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty"""
ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
# Roman numerals (format.md: `Star Wars: Episode III`); in small letters "i", "vi", "mix" are words, not numbers.
ROMANS = """I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX
    XXI XXII XXIII XXIV XXV XXVI XXVII XXVIII XXIX XXX"""
NUMBERS = {word: number for words in (CARDINALS, ORDINALS, ROMANS) for number, word in enumerate(words.split(), 1)}
# Words that make a range of two numbers; a range is no number (spec.md section 6).
RANGES = ("and", "to", "through", "thru")
# Quotes around an episode's name: format.md, `Heroes: Season 4: "Orientation"`; the typographic ones as feeds set them.
DOUBLE_QUOTES = (('"', '"'), ("\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"), ("«", "»"))
SINGLE_QUOTES = (("'", "'"), ("\N{LEFT SINGLE QUOTATION MARK}", "\N{RIGHT SINGLE QUOTATION MARK}"))  # or apostrophes

GREATEST = 9999  # spec.md section 6: what is over it is absurd
GREATEST_AFTER_NAME = 99  # `Stranger Things 2` is a season, `Battlestar Galactica 1980` a year
LONGEST = 500  # characters in which markers are looked for, so that a hostile title costs no more than a long one
PARTS = frozenset(("season", "episode", "disc"))
EDGES = string.whitespace + "\xa0\u3000:"  # what no name begins or ends with
DASHES = "-\N{EN DASH}\N{EM DASH}"
SEPARATORS = f"{EDGES}{DASHES},;(["  # what stands between a name and a marker


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
_ASIDE = r"[(\[][^()\[\]]*[)\]]"  # `Season 2 (Extended)`
# A segment may hold several: `Season 1, Disc 2`.
_NEXT = rf"(?!\w)\s*(?:{_ASIDE}\s*)?(?:[)\]]?\Z|[{DASHES},;]\s*|(?<=\s))"
_MARKER = re.compile(rf"(?:{_COUNTED}|{_ORDINAL}|{_FIXED}|{_CODE}){_NEXT}")
_MARKER_INSIDE = re.compile(rf"(?<=[\s,(\[])(?={_COUNTED}|{_ORDINAL})")
_DOUBLE_QUOTED = "|".join(f"{left}([^{left}{right}]+){right}" for left, right in DOUBLE_QUOTES)
_QUOTED = re.compile("|".join([_DOUBLE_QUOTED, *(f"{left}(.+){right}" for left, right in SINGLE_QUOTES)]), re.DOTALL)
_SEGMENT = re.compile(rf"(?:{_DOUBLE_QUOTED})(?=\s*(?::|\Z))|[^\s:][^:]*")  # a quoted name may hold colons
# What may follow the series' name: a colon or its like, or white space only (bare), which longer names have too.
_GAP = re.compile(rf"(?:\s*{_ASIDE}(?=\s*:))?\s*(?:\Z|:|[{DASHES},;]\s|(?P<bare>(?<=\s)))")

Mark = tuple[str, "int | None"]  # what is counted, and its number; None where the marker has none, as a range
Span = tuple[int, int]
Segment = tuple[int, int, Sequence[Mark]]  # where it begins and ends, and its marks


class Reading(NamedTuple):
    """What the text of one title says; None where it says nothing."""

    series_name: str | None = None  # the text before the first season, volume or disc marker, as it stands
    season: int | None = None  # 0 for specials
    volume: int | None = None  # the Vol., Part, ... beside a season marker: orders the volumes of one season
    episode: int | None = None
    disc: int | None = None
    name: str | None = None  # the part's own, without quotes around it


NOTHING = Reading()


def read_number(text: str | None, *, least: int = 1) -> int | None:
    """Return the number that is the whole ``text``, or None if it is not a plain integer from ``least`` to 9999.

    White space around it does not matter; a range, a decimal, a sign, digits that are not ASCII and absurd numbers
    (spec.md section 6) are no number.
    """
    digits = (text or "").strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits.lstrip("0")) > len(str(GREATEST)):
        return None
    return number if (number := int(digits[-4:])) >= least else None


def read_label(label: str) -> int | None:
    """Return the season number in the text of a ``season_label``: `Season 2`, `2`, `Limited Series`, `Specials`.

    It comes second in spec.md section 6, "Season number", and is read as what follows a series' name in a title.
    """
    number = read_number(label, least=0)
    return _read(label, "season", 0, 0, ()).season if number is None else number


def read_title(title: str, kind: str, series_names: Sequence[str] = ()) -> Reading:
    """Return what ``title`` says about a record of ``kind``: movie, series, season, episode, disc or other.

    Only a season, episode or disc is read: text never turns a movie into TV (spec.md section 6). ``series_names`` are
    the names that its series is known by; the longest that the title starts with is taken off before anything is read,
    because names hold colons, numbers and marker words themselves (format.md, "Title text").
    """
    if kind not in PARTS:
        return NOTHING
    for name in _longest_first(tuple(series_names)):
        gap = _after_name(title, 0, name)
        # After `Stranger Things: Stranger Things 2` the name comes again, with a number or marker behind.
        again = _after_name(title, gap.end(), name) if gap and gap["bare"] is None else gap
        bare = _bare(title, again, kind) if again and again["bare"] is not None else None
        if gap and (bare or gap["bare"] is None):
            return _read(title, kind, gap.start(), *(bare or (gap.end(), ())))
    return _read(title, kind, None, 0, ())


@lru_cache(maxsize=1 << 8)  # a series has many titles
def _longest_first(names: tuple[str, ...]) -> list[str]:
    return sorted(filter(None, map(str.strip, names)), key=len, reverse=True)


@lru_cache(maxsize=1 << 10)  # each name is compared with many titles
def _fold(text: str) -> str:
    """Return the text as names are compared: white space, composition and case made equal."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return unicodedata.normalize("NFC", text.casefold())


def _after_name(title: str, start: int, name: str) -> re.Match[str] | None:
    """Match what separates ``name``, if that is what stands at ``start``, from what follows it."""
    if title.startswith(name, start):
        return _GAP.match(title, start + len(name))
    begins = title[start : start + 1] + name[:1]
    if begins.isascii() and begins.isalnum() and begins[0].lower() != begins[-1].lower():
        return None  # no folding makes these equal
    folded = _fold(name)
    head = title[start : start + 4 * len(folded) + 64]  # no name grows more by composition and odd white space
    if not _fold(head).startswith(folded):
        return None
    # Folding changes lengths (a ligature, an NFD accent): the name ends where the front, folded, is as long as it.
    sizes = range(len(head) + 1)
    size = bisect_right(sizes, len(folded), key=lambda size: len(_fold(head[:size]))) - 1
    return _GAP.match(title, start + size) if _fold(head[:size]) == folded else None


def _bare(title: str, gap: re.Match[str], kind: str) -> tuple[int, Sequence[Mark]] | None:
    """Return where to read on after a name and white space, and the marks so far; None if the name just goes on."""
    segment = _SEGMENT.match(title, gap.end(), gap.end() + LONGEST)
    text = segment[0].rstrip() if segment else ""
    if not re.fullmatch(_NUMBER, text):
        return (gap.end(), ()) if _marks(text, kind) else None
    number, end = _count(text), gap.end() + len(text)
    in_name = kind == "episode" and not title[end:].strip(EDGES)  # an episode may be called `Stranger Things 2`
    return None if number is None or number > GREATEST_AFTER_NAME or in_name else (end, [("volume", number)])


def _read(title: str, kind: str, series_end: int | None, start: int, marks: Sequence[Mark]) -> Reading:
    """Read ``title`` from ``start``; the series' name ends at ``series_end``, None where it is not known."""
    known = series_end is not None
    segments = _segments(title, kind, start, known=known, cut=kind != "episode" and not marks)
    numbers: dict[str, int | None] = {}
    volumes = [number for _, number in marks]
    series = title[:series_end] if marks else None
    name: Span | None = None
    earlier: Span | None = None  # a name before an episode marker: `Show: Season 1: Pilot: Ep 1`
    told = known  # whether text can be the part's name: where the series is not known it may be the series'
    for index, (begin, end, found) in enumerate(segments):
        fresh: list[Mark] = []
        counted: set[str] = set()
        starts_name = False
        if found:
            # A second season, episode or disc is in the name: the first one has been read.
            fresh = [mark for mark in found if mark[0] == "volume" or numbers.get(mark[0]) is None]
            counted = {counts for counts, _ in fresh}
            # `Show: Part 2` is an episode's name, `Show: Season 1: Crisis: Part 1: Day One` has it in the name.
            weak = counted == {"volume"} and kind == "episode"
            starts_name = weak and index == len(segments) - 1
            if weak and (starts_name or "episode" in numbers or (name and (numbers or volumes))):
                counted.clear()
        if counted:
            if series is None and counted != {"episode"}:
                series = title[:begin]
            earlier = name if told and counted == {"episode"} else None
            name, told = None, True
            numbers.update(mark for mark in reversed(fresh) if mark[0] != "volume")
            volumes += [number for counts, number in fresh if counts == "volume"]
        else:
            starts_name = starts_name or (index > 0 and not told and _QUOTED.fullmatch(title, begin, end) is not None)
            name = (name[0] if name and (told or not starts_name) else begin, end)
            told = told or starts_name
    # The season's own marker counts, and only without one the first volume (spec.md section 6).
    season, volume, *_ = [*([numbers["season"]] if "season" in numbers else []), *volumes, None, None]
    own = name or earlier
    text = title[slice(*own)].strip(EDGES) if own and told else ""
    quoted = _QUOTED.fullmatch(text)
    return Reading(
        series_name=(series or "").strip(EDGES).rstrip(SEPARATORS) or None,
        season=season,
        volume=volume,
        episode=numbers.get("episode"),
        disc=numbers.get("disc"),
        name=(quoted[quoted.lastindex or 0].strip() if quoted else text) or None,
    )


def _segments(title: str, kind: str, start: int, *, known: bool, cut: bool) -> Sequence[Segment]:
    """Return what stands between the colons; with ``cut``, a marker that only ends a segment is one, too."""
    spans = [match.span() for match in _SEGMENT.finditer(title, start, start + LONGEST)]
    if spans and len(title) > start + LONGEST:
        spans[-1] = (spans[-1][0], len(title))
    segments = [(begin, end, _marks(title[begin:end], kind) if end - begin <= LONGEST else ()) for begin, end in spans]
    if not known and len(segments) > 1:
        segments[0] = (*spans[0], ())  # it is the series' name, whatever it looks like
    if cut and not any(marks for _, _, marks in segments):
        for index, (begin, end) in enumerate(spans):
            for match in _MARKER_INSIDE.finditer(title, begin + 1, end) if end - begin <= LONGEST else ():
                if marks := _marks(title[match.start() : end], kind):
                    segments[index : index + 1] = [(begin, match.start(), ()), (match.start(), end, marks)]
                    return segments
    return segments


@lru_cache(maxsize=1 << 12)  # a few texts, as "Season 1", are a large part of all segments
def _marks(text: str, kind: str) -> tuple[Mark, ...]:
    """Return the marks of a segment that is nothing but markers; none of any other segment."""
    marks: list[Mark] = []
    text = text.rstrip()
    at = 0
    while at < len(text):
        match = _MARKER.match(text, at)
        if match is None:
            return ()
        marks += _mark(match, kind)
        at = match.end()
    # Only an episode has an episode number: in a disc's `Star Wars: Episode III: Disc 1` it is part of the name.
    return tuple(mark for mark in marks if kind == "episode" or mark[0] != "episode")


def _mark(match: re.Match[str], kind: str) -> list[Mark]:
    """Return the marks in one match of a marker."""
    if word := match["word"]:
        counts = COUNTED[word.lower()]
        if counts == "chapter":
            counts = "episode" if kind == "episode" else "volume"
        return [(counts, None if match["plural"] else _count(match["number"], least=0 if counts == "season" else 1))]
    if ordinal := match["ordinal"]:
        return [("season", NUMBERS[ordinal.lower()])]
    if fixed := match["fixed"]:
        return [("season", FIXED[" ".join(fixed.lower().split())])]
    code = (("season", 0), ("episode", 1))
    return [(counts, read_number(match[counts], least=least)) for counts, least in code if match[counts]]


def _count(token: str, *, least: int = 1) -> int | None:
    """Return the number that digits, a word or a Roman numeral stand for; None for a range."""
    return read_number(token, least=least) if token[0].isdigit() else NUMBERS.get(token, NUMBERS.get(token.lower()))
