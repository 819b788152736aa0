"""Shapes of input that invite quadratic work, in any size.

The tests check what commands make of them. `python -m tests.benchmarks.growth` measures how the time grows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.running import index_1, index_2

if TYPE_CHECKING:
    from collections.abc import Callable

API = "http://api.netflix.com/catalog/titles"
NAMED = f'<id>{API}/movies/1</id><title short="M" regular="M"/>'


def expanded(rel: str, inside: str) -> str:
    """Return a link with its expansion inside."""
    return f'<link href="{API}" rel="http://schemas.netflix.com/catalog/{rel}" title="x">{inside}</link>'


def categories(scheme: str, count: int) -> list[str]:
    """Return categories with different labels; the terms are DVD and instant in turn."""
    url = "http://api.netflix.com/categories"
    return [f'<category scheme="{url}/{scheme}" label="{n}" term="{("DVD", "instant")[n % 2]}"/>' for n in range(count)]


def delivery_formats(count: int) -> str:
    """Return availabilities in both media in turn."""
    found = (f"<availability>{each}</availability>" for each in categories("title_formats", count))
    return f"<delivery_formats>{''.join(found)}</delivery_formats>"


def nested_records(count: int) -> bytes:
    """Return a record whose list of others begins after more text than a chunk holds."""
    text = expanded("titles/synopsis", f"<synopsis>{'x' * (1 << 20)}</synopsis>")
    others = '<catalog_title><id>x</id><title short="M" regular="M"/></catalog_title>' * count
    similar = expanded("titles.similars", f"<catalog_titles>{others}</catalog_titles>")
    return index_2(NAMED + text + similar, NAMED.replace("movies/1", "movies/2"))


def nested_episodes(count: int) -> bytes:
    """Return a series that lists the records of its episodes."""
    series = f'<id>{API}/series/1</id><title short="S" regular="S"/>'
    name = 'title short="S: Ep {0}" regular="S: Ep {0}"'
    episode = f"<catalog_title><id>{API}/programs/{{0}}</id><{name}/></catalog_title>"
    episodes = f"<catalog_titles>{''.join(map(episode.format, range(1, count + 1)))}</catalog_titles>"
    formats = expanded("titles/format_availability", delivery_formats(2))
    return index_2(series + formats + expanded("titles.programs", episodes))


def availabilities_of_2(count: int) -> bytes:
    """Return a 2.0 record with many availabilities."""
    return index_2(NAMED + expanded("titles/format_availability", delivery_formats(count)))


def availabilities_of_1(count: int) -> bytes:
    """Return a 1.x record with many availabilities."""
    return index_1(f"<title>M</title><id>{API}/movies/1</id>{delivery_formats(count)}")


def line_breaks_between(count: int) -> bytes:
    """Return a record with one element per line."""
    return index_2(NAMED + "\n".join(categories("genres/1", count)))


def line_breaks_in_text(count: int) -> bytes:
    """Return a record with a text of many lines, and a fault behind it."""
    text = "\n" * count
    return index_2(NAMED + expanded("titles/synopsis", f"<synopsis>{text}</synopsis>") + "<category/>")


#: Shapes of one record, with the number of pieces that the benchmark begins with.
SHAPES: dict[Callable[[int], bytes], int] = {
    nested_records: 15_000,
    nested_episodes: 4_000,
    availabilities_of_2: 40_000,
    availabilities_of_1: 40_000,
    line_breaks_between: 30_000,
    line_breaks_in_text: 30_000,
}

LINE, WORDS = b"\n<catalog_title>", b"some words to read " * 10
#: What is repeated behind three sound records, by name.
DAMAGE = {
    "starts": LINE + WORDS,
    "starts on one line": b"<catalog_title>" + WORDS,
    "ends": b"</catalog_title>" + WORDS,
    "nested ends": LINE + WORDS + b"</catalog_title></catalog_title>",
    "comments": LINE + WORDS + b"<!--",
    "comments on one line": b"<catalog_title>" + WORDS + b"<!--",
    "CDATA": LINE + WORDS + b"<![CDATA[",
    "CDATA on one line": b"<catalog_title><x>" + WORDS + b"<![CDATA[",
    "instructions": LINE + WORDS + b"<?x",
    "quotes": LINE + WORDS + b"<x y='",
    "start tags": b"<catalog_title " + WORDS,
    "ends of lists": b"</catalog_title></link>" + WORDS,
    "lists": b"<link><catalog_title>" + WORDS,
    "starts behind lists": b"<catalog_title><catalog_title></catalog_title></link>" + WORDS,
    "malformed records": b"<catalog_title>&x;" + WORDS + b"</catalog_title>",
    "records out of balance": b"<catalog_title><x>" + WORDS + b"</catalog_title>",
    "ends of the root": b"</catalog_titles>" + WORDS,
    "remains": b"<x/></y>" + WORDS,
}


def damage_behind_records(shape: str, size: int, between: str = "\n") -> bytes:
    """Return three sound records with a list each, and about ``size`` bytes of one of `DAMAGE` behind them."""
    record = "<catalog_title><link><catalog_title><id>2</id></catalog_title></link></catalog_title>"
    body = DAMAGE[shape] * (size // len(DAMAGE[shape]))
    return between.join(["<catalog_titles>", record, record, record]).encode() + body + b"</catalog_titles>"
