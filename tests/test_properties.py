"""What holds for every dump: for those of the generator, which know the truth, and for records that link at random."""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests import referee
from tests.generator import DIALECTS, generate
from tests.running import Outcome, catindex, index_2
from tests.test_series import link, nested, offers, parts, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

FILES = ("streaming", "dvd")
KINDS = ("seasons", "programs", "discs")
PART = re.compile("programs|discs|series/[0-9]+/seasons")
FEW = settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
MANY = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


class Recipe(NamedTuple):
    """What a dump is generated from, so that a failure shows as one line."""

    dialect: str
    seed: int

    def xml(self) -> bytes:
        """Generate the dump."""
        return generate(self.dialect, 120, 0.7, self.seed, identical=0.03, changed=0.02).xml


dumps = st.builds(Recipe, st.sampled_from(DIALECTS), st.integers(0, 10**6))

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
    for found in element.iter(
        "link", "category", "synopsis", "short_synopsis", "availability", "release_year", "updated"
    ):
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


def twice(command: str, data: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """Run a command on its own outputs: give for each its name, what it was, and what became of it."""
    outcome = catindex(command, data)
    for name, once in outcome.files.items():
        # The unavailable are parts of titles that are available, too; a file without titles is refused as an input.
        if name != "unavailable" and outcome.titles[name]:
            yield name, once, catindex(command, once).files[name]


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
    series = catindex("process", dump.xml()).report["series"]
    counted = {kind: sum(sources.values()) for kind, sources in series["numbers"].items()}
    others = series["episodes"] + series["discs"] + series["orphans"]  # the generator's orphans are no seasons
    assert counted["season"] == series["seasons"] + others
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


@FEW
@given(dumps)
def test_process_is_strip_unify_split(dump: Recipe) -> None:
    """The three steps one after the other write the same files as all at once."""
    stripped = catindex("strip", dump.xml()).files["titles"]
    unified = catindex("unify", stripped).files["titles"]
    assert catindex("split", unified).files == catindex("process", dump.xml()).files


@FEW
@given(dumps, st.sampled_from(["process", "unify", "split", "strip"]))
def test_a_second_run_changes_nothing(dump: Recipe, command: str) -> None:
    """A command's own output is what it makes of that output."""
    for name, once, again in twice(command, dump.xml()):
        assert again == once, name


@FEW
@given(dumps, st.sampled_from(["process", "unify", "split", "strip"]), st.integers(1, 5000))
def test_the_size_of_slices_does_not_matter(dump: Recipe, command: str, size: int) -> None:
    """However the input is cut, the same bytes are written."""
    whole = catindex(command, dump.xml()).files
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("catindex.reader.SLICE_BYTES", size)
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
@given(worlds)
def test_any_links_in_one_step_or_three(xml: bytes) -> None:
    """Whatever the links say, `strip | unify | split` is `process`."""
    unified = catindex("unify", catindex("strip", xml).files["titles"]).files["titles"]
    assert catindex("split", unified).files == catindex("process", xml).files


@MANY
@given(worlds, st.sampled_from(["process", "unify", "split", "strip"]))
def test_any_links_twice(xml: bytes, command: str) -> None:
    """Whatever the links say, a second run changes nothing."""
    for name, once, again in twice(command, xml):
        assert again == once, name
