"""Output files and other runs: one run at a time writes an output, and the next run removes what a killed one left."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from catindex.errors import BusyError, CannotCreateError, TransferError
from catindex.write.files import Outputs, write_atomically
from tests.processes import catindex, eventually, start
from tests.running import index_2
from tests.test_files import NEW, OLD, FaultyOs, contents, replaced_os, write_both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks and special files are those of POSIX")

API = "http://api.netflix.com"
OFFERS = "".join(
    f'<availability><category scheme="{API}/categories/title_formats" term="{term}"/></availability>'
    for term in ("instant", "DVD")
)
DUMP = index_2(
    f"<id>{API}/catalog/titles/movies/1</id>"
    f'<link rel="http://schemas.netflix.com/catalog/titles/format_availability"><delivery_formats>{OFFERS}'
    "</delivery_formats></link>"
)
WRITER = """
import sys
from catindex.write.files import Outputs
with Outputs() as outputs:
    output = outputs.open(sys.argv[1])
    for _ in range(100):
        output.write(bytes(100_000))
    print("ready", flush=True)
    sys.stdin.read()
    outputs.publish()
"""
WRITTEN = bytes(10_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory with two old outputs."""
    for name, data in OLD.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def temporary(target: Path) -> Path:
    """Return the temporary file of an output."""
    return target.with_name(f".{target.name}.catindex-tmp")


@contextlib.contextmanager
def another_run(target: Path) -> Iterator[subprocess.Popen[str]]:
    """Write to a target in another process, which publishes when its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, target], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def kill(process: subprocess.Popen[Any]) -> None:
    """End a process with SIGKILL."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)


# Two runs


def test_the_same_output_is_busy(folder: Path) -> None:
    """A second run for an output ends at once; the first one is not disturbed, and a third one succeeds."""
    target = folder / "streaming.xml"
    with another_run(target) as other:
        with pytest.raises(BusyError) as caught:
            write_both(folder)
        other.communicate("")

    assert str(caught.value) == f"{target}: another run is writing this file; wait until it has ended"
    assert contents(folder) == OLD | {"streaming.xml": WRITTEN}
    write_both(folder)
    assert contents(folder) == NEW


def test_the_second_of_two_outputs_is_busy(folder: Path) -> None:
    """A run that finds its second output busy leaves the first one unchanged and unlocked."""
    with another_run(folder / "dvd.xml"):
        with pytest.raises(BusyError, match=r"dvd\.xml"):
            write_both(folder)
        write_atomically(str(folder / "streaming.xml"), b"new")

        assert (folder / "streaming.xml").read_bytes() == b"new"


def test_busy_run_leaves_the_names_of_the_other(folder: Path) -> None:
    """A run that finds an output busy removes nothing, not even the second name of the old file."""
    with another_run(folder / "dvd.xml"):
        (folder / ".dvd.xml.catindex-old").touch()
        before = contents(folder).keys()
        with pytest.raises(BusyError):
            write_both(folder)

        assert contents(folder).keys() == before


def test_other_outputs_in_the_directory_are_not_busy(folder: Path) -> None:
    """Two runs that write different files into one directory succeed, whichever ends first."""
    with another_run(folder / "streaming.xml") as other:
        write_atomically(str(folder / "dvd.xml"), b"new dvd")
        other.communicate("")

    assert contents(folder) == {"streaming.xml": WRITTEN, "dvd.xml": b"new dvd"}


def test_symbolic_links_do_not_hide_the_same_output(folder: Path) -> None:
    """A target that leads to the same file through a link to it or to its directory is busy."""
    (folder / "link.xml").symlink_to("dvd.xml")
    (folder / "here").symlink_to(".")

    with another_run(folder / "link.xml"):
        for target in (folder / "dvd.xml", folder / "here" / "dvd.xml"):
            with pytest.raises(BusyError):
                write_atomically(str(target), b"new")


@pytest.mark.parametrize("length", [128, 129, 255])
def test_long_names_are_locked(tmp_path: Path, length: int) -> None:
    """An output with a long name is locked, one whose name differs in the last byte is not."""
    with another_run(tmp_path / ("x" * length)):
        with pytest.raises(BusyError):
            write_atomically(str(tmp_path / ("x" * length)), b"new")
        write_atomically(str(tmp_path / ("x" * (length - 1) + "y")), b"new")


def test_lock_ends_with_the_block(folder: Path) -> None:
    """One process can write an output again after the block, but not inside it."""
    with Outputs() as outputs:
        outputs.open(str(folder / "dvd.xml"))
        with pytest.raises(BusyError):
            write_both(folder)

    write_both(folder)


def test_withdrawn_output_is_unlocked(folder: Path) -> None:
    """Another run can write an output as soon as it is withdrawn."""
    with Outputs() as outputs:
        outputs.withdraw(outputs.open(str(folder / "dvd.xml")))
        write_atomically(str(folder / "dvd.xml"), b"new")

    assert contents(folder) == OLD | {"dvd.xml": b"new"}


def test_forked_process_does_not_keep_the_lock(folder: Path) -> None:
    """The lock ends with the block, even if a process that was forked inside it is still running."""
    reading, writing = os.pipe()
    with Outputs() as outputs:
        outputs.open(str(folder / "dvd.xml"))
        pid = os.fork()
        if not pid:
            os.read(reading, 1)
            os._exit(0)
    try:
        write_atomically(str(folder / "dvd.xml"), b"new")
    finally:
        os.write(writing, b"x")
        os.waitpid(pid, 0)
        os.close(reading)
        os.close(writing)

    assert contents(folder) == OLD | {"dvd.xml": b"new"}


# Killed runs


def test_next_run_removes_the_leftover(folder: Path) -> None:
    """SIGKILL leaves the old file and one temporary file, which the next run for that output removes."""
    target = folder / "streaming.xml"
    with another_run(target) as other:
        kill(other)
    assert contents(folder).keys() == OLD.keys() | {temporary(target).name}

    write_atomically(str(folder / "dvd.xml"), b"new dvd")
    assert temporary(target).exists()
    write_both(folder)

    assert contents(folder) == NEW


def test_next_run_removes_the_leftover_even_if_it_fails(folder: Path) -> None:
    """The leftover is also removed by a run that publishes nothing."""
    temporary(folder / "dvd.xml").write_bytes(b"leftover")

    with Outputs() as outputs:
        outputs.open(str(folder / "dvd.xml"))

    assert contents(folder) == OLD


def test_leftover_has_no_influence(folder: Path) -> None:
    """The data, permissions and other names of a leftover do not appear in the new file."""
    leftover = temporary(folder / "new.xml")
    leftover.write_bytes(b"longer than the new data")
    leftover.chmod(0o600)
    os.link(leftover, folder / "another name")

    write_atomically(str(folder / "new.xml"), b"new")

    assert contents(folder) == OLD | {"new.xml": b"new", "another name": b"longer than the new data"}
    assert (folder / "new.xml").stat().st_mode != (folder / "another name").stat().st_mode


def test_killed_between_link_and_rename(folder: Path) -> None:
    """The second name of the old file, left by a kill between link and rename, is removed; the file stays."""

    class Killed(FaultyOs):
        def replace(self, _source: str, _target: str) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

    pid = os.fork()
    if not pid:
        with replaced_os(Killed()):
            write_both(folder)
    os.waitpid(pid, 0)
    assert contents(folder).keys() >= OLD.keys() | {".streaming.xml.catindex-old", ".streaming.xml.catindex-tmp"}

    with Outputs() as outputs:
        for name in OLD:
            outputs.open(str(folder / name))

    assert contents(folder) == OLD


def test_stale_second_name_is_not_put_back(folder: Path) -> None:
    """A second name left by a killed run is not mistaken for the old file when publishing fails."""
    (folder / ".streaming.xml.catindex-old").write_bytes(b"much older")

    with replaced_os(FaultyOs("replace", 2, errno.EIO)), pytest.raises(TransferError):
        write_both(folder)

    assert contents(folder) == OLD


def test_similar_names_stay(folder: Path) -> None:
    """Only the temporary names of the output itself are removed."""
    similar = (".dvd.xml.tmp", "dvd.xml.catindex-tmp", ".dvd.xml.gz.catindex-tmp", ".dvd.catindex-old")
    for name in similar:
        (folder / name).touch()

    write_both(folder)

    assert contents(folder) == NEW | dict.fromkeys(similar, b"")


# Races


class Racing(FaultyOs):
    """The module `os`, with another run acting right after the first call of `open` with or without ``O_CREAT``."""

    def __init__(self, act: Callable[[], object], *, creating: bool) -> None:
        super().__init__()
        self._act, self._creating = act, creating

    def open(self, path: str, flags: int, mode: int = 0o777) -> int:
        fd = os.open(path, flags, mode)
        if bool(flags & os.O_CREAT) is self._creating and path.endswith(".catindex-tmp") and not self.calls:
            self.calls += 1
            self._act()
        return fd


def test_other_run_publishes_while_its_file_is_opened(folder: Path) -> None:
    """If the file that was opened as a leftover is renamed by its run, it is left alone and a new one is created."""
    target, other = folder / "dvd.xml", temporary(folder / "dvd.xml")
    other.write_bytes(b"theirs")

    def publish() -> None:
        other.replace(target)

    with replaced_os(Racing(publish, creating=False)) as racing, Outputs() as outputs:
        outputs.open(str(target)).write(b"mine")
        assert contents(folder) == OLD | {"dvd.xml": b"theirs", other.name: b""}
        outputs.publish()

    assert racing.calls == 1
    assert contents(folder) == OLD | {"dvd.xml": b"mine"}


def test_other_run_replaces_the_leftover_first(folder: Path) -> None:
    """If another run replaces the leftover by its own locked file, that file is not removed."""
    other = temporary(folder / "dvd.xml")
    other.write_bytes(b"leftover")

    with contextlib.ExitStack() as stack:

        def replace() -> None:
            other.unlink()
            file = stack.enter_context(other.open("wb", buffering=0))
            file.write(b"theirs")
            fcntl.flock(file, fcntl.LOCK_EX)

        with replaced_os(Racing(replace, creating=False)), pytest.raises(BusyError):
            write_atomically(str(folder / "dvd.xml"), b"mine")

        assert contents(folder) == OLD | {other.name: b"theirs"}


def test_new_file_is_taken_for_a_leftover(folder: Path) -> None:
    """If another run locks the new file before this one does, this run gives way."""
    other = temporary(folder / "dvd.xml")

    with contextlib.ExitStack() as stack:

        def lock() -> None:
            fcntl.flock(stack.enter_context(other.open("ab")), fcntl.LOCK_EX)

        with replaced_os(Racing(lock, creating=True)), pytest.raises(BusyError):
            write_atomically(str(folder / "dvd.xml"), b"mine")

        assert contents(folder) == OLD | {other.name: b""}


def test_new_file_is_removed_as_a_leftover(folder: Path) -> None:
    """If another run removes the new file before it is locked, a new one is created."""
    with replaced_os(Racing(temporary(folder / "dvd.xml").unlink, creating=True)) as racing:
        write_atomically(str(folder / "dvd.xml"), b"mine")

    assert racing.calls == 1
    assert contents(folder) == OLD | {"dvd.xml": b"mine"}


def test_file_of_another_run_is_not_published(folder: Path) -> None:
    """If the temporary file is replaced during the run, publishing fails and leaves the other file alone."""
    target = folder / "dvd.xml"
    with Outputs() as outputs:
        outputs.open(str(target)).write(b"mine")
        temporary(target).unlink()
        temporary(target).write_bytes(b"half of theirs")

        with pytest.raises(TransferError, match=r"dvd\.xml: the temporary file .* was removed; start again"):
            outputs.publish()

    assert contents(folder) == OLD | {temporary(target).name: b"half of theirs"}


def test_many_runs_at_once(folder: Path) -> None:
    """Runs for one output that start together either write it or find it busy, and leave one whole file."""
    code = """
import sys
from catindex.errors import BusyError
from catindex.write.files import write_atomically
sys.stdin.read(1)
for number in range(100):
    try:
        write_atomically(sys.argv[1], sys.argv[2].encode() * 1000)
        print("written")
    except BusyError:
        pass
"""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, folder / "dvd.xml", letter],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for letter in "abcd"
    ]
    for run in runs:
        assert run.stdin
        run.stdin.write("x")
        run.stdin.flush()
    ends = [run.communicate(timeout=60) for run in runs]

    assert [err for _, err in ends] == [""] * 4
    assert any("written" in out for out, _ in ends)
    data = contents(folder)["dvd.xml"]
    assert data == data[:1] * 1000
    assert contents(folder).keys() == OLD.keys()


# What else can have the temporary name


def no_locks(_file: object, _operation: int) -> None:
    """Fail as flock does on a file system without locks."""
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def test_file_system_without_locks(folder: Path) -> None:
    """Without locks, outputs are written, but a leftover may be in use and must be removed by the user."""
    with mock.patch.object(fcntl, "flock", no_locks):
        write_both(folder)
        assert contents(folder) == NEW
        temporary(folder / "dvd.xml").write_bytes(b"leftover")
        with pytest.raises(CannotCreateError, match="remove it if no other run is writing"):
            write_both(folder)

    assert contents(folder) == NEW | {".dvd.xml.catindex-tmp": b"leftover"}


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("precious", path)])  # noqa: PTH211
def test_something_else_has_the_temporary_name(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A link, named pipe or directory with the temporary name is refused and not followed, opened or removed."""
    (tmp_path / "precious").write_bytes(b"precious")
    make(temporary(tmp_path / "dvd.xml"))

    with pytest.raises(CannotCreateError, match=r"dvd\.xml: the temporary file .* cannot be removed"):
        write_atomically(str(tmp_path / "dvd.xml"), b"new")

    assert os.path.lexists(temporary(tmp_path / "dvd.xml"))
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_leftover_as_input(folder: Path) -> None:
    """A leftover that is read as input is not removed, even if the run writes the same output again."""
    leftover = temporary(folder / "dvd.xml")
    leftover.write_bytes(b"precious")

    with Outputs(inputs=[str(leftover)]) as outputs, pytest.raises(CannotCreateError, match="rename it"):
        outputs.open(str(folder / "dvd.xml"))

    assert contents(folder) == OLD | {leftover.name: b"precious"}


# Commands


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Return a small dump for both media, beside the directory of the outputs."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "dump.xml"
    path.write_bytes(DUMP)
    return path


def test_two_commands_of_one_pipeline(dump: Path) -> None:
    """Two commands of one pipeline can write different files into one directory at the same time."""
    out = dump.parent / "out"
    first = start("split", "-", "--streaming", "-", "--dvd", out / "dvd.xml", stdin=subprocess.PIPE)
    assert first.stdout
    second = start("unify", "-", "-o", out / "streaming.xml", stdin=first.stdout.fileno())
    first.stdout.close()
    assert eventually(lambda: {".dvd.xml.catindex-tmp", ".streaming.xml.catindex-tmp"} == contents(out).keys())

    assert first.stdin
    first.stdin.write(DUMP)
    first.stdin.close()

    for process in (first, second):
        assert process.stderr
        assert (process.wait(timeout=60), process.stderr.read()) == (0, b"")
        process.stderr.close()
    assert second.stdout
    second.stdout.close()
    assert contents(out).keys() == {"dvd.xml", "streaming.xml"}
    assert all(b"movies/1</id>" in data for data in contents(out).values())


def test_killed_command(dump: Path) -> None:
    """After SIGKILL the old files are in place, and the same command removes what was left."""
    out = dump.parent / "out"
    for name, data in OLD.items():
        (out / name).write_bytes(data)
    process = start("process", "-", "-o", out, stdin=subprocess.PIPE)
    assert eventually(lambda: len(contents(out)) == 4)

    kill(process)

    assert contents(out) == OLD | {".streaming.xml.catindex-tmp": b"", ".dvd.xml.catindex-tmp": b""}
    assert catindex("process", dump, "-o", out) == (0, b"", "")
    assert contents(out).keys() == OLD.keys()
    assert all(b"movies/1</id>" in data for data in contents(out).values())
