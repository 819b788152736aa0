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


def address(key: Key, series: Key | None) -> str:
    """Return the URL of a title. Host and, of episodes, the number in front vary with the title's number."""
    number = key.number
    path = {
        MOVIE: f"movies/{number}",
        SERIES: f"series/{number}",
        SEASON: f"series/{series.number if series else 0}/seasons/{number}",
        EPISODE: f"programs/{number}" if number % 2 else f"programs/{number % 7}/{number}",
        DISC: f"discs/{number}",
    }[key.kind]
    return f"{HOSTS[number % len(HOSTS)]}/catalog/titles/{path}"


def link(href: str, rel: str, title: str, inside: str = "") -> str:
    """Return a link of the catalog's schemas."""
    return f"<link href={quoteattr(href)} rel={quoteattr(f'{SCHEMAS}/{rel}')} title={quoteattr(title)}>{inside}</link>"


def delivery_formats(statement: Statement, *, deprecated_twins: bool) -> str:
    """Return the formats of a record: one availability per format, without any if they are explicitly empty."""
    found = ""
    for offer in (statement.formats or {}).values():
        dates = f' available_from="{offer.since}"' if offer.since is not None else ""
        dates += f' available_until="{offer.until}"' if offer.until is not None else ""
        for term in offer.terms:
            twin = f'<category scheme="{HOSTS[0]}/catalog/titles/formats" label="{term}" term="{term}" status="deprecated"/>'
            category = f'<category scheme="{HOSTS[0]}/categories/title_formats" label="{term}" term="{term}"/>'
            found += f"<availability{dates}>{twin if deprecated_twins else ''}{category}</availability>"
    return "" if statement.formats is None else f"<delivery_formats>{found}</delivery_formats>"


def elements(statement: Statement, series: Key | None) -> str:
    """Return the number elements of a record, those in a ``show`` element last."""
    plain = {name: value for name, value in statement.elements.items() if "/" not in name}
    shown = {name.removeprefix("show/"): value for name, value in statement.elements.items() if "/" in name}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in shown.items())
    show = f'<show id="{series.number}">{inside}</show>' if series and shown else ""
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in plain.items()) + show


def dated(name: str, value: str | None) -> str:
    """Return `updated` or `release_year`, possibly empty, or nothing."""
    return "" if value is None else f"<{name}>{value}</{name}>"


class Writer:
    """Writes the records of one family in one dialect."""

    def __init__(self, family: Family, dialect: str) -> None:
        self.family = family
        self.dialect = dialect

    def records(self) -> list[str]:
        """Return the inside of each record, in the order of the dump."""
        series = {found.key: found for found in self.family.series}
        return [
            self.series_record(series[key]) if key in series else self.part_record(self.family.parts[key])
            for key in self.family.order
        ]

    def series_record(self, series: Series) -> str:
        """Return the record of a series, with its lists."""
        return self.record(series.key, None, series.statement, series.short, self.lists(series.lists))

    def part_record(self, part: Part) -> str:
        """Return the record of a part, with links to its parents and its lists."""
        parents = [(SERIES, part.series_link), (SEASON, part.season_link)]
        rels = PARENT_RELS[self.dialect]
        rel = rels[part.key.number % len(rels)]
        links = "".join(
            link(address(parent.key, part.series), rel.format(kind), parent.title) for kind, parent in parents if parent
        )
        return self.record(part.key, part.series, part.statement, part.statement.title, links + self.lists(part.lists))

    def record(self, key: Key, series: Key | None, statement: Statement, short: str, links: str) -> str:
        """Return the inside of a record, children in the order of real records of the dialect."""
        identity = f"<id>{address(key, series)}</id>"
        formats = delivery_formats(statement, deprecated_twins=self.dialect == "1.x")
        year = dated("release_year", statement.release_year)
        numbers = elements(statement, series)
        ids = EXTERNAL_IDS[key.number % len(EXTERNAL_IDS)]
        updated = dated("updated", statement.updated)
        if self.dialect == "1.x":
            title = f"<title>{escape(statement.title)}</title>"
            return title + identity + year + links + numbers + ids + formats + updated
        title = f"<title short={quoteattr(short)} regular={quoteattr(statement.title)}/>"
        expansion = link(
            f"{address(key, series)}/format_availability", "titles/format_availability", "formats", formats
        )
        return identity + title + (expansion if formats else "") + year + links + numbers + ids + updated

    def lists(self, lists: dict[str, list[Key]]) -> str:
        """Return the lists of a record: single links, or one list for each kind of part."""
        if self.family.layout == "flat":
            return "".join(self.entry(key, ENTRY_RELS[kind]) for kind, keys in lists.items() for key in keys)
        form = "{0}" if self.family.layout == "links" else "<catalog_titles>{0}</catalog_titles>"
        return "".join(
            link("", LIST_RELS[kind], kind, form.format("".join(self.entry(key, "title") for key in keys)))
            for kind, keys in lists.items()
        )

    def entry(self, key: Key, rel: str) -> str:
        """Return the entry of a list: a link, or a nested record, which is complete if the part has no other."""
        part = self.family.parts[key]
        if self.family.layout != "nested":
            return link("" if part.unnamed else address(key, part.series), rel, part.statement.title)
        bare = Statement(part.statement.title)
        inside = self.record(key, part.series, bare if part.recorded else part.statement, part.statement.title, "")
        return f"<catalog_title>{inside}</catalog_title>"


def dump(families: Iterable[Family], dialect: str) -> bytes:
    """Return an index of the families' records: the first record of each family, then the second of each, and so on."""
    rounds = zip_longest(*(Writer(family, dialect).records() for family in families))
    records = [record for row in rounds for record in row if record is not None]
    return (index_1 if dialect == "1.x" else index_2)(*records)
