"""Several processes: the same bytes, the same errors, nothing left behind."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catindex.errors import DataError, FaultError
from catindex.parallel import executor, in_order
from catindex.passes import Progress, jobs_for
from catindex.pipeline import Job, run
from catindex.read import chunks
from catindex.read.source import Source
from tests.generator import DIALECTS, generate
from tests.processes import eventually, is_running

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_number_of_jobs_changes_no_byte(dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One, two or five processes write the same files, as do three from gzipped input."""
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 20_000)
    dump = tmp_path / "dump.xml"
    dump.write_bytes(generate(dialect, 150, 0.5, 3).xml)
    packed = tmp_path / "dump.xml.gz"
    packed.write_bytes(gzip.compress(dump.read_bytes()))
    alone = outputs(dump, tmp_path / "1", 1)
    assert alone["streaming"].count(b"\n<catalog_title>") > 10
    for jobs in (2, 5):
        assert outputs(dump, tmp_path / str(jobs), jobs) == alone
    assert outputs(packed, tmp_path / "packed", 3) == alone


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
    monkeypatch.setattr(chunks, "CHUNK_BYTES", size)
    assert outputs(dump, tmp_path / "2", 2) == alone


def test_the_first_error_is_raised_whatever_the_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many chunks at work, the error that comes first in the input is the one that is told."""
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 1)
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


def double(number: int) -> int:
    """Return a result for a task."""
    if number == 13:
        raise ValueError(number)
    return 2 * number


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_the_order_of_the_tasks(jobs: int) -> None:
    """Whatever the number of workers, and however many tasks wait."""
    with executor(jobs) as pool:
        results = list(in_order(pool, double, range(10), ahead=4))
    assert results == [(number, 2 * number) for number in range(10)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_comes_after_the_results_before_it(jobs: int) -> None:
    """An error in a task is raised when its turn comes."""
    with executor(jobs) as pool:
        results = iter(in_order(pool, double, range(10, 20), ahead=4))
        assert [task for task, _ in islice(results, 3)] == [10, 11, 12]
        with pytest.raises(ValueError, match="13"):
            next(results)


def test_only_a_few_tasks_are_taken_ahead() -> None:
    """So memory stays flat, however many tasks there are."""
    taken = []

    def tasks() -> Iterator[int]:
        for number in range(8):
            taken.append(number)
            yield number

    with executor(2) as pool:
        for done, (task, _) in enumerate(in_order(pool, double, tasks(), ahead=3), start=1):
            assert task < len(taken) <= done + 2


def test_a_worker_that_dies_is_a_fault() -> None:
    """A worker process that is killed ends the run with a fault, not with a hang, even if tasks are large."""
    with pytest.raises(FaultError, match="a worker process ended"), executor(2) as pool:
        list(in_order(pool, die, [b"x" * 4_000_000] * 8, ahead=4))


def die(_: bytes) -> None:
    """End the worker process."""
    os._exit(9)


def test_workers_end_with_the_main_process() -> None:
    """No worker outlives a main process that is killed."""
    program = (
        "import os, time\n"
        "from catindex.parallel import executor\n"
        "if __name__ == '__main__':\n"
        "    with executor(2) as pool:\n"
        "        print(*{pool.submit(os.getpid).result() for _ in range(8)}, flush=True)\n"
        "        time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as main:
        assert main.stdout is not None
        workers = [int(pid) for pid in main.stdout.readline().split()]
        assert workers
        main.send_signal(signal.SIGKILL)
    assert eventually(lambda: not any(map(is_running, workers)))


@pytest.mark.parametrize(
    ("count", "size", "expected"), [(16, 8 << 20, 4), (3, 1 << 30, 3), (1, 1 << 30, 1), (16, 1 << 20, 1), (16, None, 4)]
)
def test_the_default_number_of_jobs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int, size: int | None, expected: int
) -> None:
    """One for each processor, at most four, and one for small inputs. An input of unknown size counts as large."""
    monkeypatch.setattr("catindex.passes.processors", lambda: count)
    path = tmp_path / "dump.xml"
    path.touch()
    with Source(str(path)) as source:
        source.size = size
        assert jobs_for(source) == expected


def test_progress_counts_series_when_the_input_has_ended(tmp_path: Path) -> None:
    """First the bytes of the input, then the series that are joined."""
    path = tmp_path / "dump.xml"
    path.write_bytes(generate("2.0", 60, 0.8, 1).xml)
    seen: list[Progress] = []
    report = run(Job(str(path), {"titles": str(tmp_path / "out.xml")}, unify=True, jobs=1, on_progress=seen.append))
    assert seen[0].series is None
    assert (seen[-1].joined, seen[-1].series, seen[-1].bytes_read) == (report.unified,) * 2 + (path.stat().st_size,)
