"""Runs a command and measures its time and the peak memory of all its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SAMPLE_SECONDS = 0.02
PAGE = os.sysconf("SC_PAGE_SIZE")
CATINDEX = (sys.executable, "-m", "catindex")
QUIET = ("--quiet", "--no-progress")


@dataclass(eq=False)
class Contender:
    """A command with the results of its runs: seconds, and peak bytes of resident memory of all its processes."""

    command: list[str]
    seconds: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Run the command once. Raises SystemExit if it fails."""
        started = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        sampler = MemorySampler(process.pid)
        status = process.wait()
        self.seconds.append(time.perf_counter() - started)
        self.peaks.append(sampler.stop())
        if status:
            sys.exit(f"{' '.join(self.command)} ended with status {status}")

    def ratio(self, other: Contender) -> float:
        """Return how long this command takes relative to another: the median of the ratios round by round."""
        return median(mine / its for mine, its in zip(self.seconds, other.seconds, strict=True))

    def peak_mib(self) -> float:
        """Return the highest peak of all runs, in MiB."""
        return max(self.peaks) / 2**20


class MemorySampler(threading.Thread):
    """Samples the sum of the resident memory of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.ended = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(map(resident_bytes, process_tree(self.pid))))

    def stop(self) -> int:
        """Stop sampling and return the peak in bytes."""
        self.ended.set()
        self.join()
        return self.peak


def process_tree(pid: int) -> list[int]:
    """Return the ids of a process and its descendants."""
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += process_tree(int(child))
    except OSError:
        pass  # the process has ended
    return found


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process, 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table whose first column is text and whose other columns are aligned to the right."""
    print()
    for row in (heads, ["---", *["--:"] * (len(heads) - 1)], *rows):
        print(f"| {' | '.join(map(str, row))} |", flush=True)
