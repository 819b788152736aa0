"""Several processes: the same bytes, the same errors, nothing left behind."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catindex.errors import DataError, FaultError, TransferError
from catindex.jobs import Jobs
from catindex.pipeline import Job, run
from catindex.read import chunks as reader
from catindex.work import Work
from tests.generator import DIALECTS, generate

AWKWARD = b"""<?xml version="1.0" encoding="UTF-8"?>\r
<catalog_titles>\r
<catalog_title><id>http://x/catalog/titles/movies/1</id><title short="a" regular="a &lt;catalog_title&gt;"/>\r
<link rel="http://x/catalog/titles/synopsis"><synopsis><![CDATA[</catalog_title><catalog_title> ]] > \r
]]></synopsis></link><!-- <catalog_title> -->\
<link rel="http://x/catalog/titles.similars"><catalog_titles><catalog_title><id>n</id></catalog_title>\
<catalog_title/>
</catalog_titles></link><delivery_formats><availability>\
<category scheme="http://x/categories/title_formats" term="DVD"/>
</availability></delivery_formats></catalog_title><catalog_title\r
><id>http://x/catalog/titles/series/2/seasons/3</id><title short="S: Season 3" regular="S: Season 3"/></catalog_title>
<?catalog_title <catalog_title>?><catalog_title><id>http://x/catalog/titles/programs/4</id>\
<title short="S: Season 3: E" regular="S: Season 3: &quot;\xc3\xa9&quot;"/><link rel="http://x/catalog/title.season"\
 href="http://x/catalog/titles/series/2/seasons/3"/><delivery_formats><availability>\
<category scheme="http://x/categories/title_formats" term="instant"/></availability></delivery_formats></catalog_title>
</catalog_titles>
"""


def outputs(dump: Path, folder: Path, jobs: int) -> dict[str, bytes]:
    """Process a dump with so many jobs, and give what was written."""
    folder.mkdir(exist_ok=True)
    targets = {name: str(folder / f"{name}.xml") for name in ("streaming", "dvd", "unavailable")}
    run(Job(str(dump), targets, strip=True, unify=True, split=True, jobs=jobs))
    return {name: Path(target).read_bytes() for name, target in targets.items()}


def test_a_file_as_standard_input(tmp_path: Path) -> None:
    """A file that the shell opens has no path by which the workers could read it."""
    dump = tmp_path / "dump.xml"
    dump.write_bytes(generate("2.0-lines", 200, 0.5, 3).xml)
    command = [sys.executable, "-m", "catindex", "process", "-", "-o", str(tmp_path / "piped"), "--jobs", "2"]
    with dump.open("rb") as stdin:
        ended = subprocess.run(command, stdin=stdin, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    alone = outputs(dump, tmp_path / "alone", 1)
    assert (tmp_path / "piped" / "dvd.xml").read_bytes() == alone["dvd"]


def test_a_dump_that_vanishes_while_it_is_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What a worker cannot read itself is told by the main process, and nothing by the worker."""
    gone = tmp_path / "gone.xml"
    piece = reader.Slice(b"<r/>", (), 0, 1, 1, 1, 1, (str(gone), 0))
    with pytest.raises(TransferError, match=f"{gone}: No such file or directory"), Jobs(2) as jobs:
        list(jobs.map(len_of, [piece]))
    gone.write_bytes(b"<r")
    with pytest.raises(TransferError, match="became shorter while it was read"), Jobs(2) as jobs:
        list(jobs.map(len_of, [piece]))
    assert capfd.readouterr().err == ""


def len_of(piece: reader.Slice) -> int:
    """Do something with a slice, in a worker."""
    return len(piece.data)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_number_of_jobs_changes_no_byte(dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One, two, three or seven processes write the same files, plain or gzipped."""
    monkeypatch.setattr(reader, "SLICE_BYTES", 20_000)
    dump = tmp_path / "dump.xml"
    dump.write_bytes(generate(dialect, 150, 0.5, 3).xml)
    packed = tmp_path / "dump.xml.gz"
    packed.write_bytes(gzip.compress(dump.read_bytes()))
    alone = outputs(dump, tmp_path / "1", 1)
    assert alone["streaming"].count(b"\n<catalog_title>") > 10
    for jobs in (2, 3, 7):
        assert outputs(dump, tmp_path / str(jobs), jobs) == alone
    assert outputs(packed, tmp_path / "packed", 2) == alone


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("size", [1, 64, 500])
def test_records_cut_at_awkward_places(
    encoding: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Record names in CDATA, comments, attributes and lists, CRLF and UTF-16 come out the same from every process."""
    dump = tmp_path / "dump.xml"
    text = AWKWARD.decode()
    dump.write_bytes(AWKWARD if encoding == "utf-8" else text.replace("UTF-8", "UTF-16").encode(encoding))
    alone = outputs(dump, tmp_path / "1", 1)
    assert alone["streaming"].count(b"\n<catalog_title>") == 1
    assert alone["dvd"].count(b"\n<catalog_title>") == 1
    monkeypatch.setattr(reader, "SLICE_BYTES", size)
    assert outputs(dump, tmp_path / "2", 2) == alone


def test_the_first_error_is_raised_whatever_the_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many slices at work, the error that comes first in the input is the one that is told."""
    monkeypatch.setattr(reader, "SLICE_BYTES", 1)
    record = "<catalog_title><id>http://x/catalog/titles/movies/{}</id>{}</catalog_title>\n"
    lines = [record.format(number, "&nbsp;" if number in (20, 25, 30) else "") for number in range(1, 60)]
    dump = tmp_path / "dump.xml"
    dump.write_text("<catalog_titles>\n" + "".join(lines) + "</catalog_titles>\n")
    told = []
    for jobs in (1, 2, 3):
        with pytest.raises(DataError) as raised:
            outputs(dump, tmp_path / "out", jobs)
        told.append(str(raised.value))
    assert "record 20, after movie/19" in told[0]
    assert told == [told[0]] * 3


def test_what_a_worker_prints_gets_lost_from_no_result() -> None:
    """Standard output of a worker is not the pipe that its results come through."""
    with Jobs(2) as jobs:
        assert [result for _, result in jobs.map(print, ["one", "two"])] == [None, None]


def test_a_worker_that_dies_is_a_fault() -> None:
    """A worker process that is killed ends the run with a fault, not with a hang."""
    with Jobs(2) as jobs, pytest.raises(FaultError):
        list(jobs.map(os._exit, [9]))


def test_workers_end_with_the_main_process() -> None:
    """No worker outlives a main process that is killed."""
    program = (
        "import time; from catindex.jobs import Jobs; jobs = Jobs(2);"
        "print(*(worker._process.pid for worker in jobs._workers), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as main:
        assert main.stdout is not None
        workers = [int(pid) for pid in main.stdout.readline().split()]
        main.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, workers))


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended but was not yet waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_work_is_sent_as_it_is() -> None:
    """What is to be done arrives in a worker unchanged."""
    work = Work("2.0", "dump.xml", ("dvd",), strip=True)
    with Jobs(2) as jobs:
        assert [result for _, result in jobs.map(repr, [work])] == [repr(work)]
