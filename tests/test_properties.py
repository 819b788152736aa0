"""What holds for every dump: for those of the generator, which know the truth, and for records that link at random."""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests import referee
from tests.examples import SLOW, examples
from tests.generator import DIALECTS, Dump, generate
from tests.running import Outcome, catindex, index_2
from tests.test_series import link, nested, offers, parts, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

FILES = ("streaming", "dvd")
#: Commands, and ways of `process` and `unify` that make other titles of series or go by a date.
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"series_limit": 2},
    {"episodes_alone": True},
    {"series_limit": 2, "episodes_alone": True, "as_of": date(2012, 9, 15)},
)
RUNS = [(command, way) for command in ("process", "unify") for way in WAYS] + [("split", {}), ("strip", {})]
KINDS = ("seasons", "programs", "discs")
TERMS = {"streaming": {"instant"}, "dvd": {"DVD", "Blu-ray"}}
TEXTS = ("synopsis", "short_synopsis", "release_year")
PATHS_OF_KINDS = {"movie": "movies", "series": "series", "episode": "programs", "disc": "discs"}
PART = re.compile("programs|discs|series/[0-9]+/seasons")
FEW = settings(max_examples=examples(6), phases=[Phase.generate])
SOME = settings(FEW, max_examples=examples(12))
MANY = settings(max_examples=examples(50), suppress_health_check=[HealthCheck.too_slow])


@lru_cache(maxsize=32)
def generated(dialect: str, seed: int) -> Dump:
    """Generate the dump of a recipe."""
    return generate(dialect, 120, 0.7, seed, identical=0.03, changed=0.02)


class Recipe(NamedTuple):
    """What a dump is generated from, so that a failure shows as one line."""

    dialect: str
    seed: int

    def generated(self) -> Dump:
        """Generate the dump, with the truth about it."""
        return generated(self.dialect, self.seed)

    def xml(self) -> bytes:
        """Generate the dump."""
        return self.generated().xml


#: Dumps are generated once per recipe.
dumps = st.builds(Recipe, st.sampled_from(DIALECTS), st.integers(0, 10**6 if SLOW else 5))

# --- records that link at random --------------------------------------------------------------------------------------

PATHS = [
    *("series/1", "series/2", "series/1/seasons/1", "series/1/seasons/2", "series/2/seasons/3", "series/3/seasons/4"),
    *("programs/1", "programs/2", "programs/7/3", "programs/4", "discs/1", "discs/2", "movies/1", "odd/1", ""),
]
NAMES = [
    *("Show", "Show: Season 1", "Show: Season 2: Vol. 1", "Show: Season 2: Vol. 2", "Show: Ep 4", "Show: Pilot"),
    *("Show: Season 1: Pilot", "Show: Season 1: &quot;Pilot&quot;", "Show: Disc 2", "Other: The Arc", "Pilot", ""),
]
NUMBERS = ("season_number", "episode_number", "disc_number", "sequence", "sequence_nr_in_series", "season_label")
RELS = [
    *("series", "season", "program", "disc", "title.series", "title.season", "title.disc", "titles.series"),
    *("titles.season", "titles.seasons", "titles.programs", "titles.discs", "titles.similars", "title"),
]
UPDATED = "<updated>1</updated>"  # every record of the time has it; what is nested in a list may be bare
DATES = ["", 'available_from="5"', 'available_from="3" available_until="9"', 'available_until="20"']

paths, titles = st.sampled_from(PATHS), st.sampled_from(NAMES)
numbers = st.builds(
    "<{0}>{1}</{0}>".format, st.sampled_from(NUMBERS), st.sampled_from(["1", "2", "0", "x", "3-4", "12345", ""])
)
formats = st.builds(
    lambda terms, dates: offers(*terms, dates=dates),
    st.lists(st.sampled_from(["instant", "DVD", "Blu-ray", "VHS"]), max_size=2),
    st.sampled_from(DATES),
)
shows = st.sampled_from(['<show id="1"/>', '<show id="2"><season_number>3</season_number></show>', '<show id="x"/>'])
entries = st.builds(link, st.just("title"), paths, titles)
plain = st.one_of(numbers, formats, shows, entries, st.builds(link, st.sampled_from(RELS), paths, titles))
records_in_lists = st.builds(lambda path, name, inside: nested(path, name, *inside), paths, titles, st.lists(plain))
lists = st.builds(
    lambda rel, inside, wrapped: link(
        rel, "", "list", f"<catalog_titles>{''.join(inside)}</catalog_titles>" if wrapped else "".join(inside)
    ),
    st.sampled_from(RELS),
    st.lists(entries | records_in_lists, max_size=4),
    st.booleans(),
)
worlds = st.lists(
    st.builds(
        lambda path, name, inside: record(path, name, *inside, UPDATED),
        paths,
        titles,
        st.lists(plain | lists, max_size=5),
    ),
    min_size=1,
    max_size=8,
).map(lambda records: index_2(*records))


# --- helpers ----------------------------------------------------------------------------------------------------------


def key_of(title: Element) -> str:
    """Give the path of a title's id, without what does not tell titles apart."""
    return re.sub(r".*/titles/|[?].*|(?<=programs/)[0-9]+/(?=[0-9])", "", title.findtext("id") or "")


def shuffled(xml: bytes, seed: int) -> bytes:
    """Put the records of a dump into another order."""
    root = etree.fromstring(xml)
    root[:] = random.Random(seed).sample(list(root), len(root))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def without_copies(xml: bytes) -> bytes:
    """Take the later copies of a key out of a dump, so that its order does not decide which of them is first."""
    root = etree.fromstring(xml)
    seen: set[str] = set()
    for element in list(root):
        if key_of(element) in seen:
            root.remove(element)
        seen.add(key_of(element))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def facts(outcome: Outcome) -> dict[str, dict[str, dict[str, object]]]:
    """Give for each file its titles by key, with everything that the referee compares, parts in a fixed order."""
    found: dict[str, dict[str, dict[str, object]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for medium, data in outcome.files.items():
            path = Path(folder, medium)
            path.write_bytes(data)
            found[medium] = {}
            for title in referee.facts(path):
                for kind in ("seasons", "episodes", "discs"):
                    title[kind] = sorted(map(repr, title.get(kind, ())))
                found[medium][str(title["key"])] = title
    return found


def said(element: Element) -> Iterator[tuple[str, ...]]:
    """Give what a title says of people, genres, dates and texts, itself and in its parts."""
    for found in element.iter("link", "category", "synopsis", "short_synopsis", "availability", "release_year"):
        if found.tag == "link" and "person" in found.get("rel", ""):
            yield "person", found.get("href", ""), found.get("title", "")
        elif found.tag == "category" and "/genres" in found.get("scheme", "") and found.get("status") is None:
            yield "genre", found.get("term", "")
        elif found.tag == "availability":
            yield "dates", found.get("available_from", ""), found.get("available_until", "")
        elif (found.text or "").strip():
            yield found.tag, str(found.text)


def joined(outcome: Outcome) -> Counter[tuple[str, ...]]:
    """Count what the titles of all outputs say, each record's once, in whichever outputs it is."""
    return Counter({fact for titles in outcome.titles.values() for title in titles for fact in said(title)})


def own_facts(title: Element, medium: str) -> Iterator[tuple[str, ...]]:
    """Give what a title says of people, genres, dates and texts, but not what titles nested in it say.

    Of dates only those of formats of the medium; not the genre that only says what a title is sold on.
    """
    for child in title:
        if child.tag == "availability":
            terms = {category.get("term") for category in child.findall("category")}
            if terms & TERMS[medium]:  # a series without an end may get that of its parts
                yield from (
                    (name, child.get(name, ""))
                    for name in ("available_from", "available_until")
                    if name in child.attrib
                )
        elif child.tag == "link" and "person" in child.get("rel", ""):
            yield "person", child.get("href", ""), child.get("title", "")
        elif child.tag == "category" and "/genres" in child.get("scheme", "") and child.get("status") != "deprecated":
            yield from [("genre", child.get("term", ""))] if child.get("term") not in TERMS["dvd"] else []
        elif child.tag in TEXTS and (child.text or "").strip():
            yield str(child.tag), str(child.text)
        elif child.tag not in ("catalog_titles", "catalog_title"):
            yield from own_facts(child, medium)


def facts_by_key(titles: list[Element], medium: str) -> dict[str, Counter[tuple[str, ...]]]:
    """Give for each title of a file, and each part in one, by the path of its id, what it says itself."""
    parts_too = [part for title in titles for part in (title, *(part for kind in KINDS for part in parts(title, kind)))]
    return {key_of(title): Counter(own_facts(title, medium)) for title in parts_too}


def keys_in(truth: list[dict[str, Any]], medium: str) -> Iterator[str | None]:
    """Give the path of each title and part that the truth has in a file; None where it has no id."""
    for title in truth:
        listed = [part for kind in ("seasons", "episodes", "discs") for part in title.get(kind, ())]
        for found in (title, *listed):
            if medium in found["files"]:
                kind, _, number = (found["key"] or "").partition("/")
                series = title["key"].partition("/")[2]
                path = f"series/{series}/seasons" if kind == "season" else PATHS_OF_KINDS.get(kind)
                yield f"{path}/{number}" if path else None


def in_three_steps(xml: bytes, way: dict[str, Any]) -> dict[str, bytes]:
    """Strip, unify and split, each with the options that are its own."""
    stripped = catindex("strip", xml, as_of=way.get("as_of")).files["titles"]
    options = {name: value for name, value in way.items() if name != "as_of"}
    return catindex("split", catindex("unify", stripped, **options).files["titles"]).files


def twice(command: str, data: bytes, **way: Any) -> Iterator[tuple[str, bytes, bytes]]:
    """Run a command on its own outputs: give for each its name, what it was, and what became of it."""
    outcome = catindex(command, data, **way)
    for name, once in outcome.files.items():
        # The unavailable are parts of titles that are available, too; a file without titles is refused as an input.
        if name != "unavailable" and outcome.titles[name]:
            yield name, once, catindex(command, once, **way).files[name]


# --- the generator's dumps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("seed", [11, 12])
def test_process_agrees_with_the_truth(dialect: str, seed: int, tmp_path: Path) -> None:
    """Titles, parts, numbers, files and counts are those that the generator planned."""
    dump = generate(dialect, 700, 0.6, seed)
    outcome = catindex("process", dump.xml)
    for medium in FILES:
        path = tmp_path / medium
        path.write_bytes(outcome.files[medium])
        assert referee.differences(dump.truth, path, medium)[0] == []
    records, series = outcome.report["records"], outcome.report["series"]
    assert records["read"] == dump.summary["records"]
    assert records["duplicates"] == dump.summary["duplicates"] + dump.summary["conflicts"]
    assert records["conflicts"] == dump.summary["conflicts"]
    assert records["unavailable"] == dump.summary["unavailable_records"]
    assert series["synthesized"] == sum(title["synthesized"] for title in dump.truth)
    assert series["orphans"] == sum(title["orphan"] for title in dump.truth)


@FEW
@given(dumps)
def test_every_number_is_counted_once(dump: Recipe) -> None:
    """Every part and orphan has one season number in the report, none included; an episode or disc its own, too."""
    outcome = catindex("unify", dump.xml())
    series, seasons = outcome.report["series"], sum(len(parts(title, "seasons")) for title in outcome.titles["titles"])
    counted = {kind: sum(sources.values()) for kind, sources in series["numbers"].items()}
    others = series["episodes"] + series["discs"] + series["orphans"]  # the generator's orphans are no seasons
    assert counted["season"] == seasons + others
    assert counted["episode"] + counted["disc"] == others


@FEW
@given(dumps, st.integers())
def test_the_order_of_the_records_does_not_matter(dump: Recipe, seed: int) -> None:
    """In any order the same titles with the same parts and numbers are in the same files."""
    xml = without_copies(dump.xml())
    assert facts(catindex("process", xml)) == facts(catindex("process", shuffled(xml, seed)))


@FEW
@given(dumps)
def test_nothing_is_lost(dump: Recipe) -> None:
    """The people, genres, dates and texts of every record are in one of the outputs."""
    xml = without_copies(dump.xml())
    wanted = Counter({fact for title in etree.fromstring(xml) for fact in said(title)})
    assert wanted - joined(catindex("process", xml, keep_stragglers=True)) == Counter()


def seconds(updated: str | None) -> int:
    """Read an ``updated``, which may be in milliseconds, as Unix seconds."""
    number = int(updated or 0)
    return number // 1000 if number > 10**11 else number


@FEW
@given(dumps)
def test_updated_is_kept_or_newer(dump: Recipe) -> None:
    """Every record keeps its ``updated``; that of a series is replaced if one of its parts has a newer one."""
    xml = without_copies(dump.xml())
    found: dict[str, set[str | None]] = {}
    for titles in catindex("process", xml, keep_stragglers=True).titles.values():
        for outer in titles:
            for each in outer.iter("catalog_title"):
                found.setdefault(key_of(each), set()).add(each.findtext("updated"))
    for title in etree.fromstring(xml):
        key, updated = key_of(title), title.findtext("updated")
        if key.startswith("series/"):
            assert max(map(seconds, found[key])) >= seconds(updated), key
        else:
            assert updated in found[key], key


@FEW
@given(dumps, st.booleans())
def test_each_file_has_all_that_is_available_there(dump: Recipe, episodes_alone: bool) -> None:  # noqa: FBT001
    """Every title and part is in each file where the truth has it, with its people, genres, texts and dates there.

    So both together hold all that the input made available. Nothing of catindex's own reading is used here.
    """
    generated = dump.generated()
    records = {key_of(record): record for record in etree.fromstring(without_copies(generated.xml))}
    outcome = catindex("process", generated.xml, episodes_alone=episodes_alone)
    compared = 0
    for medium in FILES:
        found = facts_by_key(outcome.titles[medium], medium)
        for key in filter(None, keys_in(generated.truth, medium)):
            record = records.get(key)  # a series may be made for its parts, and an episode only listed
            wanted = Counter(own_facts(record, medium)) if record is not None else Counter()
            assert wanted - found[key] == Counter(), (medium, key)
            compared += wanted.total()
    assert compared > 0


@FEW
@given(dumps)
def test_a_file_has_nothing_for_the_other_medium(dump: Recipe) -> None:
    """Processing the streaming file for DVD gives no title, and the other way round."""
    files = catindex("process", dump.xml()).files
    for medium, other in (FILES, FILES[::-1]):
        again = catindex("process", files[medium], [other])
        assert again.titles[other] == []
        records = again.report["records"]
        assert records["read"] == records["not_requested"]


@FEW
@given(dumps, st.sampled_from(WAYS))
def test_process_is_strip_unify_split(dump: Recipe, way: dict[str, Any]) -> None:
    """The three steps one after the other write the same files as all at once."""
    assert in_three_steps(dump.xml(), way) == catindex("process", dump.xml(), **way).files


@SOME
@given(dumps, st.sampled_from(RUNS))
def test_a_second_run_changes_nothing(dump: Recipe, run: tuple[str, dict[str, Any]]) -> None:
    """A command's own output is what it makes of that output."""
    command, way = run
    for name, once, again in twice(command, dump.xml(), **way):
        assert again == once, name


@FEW
@given(dumps, st.sampled_from(["process", "unify", "split", "strip"]), st.integers(1, 5000))
def test_the_size_of_chunks_does_not_matter(dump: Recipe, command: str, size: int) -> None:
    """However the input is cut, the same bytes are written."""
    whole = catindex(command, dump.xml()).files
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("catindex.read.chunks.CHUNK_BYTES", size)
        assert catindex(command, dump.xml()).files == whole


# --- records that link at random --------------------------------------------------------------------------------------


@MANY
@given(worlds)
def test_any_links_are_settled(xml: bytes) -> None:
    """Whatever the links say, every record is accounted for and every available part is listed once in a file."""
    outcome = catindex("process", xml)
    own = {key_of(title) for title in etree.fromstring(xml)}
    for found in outcome.titles.values():
        titles = Counter(map(key_of, found))
        parts_of = Counter(key_of(part) for title in found for kind in KINDS for part in parts(title, kind))
        assert not {key for key in own if titles[key] + parts_of[key] > 1 and PART.match(key)}


@MANY
@given(worlds, st.sampled_from(WAYS))
def test_any_links_in_one_step_or_three(xml: bytes, way: dict[str, Any]) -> None:
    """Whatever the links say, `strip | unify | split` is `process`."""
    assert in_three_steps(xml, way) == catindex("process", xml, **way).files


@MANY
@given(worlds, st.sampled_from(RUNS))
def test_any_links_twice(xml: bytes, run: tuple[str, dict[str, Any]]) -> None:
    """Whatever the links say, a second run changes nothing."""
    command, way = run
    for name, once, again in twice(command, xml, **way):
        assert again == once, name
