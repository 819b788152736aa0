"""Makes random families: titles, numbers, links, lists, formats and dates that agree with each other, or do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.oracle.ambiguities import is_ambiguous
from tests.oracle.facts import (
    DISC,
    DVD,
    EPISODE,
    MOVIE,
    SEASON,
    SERIES,
    STREAMING,
    Family,
    Formats,
    Key,
    Offer,
    ParentLink,
    Part,
    Series,
    Statement,
)

if TYPE_CHECKING:
    from random import Random

NAMES = (
    "Bones", "The 4400", "Doctor Who", "Avatar: The Last Airbender", "Code Geass: Lelouch of the Rebellion", "24",
    "Top Gear", "Séance & Sons", "Season of the Witch", "Room 5: Part of Me", "The Book of Daniel", "E.R.",
)  # fmt: skip
NAME_LIKE_A_MARKER = "Series 7: The Contenders"
EPISODE_NAMES = (
    "Pilot", "Officer Jay", "Day of Days", "Room 5", "3:10 to Nowhere", "Season of Fear", "The Disc", "Part of Me",
    "Dawn: Dusk", "What's in a Name?", "Two Halves", "Vol-au-vent", "Apollo 13", "Über & unter", "Epic", "Batteries",
    "Face Wars", "The Chapter House", "Second Seasoning", "Gone", "Ah, Men", "E for Effort", "Book Club", "Ode",
)  # fmt: skip
SUBTITLES = ("Asylum", "Coven", "The Lost Tales", "Water", "Murder House", "At Sea", "Homecoming")
ORDINALS = ("", "First", "Second", "Third", "Fourth", "Fifth")
WEAK_SEASONS = ("Vol. {n}", "Volume {n}", "Part {n}", "Book {n}", "Book {n}: {s}", "Chapter {n}", "Collection {n}")
SEASON_TITLES = {
    "plain": ("{name}: Season {n}", "{name}: Series {n}", "{name}: {ordinal} Season", "{name}: Season {n}: {s}"),
    "weak": tuple(f"{{name}}: {weak}" for weak in WEAK_SEASONS),
    "counted": ("{name} {n}", "{name}: {name} {n}"),
    "year": ("{name}: {year}",),
    "named": ("{name}: {s}",),
    "limited": ("{name}: Limited Series", "{name}: Mini-Series"),
    "volumes": ("{name}: Season {n}",),
}
EPISODE_TITLES = (
    "{name}: Season {n}: {e}", "{name}: Series {n}: {e}", "{name}: {ordinal} Season: {e}", "{season}: {e}", "{season}: {e}",
    "{name}: {e}", "{e}", "{name}: Season {n}: Episode {k}: {e}", "{name}: Season {n}: Ep {k}", "{name}: Episode {k}",
    "{name}: Season {n}: E0{k}: {e}", "{season}: Episode {k}", "{name}: Season {n}: Chapter {k}: {e}", "{name}: E0{k}",
    "{name}: Part {k}: {e}", "{name}: Part {k}", "{name}: Chapter {k}: {e}", "{name}: Vol. {n}: {e}",
    "{name}: Collection {n}: {e}", "{name}: Book {n}: {s}: Chapter {k}: {e}", "{name}: Volume {n}: Ep {k}: {e}",
    "{season}: Chapter {k}: {e}", "{season}: Part {k}: {e}", "{name}: Specials: {e}", "{name}: Limited Series: {e}",
)  # fmt: skip
SPECIAL_TITLES = (
    "{season}: {e}", "{name}: Specials: {e}", "{name}: Season 0: {e}", "{name}: Season 0: Episode {k}: {e}", "{e}",
)  # fmt: skip
VOLUME_EPISODE_TITLES = ("{season}: {e}", "{name}: {e}", "{e}")
DISC_TITLES = (
    "{season}: Disc {k}",
    "{name}: Disc {k}",
    "{name}: Season {n}: Disc {k}",
    "{season}",
    "{name}: Bonus {k}",
)
NOT_NUMBERS = ("1-3", "12000")
NUMBERINGS = ("none", "none", "element", "sequence", "within seasons", "across seasons", "mixed")
NO_END = 4102444800
LONERS = 0.12


@dataclass
class Plan:
    """The traits that the parts of one family share, and the counters that keep its ids and dates apart."""

    rng: Random
    dialect: str
    first_id: int
    name: str
    layout: str = "flat"
    style: str = "plain"
    numbering: str = "none"
    season_links: float = 1.0
    series_links: float = 0.0
    recorded: float = 1.0
    formats: float = 0.5
    disc_terms: tuple[str, ...] = ("DVD",)
    names: list[str] = field(default_factory=list)
    made: int = 0
    sequence: int = 0

    def chance(self, probability: float) -> bool:
        """Return whether something happens."""
        return self.rng.random() < probability

    def next_id(self) -> int:
        """Return an id that no title of this kind has."""
        self.made += 1
        return self.first_id + self.made

    def nested(self) -> bool:
        """Return whether entries of lists are whole records."""
        return self.layout == "nested"


def random_plan(rng: Random, dialect: str, first_id: int) -> Plan:
    """Return a plan whose traits are drawn at random."""
    plan = Plan(rng, dialect, first_id, rng.choice(NAMES))
    plan.layout = "flat" if dialect == "1.x" else rng.choice(("flat", "links", "wrapped", "nested"))
    plan.style = rng.choice((*SEASON_TITLES, "plain", "plain", "volumes"))
    plan.numbering = rng.choice(NUMBERINGS)
    plan.season_links, plan.series_links = rng.choice((0.0, 0.5, 1.0)), rng.choice((0.0, 0.0, 0.5, 1.0))
    plan.recorded, plan.formats = rng.choice((1.0, 1.0, 0.7)), rng.choice((0.0, 0.4, 0.8, 1.0))
    plan.disc_terms = rng.choice((("DVD",), ("Blu-ray",), ("Blu-ray", "DVD")))
    plan.names = rng.sample(EPISODE_NAMES, len(EPISODE_NAMES))
    return plan


# --- what records state ---------------------------------------------------------------------------------------------


def random_offer(plan: Plan, terms: tuple[str, ...]) -> Offer:
    """Return an offer with both dates, one, or none; one until the year 2100 says that no end is known."""
    since = plan.rng.randrange(1_000_000_000, 1_300_000_000) if plan.chance(0.8) else None
    until = plan.rng.choice((NO_END, plan.rng.randrange(1_350_000_000, 1_500_000_000))) if plan.chance(0.6) else None
    return Offer(terms, since, until)


def random_formats(plan: Plan, kind: str) -> Formats | None:
    """Return formats in streaming, DVD or both, explicitly empty ones, or none; discs are never streamed."""
    if not plan.chance(plan.formats):
        return None
    if plan.chance(0.12):
        return {}
    media = [DVD] if kind == DISC else plan.rng.choice(([STREAMING], [DVD], [STREAMING, DVD]))
    return {medium: random_offer(plan, ("instant",) if medium == STREAMING else plan.disc_terms) for medium in media}


def random_updated(plan: Plan) -> str | None:
    """Return a date in seconds or milliseconds that no other record has, an empty text, or nothing."""
    seconds = plan.rng.randrange(1_200_000_000, 1_390_000_000) // 1000 * 1000 + plan.next_id() % 1000
    return plan.rng.choice((str(seconds), str(seconds), f"{seconds}123", "", None))


def random_statement(plan: Plan, kind: str, title: str, elements: dict[str, str] | None = None) -> Statement:
    """Return what a record with this title and these elements states."""
    year = plan.rng.choice((str(plan.rng.randrange(1988, 2013)), "", None))
    return Statement(title, elements or {}, random_formats(plan, kind), random_updated(plan), year)


def misleading(plan: Plan, number: int) -> str:
    """Return a number, mostly this one, sometimes another or none at all."""
    return plan.rng.choice((str(number), str(number), str(number), str(number + 1), plan.rng.choice(NOT_NUMBERS)))


def season_elements(plan: Plan, number: int) -> dict[str, str]:
    """Return the number elements of a season."""
    found = {}
    if plan.chance(0.2):
        show = "show/" if plan.dialect == "2.0" and plan.chance(0.3) else ""
        found[f"{show}season_number"] = misleading(plan, number)
    if plan.chance(0.2):
        found["season_label"] = plan.rng.choice(("Season {0}", "{0}", "Series {0}")).format(misleading(plan, number))
    if plan.chance(0.25):
        found["sequence_nr_in_series"] = misleading(plan, number)
    return found


def episode_elements(plan: Plan, season: int | None, number: int) -> dict[str, str]:
    """Return the number elements of an episode, after the numbering of its family."""
    plan.sequence += 1
    show = "show/" if plan.dialect == "2.0" and plan.chance(0.3) else ""
    name, value = {
        "element": (f"{show}episode_number", str(number)),
        "sequence": ("sequence", str(number)),
        "within seasons": ("sequence_nr_in_series", str(number)),
        "across seasons": ("sequence_nr_in_series", str(plan.sequence)),
        "mixed": (plan.rng.choice((f"{show}episode_number", "sequence")), misleading(plan, number)),
    }.get(plan.numbering, ("", ""))
    found = {name: value} if name and (plan.chance(0.8) or plan.numbering != "mixed") else {}
    if season is not None and plan.chance(0.15):
        show = "show/" if any("/" in name for name in found) else ""
        found[f"{show}season_number"] = misleading(plan, season)
    if season is not None and plan.chance(0.1):
        found["season_label"] = f"Season {season}"
    return found


# --- parts ----------------------------------------------------------------------------------------------------------


def add_part(plan: Plan, family: Family, key: Key, title: str, elements: dict[str, str]) -> Part:
    """Add a part with a record, or known only from lists; a list of links states only its title."""
    recorded = plan.chance(plan.recorded)
    complete = recorded or plan.nested()
    statement = random_statement(plan, key.kind, title, elements) if complete else Statement(title)
    part = Part(key, family.series[0].key, statement, recorded=recorded)
    family.parts[key] = part
    return part


def add_season(plan: Plan, family: Family, number: int, template: str) -> Part:
    """Add a season; the first may have the number of its series as its id."""
    series = family.series[0]
    first = not any(key.kind == SEASON for key in family.parts) and plan.chance(0.3)
    key = Key(SEASON, series.key.number if first else plan.next_id())
    title = template.format(
        name=plan.name, n=number, s=plan.rng.choice(SUBTITLES), year=2004 + number, ordinal=ORDINALS[min(number, 5)]
    )
    season = add_part(plan, family, key, title, season_elements(plan, number))
    if season.recorded and plan.chance(plan.series_links):
        season.series_link = ParentLink(series.key, plan.name)
    return season


def random_seasons(plan: Plan, family: Family) -> list[tuple[int, Part]]:
    """Add the seasons of a family, with their numbers in the order of broadcast."""
    count = 1 if plan.style == "limited" else plan.rng.choice((0, 1, 1, 2, 2, 3))
    template = plan.rng.choice(SEASON_TITLES[plan.style])
    found = []
    for number in range(1, count + 1):
        volumes = plan.rng.choice((2, 2, 3)) if plan.style == "volumes" and number == count else 0
        marked = [f"{template}: Vol. {volume}" for volume in range(1, volumes + 1)] or [template]
        found += [(number, add_season(plan, family, number, each)) for each in marked]
    if plan.chance(0.15):
        found.append((0, add_season(plan, family, 0, "{name}: Specials")))
    return found


def add_episode(plan: Plan, family: Family, season: tuple[int, Part] | None, number: int, template: str) -> Part:
    """Add an episode of a season, or of the series."""
    shown = season[1].statement.title if season else plan.name
    title = template.format(
        name=plan.name, season=shown, n=season[0] if season else 1, k=number, e=plan.names.pop(),
        s=plan.rng.choice(SUBTITLES), ordinal=ORDINALS[min(season[0], 5) if season and season[0] else 1],
    )  # fmt: skip
    key = Key(EPISODE, plan.next_id())
    return add_part(plan, family, key, title, episode_elements(plan, season[0] if season else None, number))


def add_disc(plan: Plan, family: Family, season: tuple[int, Part] | None, number: int) -> Part:
    """Add a disc of a season, or of the series."""
    template = "{season}: Disc {k}" if plan.style == "volumes" else plan.rng.choice(DISC_TITLES)
    shown = season[1].statement.title if season else plan.name
    title = template.format(name=plan.name, season=shown, n=season[0] if season else 1, k=number)
    elements = {"disc_number": misleading(plan, number)} if plan.chance(0.15) and plan.style != "volumes" else {}
    if plan.chance(0.15):
        elements["sequence_nr_in_series"] = str(number)
    return add_part(plan, family, Key(DISC, plan.next_id()), title, elements)


def join(plan: Plan, family: Family, part: Part, season: Part | None) -> None:
    """Join a part to its season or series by links, lists, or both; every part is reached by at least one."""
    series = family.series[0]
    listed = plan.chance(0.7)
    if season and season.recorded and listed:
        season.lists.setdefault(part.key.kind, []).append(part.key)
    if series.recorded and plan.chance(0.2 if season else 0.8):
        series.lists.setdefault(part.key.kind, []).append(part.key)
    if part.recorded and season and plan.chance(plan.season_links):
        part.season_link = ParentLink(season.key, season.statement.title)
    if part.recorded and plan.chance(plan.series_links):
        part.series_link = ParentLink(series.key, plan.name)
    if _is_joined(family, part):
        return
    if part.recorded:
        part.series_link = ParentLink(series.key, plan.name)
    elif season and season.recorded:
        season.lists.setdefault(part.key.kind, []).append(part.key)
    elif series.recorded:
        series.lists.setdefault(part.key.kind, []).append(part.key)
    else:
        part.recorded, part.series_link = True, ParentLink(series.key, plan.name)


def _is_joined(family: Family, part: Part) -> bool:
    listed = any(part.key in keys for series in family.series for keys in series.lists.values())
    return bool(part.season_link or part.series_link or listed or family.seasons_that_list(part))


def add_best_of(plan: Plan, family: Family) -> None:
    """Add a season that lists episodes of other seasons."""
    season = add_season(plan, family, 9, "{name}: The Best Of")
    season.recorded, season.statement.elements = True, {}
    episodes = [key for key in family.parts if key.kind == EPISODE]
    season.lists[EPISODE] = plan.rng.sample(episodes, min(2, len(episodes)))


def list_seasons(plan: Plan, family: Family) -> None:
    """Put the seasons into the list of their series; without it, only links name those that have no record."""
    series = family.series[0]
    seasons = [part for part in family.parts.values() if part.key.kind == SEASON]
    if series.recorded and plan.chance(0.6):
        series.lists[SEASON] = [part.key for part in seasons]
    linked = {part.season_link.key for part in family.parts.values() if part.season_link}
    for part in seasons:
        if not part.recorded and SEASON not in series.lists:
            part.statement = Statement(part.statement.title)
            part.phantom = True
            if part.key not in linked:
                del family.parts[part.key]


# --- families -------------------------------------------------------------------------------------------------------


def random_series(plan: Plan) -> Series:
    """Return a series with or without a record."""
    recorded = plan.chance(0.8)
    key = Key(SERIES, plan.first_id)
    if not recorded:
        return Series(key, Statement(""), "", recorded=False)
    if plan.style != "counted" and plan.chance(0.1):
        plan.name = NAME_LIKE_A_MARKER
    short = plan.name.split(": ")[0] if plan.dialect == "2.0" and plan.chance(0.2) else plan.name
    return Series(key, random_statement(plan, SERIES, plan.name), short)


def add_claim(plan: Plan, family: Family) -> None:
    """Add a second series that lists the last episode of the first one, too."""
    episodes = family.series[0].lists.get(EPISODE, [])
    free = [family.parts[key] for key in episodes if not (family.parts[key].series_link or family.parts[key].unnamed)]
    free = [part for part in free if not (part.season_link or family.seasons_that_list(part))]
    if not free:
        return
    claimed = free[-1].key
    key = Key(SERIES, plan.next_id())
    other = Series(key, random_statement(plan, SERIES, "Claimant"), "Claimant", lists={EPISODE: [claimed]})
    family.series.append(other)
    family.order.append(key)


def titles_only(plan: Plan, family: Family) -> None:
    """Make a series' episodes entries without addresses, as in the announcement's example."""
    series = family.series[0]
    for part in family.parts.values():
        if part.key.kind == SEASON:
            part.lists.pop(EPISODE, None)
            part.statement.formats = None
        if part.key.kind == EPISODE:
            part.unnamed, part.recorded, part.statement = True, False, Statement(part.statement.title)
            part.season_link = part.series_link = None
    series.lists[EPISODE] = [key for key in family.parts if key.kind == EPISODE]


def order_records(plan: Plan, family: Family) -> None:
    """Put the records in their usual order, or shuffle them: parts may come before their parents."""
    family.order = [series.key for series in family.series if series.recorded]
    family.order += [part.key for part in family.parts.values() if part.recorded]
    if plan.chance(0.6):
        plan.rng.shuffle(family.order)


def random_tv(rng: Random, dialect: str, first_id: int) -> Family:
    """Return a family of a series, which may be ambiguous."""
    plan = random_plan(rng, dialect, first_id)
    series = random_series(plan)
    family = Family([series], {}, [], plan.layout)
    seasons = random_seasons(plan, family)
    choices = VOLUME_EPISODE_TITLES if plan.style == "volumes" else EPISODE_TITLES
    usual = rng.choice(choices)
    for season in seasons or [None]:
        for number in range(1, rng.choice((1, 2, 3, 4)) + 1):
            template = usual if plan.chance(0.7) else rng.choice(choices)
            if season and season[0] == 0:
                template = rng.choice(SPECIAL_TITLES)
            join(plan, family, add_episode(plan, family, season, number, template), season[1] if season else None)
        for number in range(1, rng.choice((0, 0, 0, 1, 2)) + 1):
            join(plan, family, add_disc(plan, family, season, number), season[1] if season else None)
    if len(seasons) > 1 and plan.chance(0.2):
        add_best_of(plan, family)
    list_seasons(plan, family)
    if series.recorded and plan.layout != "nested" and plan.chance(0.08):
        titles_only(plan, family)
    order_records(plan, family)
    if series.recorded and plan.chance(0.05):
        add_claim(plan, family)
    return family


def random_loner(rng: Random, dialect: str, first_id: int) -> Family:
    """Return a movie that is called like a part of a series, or an orphan."""
    plan = random_plan(rng, dialect, first_id)
    plan.formats, plan.dialect = 1.0, "1.x"
    kind = rng.choice((MOVIE, MOVIE, EPISODE, DISC))
    template = rng.choice(DISC_TITLES[1:3] if kind == DISC else EPISODE_TITLES)
    title = template.format(
        name=plan.name, season=f"{plan.name}: Season 2", n=2, k=3, e=plan.names.pop(), s="Water", ordinal="Second"
    )
    elements = episode_elements(plan, 2, 3) if kind == EPISODE else {}
    part = Part(Key(kind, first_id), None, random_statement(plan, kind, title, elements))
    return Family([], {part.key: part}, [part.key])


def random_family(rng: Random, dialect: str, first_id: int, *, ambiguous: bool) -> Family:
    """Return a family; unless it may be ambiguous, one that the contract judges in one way only."""
    if rng.random() < LONERS:
        return random_loner(rng, dialect, first_id)
    while True:
        family = random_tv(rng, dialect, first_id)
        if ambiguous or not is_ambiguous(family):
            return family
