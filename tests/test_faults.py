"""Faults during a whole run: whatever fails, and when, the old files are there, and nothing else."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from catindex.cli import invoke
from catindex.errors import CatindexError, Status, TransferError
from catindex.pipeline import Job, run
from catindex.read.source import _Counted
from tests.damage import damaged, dump
from tests.processes import PROGRAM, catindex, children, eventually, start
from tests.test_files import FaultyOs, replaced_os

pytestmark = pytest.mark.skipif(os.name != "posix", reason="what can fail is that of POSIX")

no_root = pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write everywhere")

_WHOLE = dump("2.0", 30, 1)
_RECORDS = [
    damaged(record, "undefined entity", _WHOLE.name, 1) if n == 7 else record for n, record in enumerate(_WHOLE.records)
]
#: A dump with series, and one record that is rejected.
DUMP = _WHOLE.xml(_RECORDS)
LARGE = _WHOLE.xml(_WHOLE.records * 20)
FULL = "cannot be written (No space left on device); free some space or choose another path"
NAMES = ("streaming.xml", "dvd.xml.gz", "unavailable.xml", "report.json", "rejects.xml")
#: The functions of the system that writing uses, and with which errors each may fail.
CALLS = {
    "open": (errno.ENOSPC, errno.EPERM),
    "write": (errno.ENOSPC, errno.EIO),
    "fsync": (errno.ENOSPC, errno.EIO),
    "close": (errno.ENOSPC, errno.EIO),
    "replace": (errno.ENOSPC, errno.EPERM, errno.EIO),
    "stat": (errno.EIO,),
    "access": (errno.EIO,),
}

#: Calls among them that may fail: closing the folder at the end, looking whether the input is an output.
HARMLESS = {"close": 1, "stat": 1}


def job(folder: Path) -> Job:
    """Return a job that writes everything a run can write."""
    names = dict(zip(("streaming", "dvd", "unavailable"), NAMES, strict=False))
    return Job(
        str(folder.parent / "dump.xml"),
        {name: str(folder / path) for name, path in names.items()},
        strip=True,
        unify=True,
        split=True,
        report=str(folder / "report.json"),
        recover=True,
        rejects=str(folder / "rejects.xml"),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of old outputs, beside a dump."""
    (tmp_path / "dump.xml").write_bytes(DUMP)
    (tmp_path / "out").mkdir()
    for name in NAMES:
        (tmp_path / "out" / name).write_bytes(b"old")
    return tmp_path / "out"


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, hidden files too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def failure_of(work: Job) -> CatindexError | None:
    """Do a job and give what it raises."""
    try:
        run(work)
    except CatindexError as error:
        return error
    return None


def without_report(found: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out what differs from run to run: the report tells times."""
    return {name: data for name, data in found.items() if name != "report.json"}


def calls(name: str, folder: Path) -> tuple[int, dict[str, bytes]]:
    """Count how often a run calls a function, and give what it writes."""
    with replaced_os(FaultyOs(name)) as faulty:
        run(job(folder))
    new = without_report(contents(folder))
    for path in folder.iterdir():
        path.write_bytes(b"old")
    return faulty.calls, new


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in CALLS.items() for code in codes])
def test_any_call_may_fail(name: str, code: int, folder: Path) -> None:
    """Every single one, in turn: the run ends with 73 or 74 and one line, and leaves the folder as it was.

    Only what does not matter any more may fail without a word, and then all files are the new ones.
    """
    old = contents(folder)
    count, new = calls(name, folder)
    assert count > 0
    harmless = 0
    for at in range(1, count + 1):
        with replaced_os(FaultyOs(name, at, code)):
            error = failure_of(job(folder))
        if error is not None:
            assert error.status in {Status.CANNOT_CREATE, Status.IO}
            assert "\n" not in str(error)
            assert contents(folder) == old, f"{name} {at}"
            continue
        harmless += 1
        assert without_report(contents(folder)) == new, f"{name} {at}"
        for path in folder.iterdir():
            path.write_bytes(b"old")
    assert harmless <= HARMLESS.get(name, 0)


@pytest.mark.parametrize("name", ["link", "unlink", "fchmod", "fchown"])
def test_some_calls_may_fail_without_harm(name: str, folder: Path) -> None:
    """What only helps does not end the run: there are file systems without it."""
    for at in range(1, 4):
        with replaced_os(FaultyOs(name, at, errno.EPERM)):
            run(job(folder))
        assert (folder / "streaming.xml").read_bytes() != b"old"


class Failing:
    """A file, or a function, whose ``at``-th call fails."""

    def __init__(self, at: int, code: int, call: Any) -> None:
        self.left, self.code, self.call = at, code, call

    def __call__(self, *arguments: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise OSError(self.code, os.strerror(self.code))
        return self.call(*arguments)


@pytest.mark.parametrize("at", [1, 5])
def test_the_shelf_may_fail(at: int, folder: Path) -> None:
    """Where the parts of series wait, the disk may be full, too."""
    old = contents(folder)
    waiting = mock.MagicMock()
    waiting.write = Failing(at, errno.ENOSPC, len)
    with (
        mock.patch("catindex.series.shelf.tempfile.TemporaryFile", return_value=waiting),
        pytest.raises(TransferError, match=r"No space left"),
    ):
        run(job(folder))
    assert contents(folder) == old


@pytest.mark.parametrize("at", [1, 2, 3, 10])
def test_reading_may_fail(at: int, folder: Path) -> None:
    """An error of the disk is no truncation, with --recover either."""
    old = contents(folder)
    failing = Failing(at, errno.EIO, _Counted.read)
    with (
        mock.patch.object(_Counted, "read", lambda counted, size: failing(counted, min(size, 5000))),
        pytest.raises(TransferError, match=r"dump.xml: cannot be read \(Input/output error\)"),
    ):
        run(job(folder))
    assert contents(folder) == old


# Through processes.


def process(folder: Path, *more: object, dump: Path | str | None = None) -> list[object]:
    """Give the arguments of a run that writes into a folder."""
    return ["process", dump or folder.parent / "dump.xml", "-o", folder, *more]


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    """Reading fails at once: 74, with the reason."""
    old = contents(folder)
    ended = catindex(*process(folder, dump="/proc/self/mem"))
    assert (ended.status, ended.out, ended.err.count("\n")) == (74, b"", 1)
    assert contents(folder) == old


@no_root
def test_permissions(folder: Path) -> None:
    """An unreadable dump is 66, a read-only folder 73."""
    (folder.parent / "dump.xml").chmod(0)
    assert catindex(*process(folder)).status == 66
    (folder.parent / "dump.xml").chmod(0o644)
    folder.chmod(0o555)
    assert catindex(*process(folder)).status == 73
    folder.chmod(0o755)


@pytest.mark.parametrize("blocks", [0, 1, 8, 64])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_limit_on_the_sizes_of_files(folder: Path, blocks: int, jobs: int) -> None:
    """As a full disk: 74 and one line."""
    (folder.parent / "dump.xml").write_bytes(LARGE)
    old = contents(folder)
    command = f'ulimit -f {blocks}; exec "$@"'
    arguments = map(str, process(folder, "--jobs", jobs))
    ended = subprocess.run(["bash", "-c", command, "bash", *PROGRAM, *arguments], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr.count(b"\n")) == (74, b"", 1)
    assert contents(folder) == old


@pytest.mark.parametrize("command", [["strip", "-o"], ["unify", "-o"], ["process", "--dvd"], ["split", "--streaming"]])
def test_a_full_device(command: list[str], folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It is full when the last byte is written at the latest."""
    for data in (DUMP.replace(b"&nbsp;", b""), LARGE):
        (folder.parent / "dump.xml").write_bytes(data)
        assert invoke([command[0], str(folder.parent / "dump.xml"), command[1], "/dev/full"]) == 74
        assert capfd.readouterr() == ("", f"catindex: /dev/full: {FULL}\n")


def test_a_folder_that_vanishes(folder: Path) -> None:
    """There is no place to put the files any more: 74, and the folder does not come back."""
    running = start(*process(folder, dump="-"), stdin=subprocess.PIPE)
    assert eventually(lambda: len(list(folder.iterdir())) > len(NAMES))
    shutil.rmtree(folder)
    _, err = running.communicate(DUMP.replace(b"&nbsp;", b""), timeout=60)
    assert running.returncode == 74
    assert err.count(b"\n") == 1
    assert not folder.exists()


def test_standard_input_that_ends_early(folder: Path) -> None:
    """It is a truncated dump."""
    old = contents(folder)
    ended = catindex(*process(folder, dump="-"), data=DUMP[: len(DUMP) // 5])
    assert ended.status == 65
    assert "standard input:" in ended.err
    assert "cut off" in ended.err
    assert contents(folder) == old


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="that is how children are found")
def workers(running: subprocess.Popen[bytes]) -> list[int]:
    """Return the worker processes of a run, without the process by which Python tracks resources."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(running)}
    return [pid for pid, command in commands.items() if b"spawn_main" in command]


def test_a_worker_that_is_killed(folder: Path) -> None:
    """The run ends with 70 and one line, as after any fault of its own."""
    old = contents(folder)
    running = start(*process(folder, "--jobs", 2, dump="-"), stdin=subprocess.PIPE)
    assert running.stdin
    running.stdin.write(LARGE[: len(LARGE) // 2])
    running.stdin.flush()
    assert eventually(lambda: len(workers(running)) == 2)
    os.kill(workers(running)[0], signal.SIGKILL)
    _, err = running.communicate(LARGE[len(LARGE) // 2 :], timeout=60)
    assert running.returncode == 70
    assert err == b"catindex: a worker process ended before its work was done\n"
    assert contents(folder) == old


@pytest.mark.parametrize("more", [[], ["--recover"]])
def test_no_memory_is_no_traceback(folder: Path, more: list[str]) -> None:
    """A limit on memory ends the run in one line, too; nothing is rejected for it that is sound."""
    start = DUMP[: DUMP.index(b"<catalog_title>")] + b"<catalog_title><id>1</id>"
    (folder.parent / "dump.xml").write_bytes(start + b"<x/>" * 3_000_000 + b"</catalog_title></catalog_titles>")
    old = contents(folder)
    command = f"import resource; resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20)); {_RUN}"
    arguments = [str(argument) for argument in process(folder, *more)]
    ended = subprocess.run([sys.executable, "-c", command, *arguments], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (
        70,
        b"catindex: not enough memory; close other programs, or use --jobs 1\n",
    )
    assert contents(folder) == old


_RUN = "from catindex.cli import run; run()"
