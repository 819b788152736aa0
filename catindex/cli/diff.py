"""The command ``catindex diff``."""

from __future__ import annotations

import json
import os
from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

from catindex.cli.options import DIFF, INPUT_PATH, RECOVER, options
from catindex.cli.progress import progress_when
from catindex.cli.runner import report_rejects
from catindex.errors import Status, UsageError
from catindex.printable import json_text, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catindex.compare import Event
    from catindex.write.report import Report

STDIN = "-"
ALWAYS_IGNORED = ("updated",)

#: The first word of an event -> its sign and colour.
_SIGNS = {"added": ("+", "green"), "arrived": ("+", "green"), "new": ("+", "green"), "end": ("~", "yellow")}
_SIGNS |= {"changed": ("~", "yellow"), "moved": ("~", "yellow"), "removed": ("-", "red"), "left": ("-", "red")}
_GONE = ("-", "red")

_LONGEST = 60


@click.command("diff")
@click.argument("old", metavar="OLD", type=INPUT_PATH)
@click.argument("new", metavar="NEW", type=INPUT_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per event and line.")
@click.option("-s", "--summary", is_flag=True, help="Print only the number of events of each kind.")
@click.option(
    "--ignore",
    metavar="FIELD",
    multiple=True,
    help="Do not compare this field, for example cast, formats.instant or episodes. Field updated is never compared.",
)
@RECOVER
@options(*DIFF)
def command(
    old: str,
    new: str,
    jobs: int | None,
    ignore: tuple[str, ...],
    *,
    as_json: bool,
    summary: bool,
    recover: bool,
    huge: bool,
    quiet: bool,
    progress: bool | None,
) -> Status:
    """Report what changed between two dumps: titles added, removed, changed, or moved on and off streaming and DVD.

    OLD and NEW are catalog indexes, regional indexes or search responses, of any date and dialect, plain or compressed
    (gzip, bzip2, xz, zstd), or - for standard input. Series are compared as catindex unify writes them. Hosts in URLs,
    the order of genres, deprecated twins, and fields that only one of the two dialects has are not compared. The status
    is 1 if anything changed.

    \b
    Examples:
      catindex diff 2012-08.xml.gz 2012-09.xml.gz
      catindex diff 2012-08.xml.gz 2012-09.xml.gz --summary --ignore external_ids
      catindex diff 2012-08.xml.gz 2012-09.xml.gz --json | jq -r 'select(.event == "left").title'
    """
    from catindex.compare import differences  # noqa: PLC0415 - lxml is loaded only where it is needed
    from catindex.compare.facts import FIELDS, PARTS  # noqa: PLC0415

    if old == new == STDIN:
        raise UsageError("only one of OLD and NEW can be standard input (-)")
    for field in ignore:
        if field.partition(".")[0] not in FIELDS.keys() | PARTS.keys():
            raise UsageError(f"--ignore {field}: no such field; use one of {', '.join([*FIELDS, *PARTS])}")
    counts: Counter[str] = Counter()
    reports: list[Report] = []
    with progress_when(asked=progress, quiet=quiet) as on_progress:  # until both are read
        events = differences(
            old,
            new,
            (*ALWAYS_IGNORED, *ignore),
            jobs=jobs,
            recover=recover,
            huge=huge,
            on_progress=on_progress,
            on_report=reports.append,
        )
        first = list(islice(events, 1))
    for event in chain(first, events):
        counts[event.words] += 1
        if summary:
            continue
        for line in [json_text(event.as_dict())] if as_json else _lines(event):
            click.echo(line, color=False if os.environ.get("NO_COLOR") else None)
    if summary:
        click.echo(json.dumps(_by_name(counts)) if as_json else _table(counts), nl=as_json)
    damaged = report_rejects(reports, quiet=quiet)
    return Status.VERDICT if counts or damaged else Status.OK


def _by_name(counts: Counter[str]) -> dict[str, int]:
    from catindex.compare.events import SORTS  # noqa: PLC0415

    return {words.replace(" ", "_"): counts[words] for words in SORTS}


def _table(counts: Counter[str]) -> str:
    from catindex.compare.events import SORTS  # noqa: PLC0415

    return "".join(f"{counts[words]:8}  {words}\n" for words in SORTS if counts[words])


def _lines(event: Event) -> Iterator[str]:
    """Yield an event as a line for people; a change yields one line per field."""
    sign, colour = _SIGNS.get(event.name.partition("_")[0], _GONE)
    begin = f"{click.style(sign, fg=colour)} {printable(event.about.key)}  {printable(event.about.name)}: "
    if event.name == "changed":
        for field, change in event.details["fields"].items():
            yield f"{begin}{field} {_change(change['from'], change['to'])}"
    elif event.name == "end_moved":
        yield f"{begin}{event.words} ({event.details['format']}) {_change(event.details['from'], event.details['to'])}"
    elif event.name == "moved":
        yield f"{begin}{event.words} {_change(event.details['from'], event.details['to'])}"
    else:
        yield begin + click.style(event.words, fg=colour)


def _change(old: Any, new: Any) -> str:  # noqa: ANN401 - of any field
    """Return the old and the new value as text; for lists, the removed and the added items."""
    if isinstance(old or new, list):
        before, after = old or [], new or []
        gone = [f"-{_shown(each)}" for each in before if each not in after]
        come = [f"+{_shown(each)}" for each in after if each not in before]
        if gone or come:
            return " ".join([*gone, *come])
    return f"{_shown(old)} -> {_shown(new)}"


def _shown(value: Any) -> str:  # noqa: ANN401 - see above
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = printable(" ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
