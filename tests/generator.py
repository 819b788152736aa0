"""Makes catalog dumps of any size, with the truth about what ``catindex process`` must make of them.

This module is the independent referee: it imports nothing of catindex. The series are planned first, as light
objects whose numbers, links and formats are decided before a byte is written; the records are then rendered one by
one in a shuffled order. Whatever evidence a part shows agrees with its true numbers, and where nothing answers the
truth says so.

    python -m tests.generator --dialect 2.0 --titles 100000 --tv 0.4 --seed 1 -o dump.xml.gz --truth truth.ndjson
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")
Formats = tuple[str, ...] | None
Truth = dict[str, Any]

# --- what things are called -----------------------------------------------------------------------------------------

DIALECTS: Final = ("1.x", "2.0", "2.0-lines")
#: Spellings of the same facts: an empty element as ``<x/>`` or as ``<x></x>``, and the order of attributes.
EMPTY: Final = ("tag", "pair")
ATTRIBUTES: Final = ("usual", "reversed")
SCHEMAS: Final = "http://schemas.netflix.com/catalog"
HOSTS: Final = ("http://api.netflix.com", "http://api-public.netflix.com", "http://api-nccp.netflix.com")
NO_END: Final = 4102444800

MOVIE_TITLES: Final = (
    "{a} {b}", "The {a} {b}", "{b} of the {c}", "The {b} & the {c}", "{a} {b}: The {c}", "{c} {n}",
    '"{a}" {b}', "{d}'s {b}", "{d} and the {a} {b}", "A {b} for {d}", "Café {b}", "{d} à la Plage", "Où est {d}?",
    "Über {b}",
    "El Niño y la {b}", "東京 {b}", "{b} <{c}>", "𝄞 {b}", "{a}, {a} {b}", "{d}; or, The {b}",
)  # fmt: skip
MIMIC_TITLES: Final = (
    "4:15 to {b}", "{b} Mysteries: Vol. {n}", "{a} {b}: The Lost Episodes", "{a} {b}: Part {n}",
    "{b} Wars: Episode IV", "{d} Through the Seasons", "{b}: Season {n}", "{c}: Chapter {n}", "{a} {b}: Disc {n}",
    "{d}: The Mini-Series",
)  # fmt: skip
SERIES_NAMES: Final = (
    "{a} {b}", "The {a} {b}", "{b} & {c}", "{a} {b}: The {c}", "{d}'s {b}", "{b} Squad", "The {d} Files", "{d} Show",
    "The {b} of {d}: {c} of the {a}", "Señor {d}", "Les {b}s de l'été", "“{a}” {b}", "{n}{n} {b} Street",
)  # fmt: skip
TRAP_NAMES: Final = (
    "48", "1700 {b}", "Open {b} Season", "Season of the {b}", "Series 9: The {b}", "Chapter 12 {b}",
    "{b}: Part 2 of {c}", "Disc {b}", "{b}: Vol. 7 Records", "Episode {n}: {d}", "3:10 with {d}",
)  # fmt: skip
ARC_NAMES: Final = ("The Early Years", "The Island Arc", "Homecoming", "The Lost Reels", "The War Saga", "At Sea")
EPISODE_NAMES: Final = (
    "The {a} {b}", "{d} Returns", "{b} & {c}", "What {d} Knew", "{a} {c}", "Meet the {b}s", "{d}'s Last {c}",
    "Adiós, {d}", "The {b} Who Would Be {c}", "{a} Is the New {b}", "Goodbye, {d}", "It's a {a} {c}!", "“{c}”",
)  # fmt: skip
ADJECTIVES: Final = (
    "Silent", "Crimson", "Hidden", "Broken", "Golden", "Winter", "Lonely", "Electric", "Midnight", "Paper", "Savage",
    "Gentle", "Burning", "Distant", "Hollow", "Velvet", "Restless", "Bitter", "Frozen", "Wicked", "Painted", "Lucky",
)  # fmt: skip
NOUNS: Final = (
    "Harbor", "Lantern", "Orchard", "Compass", "Falcon", "Meadow", "Cathedral", "Engine", "Violin", "Garden", "Mirror",
    "Island", "Kitchen", "Railway", "Tide", "Carnival", "Widow", "Prairie", "Detective", "Balloon", "Sparrow", "Tunnel",
)  # fmt: skip
THINGS: Final = (
    "Promise", "Reckoning", "Secret", "Journey", "Bargain", "Shadow", "Inheritance", "Masquerade", "Verdict", "Parade",
    "Dream", "Signal", "Escape", "Wager", "Harvest", "Return", "Confession", "Letter", "Storm", "Waltz",
)  # fmt: skip
FIRST_NAMES: Final = (
    "Ada", "Bruno", "Clémence", "Dorian", "Edith", "Farouk", "Greta", "Hugo", "Inès", "Jonas", "Klara", "Léon", "Mira",
    "Néstor", "Olga", "Piotr", "Quincy", "Rosa", "Søren", "Tilda", "Uma", "Viktor", "Wanda", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES: Final = (
    "Abernethy", "Bjørnsen", "Castellane", "Dvořák", "Ellsworth", "Fontaine", "Grünwald", "Halloran", "Ibarra",
    "Jessop", "Kowalczyk", "Lindqvist", "Montrose", "Núñez", "O'Dell", "Pemberton", "Quigley", "Rasmussen", "Szabó",
    "Thackery",
)  # fmt: skip
GENRES: Final = (
    "Dramas", "Comedies", "Children & Family", "Thrillers", "Documentaries", "Sci-Fi & Fantasy", "Foreign Languages",
    "Romantic Dramas", "Dark Comedies", "Film Noir", "Action & Adventure", "Westerns", "Music & Concerts", "Horror",
    "Ages 8-10", "Animal Tales", "Courtroom Dramas", "Period Pieces", "Spy Thrillers", "Sports & Fitness",
    "20th Century", "French Language", "Police Thrillers", "Silent Films", "Harbor Lane Home Video",
    "Lantern & Sons Pictures",
)  # fmt: skip
TV_GENRES: Final = (
    "Television", "TV Dramas", "TV Comedies", "TV Action & Adventure", "TV Sci-Fi & Fantasy", "British TV", "Kids' TV",
    "TV Documentaries", "TV Mysteries", "TV Miniseries", "TV Sketch Comedies", "TV Game Shows",
)  # fmt: skip
STUDIOS: Final = ("Harbor Lane", "Lantern & Sons", "Prairie Dog Pictures", "Studio Élan", "Tidewater Television")
LANGUAGES: Final = ("English", "Spanish", "French", "German", "Japanese", "Portuguese")
AUDIO: Final = ("Stereo", "Dolby Digital 2.0", "Dolby Digital 5.1", "Mono")
SCREENS: Final = ("Widescreen Anamorphic 1.85:1", "Full Screen 1.33:1", "Widescreen 2.35:1")
AWARDS: Final = ("Best Picture", "Best Director", "Best Actress in a Leading Role", "Best Original Score")
RATINGS: Final = (
    ("mpaa_ratings", "PG-13"), ("mpaa_ratings", "R"), ("mpaa_ratings", "NR"), ("tv_ratings", "TV-PG"),
    ("tv_ratings", "TV-14"), ("ca_movie_ratings", "14A"),
)  # fmt: skip
SENTENCES: Final = (
    "When {d} inherits a {a} {b}, the whole village has an opinion.",
    'A retired {b} maker (<a href="http://www.netflix.com/RoleDisplay/{d}/{n}">{d}</a>) takes one last job.',
    "Only {d} knows where the <b>{c}</b> is buried &amp; who buried it.",
    "<p>Filmed over {n} winters, this {a} tale won hearts from Łódź to Málaga.",
    "But the {c} has other plans, and the {b} keeps its own counsel.",
    "Meanwhile, {d} -- a skeptic with a {a} past -- counts to {n} and waits.",
)  # fmt: skip

# --- how often --------------------------------------------------------------------------------------------------------

#: Formats of a movie with their weights; None is no format information, () an explicitly empty answer.
MOVIE_FORMATS: Final[tuple[tuple[Formats, float], ...]] = (
    (("DVD",), 200), (("DVD", "instant"), 53), (("Blu-ray", "DVD"), 17), (("Blu-ray", "DVD", "instant"), 15),
    (("instant",), 4), (("Blu-ray",), 1), (("Blu-ray", "instant"), 1), ((), 4), (None, 2),
)  # fmt: skip
SERIES_FORMATS: Final[tuple[tuple[Formats, float], ...]] = (
    (None, 50), (("instant",), 15), (("DVD", "instant"), 20), (("DVD",), 10), ((), 5),
)  # fmt: skip
SEASON_FORMATS: Final[tuple[tuple[Formats, float], ...]] = (
    (None, 15), (("DVD", "instant"), 40), (("instant",), 20), (("DVD",), 15),
    (("Blu-ray", "DVD", "instant"), 7), ((), 3),
)  # fmt: skip
EPISODE_FORMATS: Final[tuple[tuple[Formats, float], ...]] = (
    (("instant",), 60), (("DVD", "instant"), 14), (None, 20), (("DVD",), 3), ((), 3),
)  # fmt: skip
DISC_FORMATS: Final[tuple[tuple[Formats, float], ...]] = (
    (("DVD",), 80), (("Blu-ray", "DVD"), 8), (("Blu-ray",), 4), (None, 5), ((), 3),
)  # fmt: skip
SHAPES: Final = (
    ("seasons", 48), ("volumes", 12), ("numbered", 8), ("mini", 8), ("flat", 8), ("listed", 9), ("orphan", 7),
)  # fmt: skip
GAPS: Final = (("", 79), ("season", 6), ("episode", 9), ("disc", 6))
SEASON_COUNTS: Final = ((1, 30), (2, 20), (3, 15), (4, 10), (5, 8), (6, 5), (7, 4), (8, 3), (9, 2), (10, 1), (12, 2))
NUMBERED_WORDS: Final = ("Vol. {}", "Volume {}", "Part {}", "Book {}", "Collection {}", "Chapter {}")
#: Words that number a season in its own title only: in the titles of its parts they never do (spec, section 6).
NUMBERS_OF_EPISODES: Final = ("Part", "Chapter")
VOLUME_WORDS: Final = ("Vol. {}", "Part {}", "Volume {}")
#: Parent link vocabularies of the 2.0 dialect: rel tokens of the link to the series and to the season.
VOCABULARIES: Final = (
    (("titles.series", "titles.season"), 60), (("title.series", "title.season"), 22), (("series", "season"), 6),
    (("show", "titles.season"), 12),
)  # fmt: skip
#: Kind of part, rel token and title of the link to a list of them.
CHILD_LISTS: Final = (("season", "seasons", "seasons"), ("episode", "programs", "episodes"), ("disc", "discs", "discs"))
LIST_FORMS: Final = (("links", 45), ("records", 25), ("bare", 30))
IDENTICAL_SHARE: Final = 0.01
CHANGED_SHARE: Final = 0.005
SMALLEST_FAMILY: Final = 4
#: No family is larger than this share of the TV records, or than this many, whichever is more: small dumps vary too.
LARGEST_SHARE: Final = 1 / 16
LARGEST_SMALL: Final = 14


def weighted(rng: random.Random, table: Sequence[tuple[T, float]]) -> T:
    """Pick an entry of a table of (entry, weight)."""
    at = rng.random() * sum(weight for _, weight in table)
    for entry, weight in table:
        at -= weight
        if at < 0:
            return entry
    return table[-1][0]


def pick(rng: random.Random, pool: Sequence[T]) -> T:
    """Pick an entry of a pool, faster than random.choice."""
    return pool[int(rng.random() * len(pool))]


def phrase(rng: random.Random, patterns: Sequence[str]) -> str:
    """Fill one of the patterns with made-up words."""
    return pick(rng, patterns).format(
        a=pick(rng, ADJECTIVES),
        b=pick(rng, NOUNS),
        c=pick(rng, THINGS),
        d=pick(rng, FIRST_NAMES),
        n=int(rng.random() * 8) + 2,
    )


def quoted(text: str) -> str:
    """Escape text for an attribute's value (or for an element's content)."""
    return escape(text, {'"': "&quot;"})


def files_of(formats: Formats, kind: str) -> list[str]:
    """Return the files that formats lead to; a disc never goes to the streaming file."""
    found = formats or ()
    streaming = ["streaming"] if "instant" in found and kind != "disc" else []
    return [*streaming, "dvd"] if "DVD" in found or "Blu-ray" in found else streaming


# --- the plan: families of TV records ---------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Part:
    """A TV title: its truth, and which evidence of it the dump shows.

    ``evidence`` holds ``element``, ``label``, ``order`` (the element sequence) and ``sequence``
    (sequence_nr_in_series) for its own number, and ``s-element`` and ``s-label`` for its season's.
    """

    kind: str
    id: int
    family: Family | None
    title: str
    bare: str = ""
    season: int | None = None
    number: int | None = None
    volume: int = 0
    parent: Part | None = None
    formats: Formats = None
    evidence: frozenset[str] = frozenset()
    to_series: bool = False
    to_season: bool = False
    recorded: bool = True
    linkable: bool = True
    met: int = sys.maxsize

    @property
    def key(self) -> str | None:
        return f"{self.kind}/{self.id}" if self.linkable else None


@dataclass(slots=True, eq=False)
class Family:
    """A series with its parts and the ways in which its records speak of each other."""

    id: int
    name: str
    shape: str
    gap: str
    vocabulary: tuple[str, str]
    form: str
    word: str
    lists: frozenset[str] = frozenset()
    season_lists: frozenset[str] = frozenset()
    upward: bool = True
    named: bool = True
    marked: bool = True
    recorded: bool = True
    formats: Formats = None
    seasons: list[Part] = field(default_factory=list)
    episodes: list[Part] = field(default_factory=list)
    discs: list[Part] = field(default_factory=list)
    met: int = sys.maxsize

    def parts(self) -> Iterator[Part]:
        yield from self.seasons
        yield from self.episodes
        yield from self.discs

    def members(self, kind: str) -> list[Part]:
        return {"season": self.seasons, "episode": self.episodes, "disc": self.discs}[kind]


class Slot(NamedTuple):
    """A season, or a volume of one, in the outline of a family; number None is unknown to everyone."""

    number: int | None
    volume: int
    marker: str
    season: Part | None


class Sizes(NamedTuple):
    """How large a family becomes."""

    seasons: int
    episodes: int
    discs: int


class Ids:
    """Gives out ids, rising by chance, in a number range for each kind; ranges of different kinds overlap."""

    STARTS: Final = {"series": 70_000_000, "season": 80_000_000, "episode": 70_000_000, "disc": 60_000_000}

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._last = dict(self.STARTS)

    def next(self, kind: str) -> int:
        self._last[kind] += 1 + int(self._rng.random() * 3)
        return self._last[kind]


class Planner:
    """Plans families: first their shape, then seasons, episodes and discs with the evidence that each shows."""

    def __init__(self, rng: random.Random, *, modern: bool) -> None:
        self.rng = rng
        self.modern = modern
        self.ids = Ids(rng)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # a family as a whole

    def family(self, budget: int) -> Family | Part:
        """Plan a family of at most budget records, or an orphan."""
        shape = weighted(self.rng, SHAPES)
        if shape == "orphan" or budget < SMALLEST_FAMILY:
            return self.orphan()
        family = self.frame(shape)
        sizes = self.sizes(shape, budget)
        slots = self.slots(family, sizes)
        self.choose_lists(family, slots)
        for season in family.seasons:
            self.season_evidence(family, season)
        self.fill_formats(family)
        self.episodes(family, slots, sizes)
        self.discs(family, slots, sizes)
        return family

    def frame(self, shape: str) -> Family:
        """Decide what holds for the whole family."""
        rng = self.rng
        recorded = shape in ("listed", "flat") or not self.chance(0.15)
        named = recorded or shape not in ("seasons", "volumes") or self.chance(0.7)
        trap = recorded and self.chance(0.12)
        return Family(
            id=self.ids.next("series"),
            name=phrase(rng, TRAP_NAMES if trap else SERIES_NAMES),
            shape=shape,
            gap="" if shape == "listed" or not named else weighted(rng, GAPS),
            vocabulary=self.vocabulary(named=named or recorded, recorded=recorded),
            form=weighted(rng, LIST_FORMS),
            upward=not recorded or self.chance(0.7),
            named=named,
            word=self.season_word(shape),
            marked=not named or shape == "listed" or self.chance(0.65),
            recorded=recorded,
        )

    def season_word(self, shape: str) -> str:
        """Choose how this family's titles name a season."""
        if shape == "numbered":
            return pick(self.rng, NUMBERED_WORDS if self.modern else NUMBERED_WORDS[:-1])
        if shape == "mini":
            return pick(self.rng, ("Limited Series", "Mini-Series"))
        return "Series {}" if self.chance(0.12) else "Season {}"

    def vocabulary(self, *, named: bool, recorded: bool) -> tuple[str, str]:
        """Choose the parent links; a show element has no name to give to a series that never comes."""
        if not self.modern:
            return ("series", "season")
        chosen = weighted(self.rng, VOCABULARIES)
        return ("titles.series", "titles.season") if chosen[0] == "show" and named and not recorded else chosen

    def sizes(self, shape: str, budget: int) -> Sizes:
        """Draw how many seasons, episodes and discs there are, within the budget."""
        rng = self.rng
        seasons = 1 if shape in ("mini", "flat") else weighted(rng, SEASON_COUNTS)
        episodes = rng.randint(3, 8) if shape in ("mini", "volumes") else rng.randint(4, 22)
        discs = rng.randint(1, 5) if self.chance(0.5) else 0
        most = 3 if shape == "volumes" else 1
        while 1 + seasons * most * (1 + episodes + discs) > budget:
            if seasons > 1:
                seasons -= 1
            elif discs:
                discs -= 1
            elif episodes > 1:
                episodes -= 1
            else:
                break
        return Sizes(seasons, episodes, discs)

    # seasons

    def slots(self, family: Family, sizes: Sizes) -> list[Slot]:
        """Outline the seasons and volumes, and make the season records among them."""
        rng = self.rng
        if family.shape == "flat":
            number = None if family.gap == "season" else 1
            return [Slot(number, 0, "" if number is None else "Season 1", None)]
        first = rng.randint(2, 4) if family.shape == "seasons" and self.chance(0.1) else 1
        numbers: list[int] = list(range(first, first + sizes.seasons))
        if family.shape == "seasons" and len(numbers) > 1 and self.chance(0.06):
            numbers = [0, *numbers[:-1]]
        unknown = pick(rng, numbers) if family.gap == "season" and family.shape == "seasons" else None
        absent = pick(rng, numbers) if family.shape in ("seasons", "volumes") and self.chance(0.1) else None
        slots = []
        volume_word = pick(rng, VOLUME_WORDS)
        for number in numbers:
            for volume in self.volumes(family, number, numbers):
                marker = family.word.format(number) + (f": {volume_word.format(volume)}" if volume else "")
                known = None if number == unknown else number
                slots.append(self.slot(family, Slot(known, volume, marker, None), recorded=number != absent))
        return slots

    def volumes(self, family: Family, number: int, numbers: list[int]) -> Iterable[int]:
        """Tell the volumes of a season: 0 alone where it has none."""
        if family.shape == "volumes" and (number == numbers[-1] or self.chance(0.5)):
            return range(1, self.rng.randint(2, 3) + 1)
        return (0,)

    def slot(self, family: Family, slot: Slot, *, recorded: bool) -> Slot:
        """Add the season record of a slot, unless this family has none."""
        if family.shape == "listed":
            return slot
        same = not family.seasons and self.chance(0.5)
        season = Part(
            "season",
            family.id if same else self.ids.next("season"),
            family,
            f"{family.name}: {slot.marker}",
            season=slot.number,
            volume=slot.volume,
            recorded=recorded or slot.number is None,
            to_series=not family.recorded if family.named else self.chance(0.5),
        )
        season.to_series = season.to_series or self.chance(0.7)
        family.seasons.append(season)
        if slot.number is None:
            season.title = f"{family.name}: {pick(self.rng, ARC_NAMES)}"
            return Slot(None, 0, "", season)
        return slot._replace(season=season)

    def season_evidence(self, family: Family, season: Part) -> None:
        """Choose what tells a season's number; at least one thing does, unless it is a gap."""
        if season.season is None:
            return
        evidence = self.some(("element", 0.3), ("label", 0.4), ("sequence", 0.3))
        listed = "season" in family.lists
        if season.season == 0:
            evidence -= {"sequence"}  # a position counts from 1
        must_show = family.shape == "volumes" or not family.named or not season.recorded or season.season == 0
        if listed and not must_show and self.chance(0.4):
            evidence = frozenset()  # the list's order, and perhaps the title, must do
        if not must_show and (listed or evidence) and self.chance(0.4):
            season.title = f"{family.name}: {pick(self.rng, ARC_NAMES)}"
        season.evidence = evidence

    def some(self, *shares: tuple[str, float]) -> frozenset[str]:
        """Draw kinds of evidence; the 1.x index knows sequence_nr_in_series only."""
        return frozenset(kind for kind, share in shares if self.chance(share) and (self.modern or kind == "sequence"))

    def choose_lists(self, family: Family, slots: list[Slot]) -> None:
        """Choose which records list which parts, where the positions in those lists tell the truth."""
        numbers = [slot.number for slot in slots]
        whole = all(season.recorded for season in family.seasons)
        known = None not in numbers
        lists = set()
        if family.recorded:
            if whole and known and family.seasons and numbers == list(range(1, len(numbers) + 1)) and self.chance(0.5):
                lists.add("season")
            if family.shape == "listed" or (known and family.gap != "episode" and self.chance(0.35)):
                lists.add("episode")
            if family.gap != "disc" and known and self.chance(0.35):
                lists.add("disc")
        season_lists = set()
        if whole or family.shape != "volumes":
            if family.gap != "episode" and self.chance(0.5):
                season_lists.add("episode")
            if family.gap != "disc" and self.chance(0.5):
                season_lists.add("disc")
        family.lists, family.season_lists = frozenset(lists), frozenset(season_lists)

    # formats

    def fill_formats(self, family: Family) -> None:
        """Give the series and its seasons formats; a season without them has a series to inherit from."""
        if family.recorded:
            family.formats = weighted(self.rng, SERIES_FORMATS)
        if family.shape == "listed" and not family.formats:
            family.formats = ("instant",)
        for season in family.seasons:
            season.formats = weighted(self.rng, SEASON_FORMATS)
            if season.formats is None and family.formats is None:
                season.formats = ("DVD", "instant")

    def part_formats(self, family: Family, part: Part) -> Formats:
        """Draw the formats of an episode or disc: none only where it is clear whose it inherits."""
        table = DISC_FORMATS if part.kind == "disc" else EPISODE_FORMATS
        formats = weighted(self.rng, table)
        if formats is None:
            season = part.parent if part.parent is not None and part.parent.recorded else None
            clear = family.formats is not None if season is None else self.in_season(family, part)
            return formats if clear else table[0][0]
        return formats

    # episodes and discs

    def in_season(self, family: Family, part: Part) -> bool:
        """Tell whether a link in either direction joins a part to a season that has a record."""
        season = part.parent
        return season is not None and season.recorded and (part.to_season or part.kind in family.season_lists)

    def join(self, family: Family, part: Part) -> None:
        """Choose the links to the parents; something always leads to the series."""
        season = part.parent
        if family.upward:
            part.to_series = self.chance(0.6)
            part.to_season = season is not None and self.chance(0.6)
        if not family.recorded:
            part.to_series = family.named or part.to_series
        listed = part.kind in family.lists or (
            part.kind in family.season_lists and season is not None and season.recorded
        )
        if not (part.to_series or part.to_season or listed):
            part.to_series = True

    def season_side(self, family: Family, part: Part, *, titled: bool) -> bool:
        """Choose what tells a part its season's number; return whether its title must."""
        if part.season is None:
            return False
        part.evidence |= self.some(("s-element", 0.35), ("s-label", 0.1))
        told = self.in_season(family, part) or part.evidence & {"s-element", "s-label"}
        if told or (titled and not family.word.startswith(NUMBERS_OF_EPISODES)):
            return titled
        if family.word.startswith("Part"):
            part.to_season = True
            return titled
        if self.modern and (family.word.startswith("Chapter") or self.chance(0.5)):
            part.evidence |= {"s-element"}
            return False
        return True

    def episodes(self, family: Family, slots: list[Slot], sizes: Sizes) -> None:
        """Plan the episodes, numbered on and on across the volumes of a season."""
        counts: Counter[int | None] = Counter()
        hidden = family.shape == "listed" and self.chance(0.7)
        for at, slot in enumerate(slots):
            for _ in range(max(1, sizes.episodes + int(self.rng.random() * 5) - 4)):
                season = slot.number if slot.season is None or slot.number is not None else -1 - at
                counts[season] += 1
                episode = self.episode(family, slot, counts[season])
                family.episodes.append(episode)
                if family.shape == "listed" and (hidden or self.chance(0.5)):
                    self.hide(episode, unique=all(episode.title != other.title for other in family.episodes[:-1]))

    def hide(self, episode: Part, *, unique: bool) -> None:
        """Take away the record of an episode, which only its series' list then tells of."""
        episode.recorded = False
        episode.linkable = not unique or self.chance(0.4)
        episode.formats = None
        episode.evidence = frozenset()

    def episode(self, family: Family, slot: Slot, number: int) -> Part:
        """Plan one episode."""
        part = Part(
            "episode", self.ids.next("episode"), family, "", season=slot.number, number=number, parent=slot.season
        )
        part.bare = phrase(self.rng, EPISODE_NAMES)
        self.join(family, part)
        listed = "episode" in family.lists or (
            "episode" in family.season_lists and slot.season is not None and slot.season.recorded
        )
        titled = family.marked and not family.word.startswith("Chapter")  # which would read as an episode's marker
        titled = self.season_side(family, part, titled=titled)
        if family.gap == "episode" and "Part" not in slot.marker and self.chance(0.3):  # a part would be its number
            part.number = None
            part.title = self.episode_title(family, slot, part, titled=titled, counted=False)
        else:
            own = self.some(("element", 0.35), ("order", 0.3), ("sequence", 0.3))
            counted = self.chance(0.25)
            if not (own or counted or listed):
                own = frozenset({"sequence"})
            part.evidence |= own
            part.title = self.episode_title(family, slot, part, titled=titled, counted=counted)
        part.formats = self.part_formats(family, part)
        return part

    def episode_title(self, family: Family, slot: Slot, part: Part, *, titled: bool, counted: bool) -> str:
        """Write an episode's title in one of the styles of the time."""
        rng = self.rng
        front = f"{family.name}: {slot.marker}" if titled and slot.marker else family.name
        if counted:
            styles = ["Ep {}", "Episode {}", "E{:02}"]
            if "s-element" in part.evidence or (titled and slot.marker.startswith(("Season", "Series"))):
                styles.append("Chapter {}")
            counted_name = pick(rng, styles).format(part.number)
            return f"{front}: {counted_name}" + (f": {part.bare}" if self.chance(0.2) else "")
        if self.chance(0.4):
            return f'{front}: "{part.bare}"'
        if titled and slot.marker.startswith("Season") and self.chance(0.05):
            part.bare += ": Part 2"
        return f"{front}: {part.bare}"

    def discs(self, family: Family, slots: list[Slot], sizes: Sizes) -> None:
        """Plan the discs, numbered on and on across the volumes of a season."""
        if family.shape == "listed":
            return
        counts: Counter[int | None] = Counter()
        for at, slot in enumerate(slots):
            for _ in range(sizes.discs):
                season = slot.number if slot.number is not None else -1 - at
                counts[season] += 1
                family.discs.append(self.disc(family, slot, counts[season], single=len(slots) == 1))

    def disc(self, family: Family, slot: Slot, number: int, *, single: bool) -> Part:
        """Plan one disc."""
        part = Part("disc", self.ids.next("disc"), family, "", season=slot.number, number=number, parent=slot.season)
        self.join(family, part)
        in_list = "disc" in family.season_lists and slot.season is not None and slot.season.recorded
        listed = in_list or ("disc" in family.lists and single)
        if self.season_side(family, part, titled=family.marked) and slot.marker:
            front = f"{family.name}: {slot.marker}"
        else:
            front = family.name
        part.title = f"{front}: Disc {number}"
        if family.gap == "disc" and self.chance(0.3):
            part.number = None
            part.title = f"{front}: Bonus Material"
        else:
            own = self.some(("element", 0.3), ("sequence", 0.4))
            if (own or listed) and self.chance(0.3):
                part.title = f"{front}: Bonus Material"
            part.evidence |= own
        part.formats = self.part_formats(family, part)
        return part

    def orphan(self) -> Part:
        """Plan an episode or disc that leads to no series, with numbers of its own or without."""
        rng = self.rng
        name = phrase(rng, SERIES_NAMES)
        season = rng.randint(1, 9) if self.chance(0.6) else None
        front = name if season is None else f"{name}: Season {season}"
        number = rng.randint(1, 20) if self.chance(0.8) else None
        if self.chance(0.3):
            part = Part("disc", self.ids.next("disc"), None, front, season=season, number=number)
            part.formats = weighted(rng, DISC_FORMATS)
            part.title += ": Bonus Material" if number is None else f": Disc {number}"
        else:
            part = Part("episode", self.ids.next("episode"), None, front, season=season, number=number)
            part.bare = phrase(rng, EPISODE_NAMES)
            part.formats = weighted(rng, EPISODE_FORMATS)
            counted = number is not None and self.chance(0.5)
            part.title += f": Ep {number}" if counted else f": {part.bare}"
            if number is not None and not counted:
                part.evidence = frozenset({"sequence"})
        return part


# --- the truth --------------------------------------------------------------------------------------------------------


def effective(part: Part) -> Formats:
    """Return a part's formats: its own, else its season's, else its series'; a disc passes over formats without DVD."""
    if part.formats is not None or part.family is None:
        return part.formats
    season = part.parent
    if season is None or not season.recorded or season.formats is None:
        return part.family.formats
    return season.formats if part.kind != "disc" or set(season.formats) - {"instant"} else part.family.formats


def part_files(part: Part) -> list[str]:
    """Return the files that a part is listed in."""
    return files_of(effective(part), part.kind)


def part_order(part: Part) -> tuple[int, ...]:
    """Order parts by season and number, without a number last; volumes of a season in their order, else as met."""
    far = sys.maxsize
    season = far if part.season is None else part.season
    number = far if part.number is None else part.number
    return (season, number if part.kind != "season" else part.volume, part.met)


def numbers_of(part: Part) -> Truth:
    """Return the numbers of a part as the truth names them."""
    if part.kind == "season":
        return {"season_number": part.season}
    return {"season_number": part.season, f"{part.kind}_number": part.number}


def family_truth(family: Family) -> Truth:
    """Return the truth about a unified title."""
    found = set(files_of(family.formats, "series"))
    lists: dict[str, list[Truth]] = {}
    for kind in ("season", "episode", "disc"):
        entries = []
        for part in sorted((part for part in family.members(kind) if told(part)), key=part_order):
            files = part_files(part)
            found.update(files)
            entries.append({"key": part.key, "title": part.title, **numbers_of(part), "files": files})
        lists[f"{kind}s"] = entries
    return {
        "key": f"series/{family.id}",
        "title": family.name,
        "files": [name for name in ("streaming", "dvd") if name in found],
        "synthesized": not family.recorded,
        "orphan": False,
        **lists,
    }


def told(part: Part) -> bool:
    """Tell whether the dump tells of a part: it has a record, or is an episode in its series' list."""
    return part.recorded or part.kind == "episode"


def single_truth(key: str, title: str, files: list[str], part: Part | None = None) -> Truth:
    """Return the truth about a title of its own: a movie or an orphan."""
    truth = {"key": key, "title": title, "files": files, "synthesized": False, "orphan": part is not None}
    return truth if part is None else truth | numbers_of(part)


# --- rendering: what both dialects share ------------------------------------------------------------------------------


class Facts(NamedTuple):
    """What a record is about, before it is written in a dialect."""

    kind: str
    id: int
    title: str
    formats: Formats
    part: Part | None
    family: Family | None


def path_of(kind: str, number: int, family: Family | None, spin: int = 0) -> str:
    """Return the path of a title's URL; episodes have two forms, told apart by spin."""
    if kind == "movie":
        return f"/catalog/titles/movies/{number}"
    if kind == "series":
        return f"/catalog/titles/series/{number}"
    if kind == "season":
        assert family is not None
        return f"/catalog/titles/series/{family.id}/seasons/{number}"
    if kind == "disc":
        return f"/catalog/titles/discs/{number}"
    return (
        f"/catalog/titles/programs/{number % 99991 + 7}/{number}" if spin % 3 else f"/catalog/titles/programs/{number}"
    )


class Spelling(NamedTuple):
    """How elements are written: those without content, those whose text is empty, and the order of attributes."""

    empty: str
    empty_text: str
    attributes: str


class Ways(NamedTuple):
    """The external ids of one record, each where it stands."""

    attribute: dict[str, str]
    block: str
    extra: str
    query: str


class Renderer:
    """Writes records in a dialect; the subclasses know the shape, this class the pools and the external ids."""

    declaration: str
    root: str
    empty: str

    def __init__(self, seed: int, empty: str | None, attributes: str) -> None:
        self.spelling = Spelling(empty or self.empty, empty or "pair", attributes)
        self.rng = random.Random(seed)
        self.counts: Counter[tuple[str, str]] = Counter()
        rng = random.Random(seed ^ 0x5EED)
        self.people = tuple(
            (20_000_000 + 37 * n, quoted(f"{first} {last}"))
            for n, (first, last) in enumerate((first, last) for first in FIRST_NAMES for last in LAST_NAMES)
        )
        self.build(rng)

    def build(self, rng: random.Random) -> None:
        """Make the pools of blocks that records are put together from."""
        raise NotImplementedError

    def record(self, facts: Facts, *, changed: bool) -> str:
        """Write a record; a changed one differs in its date of update."""
        raise NotImplementedError

    def element(self, name: str, inner: str | None = None, /, **attributes: str) -> str:
        """Write an element in the dump's spelling; inner is XML, or None for an element without content."""
        pairs = list(attributes.items())
        if self.spelling.attributes == "reversed":
            pairs.reverse()
        start = "".join([f"<{name}", *(f' {key}="{value}"' for key, value in pairs)])
        empty = self.spelling.empty if inner is None else self.spelling.empty_text
        if not inner and empty == "tag":
            return f"{start}/>"
        return f"{start}>{inner or ''}</{name}>"

    def link(self, href: str, rel: str, title: str | None) -> str:
        """Write an empty link; rel is short for a rel of the catalog's schemas; title is raw text or None."""
        named = {} if title is None else {"title": quoted(title)}
        return self.element("link", href=href, rel=f"{SCHEMAS}/{rel}", **named)

    def external(self, facts: Facts, child: str, deeper: str) -> Ways:
        """Draw the external ids of a record and count them."""
        rng = self.rng
        share = rng.random()
        if share < 0.1:
            return Ways({}, child + self.element("external_ids") if share < 0.05 else "", "", "")
        ids: list[str] = []
        if set(facts.formats or ()) & {"DVD", "Blu-ray"}:
            for _ in range(int(rng.random() * 3)):
                ids.append(self.element("id", f"{int(rng.random() * 10**12):013}", rel=f"{SCHEMAS}/id.upc"))
                self.counts["id", "upc"] += 1
        for token, odds in (("amg", 0.8), ("tms", 0.7)):
            if rng.random() < odds:
                rel = pick(rng, ("id.{}", "id.{}", "id.{}", "id/{}", "id#{}")).format(token)
                rel = rel if rng.random() < 0.97 else rel.replace(token, token.upper())
                ids.append(self.element("id", self.value(token), rel=f"{SCHEMAS}/{rel}"))
                self.counts["id", token] += 1
        block = ""
        if ids:
            block = child + self.element("external_ids", f"{deeper}{deeper.join(ids)}{child}")
        return self.odd_places(block, child) if share > 0.85 else Ways({}, block, "", "")

    def value(self, token: str) -> str:
        """Make up an id."""
        number = int(self.rng.random() * 10**6)
        return f"V {number:7}" if token == "amg" else f"MV{number:08}0000"

    def odd_places(self, block: str, child: str) -> Ways:
        """Add ids in the less usual places: an attribute, an element, a link, URL parameters."""
        rng = self.rng
        place = pick(rng, ("attribute", "element", "link", "query"))
        token = pick(rng, ("amg", "tms"))
        self.counts[place, token] += 1
        if place == "attribute":
            return Ways({f"{token}_id": self.value(token)}, block, "", "")
        if place == "element":
            return Ways({}, block, child + self.element(f"{token}_id", self.value(token)), "")
        if place == "link":
            href = f"http://ids.example.com/{token}/{int(rng.random() * 10**6)}"
            return Ways({}, block, child + self.link(href, f"titles/{token}", f"{token} page"), "")
        return Ways({}, block, "", f"include_{token}=true")

    def target(self, part: Part, host: str) -> str:
        """Return the URL by which another record links to a part."""
        return host + path_of(part.kind, part.id, part.family, part.id + 1) if part.linkable else ""

    def children(self, facts: Facts) -> Iterator[tuple[str, list[Part]]]:
        """Yield the lists of parts that a series' or season's record shows."""
        family = facts.family
        if family is None or facts.kind not in ("series", "season"):
            return
        for kind in ("season", "episode", "disc"):
            if facts.kind == "series":
                parts = family.members(kind) if kind in family.lists else []
            else:
                of_season = kind in family.season_lists
                parts = [part for part in family.members(kind) if part.parent is facts.part] if of_season else []
            if parts:
                yield kind, parts

    def parents(self, facts: Facts, host: str) -> list[str]:
        """Write the links of a part to its series and its season."""
        family, part = facts.family, facts.part
        if part is None or family is None:
            return []
        links = []
        to_series, to_season = family.vocabulary
        if part.to_series and to_series != "show":
            href = host + path_of("series", family.id, None)
            links.append(self.link(href, to_series, family.name if family.named else None))
        if part.to_season and part.parent is not None:
            links.append(self.link(self.target(part.parent, host), to_season, part.parent.title))
        return links


# --- rendering: 1.x ---------------------------------------------------------------------------------------------------


class Renderer1x(Renderer):
    """The index of 2008 to 2012: an element a line, ASCII, every category twice."""

    declaration = '<?xml version="1.0" standalone="yes"?>\n\n<catalog_title_index>'
    root = "catalog_title_index"
    empty = "pair"
    child = "\n        "
    host = HOSTS[0]

    def build(self, rng: random.Random) -> None:
        self.genres = [self.genre_block(rng, GENRES, 7) for _ in range(600)]
        self.tv_genres = [self.genre_block(rng, TV_GENRES, 5) for _ in range(300)]
        self.casts = [self.cast_block(rng) for _ in range(900)]
        self.blu_ray = self.twins("Blu-ray")

    def twins(self, genre: str) -> str:
        """Write a genre as the deprecated twin and the current one."""
        name = quoted(genre)
        old = self.category("catalog/genres", name, status="deprecated")
        return f"{self.child}{old}{self.child}{self.category('categories/genres', name)}"

    def category(self, scheme: str, name: str, **status: str) -> str:
        """Write a category of a quoted name."""
        return self.element("category", scheme=f"{self.host}/{scheme}", label=name, term=name, **status)

    def genre_block(self, rng: random.Random, genres: Sequence[str], most: int) -> str:
        """Write the genres of a title."""
        return "".join(map(self.twins, rng.sample(genres, rng.randint(3, most))))

    def cast_block(self, rng: random.Random) -> str:
        """Write the person links of a title."""
        roles = ["person.actor"] * rng.randint(1, 10) + ["person.director"] * rng.randint(0, 2)
        url = f"{self.host}/catalog/people"
        return "".join(
            self.child + self.element("link", href=f"{url}/{number}", rel=f"{SCHEMAS}/{role}", title=name)
            for role, (number, name) in zip(roles, rng.sample(self.people, len(roles)), strict=True)
        )

    def record(self, facts: Facts, *, changed: bool) -> str:
        rng, child = self.rng, self.child
        ways = self.external(facts, child, "\n            ")
        movie = facts.kind == "movie"
        genres = pick(rng, self.genres if movie else self.tv_genres)
        if "Blu-ray" in (facts.formats or ()):
            genres += self.blu_ray
        url = self.host + path_of(facts.kind, facts.id, facts.family, facts.id)
        year = str(1920 + int(rng.random() * 91)) if rng.random() < 0.98 else ""
        page = f"http://www.netflix.com/Movie/{facts.kind}_{facts.id}/{facts.id}"
        cast = pick(rng, self.casts)
        studio = child + self.element("studio", quoted(pick(rng, STUDIOS))) if rng.random() < 0.05 else ""
        formats = self.delivery(facts.formats)
        similars = ""
        if ways.query:
            similars = child + self.link(
                f"{url}/similars?max_results=9&amp;{ways.query}", "titles.similars", "similars"
            )
        links = "".join(child + link for link in self.family_links(facts))
        if "instant" in (facts.formats or ()) and rng.random() < 0.2:
            links += child + self.link(f"http://www.netflix.com/WiPlayer?movieid={facts.id}", "instant", "instant")
        updated = 1_200_000_000 + int(rng.random() * 90_000_000) + changed
        web_page = self.element("link", href=page, rel="alternate", title="web page")
        inner = (
            f"{child}{self.element('title', escape(facts.title))}{child}{self.element('id', url)}"
            f"{genres}{cast}{links}{similars}{child}{self.element('release_year', year)}"
            f"{child}{web_page}{studio}{self.sequence(facts.part)}"
            f"{ways.block}{ways.extra}{formats}{child}{self.element('updated', str(updated))}\n    "
        )
        return "\n    " + self.element("title_index_item", inner, **ways.attribute)

    def sequence(self, part: Part | None) -> str:
        """Write a part's sequence_nr_in_series."""
        if part is None or "sequence" not in part.evidence:
            return ""
        number = part.season if part.kind == "season" else part.number
        return self.child + self.element("sequence_nr_in_series", str(number))

    def family_links(self, facts: Facts) -> Iterator[str]:
        """Write the links to parents and children."""
        yield from self.parents(facts, self.host)
        for kind, parts in self.children(facts):
            rel = "program" if kind == "episode" else kind
            for part in parts:
                yield self.link(self.target(part, self.host), rel, part.title)

    def delivery(self, formats: Formats) -> str:
        """Write the delivery formats, each with its deprecated twin; a few have that twin only."""
        if formats is None:
            return ""
        rng, child = self.rng, self.child
        inner = ""
        for name in formats:
            start = 850_000_000 + int(rng.random() * 440_000_000)
            dates = {"available_from": str(start)}
            if name == "instant":
                dates["available_until"] = str(NO_END if rng.random() < 0.4 else start + 94_608_000)
            elif rng.random() < 0.03:
                dates = {}
            twins = [self.category("catalog/titles/formats", name, status="deprecated")]
            if rng.random() < 0.98:
                twins.append(self.category("categories/title_formats", name))
            lines = "".join(f"{child}        {twin}" for twin in twins)
            inner += f"{child}    {self.element('availability', f'{lines}{child}    ', **dates)}"
        return child + self.element("delivery_formats", inner + child if formats else None)


# --- rendering: 2.0 ---------------------------------------------------------------------------------------------------


class Renderer20(Renderer):
    """The index of 2011 to 2014: expansions inside their links, UTF-8, CDATA; an element or a record a line."""

    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<catalog_titles>'
    root = "catalog_titles"
    empty = "tag"

    def __init__(self, seed: int, empty: str | None, attributes: str, *, lines: bool) -> None:
        self.start = "\n" if lines else "\n  "
        self.nl = ("",) * 12 if lines else tuple("\n" + "  " * depth for depth in range(12))
        super().__init__(seed, empty, attributes)

    # pools

    def build(self, rng: random.Random) -> None:
        self.art = [self.art_block(rng) for _ in range(200)]
        self.synopses = [self.prose(rng, 6) for _ in range(300)]
        self.shorts = [self.prose(rng, 2) for _ in range(300)]
        self.genres = [self.genre_block(rng, GENRES, 8) for _ in range(400)]
        self.tv_genres = [self.genre_block(rng, TV_GENRES, 7) for _ in range(200)]
        self.casts = [self.people_block(rng, 2, 14) for _ in range(600)]
        self.directors = [self.people_block(rng, 1, 2) for _ in range(100)]
        self.similars = [self.similar_block(rng) for _ in range(300)]
        self.awards = [self.award_block(rng) for _ in range(60)]
        self.languages = {
            name: [self.language_block(rng, name) for _ in range(40)] for name in ("Blu-ray", "DVD", "instant")
        }
        self.screens = {
            name: [self.screen_block(rng, name) for _ in range(6)] for name in ("Blu-ray", "DVD", "instant")
        }
        self.blu_ray = self.category(rng, 2, "genres/2444", "Blu-ray")

    def category(self, rng: random.Random, depth: int, scheme: str, label: str, inner: str | None = None) -> str:
        """Write a category, its attributes in one of two orders."""
        name = quoted(label)
        url = f"{pick(rng, HOSTS)}/categories/{scheme}"
        if rng.random() < 0.5:
            return self.nl[depth] + self.element("category", inner, scheme=url, label=name, term=name)
        return self.nl[depth] + self.element("category", inner, label=name, term=name, scheme=url)

    def art_block(self, rng: random.Random) -> str:
        """Write the pictures of a title."""
        number = rng.randint(1000, 9999)
        lines = [
            self.nl[4]
            + self.link(
                f"http://cdn-{number % 9}.example.net/images/{number}/{number}{width}.jpg",
                f"titles/box_art/{width}pix_w",
                f"{width}pix width box art",
            )
            for width in (38, 64, 88, 110, 124, 150, 166, 197, 284)
        ]
        return self.nl[3] + self.element("box_art", f"{''.join(lines)}{self.nl[3]}")

    def prose(self, rng: random.Random, most: int) -> str:
        """Write a synopsis with HTML and newlines as CDATA."""
        between = pick(rng, ("\n", " ", "\n\n", "<br>\n"))
        return f"<![CDATA[{between.join(phrase(rng, SENTENCES) for _ in range(rng.randint(1, most)))}]]>"

    def genre_block(self, rng: random.Random, genres: Sequence[str], most: int) -> str:
        """Write the genres and ratings of a title."""
        chosen = rng.sample(range(len(genres)), rng.randint(3, most))
        lines = [self.category(rng, 2, f"genres/{6500 + number}", genres[number]) for number in chosen]
        lines += [self.category(rng, 2, *rating) for rating in rng.sample(RATINGS, rng.randint(1, 2))]
        lines.append(self.category(rng, 2, "maturity_level", str(rng.randint(5, 13) * 10)))
        return "".join(lines)

    def people_block(self, rng: random.Random, least: int, most: int) -> str:
        """Write people, as inside a link to the cast or the directors."""
        host = pick(rng, HOSTS)
        lines = [
            self.nl[4]
            + self.element("link", href=f"{host}/catalog/people/{number}", rel=f"{SCHEMAS}/person", title=name)
            for number, name in rng.sample(self.people, rng.randint(least, most))
        ]
        return self.nl[3] + self.element("people", f"{''.join(lines)}{self.nl[3]}")

    def similar_block(self, rng: random.Random) -> str:
        """Write similar titles, as links or as whole small records; some are series, and none are in the dump."""
        host, nl = pick(rng, HOSTS), self.nl
        nested = rng.random() < 0.2
        lines = []
        for _ in range(rng.randint(6, 16)):
            kind = "movie" if rng.random() < 0.8 else "series"
            url = host + path_of(kind, rng.randint(95_000_000, 99_000_000), None)
            title = phrase(rng, MOVIE_TITLES if kind == "movie" else SERIES_NAMES)
            if nested:
                lines.append(self.small_record(4, url, title))
            else:
                lines.append(f"{nl[4]}{self.link(url, 'title', title)}")
        return nl[3] + self.element("catalog_titles", f"{''.join(lines)}{nl[3]}")

    def small_record(self, depth: int, url: str, title: str) -> str:
        """Write a record inside a record."""
        nl, name = self.nl, quoted(title)
        names = self.element("title", short=name, regular=name)
        inner = f"{nl[depth + 1]}{self.element('id', url)}{nl[depth + 1]}{names}{nl[depth]}"
        return nl[depth] + self.element("catalog_title", inner)

    def award_block(self, rng: random.Random) -> str:
        """Write awards, won and missed."""
        lines = []
        for label in rng.sample(AWARDS, rng.randint(1, 3)):
            name = pick(rng, ("award_winner", "award_nominee"))
            award = self.category(rng, 5, "award_types/lantern", label)
            lines.append(self.nl[4] + self.element(name, award + self.nl[4], year=str(rng.randint(1950, 2012))))
        return self.nl[3] + self.element("awards", f"{''.join(lines)}{self.nl[3]}")

    def language_block(self, rng: random.Random, name: str) -> str:
        """Write the languages of one format."""
        lines = []
        for language in rng.sample(LANGUAGES, rng.randint(1, 3)):
            audio = self.category(rng, 7, "audio", pick(rng, AUDIO))
            lines.append(self.category(rng, 6, "languages", language, audio + self.nl[6]))
        form = self.category(rng, 5, "title_formats", name, f"{''.join(lines)}{self.nl[5]}")
        return self.nl[4] + self.element("language_audio_format", form + self.nl[4])

    def screen_block(self, rng: random.Random, name: str) -> str:
        """Write the screen format of one format."""
        screen = self.category(rng, 6, "screen_formats", pick(rng, SCREENS))
        form = self.category(rng, 5, "title_formats", name, screen + self.nl[5])
        return self.nl[4] + self.element("screen_format", form + self.nl[4])

    # a record

    def expansion(self, url: str, rel: str, title: str, inner: str) -> str:
        """Write a link with its expansion inside, or without one where inner is empty."""
        content = inner + self.nl[2] if inner else None
        return self.nl[2] + self.element("link", content, href=url, rel=f"{SCHEMAS}/{rel}", title=title)

    def record(self, facts: Facts, *, changed: bool) -> str:
        rng, nl2 = self.rng, self.nl[2]
        host = pick(rng, HOSTS)
        url = host + path_of(facts.kind, facts.id, facts.family, facts.id)
        ways = self.external(facts, nl2, self.nl[3])
        updated = 1_300_000_000 + int(rng.random() * 100_000_000) + changed
        stamp = f"{updated}{int(rng.random() * 1000):03}" if rng.random() < 0.4 else str(updated)
        own = f"{url}?v=2.0&amp;{ways.query}" if ways.query and rng.random() < 0.3 else url
        rating = f"{1 + rng.random() * 4:.1f}" if rng.random() < 0.97 else ""
        year = str(1920 + int(rng.random() * 94)) if rng.random() < 0.98 else ""
        alike = url + "/similars" + (f"?{ways.query}" if ways.query and own is url else "")
        web_page = f"http://movies.netflix.com/Movie/{facts.id}"
        inner = "".join(
            (
                nl2 + self.element("id", own),
                self.title(facts, ways.attribute),
                self.texts(url),
                nl2 + self.element("release_year", year),
                self.categories(facts),
                self.runtime(2) if facts.kind != "series" else "",
                self.availability(url, facts.formats),
                self.technical(url, facts.formats),
                self.expansion(url + "/cast", "people.cast", "cast", pick(rng, self.casts)),
                self.expansion(url + "/directors", "people.directors", "directors", pick(rng, self.directors)),
                self.expansion(alike, "titles.similars", "similars", pick(rng, self.similars)),
                "".join(nl2 + link for link in self.parents(facts, pick(rng, HOSTS))),
                self.lists(facts, url),
                self.numbers(facts),
                nl2 + self.element("average_rating", rating),
                ways.block,
                nl2 + self.element("link", href=web_page, rel="alternate", title="web page"),
                nl2 + self.link(f"http://nflx.example/{facts.id:x}", "title/ref.tiny", "Tiny URL"),
                ways.extra,
                nl2 + self.element("updated", stamp) + self.nl[1],
            )
        )
        return self.start + self.element("catalog_title", inner)

    def title(self, facts: Facts, attribute: dict[str, str]) -> str:
        """Write the title's three forms."""
        name, part = quoted(facts.title), facts.part
        more = {"episode_short": quoted(part.bare)} if part and part.bare and self.rng.random() < 0.4 else {}
        short = name if self.rng.random() < 0.9 or ":" not in name else name.rpartition(": ")[0] or name
        return self.nl[2] + self.element("title", short=short, regular=name, **more, **attribute)

    def runtime(self, depth: int) -> str:
        """Write a runtime."""
        return self.nl[depth] + self.element("runtime", str(1200 + int(self.rng.random() * 7000)))

    def texts(self, url: str) -> str:
        """Write box art and synopses; some records lack the art."""
        rng, nl3 = self.rng, self.nl[3]
        art = (
            self.expansion(url + "/box_art", "titles/box_art", "box art", pick(rng, self.art))
            if rng.random() < 0.98
            else ""
        )
        long = nl3 + self.element("synopsis", pick(rng, self.synopses))
        short = nl3 + self.element("short_synopsis", pick(rng, self.shorts))
        return (
            art
            + self.expansion(url + "/synopsis", "titles/synopsis", "synopsis", long)
            + self.expansion(url + "/synopsis/short", "titles/synopsis.short", "short synopsis", short)
        )

    def categories(self, facts: Facts) -> str:
        """Write genres and ratings, with the genre Blu-ray where it is offered."""
        block = pick(self.rng, self.genres if facts.kind == "movie" else self.tv_genres)
        return block + self.blu_ray if "Blu-ray" in (facts.formats or ()) else block

    def availability(self, url: str, formats: Formats) -> str:
        """Write the format availability; no information is no link, or one that is not expanded."""
        rng, nl = self.rng, self.nl
        url += "/format_availability"
        if formats is None:
            return "" if rng.random() < 0.5 else self.expansion(url, "titles/format_availability", "formats", "")
        if not formats:
            empty = nl[3] + self.element("delivery_formats")
            return self.expansion(url, "titles/format_availability", "formats", empty)
        groups = [formats] if len(formats) > 1 and rng.random() < 0.03 else [(name,) for name in formats]
        inner = "".join(self.one_availability(group) for group in groups)
        block = nl[3] + self.element("delivery_formats", inner + nl[3])
        text = self.expansion(url, "titles/format_availability", "formats", block)
        if "instant" in formats and rng.random() < 0.15:
            text += nl[2] + self.link("http://www.netflix.com/WiPlayer", "instant", "instant")
        return text

    def one_availability(self, names: Sequence[str]) -> str:
        """Write the availability of a format, or of several at once."""
        rng, nl = self.rng, self.nl
        start = 1_000_000_000 + int(rng.random() * 380_000_000)
        until = NO_END if rng.random() < 0.6 else start + 63_072_000
        dates = {"available_from": str(start), "available_until": str(until)}
        if "instant" not in names:
            del dates["available_until"]
        elif rng.random() < 0.3:
            dates = dict(reversed(dates.items()))
        lines = []
        for name in names:
            quality = self.category(rng, 6, "title_formats/quality", "HD" if rng.random() < 0.4 else "SD")
            rating = self.category(rng, 6, "mpaa_ratings", "PG-13") if rng.random() < 0.5 else ""
            lines.append(self.category(rng, 5, "title_formats", name, f"{rating}{quality}{nl[5]}"))
        return nl[4] + self.element("availability", f"{''.join(lines)}{self.runtime(5)}{nl[4]}", **dates)

    def technical(self, url: str, formats: Formats) -> str:
        """Write screen formats, languages and audio for each format, and awards in some records."""
        rng, nl3 = self.rng, self.nl[3]
        text = ""
        if formats:
            screens = "".join(pick(rng, self.screens[name]) for name in formats)
            languages = "".join(pick(rng, self.languages[name]) for name in formats)
            screens = nl3 + self.element("screen_formats", screens + nl3)
            languages = nl3 + self.element("languages_and_audio", languages + nl3)
            text = self.expansion(url + "/screen_formats", "titles/screen_formats", "screen formats", screens)
            text += self.expansion(
                url + "/languages_and_audio", "titles/languages_and_audio", "languages and audio", languages
            )
        if rng.random() < 0.15:
            text += self.expansion(url + "/awards", "titles/awards", "awards", pick(rng, self.awards))
        return text

    # series

    def lists(self, facts: Facts, url: str) -> str:
        """Write the links to seasons, episodes and discs: expanded where the family has such a list."""
        if facts.family is None or facts.kind not in ("series", "season"):
            return ""
        expanded = dict(self.children(facts))
        text = ""
        for kind, rel, title in CHILD_LISTS:
            if kind in expanded:
                inner = self.list_of(expanded[kind], facts.family.form)
                text += self.expansion(f"{url}/{title}", f"titles.{rel}", title, inner)
            elif facts.kind == "series" and self.rng.random() < 0.3:
                text += self.expansion(f"{url}/{title}", f"titles.{rel}", title, "")
        return text

    def list_of(self, parts: list[Part], form: str) -> str:
        """Write a list of parts as links in a wrapper, as small records, or as links without a wrapper."""
        host, nl = pick(self.rng, HOSTS), self.nl
        depth = 3 if form == "bare" else 4
        lines = []
        for part in parts:
            url = self.target(part, host)
            if form == "records" and url:
                lines.append(self.small_record(depth, url, part.title))
            else:
                rel = "title" if part.kind == "episode" else f"title.{part.kind}"
                lines.append(nl[depth] + self.link(url, rel, part.title))
        if form == "bare":
            return "".join(lines)
        return nl[3] + self.element("catalog_titles", f"{''.join(lines)}{nl[3]}")

    def numbers(self, facts: Facts) -> str:
        """Write the elements that tell a part's numbers, and its show."""
        part = facts.part
        if part is None:
            return ""
        has, nl2 = part.evidence, self.nl[2]
        found: dict[str, int | None] = {}
        if "s-element" in has or (part.kind == "season" and "element" in has):
            found["season_number"] = part.season
        if part.kind != "season" and "element" in has:
            found[f"{part.kind}_number"] = part.number
        label = "label" in has if part.kind == "season" else "s-label" in has
        text = nl2 + self.element("season_label", f"Season {part.season}") if label else ""
        inside = bool(found) and self.rng.random() < 0.5
        show = self.show(facts, found if inside else {})
        if not (inside and show):
            text += "".join(nl2 + self.element(name, str(number)) for name, number in found.items())
        if "order" in has:
            text += nl2 + self.element("sequence", str(part.number))
        if "sequence" in has:
            number = part.season if part.kind == "season" else part.number
            text += nl2 + self.element("sequence_nr_in_series", str(number))
        return text + show

    def show(self, facts: Facts, inside: dict[str, int | None]) -> str:
        """Write the show element, with numbers inside or empty, where that is how the family links."""
        part, family, nl = facts.part, facts.family, self.nl
        if part is None or family is None or not part.to_series or family.vocabulary[0] != "show":
            return ""
        inner = "".join(nl[3] + self.element(name, str(number)) for name, number in inside.items())
        return nl[2] + self.element("show", inner + nl[2] if inside else None, id=str(family.id))


# --- the dump ---------------------------------------------------------------------------------------------------------


def movie_facts(rng: random.Random, index: int) -> Facts:
    """Draw what a movie is; some share their number with a series."""
    number = (70_000_000 if index % 10 == 0 else 60_000_000) + 3 * index
    title = phrase(rng, MIMIC_TITLES if rng.random() < 0.05 else MOVIE_TITLES)
    return Facts("movie", number, title, weighted(rng, MOVIE_FORMATS), None, None)


class Catalog:
    """A planned dump: its text comes piece by piece, then its truth line by line."""

    ORIGINAL, IDENTICAL, CHANGED = range(3)

    def __init__(
        self,
        dialect: str,
        titles: int,
        tv: float,
        seed: int,
        *,
        identical: float = IDENTICAL_SHARE,
        changed: float = CHANGED_SHARE,
        empty: str | None = None,
        attributes: str = "usual",
    ) -> None:
        """Plan a dump.

        Args:
            dialect: One of DIALECTS.
            titles: How many records the dump has, copies included.
            tv: The share of TV records, 0 to 1.
            seed: The same seed gives the same bytes.
            identical: The share of records that are byte for byte copies of another.
            changed: The share of records that are copies with another date of update.
            empty: How elements without content are written: one of EMPTY, or None for the dialect's usual way.
            attributes: The order of attributes: one of ATTRIBUTES.

        """
        if dialect not in DIALECTS:
            raise ValueError(f"no such dialect: {dialect}")
        self.dialect, self.titles, self.seed = dialect, titles, seed
        self.encoding = "ascii" if dialect == "1.x" else "utf-8"
        rng = random.Random(seed)
        self.copies = Counter({self.IDENTICAL: int(titles * identical), self.CHANGED: int(titles * changed)})
        unique = titles - self.copies.total()
        self.families: list[Family] = []
        self.tv_facts: list[Facts] = []
        self.plan_tv(Planner(rng, modern=dialect != "1.x"), round(unique * tv))
        self.movies = unique - len(self.tv_facts)
        self.order = self.shuffled(rng, unique)
        self.meet()
        self.renderer: Renderer = (
            Renderer1x(seed, empty, attributes)
            if dialect == "1.x"
            else Renderer20(seed, empty, attributes, lines=dialect == "2.0-lines")
        )
        self.counts: Counter[tuple[str, str]] = self.renderer.counts
        self.unique_counts: Counter[tuple[str, str]] = Counter()
        self.rendered = False

    # planning

    def plan_tv(self, planner: Planner, budget: int) -> None:
        """Plan families until the budget of TV records is used up."""
        largest = max(LARGEST_SMALL, int(budget * LARGEST_SHARE))
        while (left := budget - len(self.tv_facts)) > 0:
            planned = planner.family(min(left, largest))
            if isinstance(planned, Part):
                self.tv_facts.append(Facts(planned.kind, planned.id, planned.title, planned.formats, planned, None))
                continue
            self.families.append(planned)
            if planned.recorded:
                self.tv_facts.append(Facts("series", planned.id, planned.name, planned.formats, None, planned))
            for part in planned.parts():
                if part.recorded:
                    self.tv_facts.append(Facts(part.kind, part.id, part.title, part.formats, part, planned))

    def shuffled(self, rng: random.Random, unique: int) -> list[int]:
        """Return the order of the records, copies among them: three times the index plus the kind of copy."""
        order = [3 * index for index in range(unique)]
        copied = rng.sample(range(unique), min(unique, self.copies.total()))
        for at, index in enumerate(copied):
            order.append(3 * index + (self.IDENTICAL if at < self.copies[self.IDENTICAL] else self.CHANGED))
        rng.shuffle(order)
        return order

    def meet(self) -> None:
        """Note where in the dump each part, and any part of each series, is first met."""
        for at, entry in enumerate(self.order):
            index = entry // 3 - self.movies
            if index < 0:
                continue
            facts = self.tv_facts[index]
            if facts.part is not None:
                facts.part.met = min(facts.part.met, at)
            if facts.family is not None:
                facts.family.met = min(facts.family.met, at)

    # text

    def facts(self, index: int) -> Facts:
        """Return what the record of that index is about, and set the renderer's chance for it."""
        rng = self.renderer.rng
        rng.seed(self.seed * 1_000_000_007 + index)
        return movie_facts(rng, index) if index < self.movies else self.tv_facts[index - self.movies]

    def pieces(self) -> Iterator[str]:
        """Yield the text of the dump: its head, each record, its end."""
        self.counts.clear()
        self.unique_counts.clear()
        seen = bytearray(self.movies + len(self.tv_facts))
        yield self.renderer.declaration
        for entry in self.order:
            index, copy = divmod(entry, 3)
            before = self.counts.copy() if seen[index] else None
            yield self.renderer.record(self.facts(index), changed=copy == self.CHANGED)
            if before is not None:
                self.unique_counts.subtract(self.counts - before)
            seen[index] = 1
        self.unique_counts.update(self.counts)
        self.rendered = True
        yield f"\n</{self.renderer.root}>\n"

    def chunks(self, size: int = 1 << 18) -> Iterator[bytes]:
        """Yield the dump as bytes, in chunks of about a size."""
        held: list[str] = []
        length = 0
        for piece in self.pieces():
            held.append(piece)
            length += len(piece)
            if length >= size:
                yield "".join(held).encode(self.encoding, "xmlcharrefreplace")
                held, length = [], 0
        yield "".join(held).encode(self.encoding, "xmlcharrefreplace")

    # truth

    def truths(self) -> Iterator[Truth]:
        """Yield the truth about every output title, in the order of the output."""
        seen = bytearray(self.movies + len(self.tv_facts))
        for entry in self.order:
            index = entry // 3
            if seen[index]:
                continue
            seen[index] = 1
            facts = self.facts(index)
            if facts.family is None:
                key, files = f"{facts.kind}/{facts.id}", files_of(facts.formats, facts.kind)
                yield single_truth(key, facts.title, files, facts.part)
        for family in sorted(self.families, key=lambda family: family.met):
            if family.met < sys.maxsize:
                yield family_truth(family)

    def unavailable(self) -> int:
        """Count the records that go to neither file, copies not counted."""
        movies = sum(not self.facts(index).formats for index in range(self.movies))
        orphans = sum(facts.family is None and not files_of(facts.formats, facts.kind) for facts in self.tv_facts)
        parts = sum(not part_files(part) for family in self.families for part in family.parts() if part.recorded)
        series = sum(family.recorded and not family_truth(family)["files"] for family in self.families)
        return movies + orphans + parts + series

    def summary(self) -> Truth:
        """Return the counts; those of external ids are known once the text has been made."""
        if not self.rendered:
            raise RuntimeError("the summary is known only after pieces() or chunks() has come to its end")
        unique = self.movies + len(self.tv_facts)
        kinds = Counter(facts.kind for facts in self.tv_facts)
        by_kind = {kind: kinds[kind] for kind in ("movie", "series", "season", "episode", "disc")}
        return {
            "records": len(self.order),
            "unique": unique,
            "duplicates": self.copies[self.IDENTICAL],
            "conflicts": self.copies[self.CHANGED],
            "unavailable_records": self.unavailable(),
            "by_kind": by_kind | {"movie": self.movies},
            "external_ids": ids_summary(self.counts),
            "external_ids_unique": ids_summary(self.unique_counts),
        }


def ids_summary(counts: Counter[tuple[str, str]]) -> Truth:
    """Return counts of ids by source, and within that by the place where they stand."""
    places: dict[str, dict[str, int]] = {}
    for (place, token), count in sorted(counts.items()):
        places.setdefault(place, {})[token] = count
    totals = {token: sum(place.get(token, 0) for place in places.values()) for token in ("amg", "tms", "upc")}
    return totals | {"by_place": places}


class Dump(NamedTuple):
    """A small dump in memory, its truth (a dict for each output title) and its counts."""

    xml: bytes
    truth: list[Truth]
    summary: Truth


def generate(
    dialect: str,
    titles: int,
    tv: float,
    seed: int,
    *,
    identical: float = IDENTICAL_SHARE,
    changed: float = CHANGED_SHARE,
    empty: str | None = None,
    attributes: str = "usual",
) -> Dump:
    """Make a dump in memory; see Catalog for the arguments."""
    catalog = Catalog(
        dialect, titles, tv, seed, identical=identical, changed=changed, empty=empty, attributes=attributes
    )
    return Dump(b"".join(catalog.chunks()), list(catalog.truths()), catalog.summary())


# --- the command line -------------------------------------------------------------------------------------------------


def open_output(path: str, stack: contextlib.ExitStack) -> IO[bytes]:
    """Open the dump for writing: standard output for a dash, gzip without name and date for .gz."""
    if path == "-":
        return sys.stdout.buffer
    raw = stack.enter_context(Path(path).open("wb"))  # noqa: SIM115 - the stack closes it
    if not path.endswith(".gz"):
        return raw
    packed = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0)
    return cast("IO[bytes]", stack.enter_context(packed))


def write_truth(catalog: Catalog, path: Path) -> None:
    """Write the truth, a JSON object a line, the summary last."""
    with path.open("w", encoding="utf-8") as out:
        for truth in catalog.truths():
            out.write(json.dumps(truth, ensure_ascii=False) + "\n")
        out.write(json.dumps({"summary": catalog.summary()}) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.generator", description=__doc__.partition("\n")[0])
    parser.add_argument("--dialect", choices=DIALECTS, default="2.0")
    parser.add_argument("--titles", type=int, default=1000, help="records in the dump")
    parser.add_argument("--tv", type=float, default=0.4, help="share of TV records")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--identical", type=float, default=IDENTICAL_SHARE, help="share of identical copies")
    parser.add_argument("--changed", type=float, default=CHANGED_SHARE, help="share of copies with a changed update")
    parser.add_argument(
        "--empty", choices=EMPTY, help="write empty elements as <x/> or <x></x> (default: the dialect's)"
    )
    parser.add_argument("--attributes", choices=ATTRIBUTES, default="usual", help="order of attributes")
    parser.add_argument("-o", "--output", default="-", help="the dump; - is standard output, .gz compresses")
    parser.add_argument("--truth", type=Path, help="the truth, as NDJSON")
    options = parser.parse_args(arguments)
    catalog = Catalog(
        options.dialect,
        options.titles,
        options.tv,
        options.seed,
        identical=options.identical,
        changed=options.changed,
        empty=options.empty,
        attributes=options.attributes,
    )
    with contextlib.ExitStack() as stack:
        out = open_output(options.output, stack)
        for chunk in catalog.chunks():
            out.write(chunk)
    if options.truth:
        write_truth(catalog, options.truth)
    return 0


if __name__ == "__main__":
    sys.exit(main())
