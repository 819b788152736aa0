"""Measures how the time of a command grows with one record or one damaged place: times the sizes 1, 4 and 16.

``python -m tests.benchmarks.growth`` prints a table. In linear time, each column is about four times the one before it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from catindex.cli import invoke
from catindex.errors import Status
from tests.benchmarks.measure import print_table
from tests.shapes import DAMAGE, SHAPES, damage_behind_records

FACTORS = (1, 4, 16)
DAMAGED_BYTES = 1 << 18
#: Name, function from a size to an input, size, and the arguments of the command; OUT is a directory.
Case = tuple[str, Callable[[int], bytes], int, list[str]]


def cases() -> list[Case]:
    """Return every shape with every command that is measured on it."""
    found: list[Case] = []
    for make, count in SHAPES.items():
        found += [
            (make.__name__, make, count, arguments)
            for arguments in (["process", "-o", "OUT"], ["validate", "--max", "0"])
        ]
    for shape in DAMAGE:
        for name, between in (("lines", "\n"), ("one line", "")):
            make_damage = partial(damage_behind_records, shape, between=between)
            arguments = ["strip", "--recover", "-o", "OUT/titles.xml"]
            found.append((f"{shape}, {name}", make_damage, DAMAGED_BYTES, arguments))
    return found


def seconds(data: bytes, arguments: list[str]) -> float:
    """Run a command on an input in this process and return its time. Raises SystemExit if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, "dump.xml")
        dump.write_bytes(data)
        command, *options = [argument.replace("OUT", folder) for argument in arguments]
        started = time.perf_counter()
        status = invoke([command, str(dump), *options, "--quiet"])
        taken = time.perf_counter() - started
    if status not in {Status.OK, Status.VERDICT}:
        raise SystemExit(f"{command} ended with status {status}")
    return taken


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="Multiply all sizes. Default: 1.")
    scale = parser.parse_args().scale
    rows = []
    for name, make, size, arguments in cases():
        times = [seconds(make(int(size * scale * factor)), arguments) for factor in FACTORS]
        command = " ".join(argument for argument in arguments if argument in ("--recover", arguments[0]))
        rows.append([name, command, *(f"{time:.2f}" for time in times)])
    print_table(["shape", "command", *(f"seconds at {factor}x" for factor in FACTORS)], rows)


if __name__ == "__main__":
    main()
