"""The traits that the records of one family share, and random statements that follow them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.oracle.facts import DISC, DVD, MEDIA, STREAMING, Formats, Offer, Statement

if TYPE_CHECKING:
    from random import Random

NAMES = (
    "Bones", "The 4400", "Doctor Who", "Avatar: The Last Airbender", "Code Geass: Lelouch of the Rebellion", "24",
    "Top Gear", "Séance & Sons", "Season of the Witch", "Room 5: Part of Me", "The Book of Daniel", "E.R.",
)  # fmt: skip
EPISODE_NAMES = (
    "Pilot", "Officer Jay", "Day of Days", "Room 5", "3:10 to Nowhere", "Season of Fear", "The Disc", "Part of Me",
    "Dawn: Dusk", "What's in a Name?", "Two Halves", "Vol-au-vent", "Apollo 13", "Über & unter", "Epic", "Batteries",
    "Face Wars", "The Chapter House", "Second Seasoning", "Gone", "Ah, Men", "E for Effort", "Book Club", "Ode",
)  # fmt: skip
SEASON_TITLES = {
    "plain": ("{name}: Season {n}", "{name}: Series {n}", "{name}: {ordinal} Season", "{name}: Season {n}: {s}"),
    "weak": (
        "{name}: Vol. {n}", "{name}: Volume {n}", "{name}: Part {n}", "{name}: Book {n}", "{name}: Book {n}: {s}",
        "{name}: Chapter {n}", "{name}: Collection {n}",
    ),
    "counted": ("{name} {n}", "{name}: {name} {n}"),
    "year": ("{name}: {year}",),
    "named": ("{name}: {s}",),
    "limited": ("{name}: Limited Series", "{name}: Mini-Series"),
    "volumes": ("{name}: Season {n}",),
}  # fmt: skip
STYLES = (*SEASON_TITLES, "plain", "plain", "volumes", "volumes")
LAYOUTS = {"1.x": ("flat",), "2.0": ("flat", "links", "wrapped", "nested")}
NUMBERINGS = ("none", "none", "element", "sequence", "within seasons", "across seasons", "mixed")
NOT_NUMBERS = ("1-3", "12000")
NO_END = 4102444800


@dataclass
class Plan:
    """The traits of a family, and the counters that keep its ids, dates and names apart.

    The fractions say how many parts link to their season, link to their series, are listed by their season, have a
    record, and state formats.
    """

    rng: Random
    dialect: str
    first_id: int
    name: str
    style: str
    layout: str
    numbering: str
    season_links: float
    series_links: float
    listed: float
    recorded: float
    formats: float
    disc_terms: tuple[str, ...]
    names: list[str] = field(default_factory=list)
    ids: int = 0
    sequence: int = 0

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.rng.random() < probability

    def next_id(self) -> int:
        """Return an id that no other title of the family has."""
        self.ids += 1
        return self.first_id + self.ids


def random_plan(rng: Random, dialect: str, first_id: int) -> Plan:
    """Return a random plan. Volumes are numbered and listed alike, because the contract leaves mixtures open."""
    style = rng.choice(STYLES)
    return Plan(
        rng,
        dialect,
        first_id,
        name=rng.choice(NAMES),
        style=style,
        layout=rng.choice(LAYOUTS[dialect]),
        numbering=rng.choice(NUMBERINGS if style != "volumes" else ("none", "sequence", "within seasons")),
        season_links=rng.choice((0.0, 0.5, 1.0) if style != "volumes" else (1.0,)),
        series_links=rng.choice((0.0, 0.0, 0.5, 1.0)),
        listed=rng.choice((0.7, 1.0) if style != "volumes" else (1.0, 0.0)),
        recorded=rng.choice((1.0, 1.0, 0.7)),
        formats=rng.choice((0.0, 0.4, 0.8, 1.0)),
        disc_terms=rng.choice((("DVD",), ("Blu-ray",), ("Blu-ray", "DVD"))),
        names=rng.sample(EPISODE_NAMES, len(EPISODE_NAMES)),
    )


def random_offer(plan: Plan, medium: str) -> Offer:
    """Return an offer with both dates, one, or none. The year 2100 stands for an end that is not known."""
    since = plan.rng.randrange(1_000_000_000, 1_300_000_000) if plan.chance(0.8) else None
    until = plan.rng.choice((NO_END, plan.rng.randrange(1_350_000_000, 1_500_000_000))) if plan.chance(0.6) else None
    return Offer(("instant",) if medium == STREAMING else plan.disc_terms, since, until)


def random_formats(plan: Plan, kind: str) -> Formats | None:
    """Return formats in one medium or both, explicitly empty ones, or None. Discs are on DVD only."""
    if not plan.chance(plan.formats):
        return None
    if plan.chance(0.12):
        return {}
    media = [DVD] if kind == DISC else plan.rng.choice(([STREAMING], [DVD], MEDIA))
    return {medium: random_offer(plan, medium) for medium in media}


def random_updated(plan: Plan) -> str | None:
    """Return a date in seconds or milliseconds that no other record has, an empty text, or None."""
    seconds = plan.rng.randrange(1_200_000, 1_390_000) * 1000 + plan.next_id() % 1000
    return plan.rng.choice((str(seconds), str(seconds), f"{seconds}123", "", None))


def random_statement(plan: Plan, kind: str, title: str, elements: dict[str, str] | None = None) -> Statement:
    """Return a statement with this title and these elements, and with random formats and dates."""
    year = plan.rng.choice((str(plan.rng.randrange(1988, 2013)), "", None))
    return Statement(title, elements or {}, random_formats(plan, kind), random_updated(plan), year)


def misleading(plan: Plan, number: int) -> str:
    """Return this number in most cases, else another one, a range, or a number that is too great."""
    return plan.rng.choice((str(number), str(number), str(number), str(number + 1), plan.rng.choice(NOT_NUMBERS)))


def in_show(plan: Plan, name: str) -> str:
    """Return the name of an element, sometimes as a child of ``show``, which 1.x does not have."""
    return f"show/{name}" if plan.dialect == "2.0" and plan.chance(0.3) else name


def season_elements(plan: Plan, number: int) -> dict[str, str]:
    """Return the number elements of a season. Those of volumes agree with their titles."""
    found = {}
    if plan.chance(0.2) and plan.style != "volumes":
        found[in_show(plan, "season_number")] = misleading(plan, number)
    if plan.chance(0.2) and plan.style != "volumes":
        found["season_label"] = plan.rng.choice(("Season {0}", "{0}", "Series {0}")).format(misleading(plan, number))
    if plan.chance(0.25):
        found["sequence_nr_in_series"] = misleading(plan, number)
    return found


def episode_elements(plan: Plan, season: int | None, number: int) -> dict[str, str]:
    """Return the number elements of an episode, after the numbering of the plan."""
    plan.sequence += 1
    found = {}
    if plan.numbering == "element":
        found[in_show(plan, "episode_number")] = str(number)
    elif plan.numbering == "sequence":
        found["sequence"] = str(number)
    elif plan.numbering in {"within seasons", "across seasons"}:
        found["sequence_nr_in_series"] = str(number if plan.numbering == "within seasons" else plan.sequence)
    elif plan.numbering == "mixed" and plan.chance(0.8):
        found[plan.rng.choice(("episode_number", "sequence"))] = misleading(plan, number)
    if season is not None and plan.chance(0.1):
        found[in_show(plan, "season_number")] = misleading(plan, season)
    if season is not None and plan.chance(0.1):
        found["season_label"] = f"Season {season}"
    return found


def disc_elements(plan: Plan, number: int) -> dict[str, str]:
    """Return the number elements of a disc. Those of volumes are discs of the title or of the list."""
    if plan.style == "volumes" or plan.chance(0.7):
        return {}
    return {plan.rng.choice(("disc_number", "sequence_nr_in_series")): misleading(plan, number)}
