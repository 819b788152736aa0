"""How the children of a record usually stand in a dump, as patterns for their bytes.

Each pattern matches exactly one child, or a run of them, and only where it is well-formed and written as libxml2 would
write it, but for white space between elements (in the patterns for spaced records) and, in 1.x, start tags that are
closed at once (``<link …></link>``). What 1.x writes as references to characters must have been spelled out before.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache

_URL = rb"[!#-%'-;=?-~]*"  # in an attribute or as text: nothing that needs an escape
_ADDRESS = rb"%s(?:&amp;%s)*" % (_URL, _URL)
_SPACE = rb"[ \t\n]*"

# What is not ASCII, in UTF-8; the last two characters of the basic plane are none of XML.
_FURTHER = (
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xec\xee][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xef(?:[\x80-\xbe][\x80-\xbf]|\xbf[\x80-\xbd])"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)


def _characters(plain: bytes, others: bytes) -> bytes:
    """Build a pattern for text of plain characters, with others in between."""
    return rb"%s(?:(?:%s|%s)%s)*" % (plain, others, _FURTHER, plain)


_VALUE = _characters(rb"[ !#-%'-;=?-\x7f]*", rb"&(?:amp|lt|gt|quot);")
_TEXT = _characters(rb"[\t\n -%'-;=?-\x7f]*", rb"&(?:amp|lt|gt);")
_CDATA = rb"<!\[CDATA\[(?!\]\]>)%s\]\]>" % _characters(rb"[\t\n -\\^-\x7f]*", rb"\](?!\]>)")
_TITLE_TEXT = _characters(rb"[ -%'-;=?-\x7f]*", rb"&(?:amp|lt|gt|quot);")  # text of 1.x that becomes a value


def _link_to(rel: bytes) -> bytes:
    """Build the pattern for a link within another; its rel is told, so that it is none that was retired."""
    return rb'<link href="%s" rel="http://schemas\.netflix\.com/catalog/%s" title="%s"/>' % (_ADDRESS, rel, _VALUE)


_PERSON, _LISTED, _IMAGE = (
    _link_to(rb"person"),
    _link_to(rb"(?:title|titles?\.[a-z]+|series|season|program|disc)"),
    _link_to(rb"titles/box_art/[0-9]+pix_w"),
)
_LABELS = rb'<category (?:scheme="%s" label="%s" term="%s"|label="%s" term="%s" scheme="%s")' % (
    _URL, _VALUE, _VALUE, _VALUE, _VALUE, _URL,
)  # fmt: skip
_CATEGORY = _LABELS + rb"/>"
_TITLE = rb'<title short="%s" regular="%s"(?: episode_short="%s")?' % (_VALUE, _VALUE, _VALUE)
# Attributes that refer to AMG or TMS, where they may stand; taken out of all that is matched, or nothing is taken.
_RETIRED = rb'(?P<retired>(?: (?:amg|tms)(?:_id)?="%s")*)' % _VALUE
_AVAILABILITY = (
    rb'<availability(?: available_from="[0-9]+")?(?: available_until="[0-9]+"(?: available_from="[0-9]+")?)?>'
)


def _run(element: bytes, space: bytes) -> bytes:
    return rb"(?:%s%s)+" % (element, space)


def _around(start: bytes, inner: bytes, end: bytes, space: bytes) -> bytes:
    return start + space + _run(inner, space) + end


def _within(name: bytes, inner: bytes, space: bytes) -> bytes:
    return _around(rb"<%s>" % name, inner, rb"</%s>" % name, space)


def _expansions(space: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Give for each expansion of 2.0 its rel and what is nested in the link."""
    categories = rb"%s(?:/>|%s)" % (_LABELS, _around(rb">", _CATEGORY, rb"</category>", space))
    more_categories = rb"%s(?:/>|%s)" % (_LABELS, _around(rb">", categories, rb"</category>", space))
    listed = rb"%s|%s" % (
        _LISTED, space.join((rb"<catalog_title>", rb"<id>%s</id>" % _ADDRESS, _TITLE + rb"/>", rb"</catalog_title>")),
    )  # fmt: skip
    entries = _within(rb"catalog_titles", rb"(?:%s)" % listed, space)
    parts = rb"(?:%s|%s)" % (entries, _run(_LISTED, space))
    runtime = rb"(?:<runtime>[0-9]+</runtime>%s)?" % space
    availability = _around(_AVAILABILITY, categories, runtime + rb"</availability>", space)
    award = rb'<award_(?P<award>winner|nominee)(?: year="[0-9]*")?>'
    inner = rb"(?:%s|%s)" % (_CATEGORY, _PERSON)
    return {
        "box_art": (rb"titles/box_art", _within(rb"box_art", _IMAGE, space)),
        "synopsis": (rb"titles/synopsis", rb"<synopsis>(?:%s|(?!<)%s)</synopsis>" % (_CDATA, _TEXT)),
        "short_synopsis": (
            rb"titles/synopsis\.short", rb"<short_synopsis>(?:%s|(?!<)%s)</short_synopsis>" % (_CDATA, _TEXT),
        ),
        "formats": (
            rb"titles/format_availability",
            rb"<delivery_formats(?:/>|>%s(?P<availabilities>%s)</delivery_formats>)"
            % (space, _run(availability, space)),
        ),
        "screen_format": (
            rb"titles/screen_formats",
            _within(rb"screen_formats", _within(rb"screen_format", categories, space), space),
        ),
        "language_audio_format": (
            rb"titles/languages_and_audio",
            _within(rb"languages_and_audio", _within(rb"language_audio_format", more_categories, space), space),
        ),
        "cast": (rb"people\.cast", _within(rb"people", _PERSON, space)),
        "directors": (rb"people\.directors", _within(rb"people", _PERSON, space)),
        "similars": (rb"titles\.similars", entries),
        "awards": (
            rb"titles/awards", _within(rb"awards", _around(award, inner, rb"</award_(?P=award)>", space), space)
        ),
        "seasons": (rb"titles\.seasons", parts),
        "episodes": (rb"titles\.programs", parts),
        "discs": (rb"titles\.discs", parts),
    }  # fmt: skip


def _link(space: bytes, kinds: dict[str, tuple[bytes, bytes]], end: bytes) -> bytes:
    """Build the pattern for links: those around something, by the name of what that is, and links alone.

    What all links begin with is matched only once.
    """
    around = [
        space.join((rb'%s" title="%s">' % (rel, _VALUE), nested, rb"</link>(?P<%s>)" % name.encode()))
        for name, (rel, nested) in kinds.items()
    ]
    tiny = rb'title/ref\.tiny" title="%s"%s(?P<tiny>)' % (_VALUE, end)
    return rb'<link href="(?P<href>%s)" rel="(?:%s)' % (
        _ADDRESS,
        rb"|".join(
            (
                rb"http://schemas\.netflix\.com/catalog/(?:%s)" % rb"|".join((*around, tiny)),
                rb'alternate" title="%s"%s(?P<page>)' % (_VALUE, end),
                rb'(?P<rel>%s)"(?: title="%s")?%s(?P<link>)' % (_URL, _VALUE, end),
            )
        ),
    )


def _common(space: bytes) -> tuple[bytes, ...]:
    """Build the patterns for children other than links that both dialects have."""
    number = rb"<(?P<number>(?:season|episode|disc)_number)>[0-9]+</(?P=number)>"
    ids = _run(rb'<id rel="%s">(?!<)%s</id>' % (_URL, _TEXT), space)
    return (
        rb"<release_year>[0-9]+</release_year>(?P<release_year>)",
        rb"<runtime>[0-9]+</runtime>(?P<runtime>)",
        rb"<average_rating>[0-9.]+</average_rating>(?P<average_rating>)",
        rb"<updated>[0-9]+</updated>(?P<updated>)",
        rb"<external_ids>%s(?P<ids>%s)</external_ids>(?P<external_ids>)" % (space, ids),
        rb'<show id="%s"(?:/>|>%s%s</show>)(?P<show>)' % (_URL, space, _run(number, space)),
        rb"<(?P<name>[a-z_]+)(?:>(?P<text>%s)</(?P=name)>|/>)(?P<leaf>)" % _TEXT,
    )


# A repeat of a class or a group.
_REPEAT = re.compile(rb"(?<=[\])])[*+]")


def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Compile a pattern: what is repeated is never given back, which takes a quarter of the time where Python can."""
    return re.compile(_REPEAT.sub(rb"\g<0>+", pattern) if sys.version_info >= (3, 11) else pattern)


class Grammar:
    """The patterns for the records of a dialect.

    ``head`` matches how a record begins, with its title (of 1.x only) and id; ``child`` any child of it, or its end, or
    a character of anything else, where the name of the last group tells what it is. ``spaced`` tells whether there may
    be white space between elements. A dense record is matched faster.
    """

    def __init__(self, begin: tuple[bytes, ...], children: tuple[bytes, ...], end: bytes, space: bytes) -> None:
        """Compile the patterns."""
        alternatives = rb"|".join((*children, end + rb"(?P<end>)"))
        self.head = _compiled(space.join((*begin, rb"<id>(?P<id>%s)</id>" % _ADDRESS)))
        self.child = _compiled(rb"%s(?:%s)|[\s\S](?P<else>)" % (space, alternatives))
        self.spaced = bool(space)
        self.old = rb"title_index_item" in end


def _new(space: bytes) -> Grammar:
    children = (
        _link(space, _expansions(space), rb"/>"),
        rb"%s(?P<categories>)" % _run(_CATEGORY, space),
        *_common(space),
        rb"%s%s/>(?P<title>)" % (_TITLE, _RETIRED),
    )
    return Grammar((rb"<catalog_title>",), children, rb"</catalog_title>", space)


def _old() -> Grammar:
    space, link_end = _SPACE, rb"(?:/|></link)>"
    category = rb'<category scheme="%s" label="%s" term="%s"(?: status="deprecated")?(?:/|></category)>' % (
        _URL, _VALUE, _VALUE,
    )  # fmt: skip
    person = rb'<link href="%s" rel="http://schemas\.netflix\.com/catalog/person\.(?:actor|director)" title="%s"%s' % (
        _ADDRESS, _VALUE, link_end,
    )  # fmt: skip
    availability = _around(_AVAILABILITY, category, rb"</availability>", space)
    children = (
        rb"%s(?P<categories>)" % _run(category, space),
        rb"%s(?P<people>)" % _run(person, space),
        rb"<delivery_formats>%s(?P<availabilities>%s)</delivery_formats>(?P<formats>)" % (
            space, _run(availability, space),
        ),
        _link(space, {}, link_end),
        *_common(space),
    )  # fmt: skip
    begin = (rb"<title_index_item%s>" % _RETIRED, rb"<title>(?P<title>%s)</title>" % _TITLE_TEXT)
    return Grammar(begin, children, rb"</title_index_item>", space)


CATEGORY = re.compile(rb"<category [^>]*>(?:</category>)?")
PERSON = re.compile(rb"<link [^>]*>")
RETIRED_ATTRIBUTE = re.compile(rb' ([a-z_]+)="[^"]*"')
EXTERNAL_ID = re.compile(rb'(<id rel="([^"]*)">[^<]*</id>)')

_BETWEEN = re.compile(rb">[ \t\n]+<")
_REFERENCE = re.compile(rb"&#[0-9]{1,7};")
_PLAIN = (range(0xA0, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))  # characters that need no escape


def grammar_for(data: bytes, start: int) -> Grammar:
    """Give the patterns for the record of 2.0 that begins here."""
    return _dense() if data.startswith(b"<catalog_title><", start) else _spaced()


# Patterns are compiled when they are needed: that takes time.


@lru_cache(maxsize=1)
def old_grammar() -> Grammar:
    """Give the patterns for records of 1.x."""
    return _old()


@lru_cache(maxsize=1)
def _dense() -> Grammar:
    return _new(b"")


@lru_cache(maxsize=1)
def _spaced() -> Grammar:
    return _new(_SPACE)


def squeeze(element: bytes) -> bytes:
    """Take out the white space between elements, where none holds nothing but white space."""
    is_squeezed = b">\n" not in element and b"> " not in element and b">\t" not in element
    return element if is_squeezed else _BETWEEN.sub(b"><", element)


def spell(data: bytes) -> bytes:
    """Write references to characters as these characters, where these need no escape."""
    return _REFERENCE.sub(_spelled, data) if b"&#" in data else data


def _spelled(reference: re.Match[bytes]) -> bytes:
    return _character(reference[0])


@lru_cache(maxsize=1 << 12)
def _character(reference: bytes) -> bytes:
    number = int(reference[2:-1])
    return chr(number).encode() if any(number in plain for plain in _PLAIN) else reference
