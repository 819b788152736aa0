"""Generates random families: a series with seasons, episodes and discs that links and lists join; or a single title."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.oracle.ambiguities import is_ambiguous
from tests.oracle.facts import DISC, EPISODE, MOVIE, SEASON, SERIES, Family, Key, ParentLink, Part, Series, Statement
from tests.oracle.plans import (
    SEASON_TITLES,
    Plan,
    disc_elements,
    episode_elements,
    random_plan,
    random_statement,
    season_elements,
)

if TYPE_CHECKING:
    from random import Random

NAME_LIKE_A_MARKER = "Series 7: The Contenders"
SUBTITLES = ("Asylum", "Coven", "The Lost Tales", "Water", "Murder House", "At Sea", "Homecoming")
ORDINALS = ("First", "First", "Second", "Third", "Fourth", "Fifth")
EPISODE_TITLES = (
    "{name}: Season {n}: {e}", "{name}: Series {n}: {e}", "{name}: {ordinal} Season: {e}", "{season}: {e}", "{e}",
    "{season}: {e}", "{name}: {e}", "{name}: Season {n}: Episode {k}: {e}", "{name}: Season {n}: Ep {k}",
    "{name}: Episode {k}", "{name}: Season {n}: E0{k}: {e}", "{season}: Episode {k}", "{name}: E0{k}",
    "{name}: Season {n}: Chapter {k}: {e}", "{name}: Part {k}: {e}", "{name}: Part {k}", "{name}: Chapter {k}: {e}",
    "{name}: Vol. {n}: {e}", "{name}: Collection {n}: {e}", "{name}: Book {n}: {s}: Chapter {k}: {e}",
    "{name}: Volume {n}: Ep {k}: {e}", "{season}: Chapter {k}: {e}", "{season}: Part {k}: {e}",
    "{name}: Specials: {e}", "{name}: Limited Series: {e}",
)  # fmt: skip
EPISODE_TITLES_OF_VOLUMES = ("{season}: {e}", "{name}: {e}", "{e}")
EPISODE_TITLES_OF_SPECIALS = ("{season}: {e}", "{name}: Season 0: {e}", "{name}: Season 0: Episode {k}: {e}", "{e}")
DISC_TITLES = (
    "{season}: Disc {k}", "{name}: Disc {k}", "{name}: Season {n}: Disc {k}", "{season}", "{name}: Bonus {k}",
)  # fmt: skip
SINGLE_TITLES = 0.12


class NumberedSeason(NamedTuple):
    """A season, and the number that titles and elements are made from. Without a season, parts are the series'."""

    number: int
    part: Part | None


def filled(plan: Plan, template: str, season: NumberedSeason, number: int = 0) -> str:
    """Return a title made from a template, with a new name for an episode."""
    return template.format(
        name=plan.name,
        season=season.part.title if season.part else plan.name,
        n=season.number,
        k=number,
        e=plan.names.pop() if "{e}" in template else "",
        s=plan.rng.choice(SUBTITLES),
        year=2004 + season.number,
        ordinal=ORDINALS[season.number],
    )


def add_part(plan: Plan, family: Family, key: Key, title: str, elements: dict[str, str]) -> Part:
    """Add a part with a record, or one known only from lists. A list of links states only its title."""
    recorded = plan.chance(plan.recorded)
    complete = recorded or plan.layout == "nested"
    statement = random_statement(plan, key.kind, title, elements) if complete else Statement(title)
    part = Part(key, family.series[0].key, statement, recorded=recorded)
    family.parts[key] = part
    return part


def add_season(plan: Plan, family: Family, number: int, template: str) -> NumberedSeason:
    """Add a season. The first one may have its series' number as its id."""
    series = family.series[0]
    same_id = not family.parts and plan.chance(0.3)
    key = Key(SEASON, series.key.number if same_id else plan.next_id())
    title = filled(plan, template, NumberedSeason(number, None))
    season = add_part(plan, family, key, title, season_elements(plan, number))
    if season.recorded and plan.chance(plan.series_links):
        season.series_link = ParentLink(series.key, plan.name)
    return NumberedSeason(number, season)


def add_seasons(plan: Plan, family: Family) -> list[NumberedSeason]:
    """Add up to three seasons, the last of them in volumes if the plan says so, and sometimes specials."""
    count = 1 if plan.style == "limited" else plan.rng.choice((0, 1, 1, 2, 2, 3))
    template = plan.rng.choice(SEASON_TITLES[plan.style])
    found = []
    for number in range(1, count + 1):
        volumes = plan.rng.choice((2, 2, 3)) if plan.style == "volumes" and number == count else 0
        of_season = [f"{template}: Vol. {volume}" for volume in range(1, volumes + 1)] or [template]
        found += [add_season(plan, family, number, each) for each in of_season]
    if plan.chance(0.15):
        found.append(add_season(plan, family, 0, "{name}: Specials"))
    return found


def join(plan: Plan, family: Family, part: Part, season: Part | None) -> None:
    """Join a part to its season and series by links and lists, by one of them at least."""
    series = family.series[0]
    if season and season.recorded and plan.chance(plan.listed):
        season.lists.setdefault(part.key.kind, []).append(part.key)
    if series.recorded and plan.style != "volumes" and plan.chance(0.2 if season else 0.8):
        series.lists.setdefault(part.key.kind, []).append(part.key)
    if part.recorded and season and plan.chance(plan.season_links):
        part.season_link = ParentLink(season.key, season.title)
    if part.recorded and plan.chance(plan.series_links):
        part.series_link = ParentLink(series.key, series_link_title(plan, series, season))
    listed = part.key in series.lists.get(part.key.kind, ()) or family.seasons_that_list(part)
    if listed or part.season_link or part.series_link:
        return
    if not part.recorded and season and season.recorded:
        season.lists.setdefault(part.key.kind, []).append(part.key)
    elif not part.recorded and series.recorded:
        series.lists.setdefault(part.key.kind, []).append(part.key)
    else:
        part.recorded, part.series_link = True, ParentLink(series.key, plan.name)


def series_link_title(plan: Plan, series: Series, season: Part | None) -> str:
    """Return the title of a link to the series, which is sometimes the title of a season."""
    return season.title if season and series.recorded and plan.chance(0.1) else plan.name


def add_parts(plan: Plan, family: Family, season: NumberedSeason, usual: str) -> None:
    """Add episodes and discs of a season, or of the series if it has no seasons."""
    choices = EPISODE_TITLES_OF_VOLUMES if plan.style == "volumes" else EPISODE_TITLES
    for number in range(1, plan.rng.choice((1, 2, 3, 4)) + 1):
        template = usual if plan.chance(0.7) else plan.rng.choice(choices)
        if season.number == 0:
            template = plan.rng.choice(EPISODE_TITLES_OF_SPECIALS)
        elements = episode_elements(plan, season.number if season.part else None, number)
        key = Key(EPISODE, plan.next_id())
        join(plan, family, add_part(plan, family, key, filled(plan, template, season, number), elements), season.part)
    for number in range(1, plan.rng.choice((0, 0, 0, 1, 2)) + 1):
        template = DISC_TITLES[0] if plan.style == "volumes" else plan.rng.choice(DISC_TITLES)
        elements, key = disc_elements(plan, number), Key(DISC, plan.next_id())
        join(plan, family, add_part(plan, family, key, filled(plan, template, season, number), elements), season.part)


def add_best_of(plan: Plan, family: Family) -> None:
    """Add a season that lists episodes of other seasons."""
    season = add_season(plan, family, 1, "{name}: The Best Of").part
    if season:
        season.recorded, season.statement.elements = True, {}
        episodes = [key for key in family.parts if key.kind == EPISODE]
        season.lists[EPISODE] = plan.rng.sample(episodes, min(2, len(episodes)))


def list_seasons(plan: Plan, family: Family) -> None:
    """List the seasons in their series' record, or leave those without records to the links that name them."""
    series = family.series[0]
    seasons = family.seasons_of(series)
    if series.recorded and plan.chance(0.6):
        series.lists[SEASON] = [season.key for season in seasons]
        return
    linked = {part.season_link.key for part in family.parts.values() if part.season_link}
    for season in [season for season in seasons if not season.recorded]:
        season.statement, season.linked_only = Statement(season.title), True
        if season.key not in linked:
            del family.parts[season.key]


def list_titles_only(family: Family) -> None:
    """Reduce all episodes to entries without addresses in the series' list, as in the announcement's example."""
    for season in family.seasons_of(family.series[0]):
        season.lists.pop(EPISODE, None)
        season.statement.formats = None
    episodes = [part for part in family.parts.values() if part.key.kind == EPISODE]
    for part in episodes:
        part.unnamed, part.recorded, part.statement = True, False, Statement(part.title)
        part.season_link = part.series_link = None
    family.series[0].lists[EPISODE] = [part.key for part in episodes]


def add_claim(plan: Plan, family: Family) -> None:
    """Add a second series that lists the same episode as the first, which nothing else joins."""
    listed = [family.parts[key] for key in family.series[0].lists.get(EPISODE, [])]
    free = [part for part in listed if not (part.unnamed or part.series_link or part.season_link)]
    free = [part for part in free if not family.seasons_that_list(part)]
    if free:
        key = Key(SERIES, plan.next_id())
        lists = {EPISODE: [free[-1].key]}
        family.series.append(Series(key, random_statement(plan, SERIES, "Claimant"), "Claimant", lists=lists))
        family.order.append(key)


def random_series(plan: Plan) -> Series:
    """Return a series with or without a record. Only one with a record may be named like a marker."""
    key = Key(SERIES, plan.first_id)
    if plan.chance(0.2):
        return Series(key, Statement(""), "", recorded=False)
    if plan.style != "counted" and plan.chance(0.1):
        plan.name = NAME_LIKE_A_MARKER
    short = plan.name.split(": ")[0] if plan.dialect == "2.0" and plan.chance(0.2) else plan.name
    return Series(key, random_statement(plan, SERIES, plan.name), short)


def random_tv(rng: Random, dialect: str, first_id: int) -> Family:
    """Return a family of a series, which may be ambiguous."""
    plan = random_plan(rng, dialect, first_id)
    series = random_series(plan)
    family = Family([series], {}, [], plan.layout)
    seasons = add_seasons(plan, family)
    usual = rng.choice(EPISODE_TITLES_OF_VOLUMES if plan.style == "volumes" else EPISODE_TITLES)
    for season in seasons or [NumberedSeason(1, None)]:
        add_parts(plan, family, season, usual)
    if len(seasons) > 1 and plan.chance(0.2):
        add_best_of(plan, family)
    list_seasons(plan, family)
    if series.recorded and plan.layout != "nested" and plan.chance(0.08):
        list_titles_only(family)
    family.order = [series.key] if series.recorded else []
    family.order += [part.key for part in family.parts.values() if part.recorded]
    if plan.chance(0.6):
        rng.shuffle(family.order)
    if series.recorded and plan.chance(0.1):
        add_claim(plan, family)
    return family


def random_single(rng: Random, dialect: str, first_id: int) -> Family:
    """Return a movie that is called like a part of a series, or an orphan."""
    plan = random_plan(rng, dialect, first_id)
    kind = rng.choice((MOVIE, MOVIE, EPISODE, DISC))
    season = Part(Key(SEASON, first_id), None, Statement(f"{plan.name}: Season 2"))
    template = rng.choice(DISC_TITLES[:3] if kind == DISC else EPISODE_TITLES)
    elements = {} if kind == MOVIE else episode_elements(plan, 2, 3) if kind == EPISODE else disc_elements(plan, 3)
    elements = {name: value for name, value in elements.items() if "/" not in name}
    title = filled(plan, template, NumberedSeason(2, season), 3)
    part = Part(Key(kind, first_id), None, random_statement(plan, kind, title, elements))
    return Family([], {part.key: part}, [part.key])


def random_family(rng: Random, dialect: str, first_id: int, *, ambiguous: bool) -> Family:
    """Return a random family: one on which the contract can be read in one way only, unless ``ambiguous``."""
    if rng.random() < SINGLE_TITLES:
        return random_single(rng, dialect, first_id)
    while True:
        family = random_tv(rng, dialect, first_id)
        if ambiguous or not is_ambiguous(family):
            return family
