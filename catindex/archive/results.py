"""The results of adding dumps to an archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from catindex.archive.dumps import Dump

ADDED, REPLACED, SKIPPED, DUPLICATE = "added", "replaced", "skipped", "duplicate"
REFUSED, FAILED = "refused", "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of adding a dump.

    ``status`` is ``added``, ``replaced``, ``skipped`` (the archive has it), ``duplicate`` (the archive has its content
    with another date), ``refused`` (another dump has its date) or ``failed``. ``date`` is None if it is not known.
    ``message`` is one line for people, empty if there is nothing to report; ``dump`` is the new row of the table
    ``dumps``; ``trace`` is a traceback for reports of faults.
    """

    path: str
    status: str
    date: date | None = None
    message: str = ""
    dump: Dump | None = None
    trace: str = field(default="", repr=False)

    @property
    def is_complete(self) -> bool:
        """Whether all records of the dump are in the archive."""
        return self.status not in {REFUSED, FAILED} and not (self.dump and self.dump.rejected)


def verdict(path: str, token: str, day: date | None, known: Mapping[str, date], *, replace: bool) -> Result | None:
    """Return the result for a dump that must not be added to an archive with these dumps, or None."""
    if token in known:
        there = known[token]
        if day in {None, there}:
            return Result(path, SKIPPED, there, f"{path}: is in the archive, dated {there}")
        return Result(path, DUPLICATE, there, f"{path}: not added, because it has the content of the dump of {there}")
    if day in known.values() and not replace:
        message = f"{path}: not added, because the archive has another dump of {day}; use --replace to replace it"
        return Result(path, REFUSED, day, message)
    return None
