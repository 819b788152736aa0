"""Strips documents of the API that are not an index, for example a response of ``title_states`` or a single title.

Such a document has no records. It is small and is read as a whole, up to the size limit of a single record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from catindex.errors import DataError
from catindex.read.chunks import CHUNK_BYTES, MOST_RECORD_BYTES
from catindex.read.syntax import HUGE, SAFE, explain, is_out_of_memory
from catindex.rules import dated, external_ids
from catindex.rules.elements import serialize
from catindex.write.report import Input, Report, Written
from catindex.write.xml import DECLARATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as Element

    from catindex.pipeline import Job
    from catindex.read.source import Source
    from catindex.write.xml import Sink

#: The dialect of such an input in the report.
DOCUMENT = "document"


def write_document(begun: bytes, source: Source, sinks: Mapping[str, Sink], job: Job) -> Report:
    """Remove the external ids of a document, apply the dated rules of the job, and write it with its own root.

    ``begun`` is the part of the source that was read already. Returns the report, in which no record is counted.
    Raises DataError if the document is malformed or too large, and MemoryError.
    """
    root = _parse(_read(begun, source, huge=job.huge), source.name, huge=job.huge)
    report = Report(Input(job.input, source.compression, DOCUMENT, source.bytes_read, source.uncompressed_bytes))
    if job.as_of is not None:
        dated.apply(root, job.as_of)
    if job.strip:
        report.removed_ids.update(external_ids.strip_all(root))
    report.kept_ids.update(external_ids.sources(root.iter("external_ids")))
    data = DECLARATION + serialize(root)
    for name, sink in sinks.items():
        sink.write(data)
        report.outputs.append(Written(name, job.targets[name]))
    return report


def _read(begun: bytes, source: Source, *, huge: bool) -> bytes:
    pieces, size = [begun], len(begun)
    while piece := source.read(CHUNK_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_RECORD_BYTES and not huge:
            raise DataError(f"a document of more than {MOST_RECORD_BYTES >> 20} MiB", path=source.name, hint=HUGE)
    return b"".join(pieces)


def _parse(data: bytes, path: str, *, huge: bool) -> Element:
    options = SAFE | {"huge_tree": huge}
    # The source returns UTF-8, whatever encoding the declaration names.
    parser = etree.XMLParser(remove_blank_text=True, strip_cdata=False, encoding="utf-8", **options)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if is_out_of_memory(error):
            raise MemoryError from error
        line, column = error.position
        what, hint = explain(error, huge=huge)
        # There are no records that --recover could skip.
        raise DataError(what, path=path, line=line, column=max(column, 1), hint=hint if hint == HUGE else "") from error
