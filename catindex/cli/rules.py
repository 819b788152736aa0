"""The command ``catindex rules``, and the list of rules in the help of other commands."""

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
@click.option("--json", "as_json", is_flag=True, help="Print the rules as a JSON array.")
@VERSION
def command(as_of: date | None, *, as_json: bool) -> None:
    """List the dated rules that --as-of applies, with their dates and announcements.

    A rule that was withdrawn before its date is listed, but it is never in force.

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
    """Return a line for each rule: its date, its code and its effect."""
    width = max(len(rule.code) for rule in rules)
    return [f"{rule.since}  {rule.code:{width}}  {_effect(rule)}" for rule in rules]


def _effect(rule: Rule) -> str:
    """Return the effect of a rule, or that it was withdrawn."""
    return f"withdrawn, never applied: {rule.what}" if rule.withdrawn else rule.what


#: For the end of a help text. ``\b`` makes click keep the lines.
EPILOG = "\n".join(("\b", "Rules of --as-of, with the dates from which they apply:", *(f"  {x}" for x in lines())))


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
        table.add_row(str(rule.since), rule.code, _effect(rule), f"{rule.said} ({rule.source})")
    Console(highlight=False).print(table)
