"""Compares catindex with `xmllint --stream` and the plain script, on the same dumps in several spellings.

``python -m tests.benchmarks.compare`` generates the dumps and runs all commands in turns, so that a machine that slows
down slows all of them. It prints Markdown tables: median times, medians of the ratios round by round, and the peak
memory of all processes.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from tests.benchmarks.measure import CATINDEX, QUIET, Contender, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator


class Spelling(NamedTuple):
    """A way to write a dump: its label in the tables and the generator's options."""

    label: str
    options: tuple[str, ...]


#: The spelling of the API first.
SPELLINGS = {
    "pair": Spelling("`<x></x>`", ("--empty", "pair")),
    "tag": Spelling("`<x/>`", ("--empty", "tag")),
    "reversed": Spelling("reversed", ("--empty", "tag", "--attributes", "reversed")),
}
XMLLINT, PLAIN = BASELINES = ("xmllint --stream", "plain script")
JOBS = (1, 2)
#: With --growth, the first spelling is also measured at these fractions of the records.
FRACTIONS = (16, 4)


class Dump(NamedTuple):
    """A generated dump."""

    spelling: str
    titles: int
    path: Path


class Entry(NamedTuple):
    """A command that runs on a dump."""

    name: str
    dump: Dump
    contender: Contender


def generate(folder: Path, dialect: str, spelling: str, titles: int, tv: float) -> Dump:
    """Generate a dump."""
    path = folder / f"{dialect}-{spelling}-{titles}.xml"
    options = ["--dialect", dialect, "--titles", str(titles), "--tv", str(tv), *SPELLINGS[spelling].options]
    subprocess.run([sys.executable, "-m", "tests.generator", *options, "-o", path], check=True)
    return Dump(spelling, titles, path)


def baselines(dump: Dump, out: Path) -> Iterator[Entry]:
    """Yield the commands that catindex is compared with; xmllint only if it is installed."""
    if xmllint := shutil.which("xmllint"):
        yield Entry(XMLLINT, dump, Contender([xmllint, "--stream", "--noout", str(dump.path)]))
    files = [str(out / f"plain-{medium}.xml") for medium in ("streaming", "dvd")]
    yield Entry(PLAIN, dump, Contender([sys.executable, "-m", "tests.benchmarks.plain", str(dump.path), *files]))


def runs(dump: Dump, out: Path, command: str) -> Iterator[Entry]:
    """Yield a command of catindex with one and two jobs."""
    for jobs in JOBS:
        arguments = [*CATINDEX, command, *QUIET, str(dump.path), "-o", str(out), "--jobs", str(jobs)]
        yield Entry(f"{command}, {jobs} job{'s'[: jobs - 1]}", dump, Contender(arguments))


def entries(folder: Path, dialect: str, chosen: argparse.Namespace) -> list[Entry]:
    """Generate the dumps of a dialect and return all commands to run on them; 1.x dumps are only processed."""
    found: list[Entry] = []
    for spelling in chosen.spellings:
        dump = generate(folder, dialect, spelling, chosen.titles, chosen.tv)
        found += baselines(dump, folder)
        for command in ("process",) if dialect == "1.x" else ("process", "split"):
            found += runs(dump, folder, command)
    for fraction in FRACTIONS if chosen.growth else ():
        dump = generate(folder, dialect, chosen.spellings[0], chosen.titles // fraction, chosen.tv)
        found += runs(dump, folder, "process")
    return found


def print_times(dialect: str, found: list[Entry]) -> None:
    """Print the time, speed, peak memory and ratios to the baselines of each command on each spelling."""
    bases = {(entry.name, entry.dump): entry.contender for entry in found if entry.name in BASELINES}
    names = list(dict.fromkeys(name for name, _ in bases))
    rows = []
    for name, dump, contender in found:
        megabytes = dump.path.stat().st_size / 1e6
        seconds = median(contender.seconds)
        numbers = [f"{megabytes:,.0f}", f"{seconds:.2f}", f"{megabytes / seconds:.0f}", f"{contender.peak_mib():.0f}"]
        ratios = [f"{contender.ratio(bases[base, dump]):.2f}" for base in names]
        rows.append([f"{name}, {SPELLINGS[dump.spelling].label}", *numbers, *ratios])
    heads = [f"{dialect}, {found[0].dump.titles:,} records", "MB", "seconds", "MB/s", "peak MiB"]
    print_table([*heads, *(f"/ {name}" for name in names)], rows)


def print_spellings(dialect: str, found: list[Entry]) -> None:
    """Print for each command how much longer the slowest spelling takes than the fastest one."""
    rows = []
    for name in dict.fromkeys(entry.name for entry in found):
        by_time = sorted((entry for entry in found if entry.name == name), key=lambda e: median(e.contender.seconds))
        slowest, fastest = by_time[-1], by_time[0]
        labels = (SPELLINGS[entry.dump.spelling].label for entry in (slowest, fastest))
        rows.append([name, *labels, f"{slowest.contender.ratio(fastest.contender):.2f}"])
    print_table([f"{dialect}, by spelling", "slowest", "fastest", "slowest / fastest"], rows)


def print_growth(dialect: str, found: list[Entry]) -> None:
    """Print how time and memory grow with the number of records."""
    rows = []
    for name in dict.fromkeys(entry.name for entry in found):
        by_size = sorted((entry for entry in found if entry.name == name), key=lambda entry: entry.dump.titles)
        for _, dump, contender in by_size:
            growth = contender.ratio(by_size[0].contender)
            times = [f"{median(contender.seconds):.2f}", f"{growth:.1f}", f"{contender.peak_mib():.0f}"]
            rows.append([name, f"{dump.titles:,}", *times])
    print_table([f"{dialect}, growth", "records", "seconds", "/ smallest", "peak MiB"], rows)


def compare(folder: Path, dialect: str, chosen: argparse.Namespace) -> None:
    """Measure a dialect and print its tables."""
    found = entries(folder, dialect, chosen)
    for _ in range(chosen.rounds):
        for entry in found:
            entry.contender.run()
    whole = [entry for entry in found if entry.dump.titles == chosen.titles]
    print_times(dialect, whole)
    if len(chosen.spellings) > 1:
        print_spellings(dialect, whole)
    if chosen.growth:
        first = [entry for entry in found if entry.dump.spelling == chosen.spellings[0]]
        print_growth(dialect, [entry for entry in first if entry.name.startswith("process")])


def parse_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--titles", type=int, default=48_000, help="records of a dump (default: %(default)s)")
    parser.add_argument("--tv", type=float, default=0.4, help="share of TV records (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command (default: %(default)s)")
    parser.add_argument("--dialects", nargs="+", default=["2.0-lines", "1.x"], help="as the generator names them")
    parser.add_argument(
        "--spellings", nargs="+", choices=SPELLINGS, default=list(SPELLINGS), help="default: all of them"
    )
    parser.add_argument("--growth", action="store_true", help="also measure 1/16 and 1/4 of the records")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark."""
    chosen = parse_options()
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, ", end="")
    print(f"lxml {etree.__version__} with libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}; {chosen.rounds} rounds")
    for dialect in chosen.dialects:
        with tempfile.TemporaryDirectory(prefix="catindex-benchmark-") as folder:
            compare(Path(folder), dialect, chosen)


if __name__ == "__main__":
    main()
