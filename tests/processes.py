"""Starts catindex as users do: as a process, with files, pipes, terminals and signals."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = (sys.executable, "-m", "catindex")
SECONDS = 60


class Ended(NamedTuple):
    """How a process ended, and what it wrote."""

    status: int
    out: bytes
    err: str


def start(
    *arguments: object,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start catindex with pipes for its outputs."""
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, cwd=Path(__file__).parent.parent)


def catindex(*arguments: object, data: bytes | None = None) -> Ended:
    """Run catindex to its end, with ``data`` on standard input."""
    process = start(*arguments, stdin=subprocess.DEVNULL if data is None else subprocess.PIPE)
    out, err = process.communicate(data, timeout=SECONDS)
    return Ended(process.returncode, out, err.decode())


def on_terminal(*arguments: object, stream: str = "stderr") -> Ended:
    """Run catindex with a terminal as its standard error, or as its standard output."""
    ours, theirs = pty.openpty()
    process = start(*arguments, **{stream: theirs})
    os.close(theirs)
    seen = b""
    while True:
        try:
            data = os.read(ours, 1 << 16)
        except OSError:  # Linux says so that the other end is closed
            break
        if not data:
            break
        seen += data
    out, err = process.communicate(timeout=SECONDS)
    os.close(ours)
    if stream == "stdout":
        return Ended(process.returncode, seen, err.decode())
    return Ended(process.returncode, out, seen.decode())


def wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process handles signals itself: before, they end Python as it is being loaded."""
    terminating = 1 << (signal.SIGTERM - 1)

    def is_ready() -> bool:
        try:
            caught = Path(f"/proc/{process.pid}/status").read_text().partition("SigCgt:")[2].split()[0]
        except (OSError, IndexError):
            return process.poll() is not None
        return bool(int(caught, 16) & terminating) or process.poll() is not None

    eventually(is_ready, 10 if Path("/proc/self/status").exists() else 0.5)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Give the processes that a process has started."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(number) for number in listed.read_text().split()] if listed.exists() else []


def eventually(condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
    """Wait until something holds; False if it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
