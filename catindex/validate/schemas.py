"""The schemas that ship with the package, one for each dialect and one for what catindex writes.

Each allows a whole file, for ``xmllint --relaxng``, or a single record, so that memory stays flat here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lxml import etree

from catindex.read.dialect import INDEX_1, INDEX_2, REGIONAL, SEARCH

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: Where they lie: NAME.rng.
FOLDER = Path(__file__).parent.parent / "schemas"

UNIFIED = "unified"
SCHEMA_OF_DIALECT = {INDEX_1: "index-1.x", INDEX_2: "index-2.0", REGIONAL: "regional", SEARCH: "search"}
SCHEMAS = (*SCHEMA_OF_DIALECT.values(), UNIFIED)

# Of all that libxml2 says of one fault, these say most.
_TELLING = ("RELAXNG_ERR_NOELEM", "RELAXNG_ERR_EXTRACONTENT", "RELAXNG_ERR_ATTRVALID")


@lru_cache(maxsize=len(SCHEMAS))
def _schema(name: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(FOLDER / f"{name}.rng"))


def line_of(element: Element) -> int:
    """Give the line of an element, counted from the first one that libxml2 was given."""
    return cast("int | None", element.sourceline) or 0


def fault(record: Element, name: str) -> tuple[int, str] | None:
    """Tell what is wrong with the structure of a record, and in which line of its document; None if nothing is."""
    schema = _schema(name)
    if schema.validate(record):
        return None
    said = list(schema.error_log)
    told = next((entry for entry in said if entry.type_name in _TELLING), said[0] if said else None)
    if told is None:
        return line_of(record), "does not fit the schema"
    what = told.message.replace("Expecting an element ,", "Expecting an element,")
    return told.line or line_of(record), what[:1].lower() + what[1:]
