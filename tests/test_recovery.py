"""Recovery: whole records around damage are kept, and what is left out is kept byte for byte."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from catindex.errors import DataError
from catindex.pipeline import Job, run
from catindex.read.chunks import ChunkReader
from catindex.read.records import parse
from catindex.read.recovery import Recovery
from catindex.read.source import Source
from tests.damage import JUNK, LAYOUTS, WAYS, content, damaged, dump, junk
from tests.examples import SLOW, examples
from tests.running import COMMANDS, catindex, index_1, index_2
from tests.shapes import DAMAGE, damage_behind_records

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = settings(
    max_examples=examples(20),
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
#: Dumps are generated once per seed.
SEEDS = st.integers(0, 10**6 if SLOW else 9)
MANY = settings(FEW, max_examples=examples(80))
#: Layouts in which the white space in front of a record tells whether it is nested.
SPACED = ("1.x", "2.0", "2.0-lines", "outdented")
#: Layouts in which it does not.
ALIKE = ("joined", "unindented")
#: Ways of damage that leave all tags of a record as they are.
TAGS_LEFT = ("control character", "NUL", "byte that is not UTF-8", "undefined entity", "bare ampersand")


class Found(NamedTuple):
    """What a reader makes of an input, in bytes, and its faults.

    ``kept`` are the well-formed records, ``rejects`` the spans with a fault and what is malformed, ``others`` other
    elements, ``gaps`` the bytes before each of these and after the last. ``read`` counts records and rejects.
    """

    reader: ChunkReader
    kept: list[bytes]
    rejects: list[bytes]
    others: list[bytes]
    gaps: list[bytes]
    faults: list[DataError]
    read: int


def found(data: bytes, reader: type[ChunkReader] = Recovery, decoded: bytes | None = None) -> Found:
    """Read all chunks of an input; ``decoded`` is its content if it is compressed."""
    decoded = data if decoded is None else decoded
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with Source(file.name) as source:
            chunks = reader(source)
            result = Found(chunks, [], [], [], [], [], 0)
            position, read = chunks.head.content, 0
            for chunk in chunks.chunks():
                assert chunk.first_record == read + 1
                assert chunk.data == decoded[chunk.offset : chunk.offset + len(chunk.data)]
                for span in chunk.spans:
                    start, end = chunk.offset + span.start, chunk.offset + span.end
                    if span.fault:
                        result.faults.append(span.fault)
                    is_sound = not span.fault and is_well_formed(decoded[position:end], chunks)
                    group = result.rejects if not is_sound else result.kept if span.is_record else result.others
                    group.append(decoded[start:end])
                    result.gaps.append(decoded[position:start])
                    position, read = end, read + span.is_record
            result.gaps.append(decoded[position:])
    return result._replace(read=read)


def is_well_formed(data: bytes, reader: ChunkReader) -> bool:
    """Whether a worker can parse a child of the root, with all that is in front of it."""
    try:
        return len(parse(data, reader.head.wrapper)) == 1
    except etree.XMLSyntaxError:
        return False


def assert_nothing_is_lost(outcome: Found) -> None:
    """Check that only white space and the root's end are left out, and text if the reader counted it."""
    *gaps, tail = outcome.gaps
    texts = sum(bool(gap.strip()) for gap in [*gaps, tail.replace(f"</{outcome.reader.head.root}>".encode(), b"")])
    assert texts == outcome.reader.stray_text


def stripped(data: bytes, **options: Any) -> bytes:
    """Strip a dump and return the file."""
    return catindex("strip", data, **options).files["titles"]


def recovered(folder: Path, data: bytes, command: str = "strip", **options: Any) -> tuple[bytes, list[Any], Any]:
    """Run a command with recovery; return its file (the streaming one), the rejects as elements, and the report."""
    (folder / "input").write_bytes(data)
    names = ("streaming", "dvd") if COMMANDS[command].get("split") else ("titles",)
    targets = {name: str(folder / f"{name}.xml") for name in names}
    rejects = folder / "rejects.xml"
    rejects.unlink(missing_ok=True)
    job = Job(str(folder / "input"), targets, recover=True, rejects=str(rejects), **COMMANDS[command], **options)
    report = run(job)
    root = etree.parse(str(rejects)).getroot() if rejects.exists() else []
    return (folder / f"{names[0]}.xml").read_bytes(), list(root), report


# The reader alone: one kind of damage.


@pytest.mark.parametrize(
    ("layout", "way"),
    [(layout, way) for layout in LAYOUTS for way in (WAYS if layout in SPACED else TAGS_LEFT)],
)
def test_a_damaged_record_is_left_out_alone(way: str, layout: str) -> None:
    """First, last and in between: the others are kept, and each damaged one is one reject."""
    whole = dump(layout, 9, seed=len(way))
    hit = {0, 4, 8}
    parts = [damaged(record, way, whole.name, n) if n in hit else record for n, record in enumerate(whole.records)]
    outcome = found(whole.xml(parts))
    assert outcome.kept == [record for n, record in enumerate(whole.records) if n not in hit]
    assert outcome.read == 9
    assert not outcome.others
    assert_nothing_is_lost(outcome)


@pytest.mark.parametrize("layout", SPACED)
@pytest.mark.parametrize("name", JUNK)
@pytest.mark.parametrize("apart", [True, False])
def test_junk_between_records_costs_no_record(name: str, layout: str, apart: bool) -> None:  # noqa: FBT001
    """Anything between two records, on a line of its own or not, is rejected without them."""
    whole = dump(layout, 9, seed=len(name))
    before = whole.between if apart else b""
    parts = [record + before + junk(name, whole) if n in (0, 4) else record for n, record in enumerate(whole.records)]
    outcome = found(whole.xml(parts))
    assert outcome.kept == whole.records
    assert outcome.rejects == [junk(name, whole)] * 2
    assert_nothing_is_lost(outcome)


@pytest.mark.parametrize("layout", ALIKE)
@pytest.mark.parametrize("way", [way for way in WAYS if way not in TAGS_LEFT])
def test_without_white_space_nested_records_are_not_kept(way: str, layout: str) -> None:
    """Where white space cannot tell, damage may cost more records, but no nested one is taken for a real one."""
    whole = dump(layout, 14, seed=len(way))
    parts = [damaged(record, way, whole.name, n) if n == 4 else record for n, record in enumerate(whole.records)]
    outcome = found(whole.xml(parts))
    assert outcome.kept[:4] == whole.records[:4]
    assert set(outcome.kept) <= set(whole.records)
    assert_nothing_is_lost(outcome)


@pytest.mark.parametrize("between", ["", "\n"])
def test_without_white_space_a_list_is_the_next_sign(between: str) -> None:
    """Damage costs the records up to the end of the next one that holds a list of records, which is lost, too."""
    plain = [f"<catalog_title>{between}<id>{n}</id>{between}</catalog_title>" for n in range(8)]
    listed = between.join(["<link>", plain[6], plain[7], "</link>"])
    parts = [plain[0].replace("</id>", f"</id>{listed}"), plain[1].replace("</id>", ""), *plain[2:4]]
    parts += [plain[4].replace("</id>", f"</id>{listed}"), plain[5]]
    data = between.join(["<catalog_titles>", *parts, "</catalog_titles>"]).encode()
    outcome = found(data)
    assert outcome.kept == [parts[0].encode(), parts[5].encode()]
    assert outcome.rejects == [between.join(parts[1:5]).encode()]


def test_without_white_space_and_lists_only_the_damaged_record_is_lost() -> None:
    """In files without nested records every start tag is a sign."""
    parts = [f"<title_index_item><id>{n}</id></title_index_item>" for n in range(6)]
    parts[2], parts[4] = parts[2][:25], parts[4].replace("</id>", "")
    data = f"<catalog_title_index>{''.join(parts)}</catalog_title_index>".encode()
    assert found(data).kept == [parts[n].encode() for n in (0, 1, 3, 5)]


# The reader alone: any damage.


@FEW
@given(layout=st.sampled_from(SPACED), seed=SEEDS, share=st.sampled_from([0.1, 0.3, 0.6]))
def test_k_damaged_records_among_n_leave_the_others(layout: str, seed: int, share: float) -> None:
    """Any number of records, damaged in any ways, at any places."""
    whole, rng = dump(layout, 14, seed), random.Random(seed)
    parts, good, last = [], [], -2
    for number, record in enumerate(whole.records):
        if rng.random() >= share:
            parts.append(record)
            good.append(record)
            continue
        # A record that lost its end before one that lost its start make one that is well-formed; a hole may, too.
        start_lost = ("start tag lost", "cut in front") if last == number - 1 else ()
        ways = [way for way in WAYS if way not in (*start_lost, "hole")]
        parts.append(damaged(record, rng.choice(ways), whole.name, rng.randrange(10**6)))
        last = number
    outcome = found(whole.xml(parts))
    assert outcome.kept == good
    assert bool(outcome.rejects) == (last >= 0)
    assert_nothing_is_lost(outcome)


MARKUP = ("<!--", "-->", "<![CDATA[", "]]>", "<?x", "<", ">", "'", '"', "<x>", "</x>", "&", "\n", "\n  ", "\0")
NAMED = ("<RECORD>", "</RECORD>", "\n<RECORD>", "\n  <RECORD>", "</ROOT>", "<ROOT>", "<link>", "</link>")
INSERTED = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from(MARKUP + NAMED), max_size=3).map(lambda parts: "".join(parts).encode()),
)


@MANY
@given(
    layout=st.sampled_from(SPACED),
    seed=SEEDS,
    at=st.floats(0, 1, exclude_max=True),
    size=st.sampled_from([0, 1, 5, 100, 3000, 30_000]),
    junk=INSERTED,
)
def test_records_that_damage_does_not_touch_are_kept(layout: str, seed: int, at: float, size: int, junk: bytes) -> None:
    """Bytes deleted, inserted or overwritten anywhere between the root's tags: all other records survive."""
    whole = dump(layout, 12, seed)
    data, first, tail = whole.xml(), len(whole.head) - len(whole.between), len(whole.tail)
    root = b"catalog_title_index" if layout == "1.x" else b"catalog_titles"
    junk = junk.replace(b"RECORD", whole.name).replace(b"ROOT", root)
    start = first + int(at * (len(data) - tail - first))
    stop = min(start + size, len(data) - tail)
    safe, end = [], first
    for record in whole.records:
        begin, end = end, end + len(whole.between) + len(record)
        if stop <= begin or start >= end:
            safe.append(record)
    outcome = found(data[:start] + junk + data[stop:])
    remaining = iter(outcome.kept)
    assert all(record in remaining for record in safe)
    assert_nothing_is_lost(outcome)


@FEW
@given(layout=st.sampled_from(LAYOUTS), seed=SEEDS, size=st.sampled_from([1, 700, 30_000]))
def test_how_the_input_is_read_does_not_matter(layout: str, seed: int, size: int) -> None:
    """A file that is read in small pieces gives the same records and rejects."""
    whole, rng = dump(layout, 10, seed), random.Random(seed)
    parts = [
        damaged(record, rng.choice(list(WAYS)), whole.name, seed) if rng.random() < 0.3 else record
        for record in whole.records
    ]
    data = whole.xml(parts)
    with mock.patch("catindex.read.recovery.LEARNED_BYTES", 20_000):
        expected = found(data)
        with mock.patch("catindex.read.recovery.CHUNK_BYTES", size):
            outcome = found(data)
    assert outcome[1:5] == expected[1:5]
    assert [str(fault)[20:] for fault in outcome.faults] == [str(fault)[20:] for fault in expected.faults]


# The reader alone: what is sound stays as it is.

SOUND = (
    "<s><![CDATA[</catalog_title>]]></s>",
    "<!-- </catalog_title> -->",
    "<link><catalog_titles>\n<catalog_title><id>8</id></catalog_title></catalog_titles></link>",
    "<link>\n<catalog_title>\n<id>8</id></catalog_title>\n</link>",
    "<catalog_title><catalog_title/></catalog_title>",
    "<s a='>' b=\"'\"/>",
)
BETWEEN = ("\n", "\n\n", "\r\n", " text\n", "<x/>\n", "\n<x><y/></x>\n<x/>", "<!-- <catalog_title> -->\n", "<?p?>", "")


@MANY
@given(st.lists(st.tuples(st.sampled_from(BETWEEN), st.sampled_from(("", *SOUND))), min_size=1, max_size=12))
def test_sound_input_is_read_as_without_recovery(parts: list[tuple[str, str]]) -> None:
    """The same records, other elements and text, however odd they are."""
    parts = [("\n", ""), ("\n", ""), *parts]
    body = "".join(f"{before}<catalog_title><id>1</id>{inside}</catalog_title>" for before, inside in parts)
    data = f"<catalog_titles>{body}\n</catalog_titles>".encode()
    outcome, plain = found(data), found(data, ChunkReader)
    assert outcome[1:] == plain[1:]
    assert outcome.reader.stray_text == plain.reader.stray_text


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sound_dumps_have_no_rejects(layout: str) -> None:
    """In no layout is a nested record taken for the beginning of the next real one."""
    whole = dump(layout, 40, 1)
    outcome = found(whole.xml())
    assert outcome.kept == whole.records
    assert not outcome.rejects


# The reader alone: real and nested records.


def test_damage_to_one_indentation_does_not_change_the_layout() -> None:
    """A record that is indented less than the others does not make them nested ones."""
    whole = dump("2.0", 9, 1)
    data = whole.xml().replace(b"\n  <catalog_title>", b"\n <catalog_title>", 3).replace(b"\n <c", b"\n  <c", 2)
    parts = data.partition(b"\n <catalog_title>")
    outcome = found(parts[0] + parts[1] + parts[2].replace(whole.records[4], whole.records[4][:1000]))
    assert outcome.kept == whole.records[:4] + whole.records[5:]


def test_a_record_cut_in_its_cdata_does_not_swallow_the_next() -> None:
    """The two together are well-formed, and are not believed."""
    text = "<s><![CDATA[text]]></s>"
    data = index_2(f"<id>1</id>{text}", f"<id>2</id>{text}", f"<id>3</id>{text}", "<id>4</id>")
    cut = data.replace(b"<id>2</id><s><![CDATA[text]]></s></catalog_title>", b"<id>2</id><s><![CDATA[te")
    assert [re.findall(rb"<id>(.)", record) for record in found(cut).kept] == [[b"1"], [b"3"], [b"4"]]


@pytest.mark.parametrize("between", ["\n", ""])
def test_nested_records_are_never_taken_for_real_ones(between: str) -> None:
    """Not even where damage leaves them as the only whole ones."""
    nested = "".join(f"<catalog_title><id>n{n}</id></catalog_title>" for n in range(5))
    listed = f"<link><catalog_titles>{nested}</catalog_titles></link>"
    parts = [f"<catalog_title><id>{n}</id>&bad;{listed}</catalog_title>" for n in range(4)]
    outcome = found(f"<catalog_titles>{between.join(['', *parts, ''])}</catalog_titles>".encode())
    assert outcome.kept == []
    assert outcome.rejects == [part.encode() for part in parts]


def test_elements_of_a_damaged_record_are_rejected_with_it() -> None:
    """What is left of a record without its start tag does not become elements between records."""
    data = index_2("<id>1</id>", "<id>2</id><x/><y>1</y>", "<id>3</id>")
    outcome = found(data.replace(b"<catalog_title><id>2", b"<id>2"))
    assert not outcome.others
    assert outcome.rejects == [b"<id>2</id><x/><y>1</y></catalog_title>"]


def test_a_damaged_start_tag_does_not_make_another_element_of_a_record() -> None:
    """A malformed element between records counts as a rejected record."""
    data = index_2("<id>1</id>", "<id>2</id>", "<id>3</id>").replace(b"<catalog_title><id>2", b"<catalog_titie><id>2")
    outcome = found(data)
    assert (len(outcome.kept), len(outcome.others), outcome.read) == (2, 0, 3)
    assert outcome.rejects == [b"<catalog_titie><id>2</id></catalog_title>"]


def test_records_of_another_file_behind_the_root_are_kept() -> None:
    """Two files put together are one reject, and all their records."""
    first, second = dump("2.0", 5, 1), dump("2.0", 5, 2)
    outcome = found(first.xml() + second.xml())
    assert outcome.kept == first.records + second.records
    assert len(outcome.rejects) == 1
    assert_nothing_is_lost(outcome._replace(gaps=[b""]))


@pytest.mark.parametrize("garbage", [b"\0" * 100, b"garbage", b"<catalog_titles>"])
def test_garbage_behind_the_root_is_one_reject(garbage: bytes) -> None:
    """All records are kept, and the reason is plain."""
    outcome = found(index_2("<id>1</id>", "<id>2</id>") + garbage)
    assert "follows the end of the root" in outcome.faults[0].what
    assert len(outcome.kept) == 2
    assert outcome.rejects == [b"</catalog_titles>\n" + garbage]


@pytest.mark.parametrize(
    "start",
    [b"<catalog_title\n", b"]]><catalog_title>", b"&nbsp;<catalog_title>", b"<b><catalog_title>", b"<catalog_title <"],
)
def test_damage_before_or_in_the_first_records_tag(start: bytes) -> None:
    """The dialect is found all the same."""
    data = index_2("<id>1</id>", "<id>2</id>", "<id>3</id>").replace(b"<catalog_title>", start, 1)
    outcome = found(data)
    assert outcome.reader.head.dialect == "2.0"
    assert len(outcome.rejects) == 1
    assert len(outcome.kept) in (2, 3)


# The reader alone: truncation.

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_of_a_truncated_dump_all_whole_records_are_kept(layout: str) -> None:
    """The rest is exactly one reject."""
    whole = dump(layout, 10, 3)
    data = whole.xml()
    ends, at = [], len(whole.head)
    for record in whole.records:
        ends.append(at + len(record))
        at = ends[-1] + len(whole.between)
    first = len(whole.head) + len(whole.name) + 20
    for cut in [*random.Random(1).sample(range(first, len(data) - len(whole.tail)), 45), *ends[:5], len(data) - 3]:
        outcome = found(data[:cut])
        assert outcome.kept == whole.records[: sum(end <= cut for end in ends)], cut
        assert len(outcome.rejects) == 1, cut
        assert "cut off" in outcome.faults[0].what
        assert_nothing_is_lost(outcome)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_of_a_truncated_compressed_dump_all_whole_records_are_kept(packing: str) -> None:
    """What can be decompressed is read; without recovery it is refused with the place where it stops."""
    whole = dump("2.0", 60, 3)
    data = whole.xml()
    packed = PACKED[packing](data)
    seen = set()
    for cut in range(len(packed) // 50, len(packed), len(packed) // 50):
        try:
            outcome = found(packed[:cut], decoded=data)
        except DataError as error:
            assert "cut off" in error.what  # the first block did not arrive  # noqa: PT017 - not every input is refused
            assert packing in ("bz2", "xz") or cut < 2000
            continue
        assert outcome.kept == whole.records[: len(outcome.kept)]
        assert len(outcome.rejects) == 1
        assert "cut off" in outcome.faults[0].what
        seen.add(len(outcome.kept))
        with pytest.raises(DataError, match=r"cut off"):
            found(packed[:cut], ChunkReader, data)
    assert packing != "gz" or len(seen) > 30


def test_a_compressed_dump_that_is_corrupt_in_the_middle() -> None:
    """The records before the damage are kept: what is lost is little."""
    whole = dump("2.0", 200, 3)
    data = whole.xml()
    packed = bytearray(gzip.compress(data))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "input").write_bytes(packed)
        with Source(str(Path(folder, "input"))) as source:
            chunks = list(Recovery(source).chunks())
    spans = [span for chunk in chunks for span in chunk.spans]
    assert 80 < sum(span.fault is None for span in spans) < 200
    assert spans[-1].fault


def test_garbage_behind_compressed_data_costs_no_record() -> None:
    """All records are kept, and the reject is empty: what follows cannot be decoded."""
    data = index_2("<id>1</id>", "<id>2</id>")
    outcome = found(gzip.compress(data) + b"garbage", decoded=data)
    assert len(outcome.kept) == 2
    assert outcome.rejects == [b""]
    assert "trailing garbage" in outcome.faults[0].what


# The reader alone: the rejects.


@pytest.mark.parametrize(
    ("inside", "what", "line", "column"),
    [
        ("<id>2</id>\n<b>&nbsp;", "the entity &nbsp; is not defined in XML", 5, 10),
        ("<id>2</id>\n<b", "", 5, 1),
        ("<id>2</id>\n</b>", "Opening and ending tag mismatch", 5, 5),
    ],
)
def test_a_fault_is_where_libxml2_finds_it(inside: str, what: str, line: int, column: int) -> None:
    """Its reason, line, column and the number of the record."""
    data = index_2("<id>1</id>", inside, "<id>3</id>").replace(inside.encode() + b"</catalog_title>", inside.encode())
    (fault,) = found(data).faults
    assert what in fault.what
    assert (fault.record, fault.line) == (2, line)
    assert fault.column is not None
    assert abs(fault.column - column) <= 2


def test_a_record_without_end_has_that_reason() -> None:
    """Its tags are sound as far as they go."""
    data = index_2("<id>1</id>", "<id>2</id>", "<id>3</id>").replace(b"2</id></catalog_title>", b"2</id>")
    (fault,) = found(data).faults
    assert (fault.what, fault.record) == ("a record has no end", 2)


def test_long_garbage_is_rejected_in_pieces() -> None:
    """It counts as one record, and its pieces together are its bytes."""
    lost = b"\n<catalog_title><id>2</id>" + b"x\n" * 50_000
    data = index_2("<id>1</id>", "<id>3</id>").replace(b"\n<catalog_title><id>3", lost + b"\n<catalog_title><id>3")
    with mock.patch("catindex.read.recovery.REJECT_BYTES", 8192):
        outcome = found(data)
        with mock.patch.multiple("catindex.read.recovery", LEARNED_BYTES=100, CHUNK_BYTES=10_000):
            lost_early = found(data)
    assert (len(outcome.kept), outcome.read) == (2, 3)
    assert len(outcome.rejects) == 13
    assert b"".join(outcome.rejects) == lost.strip()
    assert lost_early[1:4] == outcome[1:4]


@pytest.mark.parametrize("garbage", [b"</x>", b"<x>", b"<!-- ", b"&;", b"\0", b"\n<x", b"<catalog_title>"])
def test_garbage_of_any_length_takes_bounded_memory(garbage: bytes) -> None:
    """The buffer does not grow with it, and the records around it are kept."""
    data = index_2("<id>1</id>", "<id>2</id>", "<id>3</id>")
    long = garbage * (1_000_000 // len(garbage))
    sizes = []

    class Watched(Recovery):
        def _more(self) -> bool:
            sizes.append(len(self._buffer))
            return super()._more()

    with (
        mock.patch.multiple("catindex.read.recovery", REJECT_BYTES=8192, LEARNED_BYTES=100, CHUNK_BYTES=8192),
        mock.patch("catindex.read.chunks.MOST_RECORD_BYTES", 65_536),
    ):
        outcome = found(data.replace(b"\n<catalog_title><id>3", b"\n" + long + b"\n<catalog_title><id>3"), Watched)
    assert len(outcome.kept) == 3
    assert (b"".join(outcome.rejects), outcome.read) == (long.strip(), 4)
    assert max(sizes) < 200_000


# The reader alone: damage that repeats. `python -m tests.benchmarks.growth` measures the time.


@pytest.mark.parametrize("between", ["\n", ""])
@pytest.mark.parametrize("shape", DAMAGE)
def test_repeated_damage_costs_no_record(shape: str, between: str) -> None:
    """The records in front of it are kept, and every byte of it is rejected."""
    data = damage_behind_records(shape, 1 << 16, between)
    outcome = found(data)
    assert [record.count(b"<id>2</id>") for record in outcome.kept[:3]] == [1, 1, 1]
    assert outcome.rejects
    assert_nothing_is_lost(outcome)


# The commands.


@FEW
@given(dialect=st.sampled_from(["1.x", "2.0"]), seed=SEEDS)
def test_the_whole_job_is_done_with_the_others(dialect: str, seed: int) -> None:
    """Series are unified and titles split as if the damaged records had not been in the dump."""
    whole, rng = dump(dialect, 10, seed), random.Random(seed)
    hit = rng.randrange(10)
    records = list(whole.records)
    records[hit] = damaged(records[hit], rng.choice(list(WAYS)), whole.name, seed)
    with_damage = catindex("process", whole.xml(records), recover=True)
    without = catindex("process", whole.xml(whole.records[:hit] + whole.records[hit + 1 :]))
    assert with_damage.files == without.files


@FEW
@given(layout=st.sampled_from(LAYOUTS), seed=SEEDS, command=st.sampled_from(list(COMMANDS)))
def test_without_damage_nothing_changes(tmp_path: Path, layout: str, seed: int, command: str) -> None:
    """The same files and warnings, no rejects."""
    data = dump(layout, 10, seed).xml()
    plain, careful = catindex(command, data), catindex(command, data, recover=True)
    assert careful.files == plain.files
    assert careful.report["warnings"] == plain.report["warnings"]
    assert not recovered(tmp_path, data, command)[1]


def test_text_and_elements_between_records_are_not_rejected() -> None:
    """They are reported as they are without recovery."""
    data = index_2("<id>1</id>", "<id>2</id>").replace(b"\n<catalog_title><id>2", b" text <x/>\n<catalog_title><id>2")
    outcome = catindex("split", data, recover=True)
    assert [warning["code"] for warning in outcome.report["warnings"]][-2:] == ["not-a-record", "stray-text"]
    assert outcome.report["warnings"] == catindex("split", data).report["warnings"]


@FEW
@given(layout=st.sampled_from(LAYOUTS), seed=SEEDS, size=st.sampled_from([1, 700, 30_000]))
def test_rejects_hold_the_exact_bytes(tmp_path: Path, layout: str, seed: int, size: int) -> None:
    """Each says where its bytes stood; neither slices nor processes matter."""
    whole, rng = dump(layout, 10, seed), random.Random(seed)
    records = [
        damaged(record, rng.choice(list(WAYS)), whole.name, seed) if rng.random() < 0.3 else record
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
    with mock.patch("catindex.read.recovery.CHUNK_BYTES", size):
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
    with mock.patch("catindex.read.recovery.CHUNK_BYTES", 100_000):
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
        mock.patch("catindex.read.recovery.REJECT_BYTES", 4096),
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
    with mock.patch("catindex.read.recovery.CHUNK_CHILDREN", 100):
        titles, rejects, report = recovered(tmp_path, data)
    assert (titles.count(b"<x/>"), len(rejects), report.records.read) == (10_000, 0, 1)
