"""Measures the memory of catindex on records in which no scheme, rel, label or id source occurs twice.

``python -m tests.benchmarks.memory`` prints the peak memory of all processes for several dumps of the same size. Each
record has one very long value of a kind or, in the last dump, many short values of all kinds. A program that remembers
every value needs memory for all of them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.measure import CATINDEX, QUIET, Contender, print_table

API = "http://api.netflix.com"
SCHEMAS = "http://schemas.netflix.com/catalog"
FORMATS = "".join(
    f'<availability available_from="1"><category scheme="{API}/categories/title_formats" term="{term}"></category>'
    "</availability>"
    for term in ("instant", "DVD")
)
#: What a record holds for each kind of value.
FACTS = {
    "long schemes": f'<category scheme="{API}/categories/{{0}}" label="Label" term="Term"></category>',
    "long rels": f'<link href="{API}/things/1" rel="{SCHEMAS}/titles/{{0}}" title="Thing"></link>',
    "long labels": f'<category scheme="{API}/categories/genres/1" label="{{0}}" term="{{0}}"></category>',
    "long id sources": f'<external_ids><id rel="{SCHEMAS}/id.{{0}}">1</id></external_ids>',
}
FIRST = 10_000_000


def long_value(kind: str, number: int, size: int) -> str:
    """Return one fact of about so many characters that no other number has."""
    return FACTS[kind].format(f"{FIRST + number}{'x' * (size // FACTS[kind].count('{0}'))}")


def short_values(number: int, size: int) -> str:
    """Return facts of all kinds, of about so many characters in total, that no other number has."""
    count = size // sum(map(len, FACTS.values()))
    return "".join(fact.format(FIRST + number * count + at) for fact in FACTS.values() for at in range(count))


def write_dump(path: Path, kind: str, records: int, size: int) -> None:
    """Write a dump of movies of about so many characters each; a kind that is not in FACTS means short values."""
    formats = f'<link rel="{SCHEMAS}/titles/format_availability"><delivery_formats>{FORMATS}</delivery_formats></link>'
    with path.open("w", encoding="utf-8") as dump:
        dump.write('<?xml version="1.0" encoding="UTF-8"?>\n<catalog_titles>\n')
        for number in range(records):
            facts = long_value(kind, number, size) if kind in FACTS else short_values(number, size)
            name = f'<id>{API}/catalog/titles/movies/{number}</id><title short="M" regular="M"></title>'
            dump.write(f"<catalog_title>{name}{facts}{formats}<updated>1</updated></catalog_title>\n")
        dump.write("</catalog_titles>\n")


def measure(kind: str, records: int, size: int, jobs: int) -> list[str]:
    """Run catindex on a dump and return the row of the table."""
    with tempfile.TemporaryDirectory(prefix="catindex-benchmark-") as folder:
        dump = Path(folder, "dump.xml")
        write_dump(dump, kind, records, size)
        contender = Contender([*CATINDEX, "process", *QUIET, str(dump), "-o", folder, "--jobs", str(jobs)])
        contender.run()
        megabytes = dump.stat().st_size / 1e6
    return [kind, f"{megabytes:,.0f}", f"{contender.seconds[0]:.2f}", f"{contender.peak_mib():.0f}"]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.memory",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--records", type=int, default=2_000, help="records of a dump (default: %(default)s)")
    parser.add_argument("--kilobytes", type=int, default=96, help="size of a record (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes (default: %(default)s)")
    chosen = parser.parse_args()
    kinds = (*FACTS, "many short values")
    rows = [measure(kind, chosen.records, 1000 * chosen.kilobytes, chosen.jobs) for kind in kinds]
    heads = f"process, {chosen.records:,} records of {chosen.kilobytes} kB, {chosen.jobs} jobs"
    print_table([heads, "MB", "seconds", "peak MiB"], rows)


if __name__ == "__main__":
    main()
