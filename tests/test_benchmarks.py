"""The benchmarks run; what they measure is not tested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.memory import FACTS
from tests.shapes import DAMAGE, SHAPES


def rows(module: str, *options: str) -> list[list[str]]:
    """Run a benchmark and return the rows of the tables that it prints, without their heads."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *options]
    root = Path(__file__).parent.parent
    printed = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True, timeout=120).stdout
    cells = ([cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|"))
    return [row for row in cells if row[-1].replace(".", "").isdigit()]


def test_commands_are_compared() -> None:
    """Each command has a ratio to the plain script for each spelling and number of jobs, and one between spellings."""
    options = ("--titles", "32", "--rounds", "1", "--dialects", "2.0-lines", "--spellings", "pair", "reversed")
    found = rows("compare", *options)
    for command in ("process", "split"):
        assert len([row for row in found if row[0].startswith(command)]) == 2 * 2 + 2


def test_growth_is_measured() -> None:
    """One and two jobs process dumps of three sizes; 1.x dumps are not split."""
    options = ("--titles", "64", "--rounds", "1", "--dialects", "1.x", "--spellings", "tag", "--growth")
    found = rows("compare", *options)
    assert [row[1] for row in found if len(row) == 5] == ["4", "16", "64"] * 2
    assert not [row for row in found if row[0].startswith("split")]


def test_growth_of_shapes_is_measured() -> None:
    """Each shape is measured with each of its commands, at three sizes."""
    found = rows("growth", "--scale", "0.001")
    assert len(found) == 2 * len(SHAPES) + 2 * len(DAMAGE)
    assert {len(row) for row in found} == {5}


def test_memory_is_measured() -> None:
    """The peak memory is printed for each kind of value."""
    found = rows("memory", "--records", "20", "--kilobytes", "4", "--jobs", "1")
    assert [row[0] for row in found] == [*FACTS, "many short values"]
