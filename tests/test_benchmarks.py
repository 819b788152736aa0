"""The benchmark runs; what it measures is no matter for tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_benchmark_prints_ratios() -> None:
    """For every way to run catindex, in both layouts."""
    command = [sys.executable, "-m", "tests.benchmarks.compare", "--titles", "32", "--rounds", "1"]
    root = Path(__file__).parent.parent
    told = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True, timeout=120).stdout
    rows = [line for line in told.splitlines() if line.startswith(("plain script", "catindex, "))]
    assert len(rows) == 2 * 5
    assert all(float(row.split()[-1]) > 0 for row in rows)
