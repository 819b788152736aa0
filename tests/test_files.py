"""Output files: each is complete or unchanged, whatever fails and wherever the target leads."""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from catindex.errors import CannotCreateError, PipeClosedError, TransferError
from catindex.write import files, pending
from catindex.write import output as output_module
from catindex.write.files import Outputs, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks, modes and special files are those of POSIX")

LARGE = b"<catalog_title/>\n" * 200_000  # several blocks, so that a thread writes them
OLD = {"streaming.xml": b"old streaming", "dvd.xml": b"old dvd"}
NEW = {"streaming.xml": LARGE, "dvd.xml": b"new dvd"}
CODES = pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EPERM], ids=errno.errorcode.__getitem__)


class FaultyOs:
    """The module `os`, counting the calls of the function ``name``; the call number ``at`` fails (none if 0)."""

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
                    real(*arguments)  # on Linux, a close that fails still closes the descriptor
                raise OSError(self.code, os.strerror(self.code))
            return real(*arguments, **options)

        return call


@contextlib.contextmanager
def replaced_os(faulty: FaultyOs) -> Iterator[FaultyOs]:
    """Replace `os` in the modules that write outputs."""
    with contextlib.ExitStack() as stack:
        for module in (files, output_module, pending):
            stack.enter_context(mock.patch.object(module, "os", faulty))
        yield faulty


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory with two old outputs."""
    for name, data in OLD.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files in a directory, including hidden ones."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write_both(folder: Path) -> None:
    """Write a large output, which uses a thread, and a small one, which does not."""
    with Outputs() as outputs:
        streaming, dvd = outputs.open(str(folder / "streaming.xml")), outputs.open(str(folder / "dvd.xml"))
        for start in range(0, len(LARGE), 50_000):
            streaming.write(LARGE[start : start + 50_000])
        dvd.write(b"new dvd")
        outputs.publish()


def test_published_together(folder: Path) -> None:
    """Publishing replaces the old files and leaves nothing else in the directory."""
    write_both(folder)

    assert contents(folder) == NEW


def test_old_file_stays_until_publish(folder: Path) -> None:
    """The old file is in place while the new one is written."""
    with Outputs() as outputs:
        outputs.open(str(folder / "streaming.xml")).write(LARGE)
        assert (folder / "streaming.xml").read_bytes() == b"old streaming"


def test_leaving_without_publish_discards(folder: Path) -> None:
    """An exception in the block leaves the old files and no temporary file."""

    def interrupted() -> None:
        with Outputs() as outputs:
            outputs.open(str(folder / "streaming.xml")).write(LARGE)
            outputs.open(str(folder / "other.xml")).write(b"small")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert contents(folder) == OLD


def test_withdrawn_output(folder: Path) -> None:
    """A withdrawn output leaves the old file; the others are published."""
    with Outputs() as outputs:
        withdrawn = outputs.open(str(folder / "streaming.xml"))
        withdrawn.write(LARGE)
        outputs.open(str(folder / "dvd.xml")).write(b"new dvd")
        outputs.withdraw(withdrawn)
        outputs.publish()

    assert contents(folder) == OLD | {"dvd.xml": b"new dvd"}


def test_threads_and_descriptors_end_with_the_block(folder: Path) -> None:
    """No thread and no descriptor is left, whether the outputs were published or not."""
    threads, descriptors = threading.active_count(), len(os.listdir("/dev/fd"))  # noqa: PTH208

    write_both(folder)
    with Outputs() as outputs:
        outputs.open(str(folder / "dvd.xml")).write(LARGE)

    assert threading.active_count() == threads
    assert len(os.listdir("/dev/fd")) == descriptors  # noqa: PTH208


def test_bytes_and_sha256(folder: Path) -> None:
    """The size and hash of the file as written are known after close, before it is published."""
    with Outputs() as outputs:
        output = outputs.open(str(folder / "streaming.xml.gz"))
        output.write(LARGE)
        output.close()
        size, digest = output.bytes, output.sha256
        outputs.publish()

    written = (folder / "streaming.xml.gz").read_bytes()
    assert (size, digest) == (len(written), hashlib.sha256(written).hexdigest())
    assert gzip.decompress(written) == LARGE


def test_report_with_hashes_of_other_outputs(folder: Path) -> None:
    """A file opened after others were closed is published with them, so a report can contain their hashes."""
    with Outputs() as outputs:
        output = outputs.open(str(folder / "dvd.xml"))
        output.write(b"new dvd")
        output.close()
        outputs.open(str(folder / "report.json")).write(output.sha256.encode())
        outputs.publish()

    assert contents(folder)["report.json"].decode() == hashlib.sha256(b"new dvd").hexdigest()


def test_compression_argument(folder: Path) -> None:
    """The compression argument takes precedence over the suffix; none means plain."""
    with Outputs() as outputs:
        outputs.open(str(folder / "a.gz"), "none").write(b"plain")
        outputs.open(str(folder / "b.xml"), "gz").write(b"packed")
        outputs.publish()

    assert (folder / "a.gz").read_bytes() == b"plain"
    assert gzip.decompress((folder / "b.xml").read_bytes()) == b"packed"


def test_gzip_is_reproducible(folder: Path) -> None:
    """The same data gives the same bytes, whatever the sizes of the writes and the name of the file."""
    with Outputs() as outputs:
        large, small = outputs.open(str(folder / "a.gz")), outputs.open(str(folder / "b.gz"))
        large.write(LARGE)
        for start in range(0, len(LARGE), 999):
            small.write(LARGE[start : start + 999])
        outputs.publish()

    assert (folder / "a.gz").read_bytes() == (folder / "b.gz").read_bytes()


def test_empty_output(folder: Path) -> None:
    """An output without data is an empty file."""
    with Outputs() as outputs:
        outputs.open(str(folder / "empty.xml"))
        outputs.publish()

    assert (folder / "empty.xml").read_bytes() == b""


def test_write_atomically(folder: Path) -> None:
    """A small file is written in one call."""
    write_atomically(str(folder / "dvd.xml"), b"{}")

    assert contents(folder) == OLD | {"dvd.xml": b"{}"}


# Names


@pytest.mark.parametrize("length", [1, 128, 129, 255])
def test_long_names(tmp_path: Path, length: int) -> None:
    """Two files whose names differ only in the last byte are written in one run, up to the longest possible name."""
    names = ["x" * (length - 1) + last for last in "ab"]

    with Outputs() as outputs:
        for name in names:
            outputs.open(str(tmp_path / name)).write(name.encode())
        outputs.publish()

    assert contents(tmp_path) == {name: name.encode() for name in names}


def test_longest_name_in_two_byte_characters(tmp_path: Path) -> None:
    """The length of a name counts in bytes."""
    write_atomically(str(tmp_path / ("ü" * 127)), b"data")

    assert contents(tmp_path) == {"ü" * 127: b"data"}


STRANGE = ["a[b].xml", "[/b]", os.fsdecode(b"\xff\xfe.xml"), "\x1b[31m\n\r\x85\u202e.xml", "-", "%s{0}"]


@pytest.mark.parametrize("name", STRANGE, ids=ascii)
def test_strange_names(tmp_path: Path, name: str) -> None:
    """Square brackets, control characters and bytes that are not UTF-8 are ordinary parts of a path."""
    target = tmp_path / name / name
    target.parent.mkdir(parents=True)

    write_atomically(str(target), LARGE)
    write_atomically(str(target), b"new")

    assert contents(target.parent) == {target.name: b"new"}


@pytest.mark.parametrize("name", STRANGE, ids=ascii)
def test_strange_names_in_messages(tmp_path: Path, name: str) -> None:
    """Messages contain the path as the user wrote it."""
    target = f"{tmp_path}/{name}"
    Path(target).parent.mkdir(exist_ok=True)
    Path(target).touch()

    with pytest.raises(CannotCreateError) as existing, Outputs(no_clobber=True) as outputs:
        outputs.open(target)
    with pytest.raises(CannotCreateError) as missing:
        write_atomically(f"{target} directory/file", b"")

    assert str(existing.value).startswith(f"{target}: already exists; ")
    assert str(missing.value).startswith(f"{target} directory/file: the directory {target} directory does not exist; ")


@pytest.mark.parametrize("suffix", [".catindex-tmp", ".catindex-old"])
def test_name_of_a_temporary_file(tmp_path: Path, suffix: str) -> None:
    """A target with the name of a temporary file is refused, because a run could remove it."""
    with pytest.raises(CannotCreateError, match="is the name of a temporary file; choose another name"):
        write_atomically(f"{tmp_path}/.dvd.xml{suffix}", b"")


# Faults


def calls_of(name: str, folder: Path) -> int:
    """Return how often a run calls a function."""
    with replaced_os(FaultyOs(name)) as counting:
        write_both(folder)
    for old, data in OLD.items():
        (folder / old).write_bytes(data)
    return counting.calls


@CODES
@pytest.mark.parametrize("name", ["write", "fsync", "replace"])
def test_every_fault_leaves_the_old_files(name: str, code: int, folder: Path) -> None:
    """If any write, sync or rename fails, only the old files are there, and the message starts with the path."""
    count = calls_of(name, folder)
    assert count >= 2

    for at in range(1, count + 1):
        with replaced_os(FaultyOs(name, at, code)), pytest.raises(TransferError) as caught:
            write_both(folder)
        assert contents(folder) == OLD, at
        message = str(caught.value).partition(";")[0]
        assert message in [f"{folder / old}: cannot be written ({os.strerror(code)})" for old in OLD]


@CODES
def test_every_failing_close(code: int, folder: Path) -> None:
    """If closing an output fails, the old files stay; a failure to close the directory has no effect."""
    assert calls_of("close", folder) == 3

    for at in (1, 2):
        with replaced_os(FaultyOs("close", at, code)), pytest.raises(TransferError):
            write_both(folder)
        assert contents(folder) == OLD, at
    with replaced_os(FaultyOs("close", 3, code)):
        write_both(folder)
    assert contents(folder) == NEW


@pytest.mark.parametrize("name", ["link", "unlink", "fchmod", "fchown"])
def test_optional_calls_may_fail(name: str, folder: Path) -> None:
    """The result is the same on a file system without hard links, owners or modes, and if one unlink fails."""
    for at in range(1, 1 + max(1, calls_of(name, folder))):
        with replaced_os(FaultyOs(name, at, errno.EPERM)):
            write_both(folder)
        assert contents(folder) == NEW


@CODES
@pytest.mark.parametrize("name", ["open", "dup", "stat", "access"])
def test_every_failing_open(name: str, code: int, folder: Path) -> None:
    """If a file or its directory cannot be opened, the output cannot be created."""
    for at in range(1, calls_of(name, folder) + 1):
        with replaced_os(FaultyOs(name, at, code)), pytest.raises(CannotCreateError, match=r"(streaming|dvd)\.xml: "):
            write_both(folder)
        assert contents(folder) == OLD, at


def test_a_new_file_is_removed_again(tmp_path: Path) -> None:
    """If the second rename fails, the first file is removed if it did not exist before."""
    with replaced_os(FaultyOs("replace", 2, errno.EIO)), pytest.raises(TransferError):
        write_both(tmp_path)

    assert contents(tmp_path) == {}


def test_failure_without_hard_links(folder: Path) -> None:
    """If a rename fails on a file system without hard links, each file is the whole old one or the whole new one."""

    class WithoutLinks(FaultyOs):
        def link(self, source: str, _: str) -> None:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), source)

    with replaced_os(WithoutLinks("replace", 2, errno.EIO)), pytest.raises(TransferError):
        write_both(folder)

    assert contents(folder) == {"streaming.xml": LARGE, "dvd.xml": b"old dvd"}


def test_interrupt_between_renames(folder: Path) -> None:
    """An interrupt between two renames leaves both old files."""

    class Interrupting(FaultyOs):
        def replace(self, source: str, target: str) -> None:
            os.replace(source, target)  # noqa: PTH105
            self.calls += 1
            if self.calls == 1:
                raise KeyboardInterrupt

    with replaced_os(Interrupting()), pytest.raises(KeyboardInterrupt):
        write_both(folder)

    assert contents(folder) == OLD


def test_a_newer_file_is_not_put_back(folder: Path) -> None:
    """If publishing fails after another program replaced the first file, that program's file stays."""

    class Overtaken(FaultyOs):
        def replace(self, source: str, target: str) -> None:
            self.calls += 1
            if self.calls == 2:
                (folder / "theirs").write_bytes(b"theirs")
                (folder / "theirs").replace(folder / "streaming.xml")
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            os.replace(source, target)  # noqa: PTH105

    with replaced_os(Overtaken()), pytest.raises(TransferError):
        write_both(folder)

    assert contents(folder) == OLD | {"streaming.xml": b"theirs"}


def test_short_writes(folder: Path) -> None:
    """A write that takes only a part of the data is followed by one for the rest."""

    class Short(FaultyOs):
        def write(self, fd: int, data: memoryview) -> int:
            return os.write(fd, data[:100_000])

    with replaced_os(Short()):
        write_both(folder)

    assert contents(folder) == NEW


def test_error_reaches_the_writer(folder: Path) -> None:
    """A full disk ends a long run soon, and a caller that continues to write does not hang."""
    with replaced_os(FaultyOs("write", 1, errno.ENOSPC)), Outputs() as outputs:
        output = outputs.open(str(folder / "dvd.xml"))
        before = 0
        for _ in range(40):
            with contextlib.suppress(TransferError):
                output.write(LARGE)
                before += 1
        assert before < 10

    assert contents(folder) == OLD


def test_removed_directory(tmp_path: Path) -> None:
    """A directory that is removed during the run is a transfer error and is not created again."""
    (tmp_path / "out").mkdir()
    with Outputs() as outputs:
        outputs.open(str(tmp_path / "out" / "dvd.xml")).write(b"new")
        for path in (tmp_path / "out").iterdir():
            path.unlink()
        (tmp_path / "out").rmdir()

        with pytest.raises(TransferError, match=r"dvd\.xml: the temporary file .* was removed; start again"):
            outputs.publish()

    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
@pytest.mark.parametrize("data", [b"small", LARGE])
def test_dev_full(data: bytes) -> None:
    """A full device is a transfer error, also for a small output."""

    def fill() -> None:
        with Outputs() as outputs:
            outputs.open("/dev/full").write(data)
            outputs.publish()

    with pytest.raises(
        TransferError, match=r"/dev/full: cannot be written \(No space left on device\); free some space"
    ):
        fill()


def test_file_size_limit(folder: Path) -> None:
    """A limit on the size of files is a transfer error, and the old file stays."""
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

    message = "cannot be written (File too large); raise the limit on file sizes (ulimit -f)"
    assert run.stdout == f"{folder / 'dvd.xml'}: {message}\n"
    assert contents(folder) == OLD


# Standard output and other special targets


@pytest.mark.parametrize("target", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output(target: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output receives the data and stays open, also if it is a regular file."""
    with Outputs() as outputs:
        outputs.open(target).write(b"data\n")
        outputs.publish()
    os.write(1, b"still open\n")

    assert capfd.readouterr().out == "data\nstill open\n"


@pytest.mark.parametrize("target", ["-", "/dev/stdout"])
def test_closed_standard_output(tmp_path: Path, target: str) -> None:
    """A closed standard output is a transfer error, even if another file has taken over its number."""
    code = """
import sys
from catindex.errors import TransferError
from catindex.write.files import Outputs
file = open(sys.argv[2], "wb")
assert file.fileno() == 1
try:
    with Outputs() as outputs:
        outputs.open(sys.argv[1])
except TransferError as error:
    print(error, file=sys.stderr)
"""
    command = ["sh", "-c", '"$0" -c "$@" >&-', sys.executable, code, target, str(tmp_path / "file")]
    run = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True)

    name = {"-": "standard output"}.get(target, target)
    assert run.stderr == f"{name}: is closed; redirect it to a file or a pipe\n"
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_reader_that_closed_the_pipe(size: int) -> None:
    """A closed pipe has an error of its own, also for a small output, and Python prints nothing at exit."""
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


def test_stuck_reader_does_not_block_an_interrupted_run() -> None:
    """A full pipe that nobody reads does not keep an interrupted program alive."""
    reading, writing = os.pipe()

    def interrupted() -> None:
        with contextlib.suppress(KeyboardInterrupt), Outputs() as outputs:
            outputs.open(f"/dev/fd/{writing}").write(LARGE)
            raise KeyboardInterrupt

    run = threading.Thread(target=interrupted, daemon=True)
    run.start()
    run.join(60)
    assert not run.is_alive()
    os.close(reading)  # ends the thread
    os.close(writing)


def test_non_blocking_pipe() -> None:
    """A pipe that another program has made non-blocking receives all data."""
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
    """A device is written to and not replaced, and two outputs may name it."""
    with Outputs(no_clobber=True) as outputs:
        outputs.open("/dev/null").write(LARGE)
        outputs.open("/dev/null").write(LARGE)
        outputs.publish()

    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116


def test_named_pipe(tmp_path: Path) -> None:
    """A named pipe is written to and not replaced."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()

    with Outputs() as outputs:
        output = outputs.open(str(fifo))
        output.write(LARGE)
        outputs.publish()
    reader.join()

    assert got == [LARGE]
    assert fifo.is_fifo()
    assert not output.is_file


def test_closed_descriptor() -> None:
    """A descriptor that is not open cannot be written to."""
    with Outputs() as outputs, pytest.raises(CannotCreateError, match="/dev/fd/987: cannot be created"):
        outputs.open("/dev/fd/987")


def test_descriptor_whose_reader_closed_the_pipe() -> None:
    """A numbered descriptor of a closed pipe has the same error as standard output."""
    reading, writing = os.pipe()
    os.close(reading)

    with Outputs() as outputs:
        outputs.open(f"/dev/fd/{writing}").write(b"data")
        with pytest.raises(PipeClosedError):
            outputs.publish()
    os.close(writing)


# Links and permissions


def test_symbolic_link_is_followed(folder: Path) -> None:
    """The file that a link points to is replaced, and the link stays."""
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "real.xml").write_bytes(b"old")
    link = folder / "link.xml"
    link.symlink_to("elsewhere/real.xml")

    write_atomically(str(link), b"new")

    assert link.is_symlink()
    assert contents(folder / "elsewhere") == {"real.xml": b"new"}


def test_dangling_link(tmp_path: Path) -> None:
    """A link to a file that does not exist creates that file."""
    (tmp_path / "link.xml").symlink_to("real.xml")

    write_atomically(str(tmp_path / "link.xml"), b"new")

    assert (tmp_path / "link.xml").is_symlink()
    assert (tmp_path / "real.xml").read_bytes() == b"new"


def test_link_to_itself(tmp_path: Path) -> None:
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


root_only = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can change owners")


@root_only
def test_replaced_file_keeps_its_owner(folder: Path) -> None:
    """If root replaces a file of another user, it still belongs to that user."""
    os.chown(folder / "dvd.xml", 12345, 12346)

    write_atomically(str(folder / "dvd.xml"), b"new")

    found = (folder / "dvd.xml").stat()
    assert (found.st_uid, found.st_gid) == (12345, 12346)


# Other users

USER = 54321
WRITE_AS_USER = """
import os, sys
from catindex.errors import CatindexError
from catindex.write.files import write_atomically
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(*[int(sys.argv[1])] * 3)
    os.setresuid(*[int(sys.argv[1])] * 3)
try:
    write_atomically(sys.argv[2], b"new")
except CatindexError as error:
    print(error)
    sys.exit(error.status)
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """Return a directory that other users can reach, with one old output."""
    with tempfile.TemporaryDirectory() as path:
        (Path(path) / "dvd.xml").write_bytes(b"old dvd")
        (Path(path) / "dvd.xml").chmod(0o666)
        yield Path(path)


def write_as_user(target: Path) -> tuple[int, str]:
    """Write a file without the rights of root. Return the exit status and the message."""
    command = [sys.executable, "-c", WRITE_AS_USER, str(USER), str(target)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    return run.returncode, run.stdout


@root_only
def test_file_of_another_user_in_a_sticky_directory(shared: Path) -> None:
    """A writable file of another user in a sticky directory is refused before any work, and nothing is left."""
    shared.chmod(0o1777)

    status, message = write_as_user(shared / "dvd.xml")

    problem = f"belongs to another user, and the directory {shared} is sticky"
    assert (status, message) == (73, f"{shared / 'dvd.xml'}: {problem}; choose another path\n")
    assert contents(shared) == {"dvd.xml": b"old dvd"}


@root_only
def test_own_file_in_a_sticky_directory(shared: Path) -> None:
    """In a sticky directory a user can create and replace a file of their own."""
    shared.chmod(0o1777)

    for _ in range(2):
        assert write_as_user(shared / "own.xml") == (0, "")

    assert contents(shared) == {"dvd.xml": b"old dvd", "own.xml": b"new"}


@root_only
def test_owner_of_a_sticky_directory(shared: Path) -> None:
    """The owner of a sticky directory can replace the files of other users in it."""
    shared.chmod(0o1777)
    os.chown(shared, USER, USER)

    assert write_as_user(shared / "dvd.xml") == (0, "")

    assert contents(shared) == {"dvd.xml": b"new"}


@root_only
def test_leftover_of_another_user_in_a_sticky_directory(shared: Path) -> None:
    """A leftover that the user must not remove is named in the message, and nothing else is left."""
    shared.chmod(0o1777)
    leftover = shared / ".new.xml.catindex-tmp"
    leftover.touch()
    leftover.chmod(0o666)

    status, message = write_as_user(shared / "new.xml")

    assert status == 73
    assert f"new.xml: the temporary file {leftover} of an earlier run cannot be removed (" in message
    assert contents(shared).keys() == {"dvd.xml", leftover.name}


def test_read_only_directory(shared: Path) -> None:
    """A directory without write permission is named in the message."""
    shared.chmod(0o555)

    status, message = write_as_user(shared / "new.xml")

    problem = f"the directory {shared} is not writable; choose another one"
    assert (status, message) == (73, f"{shared / 'new.xml'}: {problem}\n")
    shared.chmod(0o755)


def test_read_only_file(shared: Path) -> None:
    """A file without write permission is not replaced, even if the directory allows it."""
    shared.chmod(0o777)
    (shared / "dvd.xml").chmod(0o444)

    status, message = write_as_user(shared / "dvd.xml")

    problem = "is read-only; make it writable or choose another path"
    assert (status, message) == (73, f"{shared / 'dvd.xml'}: {problem}\n")
    assert contents(shared) == {"dvd.xml": b"old dvd"}


# Targets that are refused


def test_missing_directory(tmp_path: Path) -> None:
    """The message about a missing directory contains the command that creates it."""
    with pytest.raises(CannotCreateError) as caught:
        write_atomically(f"{tmp_path}/not there/dvd.xml", b"")

    missing = f"{tmp_path}/not there"
    problem = f"the directory {missing} does not exist; create it: mkdir -p '{missing}'"
    assert str(caught.value) == f"{missing}/dvd.xml: {problem}"


@pytest.mark.parametrize("target", ["", "/", "/new/"])
def test_directory_as_target(tmp_path: Path, target: str) -> None:
    """A directory, or a path that ends in a slash, is not an output file."""
    with pytest.raises(CannotCreateError, match="is a directory; name a file in it"):
        write_atomically(f"{tmp_path}{target}", b"")


def test_file_as_directory(folder: Path) -> None:
    """A file cannot be used as a directory."""
    with pytest.raises(CannotCreateError, match=r"dvd\.xml is not a directory; choose another path"):
        write_atomically(str(folder / "dvd.xml" / "dvd.xml"), b"")


def test_no_clobber(folder: Path) -> None:
    """An existing output is refused when it is opened."""
    target = str(folder / "dvd.xml")
    with Outputs(no_clobber=True) as outputs, pytest.raises(CannotCreateError) as caught:
        outputs.open(target)

    assert str(caught.value) == f"{target}: already exists; remove it or drop --no-clobber"
    assert contents(folder) == OLD


def test_no_clobber_for_a_file_created_meanwhile(tmp_path: Path) -> None:
    """A file that another program creates during the run is not replaced."""
    with Outputs(no_clobber=True) as outputs:
        outputs.open(str(tmp_path / "dvd.xml")).write(b"mine")
        (tmp_path / "dvd.xml").write_bytes(b"theirs")

        with pytest.raises(CannotCreateError, match="already exists"):
            outputs.publish()

    assert contents(tmp_path) == {"dvd.xml": b"theirs"}


@pytest.mark.parametrize("link", [None, os.link, os.symlink])
def test_output_is_the_input(folder: Path, link: Callable[[Path, Path], None] | None) -> None:
    """The input is not replaced, under any of its names."""
    target = folder / "dvd.xml"
    if link:
        link(target, folder / "link.xml")
        target = folder / "link.xml"

    with Outputs(inputs=[str(folder / "dvd.xml")]) as outputs, pytest.raises(CannotCreateError, match="is the input"):
        outputs.open(str(target))


def test_missing_input(folder: Path) -> None:
    """A missing input is not an error here; it is reported when it is opened."""
    with Outputs(inputs=["/not/there", "-"]) as outputs:
        outputs.open(str(folder / "dvd.xml"))


@pytest.mark.parametrize("name", ["new.xml", "dvd.xml"])
def test_two_outputs_in_one_file(folder: Path, name: str) -> None:
    """Two outputs with the same real path are refused, whether the file exists or not."""
    (folder / "here").symlink_to(".")

    with Outputs() as outputs:
        outputs.open(str(folder / name))
        with pytest.raises(CannotCreateError, match="is also the output"):
            outputs.open(str(folder / "here" / name))


def test_standard_output_twice() -> None:
    """Only one output can use standard output."""
    with Outputs() as outputs:
        outputs.open("-")
        with pytest.raises(CannotCreateError, match="/dev/stdout: is also the output standard output"):
            outputs.open("/dev/stdout")
