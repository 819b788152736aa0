"""What one would write by hand: drop the AMG and TMS ids, copy each record to the file or files that it belongs to.

The baseline that catindex is measured against; no series, no structure, no streamlining, no checks.
``python -m tests.benchmarks.plain DUMP STREAMING DVD``
"""

from __future__ import annotations

import sys
from pathlib import Path

from lxml import etree

ROOTS = ("catalog_titles", "catalog_title_index")
RECORDS = ("catalog_title", "title_index_item")
RETIRED = ("amg", "tms")
STREAMING_FORMATS = ("instant",)
DVD_FORMATS = ("DVD", "Blu-ray")


def main(dump: str, streaming: str, dvd: str) -> None:  # noqa: C901 - a script, in one piece as such scripts are
    """Read a dump, write two files."""
    with Path(streaming).open("wb") as streaming_file, Path(dvd).open("wb") as dvd_file:
        files = streaming_file, dvd_file
        for file in files:
            file.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<catalog_titles>\n')
        root = None
        for event, element in etree.iterparse(dump, events=("start", "end"), tag=(*ROOTS, *RECORDS)):
            if event == "start":
                if root is None:
                    root = element
                continue
            if element.getparent() is not root or element.tag not in RECORDS:
                continue
            for external_id in element.findall("external_ids/id"):
                if external_id.get("rel", "").rpartition(".")[2] in RETIRED:
                    external_id.getparent().remove(external_id)
            formats = {category.get("term") for category in element.iterfind(".//availability/category")}
            record = etree.tostring(element, encoding="utf-8", with_tail=False) + b"\n"
            if formats.intersection(STREAMING_FORMATS):
                streaming_file.write(record)
            if formats.intersection(DVD_FORMATS):
                dvd_file.write(record)
            element.clear()
            while element.getprevious() is not None:
                del root[0]
        for file in files:
            file.write(b"</catalog_titles>\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
