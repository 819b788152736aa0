"""Counts the dumps and titles of an archive."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from catindex import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catindex.archive.dumps import Dump


def describe(name: str, dumps: Sequence[Dump]) -> dict[str, Any]:
    """Return the contents of an archive for JSON, with dates as text."""
    return {
        "catindex": __version__,
        "archive": name,
        "first": dumps[0].dump_date.isoformat(),
        "last": dumps[-1].dump_date.isoformat(),
        "gaps": list(_gaps(dumps)),
        "dumps": [dataclasses.asdict(dump) | {"dump_date": dump.dump_date.isoformat()} for dump in dumps],
    }


def _gaps(dumps: Sequence[Dump]) -> Iterator[dict[str, Any]]:
    """Yield the runs of nights without a dump: the dates of the dumps before and after them, and their number."""
    for before, after in pairwise(dumps):
        missing = (after.dump_date - before.dump_date).days - 1
        if missing:
            yield {
                "after": before.dump_date.isoformat(),
                "before": after.dump_date.isoformat(),
                "nights": missing,
            }
