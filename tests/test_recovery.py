"""Recovery: a dump with k damaged records among n gives the n-k others, and what was left out is kept byte for byte."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from catindex.errors import DataError
from catindex.pipeline import Job, run
from tests.damage import JUNK, LAYOUTS, WAYS, content, damaged, dump, junk
from tests.running import COMMANDS, catindex, index_1, index_2

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
#: Layouts in which nothing but its context tells a nested record from a real one.
ALIKE = ("joined", "unindented")


def stripped(data: bytes, **options: Any) -> bytes:
    """Strip a dump and give the file."""
    return catindex("strip", data, **options).files["titles"]


def recovered(folder: Path, data: bytes, command: str = "strip", **options: Any) -> tuple[bytes, list[Any], Any]:
    """Run a command with recovery: give its file (the streaming one), the rejects as elements, and the report."""
    (folder / "input").write_bytes(data)
    names = ("streaming", "dvd") if COMMANDS[command].get("split") else ("titles",)
    targets = {name: str(folder / f"{name}.xml") for name in names}
    rejects = folder / "rejects.xml"
    rejects.unlink(missing_ok=True)
    job = Job(str(folder / "input"), targets, recover=True, rejects=str(rejects), **COMMANDS[command], **options)
    report = run(job)
    root = etree.parse(str(rejects)).getroot() if rejects.exists() else []
    return (folder / f"{names[0]}.xml").read_bytes(), list(root), report


def ways_for(layout: str) -> list[str]:
    """Give the ways of damage for a layout: a hole may make a whole record of a damaged one and a nested one."""
    return [way for way in WAYS if not (way == "hole" and layout in ALIKE)]


# One kind of damage.


@pytest.mark.parametrize(("layout", "way"), [(layout, way) for layout in LAYOUTS for way in ways_for(layout)])
def test_a_damaged_record_is_left_out_alone(way: str, layout: str) -> None:
    """First, last and in between: the others come out as if it had never been there."""
    whole = dump(layout, 9, seed=len(way))
    hit = {0, 4, 8}
    records = [damaged(record, way, whole.name, n) if n in hit else record for n, record in enumerate(whole.records)]
    good = [record for n, record in enumerate(whole.records) if n not in hit]
    outcome = catindex("strip", whole.xml(records), recover=True)
    assert outcome.files["titles"] == stripped(whole.xml(good))
    assert outcome.report["records"]["rejected"] == 3
    with pytest.raises(DataError):
        catindex("strip", whole.xml(records))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", JUNK)
@pytest.mark.parametrize("apart", [True, False])
def test_junk_between_records_costs_no_record(name: str, layout: str, apart: bool) -> None:  # noqa: FBT001
    """Whatever stands between two records, on a line of its own or not, is rejected without them."""
    whole = dump(layout, 9, seed=len(name))
    before = whole.between if apart else b""
    records = [record + before + junk(name, whole) if n in (0, 4) else record for n, record in enumerate(whole.records)]
    outcome = catindex("strip", whole.xml(records), recover=True)
    assert outcome.files["titles"] == stripped(whole.xml())
    assert outcome.report["records"]["rejected"] == 2


# All kinds together.


@FEW
@given(layout=st.sampled_from(LAYOUTS), seed=st.integers(0, 10**6), share=st.sampled_from([0.1, 0.3, 0.6]))
def test_k_damaged_records_among_n_leave_the_others(layout: str, seed: int, share: float) -> None:
    """Any number of records, damaged in any ways, at any places."""
    whole, rng = dump(layout, 14, seed), random.Random(seed)
    records, good, last = [], [], -2
    for number, record in enumerate(whole.records):
        if rng.random() >= share:
            records.append(record)
            good.append(record)
            continue
        # A record that lost its end before one that lost its start make one that is well-formed.
        ways = [way for way in ways_for(layout) if last < number - 1 or way not in ("start tag lost", "cut in front")]
        records.append(damaged(record, rng.choice(ways), whole.name, rng.randrange(10**6)))
        last = number
    outcome = catindex("strip", whole.xml(records), recover=True)
    assert outcome.files["titles"] == stripped(whole.xml(good or whole.records)) if good else True
    assert (outcome.report["records"]["rejected"] > 0) == (last >= 0)


@FEW
@given(dialect=st.sampled_from(["1.x", "2.0"]), seed=st.integers(0, 10**6))
def test_the_whole_job_is_done_with_the_others(dialect: str, seed: int) -> None:
    """Series are unified and titles split as if the damaged records had not been in the dump."""
    whole, rng = dump(dialect, 10, seed), random.Random(seed)
    hit = rng.randrange(10)
    records = list(whole.records)
    records[hit] = damaged(records[hit], rng.choice(list(WAYS)), whole.name, seed)
    with_damage = catindex("process", whole.xml(records), recover=True)
    without = catindex("process", whole.xml(whole.records[:hit] + whole.records[hit + 1 :]))
    assert with_damage.files == without.files


# What is sound stays as it is.


@FEW
@given(layout=st.sampled_from(LAYOUTS), seed=st.integers(0, 10**6), command=st.sampled_from(list(COMMANDS)))
def test_without_damage_nothing_changes(tmp_path: Path, layout: str, seed: int, command: str) -> None:
    """The same files and warnings, no rejects."""
    data = dump(layout, 10, seed).xml()
    plain, careful = catindex(command, data), catindex(command, data, recover=True)
    assert careful.files == plain.files
    assert careful.report["warnings"] == plain.report["warnings"]
    assert not recovered(tmp_path, data, command)[1]


@pytest.mark.parametrize(
    "inside",
    [
        "<s><![CDATA[</catalog_title>]]></s>",
        "<!-- </catalog_title> -->",
        "<link><catalog_titles>\n<catalog_title><id>8</id></catalog_title></catalog_titles></link>",
        "<link>\n<catalog_title>\n<id>8</id></catalog_title>\n</link>",
        "<catalog_title><catalog_title/></catalog_title>",
    ],
)
def test_odd_but_sound_records_are_kept(inside: str) -> None:
    """What is well-formed needs no recovery, also where a record holds records that look like real ones."""
    data = index_2("<id>1</id>", f"<id>2</id>{inside}", "<id>3</id>")
    outcome = catindex("strip", data, recover=True)
    assert outcome.report["records"]["rejected"] == 0
    assert outcome.files["titles"] == stripped(data)


def test_text_and_elements_between_records_are_not_rejected() -> None:
    """They are reported as they are without recovery."""
    data = index_2("<id>1</id>", "<id>2</id>").replace(b"\n<catalog_title><id>2", b" text <x/>\n<catalog_title><id>2")
    outcome = catindex("split", data, recover=True)
    assert [warning["code"] for warning in outcome.report["warnings"]][-2:] == ["not-a-record", "stray-text"]
    assert outcome.report["warnings"] == catindex("split", data).report["warnings"]


# Real and nested records.


def test_a_record_cut_in_its_cdata_does_not_swallow_the_next() -> None:
    """The two together are well-formed, and are not believed."""
    text = "<s><![CDATA[text]]></s>"
    data = index_2(f"<id>1</id>{text}", f"<id>2</id>{text}", f"<id>3</id>{text}", "<id>4</id>")
    cut = data.replace(b"<id>2</id><s><![CDATA[text]]></s></catalog_title>", b"<id>2</id><s><![CDATA[te")
    assert stripped(cut, recover=True) == stripped(index_2(f"<id>1</id>{text}", f"<id>3</id>{text}", "<id>4</id>"))


def test_nested_records_are_never_taken_for_real_ones() -> None:
    """Not even where damage leaves them as the only whole ones."""
    nested = "".join(f"<catalog_title><id>n{n}</id></catalog_title>" for n in range(5))
    listed = f"<link><catalog_titles>{nested}</catalog_titles></link>"
    for layout in ("\n", ""):
        records = [f"<catalog_title><id>{n}</id>&bad;{listed}</catalog_title>" for n in range(4)]
        data = f"<catalog_titles>{layout.join(['', *records, ''])}</catalog_titles>".encode()
        outcome = catindex("strip", data, recover=True)
        assert outcome.report["records"] | {"read": 4, "written": 0, "rejected": 4} == outcome.report["records"]


def test_a_second_dump_may_have_another_layout() -> None:
    """Two files put together are one root too many, and all their records."""
    first, second = dump("2.0", 5, 1), dump("2.0-lines", 5, 2)
    both = first.xml() + second.xml()
    lines = stripped(both, recover=True).splitlines()[2:-1]
    expected = [*stripped(first.xml()).splitlines()[2:-1], *stripped(second.xml()).splitlines()[2:-1]]
    assert lines == expected


@pytest.mark.parametrize(
    "start",
    [b"<catalog_title\n", b"]]><catalog_title>", b"&nbsp;<catalog_title>", b"<b><catalog_title>", b"<catalog_title <"],
)
def test_damage_before_or_in_the_first_records_tag(start: bytes) -> None:
    """The dialect is told all the same."""
    data = index_2("<id>1</id>", "<id>2</id>", "<id>3</id>").replace(b"<catalog_title>", start, 1)
    outcome = catindex("strip", data, recover=True)
    assert outcome.report["input"]["dialect"] == "2.0"
    assert outcome.report["records"]["rejected"] == 1
    assert outcome.report["records"]["written"] in (2, 3)


# Truncation.

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_truncated_dump_gives_what_came_before(layout: str) -> None:
    """All whole records before the cut, and exactly one reject."""
    whole = dump(layout, 10, 3)
    data = whole.xml()
    ends, at = [], len(whole.head)
    for record in whole.records:
        ends.append(at + len(record))
        at = ends[-1] + len(whole.between)
    first = len(whole.head) + len(whole.name) + 20
    for cut in [*random.Random(1).sample(range(first, len(data) - len(whole.tail)), 45), *ends[:5]]:
        outcome = catindex("strip", data[:cut], recover=True)
        kept = sum(end <= cut for end in ends)
        assert outcome.report["records"]["rejected"] == 1, cut
        assert outcome.report["records"]["written"] == kept, cut
        (warning,) = outcome.report["warnings"]
        assert "cut off" in warning["examples"][0]["detail"]


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_truncated_compressed_dump_gives_what_came_before(packing: str) -> None:
    """What can be decompressed is read; without recovery it is refused with the place where it stops."""
    whole = dump("2.0", 60, 3)
    packed = PACKED[packing](whole.xml())
    names = stripped(whole.xml()).rpartition(b"</")[0].rstrip().split(b"\n<catalog_title>")
    seen = set()
    for cut in range(len(packed) // 50, len(packed), len(packed) // 50):
        try:
            outcome = catindex("strip", packed[:cut], recover=True)
        except DataError as error:
            assert "cut off" in error.what  # the first block did not arrive  # noqa: PT017 - not every input is refused
            assert packing in ("bz2", "xz") or cut < 2000
            continue
        assert outcome.report["records"]["rejected"] == 1
        written = outcome.report["records"]["written"]
        titles = outcome.files["titles"].rpartition(b"</")[0].rstrip()
        assert titles.split(b"\n<catalog_title>") == names[: written + 1]
        seen.add(written)
        with pytest.raises(DataError, match=r"cut off"):
            catindex("strip", packed[:cut])
    assert packing != "gz" or len(seen) > 30


def test_a_compressed_dump_that_is_corrupt_in_the_middle() -> None:
    """The records before the damage are kept: what is lost is little."""
    whole = dump("2.0", 200, 3)
    packed = bytearray(gzip.compress(whole.xml()))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    outcome = catindex("strip", bytes(packed), recover=True)
    assert 80 < outcome.report["records"]["written"] < 200
    assert outcome.report["records"]["rejected"] >= 1


# The rejects.


@FEW
@given(layout=st.sampled_from(LAYOUTS), seed=st.integers(0, 10**6), size=st.sampled_from([1, 700, 30_000]))
def test_rejects_hold_the_exact_bytes(tmp_path: Path, layout: str, seed: int, size: int) -> None:
    """Each says where its bytes stood; neither slices nor processes matter."""
    whole, rng = dump(layout, 10, seed), random.Random(seed)
    records = [
        damaged(record, rng.choice(ways_for(layout)), whole.name, seed) if rng.random() < 0.3 else record
        for record in whole.records
    ]
    data = whole.xml(records)
    file, rejects, report = recovered(tmp_path, data)
    for reject in rejects:
        offset, count = int(reject.get("offset")), int(reject.get("bytes"))
        assert content(reject) == data[offset : offset + count]
        line_start = data.rfind(b"\n", 0, offset) + 1
        assert int(reject.get("line")) == data.count(b"\n", 0, offset) + 1
        assert int(reject.get("column")) == len(data[line_start:offset].decode("utf-8", "replace")) + 1
        assert reject.get("what")
    assert len(rejects) == report.records.rejected
    with mock.patch("catindex.read.chunks.SLICE_BYTES", size):
        again = recovered(tmp_path, data)
    assert again[0] == file
    assert [dict(reject.attrib) for reject in again[1]] == [dict(reject.attrib) for reject in rejects]


def test_processes_do_not_matter(tmp_path: Path) -> None:
    """Two processes reject the same as one."""
    whole = dump("2.0", 300, 5)
    rng = random.Random(5)
    records = [
        damaged(record, rng.choice(list(WAYS)), whole.name, n) if n % 7 == 0 else record
        for n, record in enumerate(whole.records)
    ]
    one = recovered(tmp_path, whole.xml(records), "process", jobs=1)
    with mock.patch("catindex.read.chunks.SLICE_BYTES", 100_000):
        two = recovered(tmp_path, whole.xml(records), "process", jobs=2)
    assert one[0] == two[0]
    assert [etree.tostring(reject) for reject in one[1]] == [etree.tostring(reject) for reject in two[1]]
    assert one[2].as_dict()["warnings"] == two[2].as_dict()["warnings"]


def test_a_reject_says_where_it_was(tmp_path: Path) -> None:
    """Its place, its number, the last good record before it, and the place of the fault itself."""
    api = "http://api.netflix.com/catalog/titles/movies"
    data = index_1(f"<id>{api}/1</id>", f"<id>{api}/2</id>\n<t>a&nbsp;b</t>", f"<id>{api}/3</id>")
    _, (reject,), report = recovered(tmp_path, data)
    told = dict(reject.attrib)
    assert told.pop("what") == "the entity &nbsp; is not defined in XML"
    assert told == {
        "record": "2",
        "after": "movie/1",
        "line": "4",
        "column": "1",
        "offset": str(data.index(b"<title_index_item><id>http://api.netflix.com/catalog/titles/movies/2")),
        "bytes": str(len(content(reject))),
        "at": "5:11",
    }
    assert report.as_dict()["warnings"][0]["examples"][0]["line"] == 5


@pytest.mark.parametrize("data", [b"a\x01b", b"a\xffb", b"a\rb ]]>", b"a ]]> b", b"]]>]]>", "é😀&".encode()])
def test_any_bytes_can_be_kept(tmp_path: Path, data: bytes) -> None:
    """As text where XML can hold them, else in base64."""
    dumped = index_2("<id>1</id>", "<id>2</id>").replace(b"<id>2", b"&bad;" + data + b"<id>2")
    _, (reject,), _ = recovered(tmp_path, dumped)
    assert data in content(reject)
    assert ("encoding" in reject.attrib) == any(bad in data for bad in (b"\x01", b"\xff", b"\r"))


def test_a_long_reject_comes_in_pieces(tmp_path: Path) -> None:
    """It counts once, and its pieces together are its bytes."""
    lost, third = b"\n<catalog_title><id>2</id>" + b"x" * 50_000, b"\n<catalog_title><id>3"
    data = index_2("<id>1</id>", "<id>3</id>").replace(third, lost + third)
    with (
        mock.patch("catindex.read.recovery.Recovery.window_bytes", 4096),
        mock.patch("catindex.write.rejects.MOST_TEXT_BYTES", 1000),
    ):
        _, rejects, report = recovered(tmp_path, data)
    assert report.records.rejected == 1
    assert len(rejects) > 10
    assert b"".join(map(content, rejects)) == lost.strip()


def test_no_rejects_leave_an_old_file_alone(tmp_path: Path) -> None:
    """It says itself which input it is about."""
    (tmp_path / "input").write_bytes(index_2("<id>1</id>"))
    (tmp_path / "rejects.xml").write_bytes(b"old")
    targets = {"titles": str(tmp_path / "titles.xml")}
    report = run(Job(str(tmp_path / "input"), targets, strip=True, recover=True, rejects=str(tmp_path / "rejects.xml")))
    assert report.rejects is None
    assert (tmp_path / "rejects.xml").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["input", "rejects.xml", "titles.xml"]


def test_what_cannot_be_recovered_is_still_refused() -> None:
    """No catalog, or no record: there is nothing to go on with."""
    for data in (b"", b"<html/>", b"{}", b"<catalog_titles>", b"<catalog_titles/>", b"<!DOCTYPE a><catalog_titles/>"):
        with pytest.raises(DataError):
            catindex("strip", data, recover=True)


@pytest.mark.parametrize("attributes", ['a="1" a="2"', 'a="&x;"', 'n:a=""', "a=b", 'xmlns="urn:x"', 'xmlns:n=""'])
def test_a_root_that_is_damaged_or_another_is_refused(attributes: str) -> None:
    """Its start tag is copied to the output: there is nothing to copy."""
    data = index_2("<id>1</id>", "<id>2</id>").replace(b"<catalog_titles>", f"<catalog_titles {attributes}>".encode())
    with pytest.raises(DataError):
        catindex("strip", data, recover=True)


def test_many_elements_between_records_come_in_pieces(tmp_path: Path) -> None:
    """What waits for the next record is bounded."""
    data = index_2("<id>1</id>").replace(b"</catalog_titles>", b"<x/>" * 10_000 + b"</catalog_titles>")
    with mock.patch("catindex.read.chunks.SLICE_CHILDREN", 100):
        titles, rejects, report = recovered(tmp_path, data)
    assert (titles.count(b"<x/>"), len(rejects), report.records.read) == (10_000, 0, 1)
