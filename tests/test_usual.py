"""Records of the usual shape are worked on as bytes, others as trees: nothing that comes out may tell which."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catindex import work
from catindex.errors import CatindexError
from catindex.usual.marks import only, render
from catindex.usual.read import Manner, read
from catindex.usual.seal import Seals, seal
from tests.damage import LAYOUTS, dump
from tests.running import catindex, index_1, index_2

MANY = settings(max_examples=150, deadline=None, derandomize=True)
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"keep_stragglers": True},
    {"keep_ids": True},
    {"series_limit": 2},
    {"episodes_alone": True},
    {"recover": True},
    {"show_evidence": True},
)

#: What can be put into a tag or between two, where it may mean something else than what the grammar expects.
ODD = [
    *(b"&#97;", b"&#xe9;", b"&#119070;", b"&#55296;", b"&#9;", b"&quot;", b"&apos;", b"&amp;", b"&lt;", b"&gt;", b"&"),
    *(b">", b"'", b'"', b"\t", b"\n", b"\r\n", b"  ", b"\x01", b"\x03", b"\x7f", b"\0", b"]]>", b"<![CDATA[a > b]]>"),
    *(b"<!-- c -->", b"<?p i?>", b"<x/>", b"<x></x>", b"<x> </x>", b"<x>t</x>", b"<amg>1</amg>", b"<tms_id/>"),
    *("é".encode(), "𝄞".encode(), "\xa0".encode(), "\u2028".encode(), b"\xef\xbf\xbe", b"\xc3", b"\xed\xa0\x80"),
    *(b"amg", b"TMS", b"?include_amg=1", b"&amp;INCLUDE_tms=1", b"{?include_amg}", b"instant", b"Blu-ray", b"VHS"),
    *(b"/discs/1", b"/disc", b' a="b"', b' amg_id="1"', b' rel="x.amg"', b' status="deprecated"', b" xml:lang='en'"),
    *(b'<show id="1"/>', b"<season_number>2</season_number>", b'<catindex-sealed slot="3" place="0"/>', b"/"),
    b'<link href="http://api.netflix.com/catalog/titles/discs/1" rel="http://schemas.netflix.com/catalog/disc" title=""/>',
    b'<category scheme="http://api.netflix.com/categories/genres" label="Blu-ray" term="Blu-ray"/>',
    b'<external_ids><id rel="http://schemas.netflix.com/catalog/id.upc">1</id></external_ids>',
    b'<availability><category scheme="http://a/categories/title_formats" label="instant" term="instant"/></availability>',
]
PLACES = re.compile(rb'(?<=>)|(?=<)|(?<=")|(?=")|(?<= )')


def both_ways(xml: bytes, command: str, way: dict[str, Any]) -> list[object]:
    """Run a command twice, once with trees only; give what comes out of each."""
    found: list[object] = []
    for patched in ({}, {"read": lambda *_, **__: None}):
        with patch.multiple(work, **patched) if patched else patch.multiple(work, Work=work.Work):
            try:
                outcome = catindex(command, xml, jobs=1, **way)
            except CatindexError as error:
                found.append((type(error), str(error).rpartition("input.xml")[2]))
            else:
                told = {name: told for name, told in outcome.report.items() if name in KEPT}
                found.append((outcome.files, told))
    return found


KEPT = ("records", "series", "external_ids", "warnings")
