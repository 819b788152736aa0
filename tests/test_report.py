"""The report: what a run counted, as JSON (spec, section 8)."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catindex as package
from catindex.errors import DataError, FaultError
from catindex.pipeline import Job, run
from catindex.write.report import Records
from tests.examples import examples
from tests.running import catindex, index_1, index_2

API = "http://api.netflix.com/catalog/titles"
CATALOG = "http://schemas.netflix.com/catalog"
FORMATS = "http://api.netflix.com/categories/title_formats"
COMMANDS = ["process", "split", "unify", "strip"]


def formats(*terms: str) -> str:
    """Write the format expansion of 2.0."""
    categories = "".join(f'<category scheme="{FORMATS}" term="{term}"/>' for term in terms)
    return (
        f'<link rel="{CATALOG}/titles/format_availability"><delivery_formats>'
        f"<availability>{categories}</availability></delivery_formats></link>"
    )


def record(path: str, *terms: str, inside: str = "") -> str:
    """Write the inside of a record."""
    return f"<id>{API}/{path}</id>{formats(*terms)}{inside}"


MOVIES = index_2(record("movies/1", "instant"), record("movies/2", "DVD"), record("movies/3"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_key_is_always_there(command: str) -> None:
    """Programs that read reports need not ask whether a key is there, whatever the command and the input."""
    report = catindex(command, MOVIES).report
    assert list(report) == [
        "catindex",
        "input",
        "records",
        "series",
        "external_ids",
        "outputs",
        "rejects",
        "warnings",
        "elapsed_seconds",
        "peak_rss_bytes",
    ]
    assert list(report["input"]) == ["path", "compression", "dialect", "bytes", "uncompressed_bytes", "records"]
    assert list(report["records"]) == [
        "read",
        "written",
        "merged",
        "duplicates",
        "conflicts",
        "unavailable",
        "not_requested",
        "rejected",
    ]
    assert {"unified", "synthesized", "seasons", "episodes", "discs", "orphans", "numbers"} <= set(report["series"])
    evidence = {"element", "label", "sequence", "title", "season", "position", "none"}
    for kind in ("season", "episode"):
        assert evidence <= set(report["series"]["numbers"][kind])
    assert list(report["external_ids"]) == ["removed", "kept"]
    for output in report["outputs"]:
        assert list(output) == ["medium", "path", "titles", "bytes", "sha256"]


def test_the_input_is_described(tmp_path: Path) -> None:
    """Path, compression, dialect and sizes."""
    dump = tmp_path / "dump.xml"
    dump.write_bytes(index_1(f"<id>{API}/movies/1</id>"))
    report = run(Job(str(dump), {"titles": str(tmp_path / "titles.xml")}, strip=True)).as_dict()
    assert report["input"] == {
        "path": str(dump),
        "compression": None,
        "dialect": "1.x",
        "bytes": dump.stat().st_size,
        "uncompressed_bytes": dump.stat().st_size,
        "records": 1,
    }
    assert report["catindex"] == package.__version__


def test_the_outputs_are_described() -> None:
    """Medium, path, titles, and size and hash of the file as it lies there."""
    outcome = catindex("split", MOVIES)
    outputs = {output["medium"]: output for output in outcome.report["outputs"]}
    assert {medium: output["titles"] for medium, output in outputs.items()} == {
        "streaming": 1,
        "dvd": 1,
        "unavailable": 1,
    }
    for medium, data in outcome.files.items():
        assert outputs[medium]["bytes"] == len(data)
        assert outputs[medium]["sha256"] == hashlib.sha256(data).hexdigest()
        assert Path(outputs[medium]["path"]).name == f"{medium}.xml"


def test_compressed_outputs_are_described_as_they_lie_there(tmp_path: Path) -> None:
    """Bytes and hash are those of the compressed file."""
    dump, target = tmp_path / "dump.xml", tmp_path / "titles.xml.gz"
    dump.write_bytes(MOVIES)
    (output,) = run(Job(str(dump), {"titles": str(target)}, strip=True)).as_dict()["outputs"]
    assert output["bytes"] == target.stat().st_size
    assert output["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()


def test_it_is_written_as_json(tmp_path: Path) -> None:
    """``--report`` writes what the run counted, with the titles' names as they are."""
    dump, target = tmp_path / "dump.xml", tmp_path / "report.json"
    dump.write_bytes(index_2("<id>Amélie</id>"))
    report = run(Job(str(dump), {"titles": str(tmp_path / "titles.xml")}, strip=True, report=str(target)))
    text = target.read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(report.to_json())
    assert "Amélie" in text
    assert text.endswith("}\n")


def test_no_report_is_left_by_a_run_that_fails(tmp_path: Path) -> None:
    """Like every other output it is put in place at the end only."""
    dump, target = tmp_path / "dump.xml", tmp_path / "report.json"
    dump.write_bytes(MOVIES[:-5])
    with pytest.raises(DataError):
        run(Job(str(dump), {"titles": str(tmp_path / "titles.xml")}, strip=True, report=str(target)))
    assert list(tmp_path.iterdir()) == [dump]


# Where every record went.


@pytest.mark.parametrize(
    ("outputs", "counts"),
    [
        (None, {"written": 3, "merged": 2, "unavailable": 1}),
        (["streaming", "dvd"], {"written": 3, "merged": 2, "unavailable": 1}),
        (["streaming"], {"written": 2, "merged": 1, "not_requested": 2, "unavailable": 1}),
        (["dvd"], {"written": 2, "merged": 1, "not_requested": 2, "unavailable": 1}),
    ],
)
def test_every_record_is_accounted_for(outputs: list[str] | None, counts: dict[str, int]) -> None:
    """Titles of their own are written, parts are merged; the rest is a copy, unavailable, or was not asked for."""
    parent = f'<link href="{API}/series/4" rel="{CATALOG}/titles.series" title="S"/>'
    data = index_2(
        record("movies/1", "instant"),
        record("movies/1", "instant"),
        record("movies/1", "DVD"),
        record("movies/2", "DVD"),
        record("movies/3"),
        record("series/4", "instant", "DVD"),
        record("programs/5", "instant", inside=parent),
        record("programs/6", "DVD", inside=parent),
    )
    zeros = dict.fromkeys(["written", "merged", "unavailable", "not_requested", "rejected"], 0)
    expected = {"read": 8, **zeros, **counts, "duplicates": 2, "conflicts": 1}
    assert catindex("process", data, outputs).report["records"] == expected


KINDS = st.sampled_from(["movies", "series", "series/1/seasons", "series/2/seasons", "programs", "discs", "nothing"])
TERMS = st.lists(st.sampled_from(["instant", "DVD", "Blu-ray", "VHS"]), max_size=2)
PARENTS = st.sampled_from(["series", "season"]).flatmap(
    lambda kind: st.builds(
        lambda number: (
            f'<link href="{API}/{"series" if kind == "series" else "series/1/seasons"}/{number}"'
            f' rel="{CATALOG}/titles.{kind}" title="S"/>'
        ),
        st.integers(1, 3),
    )
)
RECORDS = st.builds(
    lambda kind, number, terms, parents: record(f"{kind}/{number}", *terms, inside="".join(parents)),
    KINDS,
    st.integers(1, 3),
    TERMS,
    st.lists(PARENTS, max_size=2),
)


@settings(max_examples=examples(50))
@given(
    records=st.lists(RECORDS, min_size=1, max_size=12),
    command=st.sampled_from(COMMANDS),
    outputs=st.sets(st.sampled_from(["streaming", "dvd", "unavailable"]), min_size=1),
)
def test_the_counts_always_add_up(records: list[str], command: str, outputs: set[str]) -> None:
    """Read = written + merged + duplicates + unavailable + not requested + rejected, for any input."""
    outcome = catindex(command, index_2(*records), sorted(outputs) if command in ("split", "process") else None)
    counts = dict(outcome.report["records"])
    assert counts.pop("read") == len(records)
    counts.pop("conflicts")
    assert sum(counts.values()) == len(records)
    for output in outcome.report["outputs"]:
        assert output["titles"] == len(outcome.titles[output["medium"]])


def test_counts_that_do_not_add_up_end_the_run() -> None:
    """The program checks itself, and calls it a fault of its own."""
    with pytest.raises(FaultError, match="2 records read, 1 accounted for"):
        Records(read=2, written=1).check()


# Warnings.


def warning(data: bytes, code: str, command: str = "process") -> dict[str, Any]:
    """Run a command and give its warning of a code."""
    found: list[dict[str, Any]] = [
        warned for warned in catindex(command, data).report["warnings"] if warned["code"] == code
    ]
    (one,) = found
    return one


def test_a_run_without_trouble_has_no_warnings() -> None:
    """Then the list is empty."""
    assert catindex("process", MOVIES).report["warnings"] == []


def test_warnings_are_counted_with_a_few_examples() -> None:
    """The first few are kept, with key and line; the report does not grow with the trouble."""
    found = warning(index_2(*[record("movies/1", "instant")] * 30), "duplicate")
    assert found["count"] == 29
    assert 1 <= len(found["examples"]) <= 29
    assert found["examples"][:2] == [{"key": "movie/1", "line": 4}, {"key": "movie/1", "line": 5}]


@pytest.mark.parametrize(
    ("code", "data", "example"),
    [
        ("duplicate", index_2(record("movies/1"), record("movies/1")), {"key": "movie/1", "line": 4}),
        ("conflict", index_2(record("movies/1"), record("movies/1", "DVD")), {"key": "movie/1", "line": 4}),
        ("no-id", index_2("", "<id>1</id>"), {"key": None, "line": 3}),
        ("unknown-kind", index_2(record("x/1")), {"key": f"other/{API}/x/1", "line": 3, "detail": f"{API}/x/1"}),
        ("unknown-format", index_2(record("movies/1", "VHS")), {"key": "movie/1", "line": 3, "detail": "vhs"}),
        ("orphan", index_2(record("movies/1"), record("programs/1", "DVD")), {"key": "episode/1", "line": 4}),
        ("synthesized", index_2(record("series/7/seasons/8", "DVD")), {"key": "series/7", "line": 3}),
    ],
)
def test_warnings_name_key_and_line(code: str, data: bytes, example: dict[str, Any]) -> None:
    """So that the record can be found."""
    found = warning(data, code)
    assert found["count"] == 1
    assert found["examples"] == [example]


def test_lines_are_those_of_the_record_not_of_its_slice() -> None:
    """A record that begins on line 5 of a pretty-printed file is on line 5."""
    data = b"<catalog_titles>\n\n<!-- a\ncomment -->\n  <catalog_title>\n<x/>\n</catalog_title>\n</catalog_titles>"
    assert warning(data, "no-id", "strip")["examples"] == [{"key": None, "line": 5}]


def test_external_ids_are_counted_by_source() -> None:
    """Every id of every record that was kept is counted once, in however many files it stands."""
    ids = "".join(f'<id rel="{CATALOG}/id.{source}">1</id>' for source in ("amg", "upc", "upc", "tms"))
    both = record("movies/1", "instant", "DVD", inside=f"<external_ids>{ids}</external_ids>")
    assert catindex("process", index_2(both, both)).report["external_ids"] == {
        "removed": {"amg": 1, "tms": 1},
        "kept": {"upc": 2},
    }


def test_time_and_memory_are_measured() -> None:
    """Both are more than nothing."""
    report = catindex("strip", MOVIES).report
    assert report["elapsed_seconds"] >= 0
    assert report["peak_rss_bytes"] > 1 << 20


def test_the_version_is_one() -> None:
    """The report names the program's version."""
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+.*", catindex("strip", MOVIES).report["catindex"])
