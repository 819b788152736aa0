"""Damages small dumps at random and sees that every run ends as documented; as a program, for as long as one likes.

``python -m tests.fuzz --runs 10000 --seed 1`` prints a table of what was done to the dumps and how the runs ended.
With ``--records`` each run damages one record, and a command accepts the dump exactly if libxml2 does.
"""

from __future__ import annotations

import argparse
import bz2
import contextlib
import gzip
import io
import json
import lzma
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from catindex.cli import invoke
from catindex.errors import CatindexError, Status
from catindex.pipeline import Job, run
from tests.damage import LAYOUTS, Dump, content, dump, is_well_formed
from tests.running import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DUMPS = 6
MOST_TOLD = 20

PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": lambda data: gzip.compress(data, 1, mtime=0),
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
}


UNPACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.decompress,
    "bzip2": bz2.decompress,
    "xz": lzma.decompress,
}

_ID = re.compile(rb"<id>[^<]*</id>")


def _flip(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _delete(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + _length(rng) :]


def _duplicate(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at : at + _length(rng)] + data[at:]


def _swap(rng: random.Random, data: bytes) -> bytes:
    first, second = sorted(rng.sample(range(len(data) + 1), 2))
    size = min(_length(rng), second - first)
    return (
        data[:first]
        + data[second : second + size]
        + data[first + size : second]
        + data[first : first + size]
        + data[second + size :]
    )


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def _overwrite(rng: random.Random, data: bytes) -> bytes:
    at, size = rng.randrange(len(data)), _length(rng)
    return data[:at] + rng.randbytes(size) + data[at + size :]


def _markup(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.choice(MARKUP) + data[at:]


def _nothing(_: random.Random, data: bytes) -> bytes:
    return data


def _length(rng: random.Random) -> int:
    return rng.choice((1, 1, 2, 5, 40, 1000, 20_000))


MARKUP = (
    *(b"<", b">", b"&", b'"', b"'", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?x", b"?>", b"&nbsp;", b"&#0;", b"\0"),
    *(b"</catalog_title>", b"<catalog_title>", b"\n<catalog_title>\n<id>", b"</catalog_titles>", b"<catalog_titles>"),
    *(
        b"<!DOCTYPE a>",
        b"<a " + b"b" * 300 + b"='1'>",
        b"<d>" * 300,
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b'<?xml version="1.0"?>',
    ),
)

DAMAGE: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "flip": _flip,
    "delete": _delete,
    "duplicate": _duplicate,
    "swap": _swap,
    "cut": _cut,
    "overwrite": _overwrite,
    "markup": _markup,
    "nothing": _nothing,
}


#: The commands that only look, with their arguments: IN is the input, OUT a file that they write, NEW an archive.
LOOKING = {
    "info": ("IN", "--html", "OUT"),
    "validate": ("IN", "--quiet"),
    "export": ("IN", "-o", "OUT"),
    "filter": ("IN", "--kind", "movie", "-o", "OUT"),
    "get": ("IN", "movie/1", "-f", "ndjson", "-o", "OUT"),
    "diff": ("IN", "IN", "--json"),
}
if all(map(find_spec, ("duckdb", "pyarrow"))):
    LOOKING["archive"] = ("add", "NEW", "IN", "--date", "2012-09-15")


class Case(NamedTuple):
    """One run: what is damaged and how, and what is done with it."""

    layout: str
    dump: int
    packing: str
    packed_first: bool
    kinds: tuple[str, ...]
    command: str
    recover: bool


def draw(rng: random.Random) -> Case:
    """Draw a case."""
    return Case(
        rng.choice(LAYOUTS),
        rng.randrange(DUMPS),
        rng.choice(("plain", "plain", "plain", "gzip", "gzip", "bzip2", "xz")),
        rng.random() < 0.5,
        tuple(rng.choices(list(DAMAGE), k=rng.choice((1, 1, 1, 2, 3)))),
        rng.choice([*COMMANDS, *COMMANDS, *LOOKING]),
        rng.random() < 0.5,
    )


@cache
def _dump(layout: str, number: int) -> Dump:
    return dump(layout, 3 + 2 * number, number)


def damaged(rng: random.Random, case: Case) -> bytes:
    """Make the input of a case."""
    data, pack = _dump(case.layout, case.dump).xml(), PACKINGS[case.packing]
    if case.packed_first:
        data = pack(data)
    for kind in case.kinds:
        data = DAMAGE[kind](rng, data) if data else data
    return data if case.packed_first else pack(data)


def outcome(case: Case, data: bytes, folder: Path) -> str:
    """Run a case and tell how it ended; AssertionError where that is not as documented."""
    source = folder / "input"
    source.write_bytes(data)
    if case.command in LOOKING:
        return _look(case, source)
    names = ("streaming", "dvd") if COMMANDS[case.command].get("split") else ("titles",)
    targets = {name: folder / f"{name}.xml" for name in names}
    report_path, rejects_path = folder / "report.json", folder / "rejects.xml"
    files = [*targets.values(), report_path, rejects_path]
    for file in files:
        file.write_bytes(b"old")
    job = Job(
        str(source),
        {name: str(path) for name, path in targets.items()},
        report=str(report_path),
        recover=case.recover,
        rejects=str(rejects_path) if case.recover else None,
        **COMMANDS[case.command],
    )
    report, failure = None, None
    try:
        report = run(job)
    except CatindexError as error:
        failure = error
    if report is None:
        assert failure is not None
        assert failure.status == Status.DATA, f"status {failure.status}: {failure}"
        assert "\n" not in str(failure), str(failure)
        assert [file.read_bytes() for file in files] == [b"old"] * len(files), "an output has changed"
        ended = "65"
    else:
        counts = report.records
        assert (counts.rejected > 0) == (report.rejects is not None) == (rejects_path.read_bytes() != b"old")
        assert case.recover or not counts.rejected
        assert json.loads(report_path.read_bytes())["records"]["read"] == counts.read
        for written in report.outputs:
            root = etree.parse(written.path).getroot()
            name = "title_index_item" if root.tag == "catalog_title_index" else "catalog_title"
            assert sum(child.tag == name for child in root) == written.titles
        if counts.rejected:
            rejects = etree.parse(str(rejects_path)).getroot()
            assert sum("record" in reject.attrib for reject in rejects) == counts.rejected
        if not case.packed_first:
            everything = b"".join(target.read_bytes() for target in targets.values())
            lost = _lost(case, data, everything, rejects_path if counts.rejected else None)
            assert not lost, f"lost: {lost}"
        ended = "1, with rejects" if counts.rejected else "0"
    assert {path.name for path in folder.iterdir()} == {"input", *(file.name for file in files)}, "something is left"
    return ended


def _look(case: Case, source: Path) -> str:
    """Run a command that only looks, through the command line."""
    target = source.with_name("out")
    target.write_bytes(b"old")
    stand_ins = {"IN": str(source), "OUT": str(target), "NEW": str(source.with_name("archive"))}
    arguments = [stand_ins.get(argument, argument) for argument in LOOKING[case.command]]
    recover = case.recover and case.command != "validate"
    arguments += ["--recover"] if recover else []
    said, complaint = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaint):
        status = invoke([case.command, *arguments])
    lines = [line for line in complaint.getvalue().splitlines() if not line.startswith("catindex: not found: ")]
    if status == Status.DATA:
        assert len(lines) == 1, lines
        assert lines[0].startswith(f"catindex: {source}"), lines
        assert target.read_bytes() == b"old", "an output has changed"
        return "65"
    assert status in {Status.OK, Status.VERDICT}, f"status {status}: {lines}"
    if case.command == "archive" and status == Status.VERDICT:  # the dump was not added, or not all of it
        assert len(lines) == 1, lines
        assert lines[0].startswith(f"catindex: {source}"), lines
    elif recover and status == Status.VERDICT:
        assert all("left out" in line for line in lines), lines
    else:
        assert not lines, lines
    return "0" if status == Status.OK else "1, the verdict"


def _lost(case: Case, data: bytes, written: bytes, rejects: Path | None) -> list[bytes]:
    """Give the ids of records that still stand whole in the input, but neither in the outputs nor among the rejects.

    What is available in no medium is in neither file, and what was put into a comment is no record.
    """
    if "split" in COMMANDS[case.command] or not (case.recover or "markup" not in case.kinds):
        return []
    left_out = b"".join(map(content, etree.parse(str(rejects)).getroot())) if rejects else b""
    plain = UNPACKINGS[case.packing](data)
    whole = [record for record in _dump(case.layout, case.dump).records if record in plain]
    ids = [_ID.findall(record)[0] for record in whole]
    return [each for each in ids if each not in written and each not in left_out]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases and print the table; 1 where one did not end as documented."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", action="store_true", help="damage one record, and compare with libxml2")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that did not end as documented")
    options = parser.parse_args(arguments)
    table: Counter[tuple[str, bool, str]] = Counter()
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        for number in range(options.runs):
            folder = Path(name, str(number))
            folder.mkdir()
            rng = random.Random(f"{options.seed} {number}")
            if options.records:
                case, data = draw_record(rng)
            else:
                case = draw(rng)
                data = damaged(rng, case)
            try:
                ended = verdict(case, data, folder) if options.records else outcome(case, data, folder)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is not documented
                ended = "not as documented"
                faults += 1
                if faults <= MOST_TOLD:
                    print(f"run {number} of seed {options.seed}: {case}: {type(error).__name__}: {error}")
                if options.keep:
                    (options.keep / f"fuzz-{options.seed}-{number}").write_bytes(data)
            shutil.rmtree(folder)
            table["+".join(sorted(set(case.kinds))) if len(case.kinds) == 1 else "several", case.recover, ended] += 1
    print_table(table)
    return 1 if faults else 0


def draw_record(rng: random.Random) -> tuple[Case, bytes]:
    """Draw a case in which only one record of a plain dump is damaged; return it with the dump."""
    case = draw(rng)._replace(packing="plain", command=rng.choice(list(COMMANDS)), recover=False)
    whole = _dump(case.layout, case.dump)
    place = rng.randrange(len(whole.records))
    record = whole.records[place]
    for kind in case.kinds:
        record = DAMAGE[kind](rng, record) if record else record
    return case, whole.xml([*whole.records[:place], record, *whole.records[place + 1 :]])


def verdict(case: Case, data: bytes, folder: Path) -> str:
    """Run a case without recovery; AssertionError if catindex accepts what libxml2 does not, or the other way round."""
    ended = outcome(case, data, folder)
    accepted = is_well_formed(data)
    assert (ended == "0") == accepted, f"catindex ends with {ended}, libxml2 {'accepts' if accepted else 'refuses'} it"
    return ended


def print_table(table: Counter[tuple[str, bool, str]]) -> None:
    """Print how often runs ended in what way, by damage, with and without recovery."""
    ends = sorted({ended for *_, ended in table})
    print(f"{'damage':<12}{'--recover':<11}{'runs':>7}" + "".join(f"{ended:>18}" for ended in ends))
    for kind, recover in sorted({key[:2] for key in table}):
        row = [table[kind, recover, ended] for ended in ends]
        shown = "".join(f"{count:>18}" for count in row)
        print(f"{kind:<12}{'yes' if recover else 'no':<11}{sum(row):>7}{shown}")
    print(
        f"{'all':<23}{table.total():>7}" + "".join(f"{sum(n for k, n in table.items() if k[2] == e):>18}" for e in ends)
    )


if __name__ == "__main__":
    sys.exit(main())
