"""Outputs: complete or not at all, whatever fails, whoever else writes, wherever the target leads."""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from catindex.errors import BusyError, CannotCreateError, PipeClosedError, TransferError
from catindex.write import files
from catindex.write.files import Outputs, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks, modes and special files are those of POSIX")

LARGE = b"<catalog_title/>\n" * 200_000  # some blocks, so that the thread is at work
no_root = pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write everywhere")


class FaultyOs:
    """The module `os`, with the ``at``-th call of the function ``name`` failing (never, if 0); calls are counted."""

    def __init__(self, name: str = "", at: int = 0, code: int = 0) -> None:
        self.name, self.at, self.code, self.calls = name, at, code, 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name != self.name:
            return real

        def call(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == self.at:
                if name == "close":
                    real(*arguments)  # as on Linux: the error of a close does not leave the descriptor open
                raise OSError(self.code, os.strerror(self.code))
            return real(*arguments, **options)

        return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two old outputs."""
    (tmp_path / "streaming.xml").write_bytes(b"old streaming")
    (tmp_path / "dvd.xml").write_bytes(b"old dvd")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, hidden files too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write_both(folder: Path) -> None:
    """Write both outputs, as a run does: one that takes a thread and one that does not."""
    with Outputs() as outputs:
        streaming, dvd = outputs.open(str(folder / "streaming.xml")), outputs.open(str(folder / "dvd.xml"))
        for start in range(0, len(LARGE), 50_000):
            streaming.write(LARGE[start : start + 50_000])
        dvd.write(b"new dvd")
        outputs.publish()


OLD = {"streaming.xml": b"old streaming", "dvd.xml": b"old dvd"}
NEW = {"streaming.xml": LARGE, "dvd.xml": b"new dvd"}


@contextlib.contextmanager
def another_process(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run code in another Python until it has said a line."""
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


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


def test_published_together(folder: Path) -> None:
    """What is published replaces the old files, and nothing else stays in the folder."""
    write_both(folder)

    assert contents(folder) == NEW


def test_nothing_in_place_before_publish(folder: Path) -> None:
    """Until the end the old files are there."""
    with Outputs() as outputs:
        outputs.open(str(folder / "streaming.xml")).write(LARGE)
        assert (folder / "streaming.xml").read_bytes() == b"old streaming"


def test_leaving_without_publish_discards(folder: Path) -> None:
    """An exception in the block leaves the old files and no temporary one."""

    def interrupted() -> None:
        with Outputs() as outputs:
            outputs.open(str(folder / "streaming.xml")).write(LARGE)
            outputs.open(str(folder / "other.xml")).write(b"small")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert contents(folder) == OLD


def test_no_thread_stays(folder: Path) -> None:
    """The threads end with the block, whether it published or not."""
    before = threading.active_count()

    write_both(folder)
    with Outputs() as outputs:
        outputs.open(str(folder / "dvd.xml")).write(LARGE)

    assert threading.active_count() == before


def test_bytes_and_sha256(folder: Path) -> None:
    """An output knows the size and the hash of its file once it is closed, before it is in place."""
    with Outputs() as outputs:
        output = outputs.open(str(folder / "streaming.xml.gz"))
        output.write(LARGE)
        output.close()
        size, digest = output.bytes, output.sha256
        outputs.publish()

    written = (folder / "streaming.xml.gz").read_bytes()
    assert (size, digest) == (len(written), hashlib.sha256(written).hexdigest())
    assert gzip.decompress(written) == LARGE


def test_report_joins_the_others(folder: Path) -> None:
    """A file opened after others were closed is published with them: a report can state their hashes."""
    with Outputs() as outputs:
        output = outputs.open(str(folder / "dvd.xml"))
        output.write(b"new dvd")
        output.close()
        outputs.open(str(folder / "report.json")).write(output.sha256.encode())
        outputs.publish()

    assert contents(folder)["report.json"].decode() == hashlib.sha256(b"new dvd").hexdigest()


def test_none_forces_plain(folder: Path) -> None:
    """The compression ``none`` writes plain even where the suffix says otherwise, another name its compression."""
    with Outputs() as outputs:
        outputs.open(str(folder / "a.gz"), "none").write(b"plain")
        outputs.open(str(folder / "b.xml"), "gz").write(b"packed")
        outputs.publish()

    assert (folder / "a.gz").read_bytes() == b"plain"
    assert gzip.decompress((folder / "b.xml").read_bytes()) == b"packed"


def test_gzip_is_reproducible(folder: Path) -> None:
    """The same data in small and large writes, at other times and under other names, give the same bytes."""
    with Outputs() as outputs:
        large, small = outputs.open(str(folder / "a.gz")), outputs.open(str(folder / "b.gz"))
        large.write(LARGE)
        for start in range(0, len(LARGE), 999):
            small.write(LARGE[start : start + 999])
        outputs.publish()

    assert (folder / "a.gz").read_bytes() == (folder / "b.gz").read_bytes()


def test_empty_output(folder: Path) -> None:
    """An output that nothing was written to is an empty file."""
    with Outputs() as outputs:
        outputs.open(str(folder / "empty.xml"))
        outputs.publish()

    assert (folder / "empty.xml").read_bytes() == b""


def test_write_atomically(folder: Path) -> None:
    """A small file is written in one call."""
    write_atomically(str(folder / "dvd.xml"), b"{}")

    assert contents(folder) == OLD | {"dvd.xml": b"{}"}


def test_longest_name(tmp_path: Path) -> None:
    """A name as long as the folder takes leaves room for the temporary one."""
    write_atomically(str(tmp_path / ("ü" * 127)), b"data")

    assert [path.name for path in tmp_path.iterdir()] == ["ü" * 127]


# Faults


def calls_of(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Count how often a run calls a function."""
    counting = FaultyOs(name)
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", counting)
        write_both(folder)
    for old, data in OLD.items():
        (folder / old).write_bytes(data)
    return counting.calls


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EPERM], ids=errno.errorcode.__getitem__)
@pytest.mark.parametrize("name", ["write", "fsync", "replace"])
def test_every_fault_leaves_the_old_files(name: str, code: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever write, sync or rename fails: the old files, no other, the status 74, one line with the file first."""
    count = calls_of(name, folder, monkeypatch)
    assert count >= 2

    for at in range(1, count + 1):
        with monkeypatch.context() as patch:
            patch.setattr(files, "os", FaultyOs(name, at, code))
            with pytest.raises(TransferError) as caught:
                write_both(folder)
        assert contents(folder) == OLD, at
        assert str(caught.value) in [f"{folder / old}: {os.strerror(code)}" for old in OLD]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EPERM], ids=errno.errorcode.__getitem__)
def test_every_failing_close(code: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where closing an output fails, the old files stay; where closing the folder fails, nothing is lost by it."""
    assert calls_of("close", folder, monkeypatch) == 3

    for at in (1, 2):
        with monkeypatch.context() as patch:
            patch.setattr(files, "os", FaultyOs("close", at, code))
            with pytest.raises(TransferError):
                write_both(folder)
        assert contents(folder) == OLD, at
    monkeypatch.setattr(files, "os", FaultyOs("close", 3, code))
    write_both(folder)
    assert contents(folder) == NEW


@pytest.mark.parametrize("name", ["link", "unlink", "fchmod", "scandir"])
def test_what_is_not_needed_may_fail(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without hard links or modes, and an unlink that fails once, change nothing in the result."""
    for at in range(1, calls_of(name, folder, monkeypatch) + 1):
        with monkeypatch.context() as patch:
            patch.setattr(files, "os", FaultyOs(name, at, errno.EPERM))
            write_both(folder)
        assert contents(folder) == NEW


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EPERM], ids=errno.errorcode.__getitem__)
def test_every_failing_open(code: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file or its folder cannot be opened, the output cannot be created."""
    for at in range(1, calls_of("open", folder, monkeypatch) + 1):
        with monkeypatch.context() as patch:
            patch.setattr(files, "os", FaultyOs("open", at, code))
            with pytest.raises(CannotCreateError):
                write_both(folder)
        assert contents(folder) == OLD, at


def test_a_new_file_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second rename fails, the first file, which was not there before, goes."""
    monkeypatch.setattr(files, "os", FaultyOs("replace", 2, errno.EIO))

    with pytest.raises(TransferError):
        write_both(tmp_path)

    assert contents(tmp_path) == {}


def test_interrupt_between_renames(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt while the files are being put in place leaves both old."""

    class Interrupting(FaultyOs):
        def replace(self, source: str, target: str) -> None:
            super().__getattr__("replace")(source, target)
            self.calls += 1
            if self.calls == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(files, "os", Interrupting())
    with pytest.raises(KeyboardInterrupt):
        write_both(folder)

    assert contents(folder) == OLD


def test_short_writes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that takes a part only is followed by one for the rest."""

    class Short(FaultyOs):
        def write(self, fd: int, data: memoryview) -> int:
            return os.write(fd, data[:100_000])

    monkeypatch.setattr(files, "os", Short())
    write_both(folder)

    assert contents(folder) == NEW


def test_error_reaches_the_writer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk ends a long run soon, not at its end, and a caller that goes on writing does not hang."""
    monkeypatch.setattr(files, "os", FaultyOs("write", 1, errno.ENOSPC))

    with Outputs() as outputs:
        output = outputs.open(str(folder / "dvd.xml"))
        before = 0
        for _ in range(40):
            with contextlib.suppress(TransferError):
                output.write(LARGE)
                before += 1
        assert before < 10

    assert contents(folder) == OLD


def test_vanished_folder(tmp_path: Path) -> None:
    """A folder that is removed during the run is an error of the transfer."""
    (tmp_path / "out").mkdir()
    with Outputs() as outputs:
        outputs.open(str(tmp_path / "out" / "dvd.xml")).write(b"new")
        for path in (tmp_path / "out").iterdir():
            path.unlink()
        (tmp_path / "out").rmdir()

        with pytest.raises(TransferError, match=r"dvd\.xml: No such file or directory"):
            outputs.publish()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
@pytest.mark.parametrize("data", [b"small", LARGE])
def test_dev_full(data: bytes) -> None:
    """A full device is an error of the transfer, for a small output too."""

    def fill() -> None:
        with Outputs() as outputs:
            outputs.open("/dev/full").write(data)
            outputs.publish()

    with pytest.raises(TransferError, match="/dev/full: No space left on device"):
        fill()


def test_file_size_limit(folder: Path) -> None:
    """A limit on the size of files is an error of the transfer, and nothing is lost by it."""
    code = """
import resource, sys
from catindex.write.files import write_atomically
from catindex.errors import TransferError
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
try:
    write_atomically(sys.argv[1], bytes(4_000_000))
except TransferError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code, folder / "dvd.xml"], capture_output=True, text=True, check=True)

    assert run.stdout == f"{folder / 'dvd.xml'}: File too large\n"
    assert contents(folder) == OLD


# Standard output and other special targets


@pytest.mark.parametrize("target", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output(target: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output gets the data and stays open, also where it leads to a regular file."""
    with Outputs() as outputs:
        outputs.open(target).write(b"data\n")
        outputs.publish()
    os.write(1, b"still open\n")

    assert capfd.readouterr().out == "data\nstill open\n"


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_reader_that_went_away(size: int) -> None:
    """A closed pipe has an error of its own, for a small output too, and no word comes from Python at the exit."""
    code = """
import sys
from catindex.write.files import Outputs
from catindex.errors import PipeClosedError
sys.stdin.read(1)
try:
    with Outputs() as outputs:
        output = outputs.open("-")
        for _ in range(int(sys.argv[1]) // 10):
            output.write(bytes(10))
        outputs.publish()
except PipeClosedError as error:
    sys.exit(error.status)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.write(b"x")
        process.stdin.close()
        assert process.stderr.read() == b""

    assert process.returncode == 141


def test_stuck_reader_does_not_hold_an_interrupted_run() -> None:
    """A pipe that is full and that nobody reads does not keep the program from ending."""
    reading, writing = os.pipe()
    start = time.monotonic()

    def interrupted() -> None:
        with Outputs() as outputs:
            outputs.open(f"/dev/fd/{writing}").write(LARGE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert time.monotonic() - start < 5
    os.close(reading)  # which ends the thread
    os.close(writing)


def test_non_blocking_pipe() -> None:
    """A pipe that another program has made non-blocking gets everything all the same."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    got: list[bytes] = []

    def read() -> None:
        while sum(map(len, got)) < len(LARGE):
            got.append(os.read(reading, 1 << 20))

    reader = threading.Thread(target=read)
    reader.start()
    with Outputs() as outputs:
        outputs.open(f"/dev/fd/{writing}").write(LARGE)
        outputs.publish()
    reader.join()

    assert b"".join(got) == LARGE
    os.close(reading)
    os.close(writing)


def test_dev_null_stays_a_device() -> None:
    """A device is written to, not replaced, and may be named twice."""
    with Outputs(no_clobber=True) as outputs:
        outputs.open("/dev/null").write(LARGE)
        outputs.open("/dev/null").write(LARGE)
        outputs.publish()

    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116


def test_named_pipe(tmp_path: Path) -> None:
    """A named pipe is written to, not replaced."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()

    with Outputs() as outputs:
        outputs.open(str(fifo)).write(LARGE)
        outputs.publish()
    reader.join()

    assert got == [LARGE]
    assert fifo.is_fifo()


def test_closed_descriptor() -> None:
    """A descriptor that is not open cannot be written to."""
    with Outputs() as outputs, pytest.raises(CannotCreateError, match="/dev/fd/987: cannot be created"):
        outputs.open("/dev/fd/987")


def test_descriptor_whose_reader_went_away() -> None:
    """A named descriptor whose reader is gone is a closed pipe like standard output."""
    reading, writing = os.pipe()
    os.close(reading)

    with Outputs() as outputs:
        outputs.open(f"/dev/fd/{writing}").write(b"data")
        with pytest.raises(PipeClosedError):
            outputs.publish()
    os.close(writing)


# Links and permissions


def test_symbolic_link_is_followed(folder: Path) -> None:
    """The file that a link leads to is replaced, beside itself, and the link stays."""
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "real.xml").write_bytes(b"old")
    link = folder / "link.xml"
    link.symlink_to("elsewhere/real.xml")

    write_atomically(str(link), b"new")

    assert link.is_symlink()
    assert contents(folder / "elsewhere") == {"real.xml": b"new"}


def test_dangling_link(tmp_path: Path) -> None:
    """A link that leads to nothing yet creates what it leads to."""
    (tmp_path / "link.xml").symlink_to("real.xml")

    write_atomically(str(tmp_path / "link.xml"), b"new")

    assert (tmp_path / "link.xml").is_symlink()
    assert (tmp_path / "real.xml").read_bytes() == b"new"


def test_link_in_a_circle(tmp_path: Path) -> None:
    """A link to itself cannot be written."""
    (tmp_path / "link.xml").symlink_to("link.xml")

    with pytest.raises(CannotCreateError, match=r"link\.xml: cannot be created"):
        write_atomically(str(tmp_path / "link.xml"), b"new")


def test_new_file_follows_the_umask(tmp_path: Path) -> None:
    """A new file has the permissions that the umask leaves."""
    before = os.umask(0o027)
    try:
        write_atomically(str(tmp_path / "new.xml"), b"")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "new.xml").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o606])
def test_replaced_file_keeps_its_mode(folder: Path, mode: int) -> None:
    """A replaced file keeps its permissions, whatever the umask."""
    (folder / "dvd.xml").chmod(mode)

    write_atomically(str(folder / "dvd.xml"), b"new")

    assert stat.S_IMODE((folder / "dvd.xml").stat().st_mode) == mode


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_replaced_file_keeps_its_owner(folder: Path) -> None:
    """Root that replaces another's file leaves it to the other."""
    os.chown(folder / "dvd.xml", 12345, 12346)

    write_atomically(str(folder / "dvd.xml"), b"new")

    found = (folder / "dvd.xml").stat()
    assert (found.st_uid, found.st_gid) == (12345, 12346)


# Targets that are refused


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is named, with the command that makes it."""
    with pytest.raises(CannotCreateError) as caught:
        write_atomically(f"{tmp_path}/not there/dvd.xml", b"")

    missing = f"{tmp_path}/not there"
    assert str(caught.value) == f"{missing}/dvd.xml: there is no folder {missing}; create it: mkdir -p '{missing}'"


@pytest.mark.parametrize("target", ["", "/", "/new/"])
def test_folder_as_target(tmp_path: Path, target: str) -> None:
    """A folder is no output file, nor is a name that can only be a folder's."""
    with pytest.raises(CannotCreateError, match="is a folder; name a file in it"):
        write_atomically(f"{tmp_path}{target}", b"")


def test_file_as_folder(folder: Path) -> None:
    """A file cannot be a folder."""
    with pytest.raises(CannotCreateError, match="Not a directory"):
        write_atomically(str(folder / "dvd.xml" / "dvd.xml"), b"")


@no_root
def test_read_only_folder(folder: Path) -> None:
    """A folder that cannot be written to is named."""
    folder.chmod(0o555)
    try:
        with pytest.raises(CannotCreateError, match="cannot be written to"):
            write_atomically(str(folder / "dvd.xml"), b"")
    finally:
        folder.chmod(0o755)
    assert contents(folder) == OLD


@no_root
def test_write_protected_file(folder: Path) -> None:
    """A file that may not be written is not replaced either."""
    (folder / "dvd.xml").chmod(0o444)

    with pytest.raises(CannotCreateError, match="write-protected"):
        write_atomically(str(folder / "dvd.xml"), b"")

    assert contents(folder) == OLD


def test_no_clobber(folder: Path) -> None:
    """An output that is there is refused when it is opened, before anything is read."""
    with Outputs(no_clobber=True) as outputs, pytest.raises(CannotCreateError, match="is there already"):
        outputs.open(str(folder / "dvd.xml"))

    assert contents(folder) == OLD


def test_no_clobber_of_what_came_meanwhile(tmp_path: Path) -> None:
    """A file that another program made during the run is not replaced either."""
    with Outputs(no_clobber=True) as outputs:
        outputs.open(str(tmp_path / "dvd.xml")).write(b"mine")
        (tmp_path / "dvd.xml").write_bytes(b"theirs")

        with pytest.raises(CannotCreateError, match="is there already"):
            outputs.publish()

    assert contents(tmp_path) == {"dvd.xml": b"theirs"}


@pytest.mark.parametrize("link", [None, os.link, os.symlink])
def test_output_is_the_input(folder: Path, link: Callable[[Path, Path], None] | None) -> None:
    """The input is not replaced, nor under another of its names."""
    target = folder / "dvd.xml"
    if link:
        link(target, folder / "link.xml")
        target = folder / "link.xml"

    with Outputs(inputs=[str(folder / "dvd.xml")]) as outputs, pytest.raises(CannotCreateError, match="is the input"):
        outputs.open(str(target))


def test_input_that_is_not_there(folder: Path) -> None:
    """An input that cannot be found is left to the one who reads it."""
    with Outputs(inputs=["/not/there", "-"]) as outputs:
        outputs.open(str(folder / "dvd.xml"))


@pytest.mark.parametrize("name", ["new.xml", "dvd.xml"])
def test_two_outputs_in_one_file(folder: Path, name: str) -> None:
    """Two outputs cannot go to one file, be it new or not."""
    (folder / "here").symlink_to(".")

    with Outputs() as outputs:
        outputs.open(str(folder / name))
        with pytest.raises(CannotCreateError, match="is also the output"):
            outputs.open(str(folder / "here" / name))


def test_standard_output_twice() -> None:
    """Standard output takes one output."""
    with Outputs() as outputs:
        outputs.open("-")
        with pytest.raises(CannotCreateError, match="/dev/stdout: is also the output standard output"):
            outputs.open("/dev/stdout")


# Other runs


def test_two_runs_in_one_folder(folder: Path) -> None:
    """A run that finds another one writing into its folder ends at once, and later succeeds."""
    with another_process(WRITER, folder / "streaming.xml"), pytest.raises(BusyError, match="another run is writing"):
        write_atomically(str(folder / "dvd.xml"), b"new")

    write_atomically(str(folder / "dvd.xml"), b"new")
    assert (folder / "dvd.xml").read_bytes() == b"new"


def test_busy_run_leaves_the_other_alone(folder: Path) -> None:
    """The temporary files of a living run are not cleared away."""
    with another_process(WRITER, folder / "streaming.xml") as other:
        with pytest.raises(BusyError):
            write_atomically(str(folder / "streaming.xml"), b"new")
        other.communicate("")

    assert (folder / "streaming.xml").read_bytes() == bytes(10_000_000)


def test_killed_run_is_cleared_up_by_the_next(folder: Path) -> None:
    """SIGKILL leaves the old files and a temporary one, which the next run into the folder removes."""
    with another_process(WRITER, folder / "streaming.xml") as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
    left = set(contents(folder)) - set(OLD)
    assert len(left) == 1
    assert left.pop().startswith(".streaming.xml.catindex-")

    write_both(folder)

    assert contents(folder) == NEW


def test_killed_between_link_and_rename(folder: Path) -> None:
    """The second name of an old file, left by a kill, goes with the next run; the file itself stays."""
    aside = folder / ".dvd.xml.catindex-0123456789abcdef.old"
    os.link(folder / "dvd.xml", aside)

    write_atomically(str(folder / "streaming.xml"), b"new")

    assert contents(folder) == OLD | {"streaming.xml": b"new"}


def test_only_leftovers_are_cleared(folder: Path) -> None:
    """Files and folders that merely look alike stay."""
    for name in (".dvd.xml.tmp", ".dvd.xml.catindex-0123.tmp", "dvd.xml.catindex-0123456789abcdef.tmp"):
        (folder / name).touch()
    (folder / ".dvd.xml.catindex-0123456789abcdef.tmp").mkdir()
    before = set(os.listdir(folder))  # noqa: PTH208

    write_both(folder)

    assert set(os.listdir(folder)) == before  # noqa: PTH208


def test_lock_ends_with_the_block(folder: Path) -> None:
    """The same program can write into the folder again, also after a refusal."""
    with Outputs() as outputs:
        outputs.open(str(folder / "dvd.xml"))
        with pytest.raises(BusyError):
            write_both(folder)

    write_both(folder)
