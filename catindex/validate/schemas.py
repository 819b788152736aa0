"""The RELAX NG schemas: one for each dialect, and one for the files that catindex writes.

Each schema accepts a whole file, for ``xmllint --relaxng``, or a single record, for flat memory here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lxml import etree

from catindex.read.dialect import INDEX_1, INDEX_2, REGIONAL, SEARCH

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: The directory of the schemas, which are named NAME.rng.
FOLDER = Path(__file__).parent.parent / "schemas"

UNIFIED = "unified"
SCHEMA_OF_DIALECT = {INDEX_1: "index-1.x", INDEX_2: "index-2.0", REGIONAL: "regional", SEARCH: "search"}
SCHEMAS = (*SCHEMA_OF_DIALECT.values(), UNIFIED)

# libxml2 reports several errors for one fault. These are the most specific ones.
_SPECIFIC = ("RELAXNG_ERR_NOELEM", "RELAXNG_ERR_EXTRACONTENT", "RELAXNG_ERR_ATTRVALID")


@lru_cache(maxsize=len(SCHEMAS))
def _schema(name: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(FOLDER / f"{name}.rng"))


def line_of(element: Element) -> int:
    """Return the line of an element, counted from the first line that libxml2 parsed."""
    return cast("int | None", element.sourceline) or 0


def fault(record: Element, name: str) -> tuple[int, str] | None:
    """Return the line and the description of the first fault in the structure of a record, or None."""
    schema = _schema(name)
    if schema.validate(record):
        return None
    entries = list(schema.error_log)
    entry = next((entry for entry in entries if entry.type_name in _SPECIFIC), entries[0] if entries else None)
    if entry is None:
        return line_of(record), "does not fit the schema"
    what = entry.message.replace("Expecting an element ,", "Expecting an element,")
    return entry.line or line_of(record), what[:1].lower() + what[1:]
