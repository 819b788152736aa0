"""The report of a run: its counts, the equation that they must fulfil, and its JSON (spec, section 8)."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from catindex import __version__
from catindex.errors import FaultError
from catindex.printable import json_text
from catindex.rules.keys import DISC, EPISODE, SEASON
from catindex.series.numbers import EVIDENCE

#: Warning codes -> their meanings, for people.
WARNINGS = {
    "duplicate": "identical copies of an earlier record (left out)",
    "conflict": "different copies of an earlier record (left out)",
    "unknown-kind": "records whose id fits no known path (kept)",
    "no-id": "records without an id (kept)",
    "unknown-format": "formats that are neither streaming nor DVD",
    "not-a-record": "elements between the records (left out)",
    "stray-text": "text between the records (left out)",
    "synthesized": "series without a record of their own (made from their parts)",
    "orphan": "parts that lead to no series (kept as titles of their own)",
    "rejected": "malformed records (left out; their bytes are among the rejects)",
    "claimed-twice": "parts that two series claim (given to the first)",
    "same-number": "season and episode numbers that several episodes of a series have",
    "over-limit": "titles with more episodes than --series-limit (seasons are never divided)",
    "service-gone": "service that the links point to was shut down on 2014-11-14",
}

_MOST_EXAMPLES = 5


@dataclass(slots=True)
class Input:
    """The input: ``dialect`` and ``compression`` as detected from its contents, sizes in bytes."""

    path: str
    compression: str | None = None
    dialect: str | None = None
    bytes: int = 0
    uncompressed_bytes: int = 0
    records: int = 0


@dataclass(slots=True)
class Records:
    """The counts of records. ``read`` must be the sum of the others, except ``conflicts``."""

    read: int = 0
    written: int = 0
    merged: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unavailable: int = 0
    not_requested: int = 0
    rejected: int = 0

    def check(self) -> None:
        """Raise FaultError if the counts do not add up. ``conflicts`` are among the duplicates."""
        parts = self.written, self.merged, self.duplicates, self.unavailable, self.not_requested, self.rejected
        if sum(parts) != self.read:
            raise FaultError(f"the counts do not add up: {self.read} records read, {sum(parts)} accounted for")


@dataclass(slots=True)
class Written:
    """One output: ``bytes`` and ``sha256`` are those of the file as written, compressed or not."""

    medium: str
    path: str
    titles: int = 0
    bytes: int = 0
    sha256: str = ""


@dataclass(slots=True)
class Warned:
    """A warning: its number of occurrences, and the first few places."""

    code: str
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """All counts of one run.

    ``kinds`` counts the readable records by kind, copies too; `catindex.summary` shows it, the JSON leaves it out.
    """

    input: Input
    records: Records = field(default_factory=Records)
    kinds: Counter[str] = field(default_factory=Counter)
    unified: int = 0
    synthesized: int = 0
    orphans: int = 0
    parts: Counter[str] = field(default_factory=Counter)
    evidence: Counter[tuple[str, str]] = field(default_factory=Counter)
    removed_ids: Counter[str] = field(default_factory=Counter)
    kept_ids: Counter[str] = field(default_factory=Counter)
    outputs: list[Written] = field(default_factory=list)
    rejects: str | None = None
    warnings: dict[str, Warned] = field(default_factory=dict)
    elapsed_seconds: float = 0.0
    peak_rss_bytes: int = 0

    def warn(self, code: str, *, key: str | None = None, line: int | None = None, detail: str = "") -> None:
        """Count a warning (a code of `WARNINGS`); the first few are kept as examples."""
        warned = self.warnings.setdefault(code, Warned(code))
        warned.count += 1
        if len(warned.examples) < _MOST_EXAMPLES:
            example = {"key": key, "line": line} | ({"detail": detail} if detail else {})
            warned.examples.append(example)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON. Every key is always present."""
        return {
            "catindex": __version__,
            "input": asdict(self.input),
            "records": asdict(self.records),
            "series": {
                "unified": self.unified,
                "synthesized": self.synthesized,
                "seasons": self.parts[SEASON],
                "episodes": self.parts[EPISODE],
                "discs": self.parts[DISC],
                "orphans": self.orphans,
                "numbers": {
                    kind: {source: self.evidence[kind, source] for source in EVIDENCE}
                    for kind in (SEASON, EPISODE, DISC)
                },
            },
            "external_ids": {
                "removed": dict(sorted(self.removed_ids.items())),
                "kept": dict(sorted(self.kept_ids.items())),
            },
            "outputs": [asdict(output) for output in self.outputs],
            "rejects": self.rejects,
            "warnings": [asdict(self.warnings[code]) for code in WARNINGS if code in self.warnings],
            "elapsed_seconds": round(self.elapsed_seconds, 3),
            "peak_rss_bytes": self.peak_rss_bytes,
        }

    def to_json(self) -> bytes:
        """Return the report as indented JSON."""
        return (json_text(self.as_dict(), indent=2) + "\n").encode()
