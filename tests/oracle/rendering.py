"""Writes families as records of a 1.x or a 2.0 index."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from tests.oracle.facts import DISC, EPISODE, MOVIE, SEASON, SERIES, Family, Key, Part, Series, Statement
from tests.running import index_1, index_2

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMAS = "http://schemas.netflix.com/catalog"
HOSTS = ("http://api.netflix.com", "http://api-public.netflix.com", "http://api-nccp.netflix.com")
LIST_RELS = {SEASON: "titles.seasons", EPISODE: "titles.programs", DISC: "titles.discs"}
ENTRY_RELS = {SEASON: "season", EPISODE: "program", DISC: "disc"}
PARENT_RELS = {"1.x": ("{0}",), "2.0": ("titles.{0}", "title.{0}", "{0}")}
EXTERNAL_IDS = (
    f'<external_ids><id rel="{SCHEMAS}/id.amg">V 12</id><id rel="{SCHEMAS}/id.upc">0012345678905</id></external_ids>',
    f'<external_ids><id rel="{SCHEMAS}/id.tms">SH34</id></external_ids>',
    "",
)
CATEGORY = '<category scheme="{0}" label="{1}" term="{1}"{2}/>'
FORMATS, DEPRECATED_FORMATS = f"{HOSTS[0]}/categories/title_formats", f"{HOSTS[0]}/catalog/titles/formats"


def address(key: Key, series: Key | None) -> str:
    """Return the URL of a title. The host, and the number in front of an episode's, vary with its number."""
    number = key.number
    path = {
        MOVIE: f"movies/{number}",
        SERIES: f"series/{number}",
        SEASON: f"series/{series.number if series else 0}/seasons/{number}",
        EPISODE: f"programs/{number}" if number % 2 else f"programs/{number % 7}/{number}",
        DISC: f"discs/{number}",
    }[key.kind]
    return f"{HOSTS[number % len(HOSTS)]}/catalog/titles/{path}"


def element(name: str, text: str | None) -> str:
    """Return an element with this text, or nothing for None."""
    return "" if text is None else f"<{name}>{escape(text)}</{name}>"


def link(href: str, rel: str, title: str, inside: str = "") -> str:
    """Return a link of the catalog's schemas."""
    return f"<link href={quoteattr(href)} rel={quoteattr(f'{SCHEMAS}/{rel}')} title={quoteattr(title)}>{inside}</link>"


def delivery_formats(statement: Statement, *, deprecated_twins: bool) -> str:
    """Return the formats of a record, one availability for each."""
    found = ""
    for offer in (statement.formats or {}).values():
        dates = f' available_from="{offer.since}"' if offer.since is not None else ""
        dates += f' available_until="{offer.until}"' if offer.until is not None else ""
        for term in offer.terms:
            twin = CATEGORY.format(DEPRECATED_FORMATS, term, ' status="deprecated"') if deprecated_twins else ""
            found += f"<availability{dates}>{twin}{CATEGORY.format(FORMATS, term, '')}</availability>"
    return "" if statement.formats is None else f"<delivery_formats>{found}</delivery_formats>"


def number_elements(statement: Statement, series: Key | None) -> str:
    """Return the number elements of a record, those of ``show`` last."""
    plain = "".join(element(name, text) for name, text in statement.elements.items() if "/" not in name)
    shown = [(name.removeprefix("show/"), text) for name, text in statement.elements.items() if "/" in name]
    inside = "".join(element(name, text) for name, text in shown)
    return f'{plain}<show id="{series.number}">{inside}</show>' if series and shown else plain


def record(dialect: str, key: Key, series: Key | None, statement: Statement, short: str, links: str) -> str:
    """Return the inside of a record, with its children in the order of real records of the dialect."""
    url = address(key, series)
    formats = delivery_formats(statement, deprecated_twins=dialect == "1.x")
    middle = element("release_year", statement.release_year) + links + number_elements(statement, series)
    ids, updated = EXTERNAL_IDS[key.number % len(EXTERNAL_IDS)], element("updated", statement.updated)
    if dialect == "1.x":
        return element("title", statement.title) + element("id", url) + middle + ids + formats + updated
    title = f"<title short={quoteattr(short)} regular={quoteattr(statement.title)}/>"
    expansion = link(f"{url}/format_availability", "titles/format_availability", "formats", formats)
    return element("id", url) + title + (expansion if formats else "") + middle + ids + updated


def entry(family: Family, dialect: str, key: Key, rel: str) -> str:
    """Return an entry of a list: a link, or a nested record, which is complete if the part has no other."""
    part = family.parts[key]
    if family.layout != "nested":
        return link("" if part.unnamed else address(key, part.series), rel, part.title)
    statement = Statement(part.title) if part.recorded else part.statement
    return f"<catalog_title>{record(dialect, key, part.series, statement, part.title, '')}</catalog_title>"


def lists(family: Family, dialect: str, of_record: dict[str, list[Key]]) -> str:
    """Return the lists of a record: single links, or a link for each kind of part that holds them."""
    if family.layout == "flat":
        return "".join(
            entry(family, dialect, key, ENTRY_RELS[kind]) for kind, keys in of_record.items() for key in keys
        )
    form = "{0}" if family.layout == "links" else "<catalog_titles>{0}</catalog_titles>"
    found = ""
    for kind, keys in of_record.items():
        entries = "".join(entry(family, dialect, key, "title") for key in keys)
        found += link("", LIST_RELS[kind], kind, form.format(entries))
    return found


def series_record(family: Family, dialect: str, series: Series) -> str:
    """Return the record of a series."""
    links = lists(family, dialect, series.lists)
    return record(dialect, series.key, None, series.statement, series.short, links)


def part_record(family: Family, dialect: str, part: Part) -> str:
    """Return the record of a part. The rels of its links to parents vary with its number."""
    rel = PARENT_RELS[dialect][part.key.number % len(PARENT_RELS[dialect])]
    links = ""
    for kind, parent in ((SERIES, part.series_link), (SEASON, part.season_link)):
        links += link(address(parent.key, part.series), rel.format(kind), parent.title) if parent else ""
    links += lists(family, dialect, part.lists)
    return record(dialect, part.key, part.series, part.statement, part.title, links)


def records_of(family: Family, dialect: str) -> list[str]:
    """Return the inside of each record of a family, in the order of the dump."""
    series = {found.key: found for found in family.series}
    return [
        series_record(family, dialect, series[key])
        if key in series
        else part_record(family, dialect, family.parts[key])
        for key in family.order
    ]


def dump(families: Iterable[Family], dialect: str) -> bytes:
    """Return an index: the first record of each family, then the second of each, and so on."""
    rounds = zip_longest(*(records_of(family, dialect) for family in families))
    records = [record for each in rounds for record in each if record is not None]
    return (index_1 if dialect == "1.x" else index_2)(*records)
