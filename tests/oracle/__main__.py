"""Tries random families, and prints what differs; or shows one family, its records and what differs on it.

    python -m tests.oracle --families 2000 --seed 1
    python -m tests.oracle --families 2000 --seed 1 --dialect 2.0 --family 42

Ids say which family a title is of: series/42000 is the series of family 42. The exit status is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import sys

from tests.oracle.rendering import Writer
from tests.oracle.trial import agreement_differences, differences, random_families, verdict_differences

DIALECTS = ("1.x", "2.0")


def main() -> int:
    """Run the trial that the command line describes."""
    parser = argparse.ArgumentParser(prog="tests.oracle", description="Compare catindex with the contract on families.")
    parser.add_argument("--families", type=int, default=2000, help="how many families, for each dialect")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialect", choices=DIALECTS, help="only this dialect")
    parser.add_argument("--family", type=int, help="show only the family with this number")
    arguments = parser.parse_args()
    found = 0
    for dialect in [arguments.dialect] if arguments.dialect else DIALECTS:
        if arguments.family:
            found += show(arguments.seed, arguments.families, dialect, arguments.family)
            continue
        for line in differences(arguments.seed, arguments.families, dialect):
            print(f"{dialect}: {line}")
            found += 1
    print(f"{found} differences", file=sys.stderr)
    return 1 if found else 0


def show(seed: int, count: int, dialect: str, number: int) -> int:
    """Print the records of the families with this number and what differs on them; return how many lines differ."""
    found = 0
    for ambiguous, compare in ((False, verdict_differences), (True, agreement_differences)):
        family = random_families(seed, count, dialect, ambiguous=ambiguous)[number - 1]
        print(*Writer(family, dialect).records(), sep="\n")
        for line in compare([family], dialect):
            print(f"  {line}")
            found += 1
    return found


if __name__ == "__main__":
    sys.exit(main())
