"""Runs catindex in this process on XML that a test writes inline."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from catindex.pipeline import Job, run

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS: dict[str, dict[str, Any]] = {
    "process": {"strip": True, "unify": True, "split": True},
    "split": {"split": True},
    "unify": {"unify": True},
    "strip": {"strip": True},
}
_PARSER = etree.XMLParser(huge_tree=True)
SPLIT_OUTPUTS = ("streaming", "dvd", "unavailable")


@dataclass
class Outcome:
    """What a run wrote, by output: whole files as bytes, and their titles parsed; and what it counted."""

    report: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)
    titles: dict[str, list[etree._Element]] = field(default_factory=dict)


def index_2(*records: str) -> bytes:
    """Write a 2.0 index of these records, each the inside of a ``<catalog_title>``."""
    return _index("catalog_titles", "catalog_title", records)


def index_1(*records: str) -> bytes:
    """Write a 1.x index of these records, each the inside of a ``<title_index_item>``."""
    return _index("catalog_title_index", "title_index_item", records)


def _index(root: str, name: str, records: Sequence[str]) -> bytes:
    lines = "\n".join(f"<{name}>{record}</{name}>" for record in records)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n{lines}\n</{root}>\n'.encode()


def catindex(
    command: str, data: bytes, outputs: Sequence[str] | None = None, *, keep_ids: bool = False, **options: Any
) -> Outcome:
    """Run a command on these bytes: ``process`` and ``split`` write all of `SPLIT_OUTPUTS` unless told otherwise.

    The others write one output, ``titles``. Further ``options`` are those of `catindex.pipeline.Job`.
    """
    work = COMMANDS[command]
    if keep_ids:
        work = work | {"strip": False}
    names = outputs or (SPLIT_OUTPUTS if work.get("split") else ("titles",))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "input.xml")
        source.write_bytes(data)
        targets = {name: str(Path(folder, f"{name}.xml")) for name in names}
        report = run(Job(str(source), targets, **work, **options)).as_dict()
        outcome = Outcome(report)
        for name, target in targets.items():
            outcome.files[name] = Path(target).read_bytes()
            outcome.titles[name] = list(etree.fromstring(outcome.files[name], _PARSER))
    return outcome
