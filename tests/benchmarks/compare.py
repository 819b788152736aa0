"""Times catindex against libxml2 alone and against the plain script, in turns on the same files.

``python -m tests.benchmarks.compare`` makes the dumps with the generator, runs everything several times, interleaved so
that a machine that slows down slows all alike, and prints medians, ratios, speed and the peak memory of all processes.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from lxml import etree

SAMPLE_SECONDS = 0.01
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Contender:
    """A command, and what its runs took: seconds, and bytes of memory of the whole process tree at the most."""

    name: str
    command: list[str]
    seconds: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Run once."""
        started = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        peak = _Peak(process.pid)
        status = process.wait()
        self.seconds.append(time.perf_counter() - started)
        self.peaks.append(peak.stop())
        if status:
            sys.exit(f"{' '.join(self.command)} ended with status {status}")


class _Peak(threading.Thread):
    """Samples the resident memory of a process and all its children."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._peak, self._ended = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, sum(map(_resident, _tree(self._pid))))

    def stop(self) -> int:
        self._ended.set()
        self.join()
        return self._peak


def _tree(pid: int) -> list[int]:
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    except OSError:
        pass  # it has just ended
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def generate(folder: Path, dialect: str, titles: int, share: float) -> Path:
    """Make a dump, and a gzipped copy beside it."""
    dump = folder / f"{dialect}-{titles}.xml"
    options = ["--dialect", dialect, "--titles", str(titles), "--tv", str(share), "--seed", "1"]
    subprocess.run([sys.executable, "-m", "tests.generator", *options, "-o", dump, "--truth", os.devnull], check=True)
    with dump.open("rb") as plain, gzip.open(f"{dump}.gz", "wb", compresslevel=6) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)
    return dump


def contenders(dump: Path, out: Path, xmllint: str | None) -> list[Contender]:
    """List what is run on a dump; the first is what catindex is measured by."""
    process = [sys.executable, "-m", "catindex", "process", "--no-progress", "-q"]
    found = [Contender("xmllint --stream", [xmllint, "--stream", "--noout", str(dump)])] if xmllint else []
    return [
        *found,
        Contender("plain script", [sys.executable, "-m", "tests.benchmarks.plain", str(dump), *_pair(out, "plain")]),
        Contender("catindex, 1 job", [*process, str(dump), "-o", str(out), "--jobs", "1"]),
        Contender("catindex, 2 jobs", [*process, str(dump), "-o", str(out), "--jobs", "2"]),
        Contender("catindex, 2 jobs, .gz in", [*process, f"{dump}.gz", "-o", str(out), "--jobs", "2"]),
        Contender(
            "catindex, 2 jobs, .gz out", [*process, str(dump), "-o", str(out), "--jobs", "2", "--compress", "gz"]
        ),
    ]


def _pair(out: Path, name: str) -> list[str]:
    return [str(out / f"{name}-{medium}.xml") for medium in ("streaming", "dvd")]


def compare(dump: Path, rounds: int) -> list[Contender]:
    """Run all contenders on a dump, in turns."""
    out = dump.parent / "out"
    out.mkdir(exist_ok=True)
    running = contenders(dump, out, shutil.which("xmllint"))
    for _ in range(rounds):
        for contender in running:
            contender.run()
    return running


def show(dump: Path, running: list[Contender]) -> None:
    """Print a table: medians, megabytes a second, and the median of the ratios to each baseline, round by round."""
    size = dump.stat().st_size
    print(f"\n{dump.name}, {size / 1e6:,.0f} MB")
    baselines = [contender for contender in running if not contender.name.startswith("catindex")]
    heads = "".join(f" {'/ ' + base.name:>18}" for base in baselines)
    print(f"{'':26}{'seconds':>9}{'MB/s':>7}{'peak MiB':>10}{heads}")
    for contender in running:
        taken = median(contender.seconds)
        ratios = "".join(
            f" {median(a / b for a, b in zip(contender.seconds, base.seconds, strict=True)):>18.2f}"
            for base in baselines
        )
        print(f"{contender.name:26}{taken:9.2f}{size / 1e6 / taken:7.0f}{max(contender.peaks) / 2**20:10.0f}{ratios}")


def show_growth(measured: dict[int, list[Contender]]) -> None:
    """Print how time and memory of catindex with two jobs grow with the number of titles."""
    smallest = min(measured)
    print(f"\n{'titles':>10}{'seconds':>9}{'time':>8}{'peak MiB':>10}")
    for titles, running in sorted(measured.items()):
        first, this = (next(c for c in some if c.name == "catindex, 2 jobs") for some in (measured[smallest], running))
        growth = median(this.seconds) / median(first.seconds)
        print(f"{titles:10,}{median(this.seconds):9.2f}{growth:7.1f}x{max(this.peaks) / 2**20:10.0f}")


def main() -> None:
    """Run the benchmark that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--titles", type=int, default=100_000, help="records of the largest dump (default: %(default)s)"
    )
    parser.add_argument("--tv", type=float, default=0.4, help="share of TV records (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command (default: %(default)s)")
    parser.add_argument("--dialects", nargs="+", default=["2.0-lines", "1.x"], help="as the generator names them")
    parser.add_argument("--growth", action="store_true", help="also run on 1/16 and 1/4 of the titles")
    chosen = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))} in lxml {etree.__version__}; medians of {chosen.rounds}")
    with tempfile.TemporaryDirectory(prefix="catindex-benchmark-") as folder:
        for dialect in chosen.dialects:
            sizes = [chosen.titles // 16, chosen.titles // 4, chosen.titles] if chosen.growth else [chosen.titles]
            measured = {}
            for titles in sizes:
                dump = generate(Path(folder), dialect, titles, chosen.tv)
                measured[titles] = compare(dump, chosen.rounds)
                show(dump, measured[titles])
            if chosen.growth:
                show_growth(measured)


if __name__ == "__main__":
    main()
