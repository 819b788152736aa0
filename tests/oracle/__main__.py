"""Compares catindex with the contract on random families, or shows the records of one family and its differences.

    python -m tests.oracle --families 2000 --seed 1
    python -m tests.oracle --families 2000 --seed 1 --dialect 2.0 --family 42

Ids say which family a title is of: series/42000 is of family 42. The exit status is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import sys

from tests.oracle.rendering import records_of
from tests.oracle.runs import DIALECTS, agreement_differences, contract_differences, differences, random_families


def main() -> int:
    """Run the comparison that the command line describes, and return the exit status."""
    parser = argparse.ArgumentParser(prog="tests.oracle", description="Compare catindex with the contract.")
    parser.add_argument("--families", type=int, default=2000, help="number of families for each dialect")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dialect", choices=DIALECTS, help="use only this dialect")
    parser.add_argument("--family", type=int, help="show only the family with this number")
    arguments = parser.parse_args()
    found = 0
    for dialect in [arguments.dialect] if arguments.dialect else DIALECTS:
        if arguments.family:
            found += show(arguments.seed, arguments.families, dialect, arguments.family)
            continue
        for line in differences(arguments.seed, arguments.families, dialect):
            print(f"{dialect} {line}")
            found += 1
    print(f"{found} differences", file=sys.stderr)
    return 1 if found else 0


def show(seed: int, count: int, dialect: str, number: int) -> int:
    """Print the records and the differences of the families with this number; return the number of differences."""
    found = 0
    for ambiguous, compare in ((False, contract_differences), (True, agreement_differences)):
        family = random_families(seed, count, dialect, ambiguous=ambiguous)[number - 1]
        print(*records_of(family, dialect), sep="\n")
        for line in compare([family], dialect):
            print(f"  {line}")
            found += 1
    return found


if __name__ == "__main__":
    sys.exit(main())
