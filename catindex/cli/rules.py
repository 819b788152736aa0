"""The command ``catindex rules``, and what the help of other commands says about ``--as-of``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from catindex.cli.options import VERSION, day
from catindex.rules.dated import RULES, in_force

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from catindex.rules.dated import Rule


@click.command("rules")
@click.option("--as-of", metavar="DATE", type=day, help="List only the rules in force on this date (YYYY-MM-DD).")
@click.option("--json", "as_json", is_flag=True, help="Print an array of objects.")
@VERSION
def command(as_of: date | None, *, as_json: bool) -> None:
    """List the dated rules of the announcements, as --as-of applies them: since when, what, and who says so.

    A rule that was withdrawn before its day is never applied, and not in force on any day.

    \b
    Examples:
      catindex rules
      catindex rules --as-of 2012-09-15 --json | jq -r '.[].code'
    """
    rules = RULES if as_of is None else in_force(as_of)
    if as_json:
        click.echo(json.dumps([_as_dict(rule) for rule in rules], indent=2, ensure_ascii=False))
    elif sys.stdout.isatty():
        _draw(rules)
    elif rules:
        click.echo("\n".join(lines(rules)))


def lines(rules: Sequence[Rule] = RULES) -> list[str]:
    """Give a line for each rule: its day, its code, what it does."""
    width = max(len(rule.code) for rule in rules)
    return [f"{rule.since}  {rule.code:{width}}  {told(rule)}" for rule in rules]


def told(rule: Rule) -> str:
    """Say what a rule does, or that it does nothing."""
    return f"withdrawn, never applied: {rule.what}" if rule.withdrawn else rule.what


#: For the end of a help text: each rule keeps its line.
EPILOG = "\n".join(("\b", "Rules of --as-of, each from its day on (see catindex rules):", *(f"  {x}" for x in lines())))


def _as_dict(rule: Rule) -> dict[str, Any]:
    return {
        "from": rule.since.isoformat(),
        "code": rule.code,
        "rule": rule.what,
        "announcement": rule.source,
        "says": rule.said,
        "withdrawn": rule.withdrawn,
    }


def _draw(rules: Sequence[Rule]) -> None:
    # rich is loaded only where it is needed
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(show_lines=True)
    for heading in ("from", "code", "rule", "announcement"):
        table.add_column(heading, no_wrap=heading in {"from", "code"})
    for rule in rules:
        table.add_row(str(rule.since), rule.code, told(rule), f"{rule.said} ({rule.source})")
    Console(highlight=False).print(table)
