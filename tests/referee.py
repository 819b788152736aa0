"""Holds the files that catindex wrote against the truth of the generator. Shares no code with catindex.

As a program: ``python -m tests.referee TRUTH.ndjson STREAMING.xml DVD.xml`` prints what differs, and how much agreed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_DIFFERENCES = 20
_KEY = re.compile(r"/titles/(?:(movies|discs)/|(series)/(?:\d+/(seasons)/)?|(programs)/(?:\d+/)?)(\d+)(?:\?.*)?$")
_KINDS = {"movies": "movie", "discs": "disc", "series": "series", "seasons": "season", "programs": "episode"}
_LISTS = {"titles.seasons": "seasons", "titles.programs": "episodes", "titles.discs": "discs"}
_NUMBERS = ("season_number", "episode_number", "disc_number")


def facts(path: str | Path) -> Iterator[dict[str, Any]]:
    """Give key, name, numbers and nested parts of each title in a file, in order."""
    events = etree.iterparse(str(path), tag="catalog_title", events=("end",))
    for _, record in events:
        parent = record.getparent()
        if parent is None or parent.tag != "catalog_titles" or parent.getparent() is not None:
            continue
        yield _facts(record)
        record.clear()
        while record.getprevious() is not None:
            del parent[0]


def _facts(record: etree._Element) -> dict[str, Any]:
    match = _KEY.search(record.findtext("id") or "")
    title = record.find("title")
    found: dict[str, Any] = {
        "key": f"{_KINDS[next(kind for kind in match.groups()[:4][::-1] if kind)]}/{match[5]}" if match else None,
        "title": title.get("regular") if title is not None else None,
    }
    for name in _NUMBERS:
        text = record.findtext(name)
        found[name] = int(text) if text is not None else None
    for link in record.iterchildren("link"):
        listed = _LISTS.get((link.get("rel") or "").rpartition("/")[2])
        if listed:
            found[listed] = [_facts(part) for part in link.iterfind("catalog_titles/catalog_title")]
    return found


def expected(truth: Iterable[dict[str, Any]], medium: str) -> Iterator[dict[str, Any]]:
    """Give what the truth says must stand in the file of a medium, in order."""
    for title in truth:
        if medium in title.get("files", ()):
            yield title | {
                name: [part for part in title[name] if medium in part["files"]]
                for name in _LISTS.values()
                if name in title
            }


def differences(truth: Iterable[dict[str, Any]], path: str | Path, medium: str) -> tuple[list[str], int]:
    """Compare a file with the truth: give what differs, and how many titles and parts were compared.

    Titles and parts are matched by key, or by name where they have no key; the order of parts is compared too.
    """
    wanted = {title["key"]: title for title in expected(truth, medium)}
    found: list[str] = []
    compared = 0
    for title in facts(path):
        want = wanted.pop(title["key"], None)
        if want is None:
            found.append(f"{medium}: {title['key']} {title['title']!r} should not be there, or is there twice")
            continue
        compared += 1
        for name, actual, aim in _pairs(title, want):
            compared += name.count("[")
            if actual != aim:
                found.append(f"{medium}: {title['key']}: {name}: is {actual!r}, should be {aim!r}")
    found += [f"{medium}: {key} is missing" for key in wanted]
    return found, compared


def _pairs(title: dict[str, Any], want: dict[str, Any], where: str = "") -> Iterator[tuple[str, Any, Any]]:
    yield f"{where}title", title["title"], want.get("title", title["title"])
    for name in _NUMBERS:
        yield where + name, title[name], want.get(name)
    for name in _LISTS.values():
        parts, wanted = title.get(name, []), want.get(name, [])
        yield f"{where}{name}", [_label(part) for part in parts], [_label(part) for part in wanted]
        for part, aim in zip(parts, wanted, strict=False):
            if _label(part) == _label(aim):
                yield from _pairs(part, aim, f"{where}{name}[{_label(part)}].")


def _label(part: dict[str, Any]) -> str:
    return str(part["key"] or part["title"])


def main(arguments: list[str]) -> int:
    """Compare both files with a truth; 0 where nothing differs."""
    truth_path, streaming, dvd = arguments
    with Path(truth_path).open(encoding="utf-8") as lines:
        truth = [title for title in map(json.loads, lines) if "summary" not in title]
    differing = 0
    for medium, path in (("streaming", streaming), ("dvd", dvd)):
        found, compared = differences(truth, path, medium)
        differing += len(found)
        print(f"{medium}: {compared} titles and parts compared, {len(found)} differences")
        for line in found[:MOST_DIFFERENCES]:
            print("  ", line)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
