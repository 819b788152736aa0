"""Adding dumps to archives: dates, duplicates, failures, and what is left when a run is killed."""

from __future__ import annotations

import fcntl
import gzip
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from catindex.errors import BusyError, CannotCreateError, UsageError
from tests.nights import day, dump, files, movie, night
from tests.processes import catindex, children, eventually, is_running, on_terminal, start
from tests.running import index_1

if TYPE_CHECKING:
    from collections.abc import Iterable

pytest.importorskip("pyarrow")

from catindex.archive import Archive, Result
from catindex.archive.dumps import committed
from catindex.archive.executors import in_order, processes
from catindex.archive.store import open_store
from catindex.archive.tables import write_tables
from catindex.archive.task import date_in_name

TABLES = ["availability", "discs", "dumps", "episodes", "genres", "people", "seasons", "titles"]


def add(archive: Path, *paths: Path | str, **options: Any) -> list[Result]:
    """Add dumps in this process."""
    return Archive(str(archive)).add(map(str, paths), **options)


def statuses(results: Iterable[Result]) -> list[str]:
    """Return what became of each dump."""
    return [result.status for result in results]


def check_tidy(archive: Path) -> None:
    """Check that an archive has the files of its dumps and nothing else."""
    expected = {name for dump in committed(open_store(str(archive))) for name in [dump.row_file, *dump.files]}
    assert set(files(archive)) == expected
    directories = {path for path in archive.rglob("*") if path.is_dir()}
    assert directories == {archive / parent for name in expected for parent in list(Path(name).parents)[:-1]}


# What is written.


def test_the_layout(tmp_path: Path) -> None:
    """Each table has a directory, with a partition per dump; the data files are named by the checksum of the dump."""
    add(tmp_path / "archive", night(tmp_path, 1, movie(1)))
    (found,) = Archive(str(tmp_path / "archive")).dumps()
    names = sorted(files(tmp_path / "archive"))
    assert [name.split("/")[0] for name in names] == TABLES
    assert {name.split("/", 1)[1] for name in names if not name.startswith("dumps/")} == {
        f"dump_date=2012-09-01/{found.sha256[:16]}.parquet"
    }


def test_the_row_of_a_dump(tmp_path: Path) -> None:
    """The table of dumps has the file that was added, and counts."""
    path = night(tmp_path, 1, movie(1), movie(2), movie(2))
    (result,) = add(tmp_path / "archive", path)
    (found,) = Archive(str(tmp_path / "archive")).dumps()
    assert result.dump == found
    assert (found.dump_date, found.path, found.bytes) == (day(1), str(path), path.stat().st_size)
    assert (found.records, found.titles, found.streaming_titles, found.dvd_titles) == (3, 2, 2, 0)


def test_the_bytes_do_not_depend_on_the_run(tmp_path: Path) -> None:
    """Two archives of the same dumps have the same files, however they were added."""
    paths = [night(tmp_path, number, movie(number), movie(9)) for number in (1, 2, 3)]
    add(tmp_path / "one", *paths)
    for path in reversed(paths):
        add(tmp_path / "other", path)
    assert files(tmp_path / "one") == files(tmp_path / "other")


def test_several_processes_write_the_same(tmp_path: Path) -> None:
    """An archive that two processes wrote has the same files as that of one."""
    paths = [night(tmp_path, number, movie(number), movie(9)) for number in (1, 2, 3, 4)]
    add(tmp_path / "one", *paths)
    assert catindex("archive", "add", tmp_path / "two", *paths, "--jobs", 2) == (0, b"", "")
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_nothing_else_is_left(tmp_path: Path) -> None:
    """There are no other files or directories, and none that are empty."""
    add(tmp_path / "archive", night(tmp_path, 1, movie(1)), tmp_path / "missing.xml")
    check_tidy(tmp_path / "archive")


def test_a_run_that_adds_nothing_leaves_nothing(tmp_path: Path) -> None:
    """An archive that would be empty is not created."""
    add(tmp_path / "archive", tmp_path / "missing.xml")
    assert list(tmp_path.iterdir()) == []


# Dates.


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("catalog-2012-09-15.xml.gz", date(2012, 9, 15)),
        ("20120915.xml", date(2012, 9, 15)),
        ("catalog_20120915T0300.xml", date(2012, 9, 15)),
        ("s3://bucket/2011-01-01/catalog-2012-09-15.xml?versionId=20130101", date(2012, 9, 15)),
        ("2011-01-01/catalog.xml", None),
        ("catalog-2012-13-15.xml", None),
        ("catalog-2012-0915.xml", None),
        ("title-70142415.xml", None),
        ("120120915.xml", None),
        ("0-2012-02-30-2012-02-28.xml", date(2012, 2, 28)),
    ],
)
def test_dates_in_names(name: str, expected: date | None) -> None:
    """Only a real date counts, with or without hyphens, and only in the file name itself."""
    assert date_in_name(name) == expected


def test_the_date_of_a_dump(tmp_path: Path) -> None:
    """It is the one that is given, else that of the name, else that of the newest title."""
    records = [movie(1, updated="2012-09-10"), movie(2, updated="2012-09-11")]
    given = add(tmp_path / "archive", night(tmp_path, 1, *records), date=day(3))
    named = add(tmp_path / "archive", night(tmp_path, 2, *records))
    newest = add(tmp_path / "archive", dump(tmp_path / "catalog.xml", *records))
    assert [result.date for result in given + named + newest] == [day(3), day(2), day(11)]


def test_a_dump_without_a_date(tmp_path: Path) -> None:
    """It fails, and the message names the option."""
    path = dump(tmp_path / "catalog.xml", movie(1).partition("<updated>")[0])
    (result,) = add(tmp_path / "archive", path)
    assert (result.status, "use --date" in result.message) == ("failed", True)


def test_one_date_for_several_dumps(tmp_path: Path) -> None:
    """It is wrong usage."""
    with pytest.raises(UsageError, match="is for one dump, but there are 2"):
        add(tmp_path / "archive", tmp_path / "a.xml", tmp_path / "b.xml", date=day(1))


# Dumps that are there already.


def test_a_dump_is_added_once(tmp_path: Path) -> None:
    """Adding it again changes nothing, whatever its name is."""
    path = night(tmp_path, 1, movie(1))
    add(tmp_path / "archive", path)
    before = files(tmp_path / "archive")
    other = shutil.copy(path, tmp_path / "other.xml")
    assert statuses(add(tmp_path / "archive", path, other)) == ["skipped", "skipped"]
    assert files(tmp_path / "archive") == before


def test_a_dump_that_is_named_twice(tmp_path: Path) -> None:
    """In one call, it is added once."""
    path = night(tmp_path, 1, movie(1))
    assert statuses(add(tmp_path / "archive", path, path)) == ["added", "skipped"]
    check_tidy(tmp_path / "archive")


def test_a_dump_with_the_content_of_another_date(tmp_path: Path) -> None:
    """It is not added: a night whose file is a copy of another one has no dump."""
    path = night(tmp_path, 1, movie(1))
    copy = shutil.copy(path, tmp_path / "2012-09-02.xml")
    first, second = add(tmp_path / "archive", path, copy)
    assert (first.status, second.status, second.is_complete) == ("added", "duplicate", True)
    assert second.message.endswith("because it has the content of the dump of 2012-09-01")
    check_tidy(tmp_path / "archive")


@pytest.mark.parametrize("name", ["2012-09-01-again.xml", "catalog.xml"])
def test_another_dump_of_the_same_date_is_refused(tmp_path: Path, name: str) -> None:
    """Whether its date is known before it is read or only afterwards."""
    path = night(tmp_path, 1, movie(1))
    other = dump(tmp_path / name, movie(2, updated="2012-09-01"))
    added, refused = add(tmp_path / "archive", path, other)
    assert (added.status, refused.status, refused.is_complete) == ("added", "refused", False)
    assert "use --replace to replace it" in refused.message
    check_tidy(tmp_path / "archive")


def test_a_dump_is_replaced(tmp_path: Path) -> None:
    """With --replace, the archive is the same as if only the new dump had been added."""
    path, other = night(tmp_path, 1, movie(1)), dump(tmp_path / "new-2012-09-01.xml", movie(2))
    add(tmp_path / "archive", path)
    assert statuses(add(tmp_path / "archive", other, replace=True)) == ["replaced"]
    add(tmp_path / "expected", other)
    assert files(tmp_path / "archive") == files(tmp_path / "expected")


def test_replacing_with_the_same_dump_changes_nothing(tmp_path: Path) -> None:
    """It is skipped."""
    path = night(tmp_path, 1, movie(1))
    add(tmp_path / "archive", path)
    assert statuses(add(tmp_path / "archive", path, replace=True)) == ["skipped"]


# Dumps that fail.

GOOD = "catalog-2012-09-01.xml"
BAD = {
    "truncated.xml": b'<?xml version="1.0"?><catalog_titles><catalog_title>',
    "empty.xml": b"",
    "page.xml": b"<html><body>404</body></html>",
    "search.xml": b"<catalog_titles><number_of_results>1</number_of_results><catalog_title/></catalog_titles>",
    "damaged.xml.gz": gzip.compress(b"<catalog_titles>" * 1000)[:40] + bytes(20),
}


def test_dumps_that_fail_do_not_stop_the_others(tmp_path: Path) -> None:
    """The good ones are added, each bad one is reported in one line, and the status is 1."""
    good = [night(tmp_path, number, movie(number)) for number in (1, 2)]
    for name, data in BAD.items():
        (tmp_path / name).write_bytes(data)
    bad = [*(tmp_path / name for name in BAD), tmp_path / "missing.xml", tmp_path]
    ended = catindex("archive", "add", tmp_path / "archive", good[0], *bad, good[1], "--jobs", 2)
    lines = ended.err.splitlines()
    assert (ended.status, len(lines)) == (1, len(bad))
    assert all(line.startswith(f"catindex: {path}") for line, path in zip(lines, bad, strict=True))
    assert [found.dump_date for found in Archive(str(tmp_path / "archive")).dumps()] == [day(1), day(2)]
    check_tidy(tmp_path / "archive")


def test_malformed_records_are_left_out_with_recover(tmp_path: Path) -> None:
    """The dump is added, a line says how many records are missing, and the status is 1."""
    path = night(tmp_path, 1, movie(1), "<id>&nbsp;</id>", movie(2))
    assert statuses(add(tmp_path / "archive", path)) == ["failed"]
    ended = catindex("archive", "add", tmp_path / "archive", path, "--recover")
    assert (ended.status, ended.err) == (1, f"catindex: {path}: left out 1 malformed record\n")
    (found,) = Archive(str(tmp_path / "archive")).dumps()
    assert (found.records, found.rejected, found.titles) == (3, 1, 2)


def test_dumps_of_both_dialects(tmp_path: Path) -> None:
    """An index of version 1.x is added like one of 2.0."""
    record = "<id>http://api.netflix.com/catalog/titles/movies/1</id><title>Jaws</title>"
    path = tmp_path / "2010-01-01.xml"
    path.write_bytes(index_1(record))
    (result,) = add(tmp_path / "archive", path)
    assert result.dump is not None
    assert (result.dump.dialect, result.dump.titles) == ("1.x", 1)


def test_a_dump_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails, because its checksum is not that of its titles."""
    path = night(tmp_path, 1, movie(1))

    def change_and_write(*arguments: Any, **options: Any) -> Any:
        os.utime(path, (0, 0))
        return write_tables(*arguments, **options)

    monkeypatch.setattr("catindex.archive.task.write_tables", change_and_write)
    (result,) = add(tmp_path / "archive", path)
    assert result.message == f"{path}: changed while it was read; add it again when it is complete"


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    """A dump is read twice, which a pipe does not allow."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    holder = os.open(path, os.O_RDWR)
    (result,) = add(tmp_path / "archive", path)
    os.close(holder)
    assert (result.status, "is not a regular file" in result.message) == ("failed", True)


def test_standard_input_is_refused(tmp_path: Path) -> None:
    """A dump is read twice."""
    assert catindex("archive", "add", tmp_path / "archive", "-", data=b"").status == 2


def test_an_archive_that_cannot_be_created(tmp_path: Path) -> None:
    """A file at its path, or a missing parent, is reported before anything is read."""
    path = night(tmp_path, 1, movie(1))
    with pytest.raises(CannotCreateError, match="is not a directory"):
        add(path, path)
    with pytest.raises(CannotCreateError, match=r"No such file or directory\); create its parent first: mkdir -p"):
        add(tmp_path / "a" / "b", path)


# What is printed.


def test_on_a_terminal_a_summary_is_printed(tmp_path: Path) -> None:
    """There is one number for each thing that can become of a dump."""
    path = night(tmp_path, 1, movie(1))
    ended = on_terminal("archive", "add", tmp_path / "archive", path, path, tmp_path / "missing.xml")
    assert ended.err.endswith("1 added, 1 skipped, 1 failed\r\n")


def test_wrong_arguments_of_add(tmp_path: Path) -> None:
    """A path alone would be read as a list of letters."""
    path = night(tmp_path, 1, movie(1))
    with pytest.raises(UsageError, match="paths must be a list"):
        Archive(tmp_path / "archive").add(str(path))
    with pytest.raises(UsageError, match="jobs=0"):
        Archive(tmp_path / "archive").add([path], jobs=0)
    assert not (tmp_path / "archive").exists()


def test_a_date_that_is_not_in_the_name_is_reported(tmp_path: Path) -> None:
    """On a terminal and with -v: it may not be the night of the dump."""
    path = dump(tmp_path / "latest.xml", movie(1, updated="2012-09-03"))
    message = f"catindex: {path}: dated 2012-09-03, the day of its newest title, because its name has no date"
    ended = catindex("archive", "add", tmp_path / "quiet", path)
    assert (ended.status, ended.err) == (0, "")
    assert catindex("archive", "add", tmp_path / "verbose", path, "-v").err == f"{message}\n"
    shown = on_terminal("archive", "add", tmp_path / "terminal", path, "--no-progress").err
    assert shown.splitlines() == [message, "1 added"]


def test_skipped_dumps_are_listed_if_asked_to(tmp_path: Path) -> None:
    """Off a terminal, nothing is printed otherwise: a run every night names every dump again."""
    path = night(tmp_path, 1, movie(1))
    add(tmp_path / "archive", path)
    assert catindex("archive", "add", tmp_path / "archive", path) == (0, b"", "")
    line = f"catindex: {path}: is in the archive, dated 2012-09-01\n"
    assert catindex("archive", "add", tmp_path / "archive", path, "-v") == (0, b"", line)


def test_progress_counts_bytes_and_records_of_all_dumps(tmp_path: Path) -> None:
    """The bar is full at the end."""
    paths = [night(tmp_path, number, movie(1), movie(2)) for number in (1, 2)]
    seen: list[Any] = []
    add(tmp_path / "archive", *paths, tmp_path / "missing.xml", on_progress=seen.append)
    sizes = [path.stat().st_size for path in paths]
    expected = [(0, sum(sizes), 0), (sizes[0], sum(sizes), 2), *[(sum(sizes), sum(sizes), 4)] * 2]
    assert [progress[:3] for progress in seen] == expected


# Runs that are killed, and runs at the same time.


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    """Data files without a row, and files that were being written, are removed by the next run."""
    archive = tmp_path / "archive"
    add(archive, night(tmp_path, 1, movie(1)))
    before = files(archive)
    for name in ("_staging/abc/titles.parquet", f"titles/dump_date=2012-09-01/{'0' * 16}.parquet"):
        (archive / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / name).write_bytes(b"")
    add(archive, tmp_path / "missing.xml")
    assert files(archive) == before
    check_tidy(archive)


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """A run removes only files with names as it writes them."""
    archive = tmp_path / "archive"
    add(archive, night(tmp_path, 1, movie(1)))
    others = ["README", "titles/dump_date=2012-09-01/mine.parquet", "titles/dump_date=2012-09-09/data.parquet"]
    for name in others:
        (archive / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / name).write_bytes(b"")
    add(archive, night(tmp_path, 2, movie(1)))
    assert set(others) < set(files(archive))


def test_uncommitted_dumps_are_not_seen(tmp_path: Path) -> None:
    """A dump whose row is missing is not part of any answer."""
    pytest.importorskip("duckdb")
    archive = Archive(str(tmp_path / "archive"))
    add(tmp_path / "archive", night(tmp_path, 1, movie(1)), night(tmp_path, 2, movie(2)))
    (tmp_path / "archive/dumps/dump_date=2012-09-02/data.parquet").unlink()
    assert [found.dump_date for found in archive.dumps()] == [day(1)]
    assert list(archive.changes()) == []
    assert archive.sql("SELECT key FROM titles").to_pylist() == [{"key": "movie/1"}]


def test_an_archive_that_another_run_adds_to(tmp_path: Path) -> None:
    """The second run ends with 75 and changes nothing; questions are answered."""
    archive = tmp_path / "archive"
    add(archive, night(tmp_path, 1, movie(1)))
    descriptor = os.open(archive, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(BusyError, match="another run adds dumps to this archive"):
            add(archive, night(tmp_path, 2, movie(1)))
        assert len(Archive(str(archive)).dumps()) == 1
    finally:
        os.close(descriptor)


def test_two_runs_that_add_the_same_dump(tmp_path: Path) -> None:
    """One adds it; the other one skips it or ends with 75."""
    path = night(tmp_path, 1, *(movie(number) for number in range(300)))
    runs = [start("archive", "add", tmp_path / "archive", path, "-v") for _ in range(2)]
    for run in runs:
        run.communicate(timeout=60)
    assert sorted(run.returncode for run in runs) in ([0, 0], [0, 75])
    add(tmp_path / "expected", path)
    assert files(tmp_path / "archive") == files(tmp_path / "expected")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_at_once(tmp_path: Path, number: int) -> None:
    """Workers that convert dumps are ended, and nothing is left of what they wrote."""
    path = night(tmp_path, 1, *(movie(number) for number in range(15_000)))
    other = night(tmp_path, 2, *(movie(number) for number in range(15_000)))
    process = start("archive", "add", tmp_path / "archive", path, other, "--jobs", 2)
    assert eventually(lambda: any(tmp_path.glob("archive/_staging/*/*")))
    workers = children(process)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert eventually(lambda: not any(map(is_running, workers)))
    assert not (tmp_path / "archive").exists()


def test_a_run_is_completed_after_it_was_killed(tmp_path: Path) -> None:
    """Killed at any moment and run again, the archive is the same as without being killed, and so is every answer."""
    paths = [night(tmp_path, number, *(movie(n) for n in range(number, 400 + number))) for number in range(1, 5)]
    add(tmp_path / "expected", *paths)
    expected, archive = files(tmp_path / "expected"), tmp_path / "archive"
    chance = random.Random(14)
    for jobs in (1, 2) * 3:
        process = start("archive", "add", archive, *paths, "--jobs", jobs)
        time.sleep(0.4 + chance.random() * 1.2)
        workers = children(process)
        process.kill()
        process.communicate()
        assert eventually(lambda workers=workers: not any(map(is_running, workers)))  # type: ignore[misc]
        seen = committed(open_store(str(archive)))
        assert all(expected[name] == (archive / name).read_bytes() for found in seen for name in found.files)
        if chance.random() < 0.5:
            continue  # the next run is killed, too
        assert catindex("archive", "add", archive, *paths, "--jobs", jobs) == (0, b"", "")
        assert files(archive) == expected
        check_tidy(archive)
        shutil.rmtree(archive)


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    """The dumps that were being converted are converted again."""
    paths = [night(tmp_path, number, *(movie(n) for n in range(8000))) for number in (1, 2)]
    process = start("archive", "add", tmp_path / "archive", *paths, "--jobs", 2)
    assert eventually(lambda: len(list(tmp_path.glob("archive/_staging/*/*"))) > 0)
    for worker in children(process):
        if b"spawn_main" in Path(f"/proc/{worker}/cmdline").read_bytes():
            os.kill(worker, signal.SIGKILL)
            break
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, b"", b"")
    assert len(Archive(str(tmp_path / "archive")).dumps()) == 2
    check_tidy(tmp_path / "archive")


def double_or_die(number: int) -> int:
    """Return twice the number; 2 ends the process."""
    if number == 2:
        os._exit(9)
    return 2 * number


def test_an_interrupted_run_stops_only_its_own_workers() -> None:
    """A program that uses the Python API can have other child processes."""
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    other.start()
    try:
        with pytest.raises(KeyboardInterrupt), processes(2) as (pool, _):  # noqa: PT012 - as if a signal arrived
            task = pool.submit(time.sleep, 60)
            eventually(task.running)
            raise KeyboardInterrupt
        assert multiprocessing.active_children() == [other]
    finally:
        other.kill()


def test_a_task_that_kills_its_worker_fails_alone() -> None:
    """All others have their results, in order."""
    results = list(in_order(partial(processes, 2), double_or_die, range(6), int))
    assert [number for number, _ in results] == list(range(6))
    assert [result for number, result in results if number != 2] == [0, 2, 6, 8, 10]
    assert isinstance(results[2][1], BrokenProcessPool)


# What is not installed, and faults.


@pytest.mark.parametrize(
    ("package", "arguments"), [("pyarrow", ["add", "a", "b.xml"]), ("duckdb", ["sql", "a", "SELECT 1"])]
)
def test_without_the_extra(tmp_path: Path, package: str, arguments: list[str]) -> None:
    """The command ends with 69 and says how to install it."""
    pytest.importorskip("duckdb")
    add(tmp_path / "a", night(tmp_path, 1, movie(1)))
    code = f"import sys; sys.modules[{package!r}] = None; from catindex.cli import run; run()"
    process = subprocess.run(
        [sys.executable, "-c", code, "archive", *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    line = rf"catindex: \w+ need the package {package}; install it with: pip install 'catindex\[archive\]'\n"
    assert process.returncode == 69
    assert re.fullmatch(line, process.stderr)


def test_a_fault_in_one_dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected exception is one line, too, and its traceback is kept; the others are added."""
    paths = [night(tmp_path, number, movie(1)) for number in (1, 2)]

    def fail_once(*_: Any, **__: Any) -> Any:
        monkeypatch.undo()
        raise RuntimeError("broken")

    monkeypatch.setattr("catindex.archive.task.write_tables", fail_once)
    failed, added = add(tmp_path / "archive", *paths)
    assert (failed.status, added.status) == ("failed", "added")
    assert failed.message == f"{paths[0]}: a fault of catindex itself: RuntimeError: broken"
    assert "in fail_once" in failed.trace
    check_tidy(tmp_path / "archive")
