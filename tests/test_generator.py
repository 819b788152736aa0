"""The referee is checked too: what it writes is well-formed, repeatable, and agrees with the truth that it tells."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from tests.generator import ATTRIBUTES, DIALECTS, Catalog, Dump, Truth, generate, main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TITLES = 2000
PATHS = {"movies": "movie", "series": "series", "seasons": "season", "programs": "episode", "discs": "disc"}


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Name each dialect in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def dump(dialect: str) -> Dump:
    """Make a dump that is large enough to show every shape of family."""
    return generate(dialect, TITLES, 0.6, 7, identical=0.03, changed=0.02)


def records(dump: Dump) -> list[etree._Element]:
    """Return the records of a dump, parsed with libxml2's usual limits."""
    root = etree.fromstring(dump.xml, etree.XMLParser(huge_tree=False, resolve_entities=False, no_network=True))
    return list(root)


def canonical(dump: Dump) -> bytes:
    """Return a dump in canonical XML, which is the same for every spelling."""
    return etree.tostring(etree.fromstring(dump.xml), method="c14n")


def key_of(record: etree._Element) -> str:
    """Read a record's key from its own id."""
    path = re.sub(r"\?.*", "", record.findtext("id") or "").split("/titles/")[1].split("/")
    return f"{PATHS[[word for word in path if word in PATHS][-1]]}/{path[-1]}"


def entries(truth: list[Truth]) -> Iterator[Truth]:
    """Yield every title and every part in the truth."""
    for title in truth:
        yield title
        for kind in ("seasons", "episodes", "discs"):
            yield from title.get(kind, ())


def test_the_dump_has_the_records_it_was_asked_for(dump: Dump) -> None:
    """As many records as titles were asked for, of which the summary's share is repeated."""
    keys = Counter(map(key_of, records(dump)))
    assert keys.total() == TITLES == dump.summary["records"]
    assert len(keys) == dump.summary["unique"]
    assert dump.summary["duplicates"] + dump.summary["conflicts"] == TITLES - len(keys)
    assert Counter(key.split("/")[0] for key in keys) == dump.summary["by_kind"]


def test_the_share_of_tv_is_as_asked(dump: Dump) -> None:
    """TV records are the share of the unique records that was asked for."""
    assert dump.summary["unique"] - dump.summary["by_kind"]["movie"] == round(dump.summary["unique"] * 0.6)


def test_copies_are_identical_or_differ_in_updated(dump: Dump) -> None:
    """A copy is the same bytes, or the same but for its date of update."""
    first: dict[str, bytes] = {}
    found: Counter[str] = Counter()
    for record in records(dump):
        text = etree.tostring(record, with_tail=False)
        known = first.setdefault(key_of(record), text)
        if known is not text:
            found["duplicates" if known == text else "conflicts"] += 1
            assert known.split(b"<updated>")[0] == text.split(b"<updated>")[0]
    assert found == {name: dump.summary[name] for name in ("duplicates", "conflicts")}


def test_the_same_seed_gives_the_same_dump(dialect: str) -> None:
    """A seed decides everything, and another seed gives another dump."""
    assert generate(dialect, 200, 0.5, 3) == generate(dialect, 200, 0.5, 3)
    assert generate(dialect, 200, 0.5, 3).xml != generate(dialect, 200, 0.5, 4).xml


def test_every_record_is_in_the_truth_once(dump: Dump) -> None:
    """Each record is a title or a part; what has no record is synthesized or an episode from a list."""
    told = Counter(entry["key"] for entry in entries(dump.truth) if entry["key"])
    written = {key_of(record) for record in records(dump)}
    assert max(told.values()) == 1
    assert written <= set(told)
    synthesized = {title["key"] for title in dump.truth if title["synthesized"]}
    assert {key.split("/")[0] for key in set(told) - written - synthesized} <= {"episode"}
    assert not synthesized & written


def test_a_title_is_where_its_parts_are(dump: Dump) -> None:
    """The files of a unified title hold those of its parts, and no disc streams."""
    for title in dump.truth:
        parts = list(entries([title]))[1:]
        assert {name for part in parts for name in part["files"]} <= set(title["files"])
        assert not any("streaming" in disc["files"] for disc in title.get("discs", ()))


def test_what_a_record_says_of_its_number_is_true(dump: Dump) -> None:
    """An element with a number agrees with the truth about the part."""
    truth = {entry["key"]: entry for entry in entries(dump.truth)}
    checked = 0
    for record in records(dump):
        told = truth[key_of(record)]
        for name in ("season_number", "episode_number", "disc_number"):
            for element in record.iter(name):
                assert element.text == str(told[name])
                checked += 1
        kind = key_of(record).split("/")[0]
        for element in record.iter("sequence_nr_in_series"):
            assert element.text == str(told[f"{kind}_number"])
            checked += 1
    assert checked > 50


def test_the_hard_cases_are_there(dump: Dump) -> None:
    """Orphans, synthesized series, title-only episodes, unknown numbers and titles in no file all occur."""
    everything = list(entries(dump.truth))
    assert any(title["orphan"] for title in dump.truth)
    assert any(title["synthesized"] for title in dump.truth)
    assert any(not title["files"] for title in dump.truth)
    assert any(entry["key"] is None for entry in everything)
    assert any(entry.get("episode_number", 0) is None for entry in everything)


def test_ids_are_counted_where_they_stand(dump: Dump) -> None:
    """The counts of external ids are those of the text."""
    counted = dump.summary["external_ids"]["by_place"]
    for token in ("amg", "tms"):
        assert (
            len(re.findall(rb"<id rel=[^>]*[./#]%b\"" % token.encode(), dump.xml, re.IGNORECASE))
            == counted["id"][token]
        )
        assert dump.xml.count(f"include_{token}=".encode()) == counted.get("query", {}).get(token, 0)
        assert dump.xml.count(f"<{token}_id>".encode()) == counted.get("element", {}).get(token, 0)
        assert dump.xml.count(f' {token}_id="'.encode()) == counted.get("attribute", {}).get(token, 0)


def test_layouts() -> None:
    """1.x is ASCII without CDATA; 2.0-lines starts each record, and nothing else, on a line of its own."""
    old = generate("1.x", 60, 0.5, 1).xml
    assert old.isascii()
    assert b"CDATA" not in old
    assert b"/>" not in old
    lines = generate("2.0-lines", 60, 0.5, 1).xml
    assert len(re.findall(rb"^<catalog_title>", lines, re.MULTILINE)) == 60
    bare = re.sub(rb"<!\[CDATA\[.*?\]\]>", b"", lines, flags=re.DOTALL)
    assert bare.count(b"\n") == 63


@pytest.mark.parametrize(("empty", "other"), [("tag", rb"<\w[^<>]*[^/]></"), ("pair", rb"/>")])
@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_spellings_are_of_the_same_facts(dialect: str, empty: str, other: bytes, attributes: str) -> None:
    """Another spelling writes all empty elements in one way, and changes nothing that XML counts as different."""
    usual = generate(dialect, 200, 0.5, 3)
    spelled = generate(dialect, 200, 0.5, 3, empty=empty, attributes=attributes)
    assert not re.search(other, spelled.xml)
    assert canonical(spelled) == canonical(usual)
    assert (spelled.truth, spelled.summary) == (usual.truth, usual.summary)


def test_attributes_are_reversed(dialect: str) -> None:
    """The reversed spelling has the attributes of every element in the opposite order."""
    usual, spelled = (records(generate(dialect, 50, 0.5, 3, attributes=order)) for order in ATTRIBUTES)
    for record, other in zip(usual, spelled, strict=True):
        for element, reverse in zip(record.iter("*"), other.iter("*"), strict=True):
            assert element.items() == reverse.items()[::-1]


@pytest.mark.parametrize("titles", [0, 1, 2, 5, 17])
@pytest.mark.parametrize("tv", [0.0, 0.5, 1.0])
def test_small_dumps(titles: int, tv: float) -> None:
    """Any size works."""
    small = generate("2.0", titles, tv, 5)
    assert len(records(small)) == titles


def test_command_line(tmp_path: Path) -> None:
    """The command line writes what generate makes, compressed by suffix and reproducibly."""
    packed, truth = tmp_path / "dump.xml.gz", tmp_path / "truth.ndjson"
    arguments = ["--dialect", "1.x", "--titles", "80", "--tv", "0.5", "--seed", "2"]
    assert main([*arguments, "-o", str(packed), "--truth", str(truth)]) == 0
    expected = generate("1.x", 80, 0.5, 2)
    assert gzip.decompress(packed.read_bytes()) == expected.xml
    assert packed.read_bytes()[3:8] == b"\0\0\0\0\0"
    *titles, last = (json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines())
    assert titles == expected.truth
    assert last == {"summary": expected.summary}


def test_command_line_spellings(tmp_path: Path) -> None:
    """The command line has the options of generate for the spelling."""
    dump = tmp_path / "dump.xml"
    arguments = ["--titles", "20", "--empty", "pair", "--attributes", "reversed", "-o", str(dump)]
    assert main(arguments) == 0
    assert dump.read_bytes() == generate("2.0", 20, 0.4, 1, empty="pair", attributes="reversed").xml


def test_a_summary_needs_the_text_first() -> None:
    """Counts of ids are known only once the text has been made."""
    with pytest.raises(RuntimeError, match="only after"):
        Catalog("2.0", 10, 0.5, 1).summary()
