"""The samples, run as users run them: real processes, and outputs that were checked by eye against the contract."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = Path(__file__).parent.parent / "samples"
INDEXES = ("index-1.x", "index-2.0")
OUTPUTS = ("streaming.xml", "dvd.xml", "unavailable.xml")
SILVERMAN = "/series/70142415"

# Counted by hand in the samples.
RECORDS = {
    "index-1.x": {"read": 24, "written": 10, "merged": 9, "duplicates": 3, "conflicts": 1, "unavailable": 2},
    "index-2.0": {"read": 23, "written": 10, "merged": 8, "duplicates": 3, "conflicts": 1, "unavailable": 2},
}
SERIES = {
    "index-1.x": {"unified": 3, "synthesized": 1, "seasons": 5, "episodes": 27, "discs": 2, "orphans": 1},
    "index-2.0": {"unified": 2, "synthesized": 0, "seasons": 4, "episodes": 27, "discs": 2, "orphans": 1},
}
NUMBERS = {
    "index-1.x": {
        "season": {"title": 33},
        "episode": {"sequence": 3, "title": 2, "position": 23},
        "disc": {"title": 2},
    },
    "index-2.0": {
        "season": {"element": 1, "label": 1, "title": 30},
        "episode": {"sequence": 3, "title": 2, "position": 23},
        "disc": {"title": 2},
    },
}
EXTERNAL_IDS = {
    "index-1.x": {"removed": {"amg": 5, "tms": 4}, "kept": {"upc": 9}},
    "index-2.0": {"removed": {"amg": 7, "tms": 5}, "kept": {"upc": 7}},
}
WARNINGS = {
    "index-1.x": {"duplicate": 2, "conflict": 1, "synthesized": 1, "orphan": 1},
    "index-2.0": {"duplicate": 2, "conflict": 1, "orphan": 1},
}

# Which title is in which file, in order: stand-alone titles, the orphan, then the series.
_STREAMING = ["movies/90000001", "movies/90000002", "movies/90000006", "movies/90000007"]
_DVD = [f"movies/9000000{number}" for number in (1, 3, 4, 5, 6, 7)] + ["programs/7/90000201"]
_SERIES = ["series/90000100", "series/70142415"]
TITLES = {
    ("index-1.x", "streaming.xml"): _STREAMING + _SERIES,
    ("index-1.x", "dvd.xml"): [*_DVD, *_SERIES, "series/90000300"],
    ("index-1.x", "unavailable.xml"): ["movies/90000008", "series/90000100"],
    ("index-2.0", "streaming.xml"): _STREAMING + _SERIES,
    ("index-2.0", "dvd.xml"): _DVD + _SERIES,
    ("index-2.0", "unavailable.xml"): ["movies/90000008", "series/90000100"],
}

# The parts of series 90000100 in each file, the same in both dialects: id, season number, own number.
PARTS = {
    "streaming.xml": [("90000100", "1", None), ("90000111", "1", "1"), ("90000112", "1", "2")],
    "dvd.xml": [
        ("90000100", "1", None),
        ("90000101", "2", None),
        ("90000111", "1", "1"),
        ("90000121", "2", "1"),
        ("90000122", "2", "2"),
        ("90000131", "1", "1"),
        ("90000132", "2", "1"),
    ],
    "unavailable.xml": [("90000113", "1", "3")],
}


class Finished(NamedTuple):
    """A run of ``process`` over a sample: the folder of its outputs, its report, and what it printed."""

    sample: str
    folder: Path
    report: dict[str, Any]
    stdout: bytes
    stderr: bytes


def start(arguments: Sequence[str], data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run catindex in a process of its own, and expect it to end well."""
    finished = subprocess.run(
        [sys.executable, "-m", "catindex", *arguments], input=data, capture_output=True, check=False, timeout=120
    )
    assert (finished.returncode, finished.stderr) == (0, b"")
    return finished


def process(source: str, folder: Path, data: bytes | None = None) -> dict[str, bytes]:
    """Run ``process`` with all three outputs, and give their bytes."""
    start(["process", source, "-o", str(folder), "--unavailable", str(folder / "unavailable.xml")], data)
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


def expected(index: str) -> dict[str, bytes]:
    """Give the outputs that belong to a sample."""
    return {name: (SAMPLES / "expected" / index / name).read_bytes() for name in OUTPUTS}


def tool(name: str) -> str:
    """Give the path of a program; skip the test where it is missing, but not on CI."""
    found = shutil.which(name)
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed")
    assert found is not None
    return found


def parts_of(title: etree._Element) -> list[etree._Element]:
    """Give the parts nested in a unified title, in document order."""
    return title.findall("link/catalog_titles/catalog_title")


def title_of(path: Path, ending: str) -> etree._Element:
    """Give the title of a file whose id ends so."""
    return next(title for title in etree.parse(path).getroot() if (title.findtext("id") or "").endswith(ending))


@pytest.fixture(scope="module", params=INDEXES)
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Run ``process`` over a sample, once for all tests of this module that only look."""
    index = str(request.param)
    folder = tmp_path_factory.mktemp(index)
    result = start(
        [
            *("process", str(SAMPLES / f"{index}.xml"), "-o", str(folder)),
            *("--unavailable", str(folder / "unavailable.xml"), "--report", str(folder / "report.json")),
        ]
    )
    report = json.loads((folder / "report.json").read_bytes())
    return Finished(index, folder, report, result.stdout, result.stderr)


def test_the_compressed_sample_is_the_plain_one() -> None:
    """The gzipped sample unpacks to the plain one, and its header has neither a time nor a name."""
    compressed = (SAMPLES / "index-2.0.xml.gz").read_bytes()
    assert (SAMPLES / "index-2.0.xml").read_bytes() == gzip.decompress(compressed)
    assert (compressed[4:8], compressed[3]) == (b"\0\0\0\0", 0)


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_the_expected_bytes(finished: Finished, name: str) -> None:
    """Every output is byte for byte what lies beside the sample."""
    assert expected(finished.sample)[name] == (finished.folder / name).read_bytes()


def test_nothing_is_printed(finished: Finished) -> None:
    """A run that succeeds prints nothing where there is no terminal."""
    assert (finished.stdout, finished.stderr) == (b"", b"")


@pytest.mark.parametrize("index", INDEXES)
def test_gzipped_input_gives_the_same_bytes(index: str, tmp_path: Path) -> None:
    """A gzipped dump gives the same outputs as a plain one, whatever its name says."""
    source = tmp_path / "catalog.xml"
    source.write_bytes(gzip.compress((SAMPLES / f"{index}.xml").read_bytes()))
    assert expected(index) == process(str(source), tmp_path / "out")


@pytest.mark.parametrize("index", INDEXES)
def test_standard_input_gives_the_same_bytes(index: str, tmp_path: Path) -> None:
    """A dump on standard input gives the same outputs as a file."""
    assert expected(index) == process("-", tmp_path / "out", (SAMPLES / f"{index}.xml").read_bytes())


@pytest.mark.parametrize("index", INDEXES)
def test_the_steps_one_by_one_give_the_same_bytes(index: str, tmp_path: Path) -> None:
    """``strip | unify | split`` gives the same outputs as ``process``."""
    stripped = start(["strip", str(SAMPLES / f"{index}.xml")]).stdout
    unified = start(["unify", "-"], stripped).stdout
    start(["split", "-", "-o", str(tmp_path), "--unavailable", str(tmp_path / "unavailable.xml")], unified)
    assert expected(index) == {name: (tmp_path / name).read_bytes() for name in OUTPUTS}


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_well_formed(finished: Finished, name: str) -> None:
    """Xmllint has nothing to say about any output."""
    result = subprocess.run(
        [tool("xmllint"), "--noout", str(finished.folder / name)], capture_output=True, check=False, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.parametrize("name", OUTPUTS)
def test_each_title_is_in_its_files(finished: Finished, name: str) -> None:
    """Each file has the titles that were found by hand, in order."""
    ids = [title.findtext("id") or "" for title in etree.parse(finished.folder / name).getroot()]
    assert TITLES[finished.sample, name] == [url.partition("/catalog/titles/")[2] for url in ids]


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_series_lists_its_available_parts(finished: Finished, name: str) -> None:
    """The series has in each file the parts that are available there, with their numbers, in order."""
    found = [
        (
            (part.findtext("id") or "").rpartition("/")[2],
            part.findtext("season_number"),
            part.findtext("episode_number") or part.findtext("disc_number"),
        )
        for part in parts_of(title_of(finished.folder / name, "/series/90000100"))
    ]
    assert PARTS[name] == found


@pytest.mark.parametrize("name", ["streaming.xml", "dvd.xml"])
def test_the_announced_example_is_numbered(finished: Finished, name: str) -> None:
    """The Sarah Silverman Program has season 1 with episodes 1 to 6 and season 2 with episodes 1 to 16."""
    parts = parts_of(title_of(finished.folder / name, SILVERMAN))
    numbers = [(part.findtext("season_number"), part.findtext("episode_number")) for part in parts]
    assert [("1", str(n)) for n in range(1, 7)] + [("2", str(n)) for n in range(1, 17)] == numbers


def test_the_announced_example_keeps_its_names(finished: Finished) -> None:
    """The episodes of The Sarah Silverman Program have their bare names beside their full ones."""
    parts = parts_of(title_of(finished.folder / "streaming.xml", SILVERMAN))
    titles = [title for part in parts if (title := part.find("title")) is not None]
    assert [title.get("episode_short") for title in titles] == [
        re.sub(r".*: (?:Season 1|Vol\. [12]): ", "", title.get("regular") or "") for title in titles
    ]


def test_records_are_counted(finished: Finished) -> None:
    """The report counts the records as they were counted by hand."""
    assert {**RECORDS[finished.sample], "not_requested": 0, "rejected": 0} == finished.report["records"]


def test_series_are_counted(finished: Finished) -> None:
    """The report counts the series and their parts as they were counted by hand."""
    assert SERIES[finished.sample] == {
        name: count for name, count in finished.report["series"].items() if name != "numbers"
    }


def test_numbers_are_counted_by_evidence(finished: Finished) -> None:
    """The report says where the numbers came from, as it was found by hand."""
    assert NUMBERS[finished.sample] == {
        kind: {source: count for source, count in counts.items() if count}
        for kind, counts in finished.report["series"]["numbers"].items()
    }


def test_external_ids_are_counted(finished: Finished) -> None:
    """The report counts the references that went and the ids that stayed as they were counted by hand."""
    assert EXTERNAL_IDS[finished.sample] == finished.report["external_ids"]


def test_warnings_are_counted(finished: Finished) -> None:
    """The report warns of the copies, the orphan and the series without a record, and of nothing else."""
    assert WARNINGS[finished.sample] == {warned["code"]: warned["count"] for warned in finished.report["warnings"]}


def test_grep_counts_titles(finished: Finished) -> None:
    """As many lines begin with a title as the report has titles, for every output."""
    counted = {}
    for output in finished.report["outputs"]:
        result = subprocess.run(
            [tool("grep"), "-c", "^<catalog_title>", output["path"]], capture_output=True, check=False, timeout=60
        )
        counted[output["medium"]] = int(result.stdout)
    assert {output["medium"]: output["titles"] for output in finished.report["outputs"]} == counted


@pytest.mark.parametrize("name", OUTPUTS)
def test_no_retired_reference_is_left(finished: Finished, name: str) -> None:
    """Neither AMG nor TMS is mentioned in any output."""
    assert re.findall(rb"(?i)amg|tms", (finished.folder / name).read_bytes()) == []


@pytest.mark.parametrize("index", INDEXES)
def test_the_sample_holds_what_must_go(index: str) -> None:
    """The samples do mention AMG and TMS, so that their absence in the outputs says something."""
    mentioned = re.findall(rb"amg|tms", (SAMPLES / f"{index}.xml").read_bytes())
    assert {b"amg", b"tms"} == set(mentioned)
