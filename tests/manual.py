"""Makes the manual pages from the texts of ``--help``: ``python -m tests.manual`` writes them to ``catindex/man``."""

from __future__ import annotations

import re
from inspect import cleandoc
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from catindex import __version__
from catindex.cli import EXIT_STATUSES, main

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent.parent / "catindex" / "man"

#: The date of the pages. Change it when a text changes.
DATE = "2026-11-25"

ENVIRONMENT = {
    "NO_COLOR": "If it is set and not empty, nothing is printed in colour.",
    "TMPDIR": "The directory for temporary files, by default /tmp. They hold parts of series, the facts that diff "
    "compares, databases that export builds, and data that queries of an archive do not keep in memory.",
}

_TEMPORARY = {
    ".NAME.catindex-tmp": "The temporary file of the output NAME, in the same directory. It replaces NAME when the run "
    "succeeds. A failed run removes it; after a killed run, the next run for NAME does.",
}
_REJECTS = {"rejects.xml": "The records that --recover skips, with the reasons."}
_SPLIT = {
    "streaming.xml, dvd.xml": "The titles of each medium, in the directory of --output-dir. With --compress, the names "
    "also have the suffix of the compression.",
}
#: Command -> the files that it writes, beside the output that its options name.
FILES = {
    "process": _SPLIT | _REJECTS | _TEMPORARY,
    "split": _SPLIT | _REJECTS | _TEMPORARY,
    "unify": _REJECTS | _TEMPORARY,
    "strip": _REJECTS | _TEMPORARY,
    "info": _TEMPORARY,
    "filter": _TEMPORARY,
    "get": _TEMPORARY,
    "export": {"DIR/TABLE/data.parquet": "The tables of --format parquet with -o DIR."} | _TEMPORARY,
    "archive": {
        "ARCHIVE/TABLE/dump_date=DATE/*.parquet": "The tables of one dump.",
        "ARCHIVE/dumps/dump_date=DATE/*.parquet": "The row about one dump. A dump without it is not in the archive.",
    },
}

#: Command -> other pages to see, after catindex(1).
RELATED = {
    "process": ("catindex-split", "catindex-unify", "catindex-strip", "catindex-rules"),
    "split": ("catindex-process", "catindex-validate"),
    "unify": ("catindex-process", "catindex-export"),
    "strip": ("catindex-process", "catindex-rules"),
    "info": ("catindex-export", "catindex-validate"),
    "validate": ("catindex-info", "xmllint"),
    "filter": ("catindex-get", "jq", "xmllint"),
    "get": ("catindex-filter", "jq", "xmllint"),
    "diff": ("catindex-archive", "jq"),
    "export": ("catindex-filter", "catindex-archive", "jq", "sqlite3"),
    "rules": ("catindex-process", "catindex-strip"),
    "archive": ("catindex-diff", "catindex-export"),
}

_OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][a-z-]*")
_ESCAPES = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", "…": "..."})
_WIDTH = 72  # of the lines in a page's source
_UNFILLED = "\b"  # with which click marks paragraphs that keep their lines


def pages() -> dict[str, str]:
    """Return every page by the name of its file."""
    top = main.make_context("catindex", [], resilient_parsing=True)
    return {f"{_name(context)}.1": "\n".join(_page(context)) + "\n" for context in (top, *_below(top))}


def _below(context: click.Context) -> list[click.Context]:
    """Return the contexts of the commands in a group, each followed by those of its own commands."""
    found = []
    for child in _children(context):
        found += [child, *_below(child)]
    return found


def _children(context: click.Context) -> list[click.Context]:
    group = context.command
    if not isinstance(group, click.Group):
        return []
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return [click.Context(command, context, info_name=name) for name, command in commands.items() if command]


def _page(context: click.Context) -> Iterator[str]:
    """Yield the lines of a page."""
    name, command, commands = _name(context), context.command, _children(context)
    yield r".\" Made by tests/manual.py from the texts of --help."
    yield f'.TH {_escaped(name.upper())} 1 {DATE} "catindex {__version__}" "catindex"'
    yield from (".SH NAME", f"{_escaped(name)} \\-", *_filled(_summary(command)))
    yield from (".SH SYNOPSIS", f".B {_escaped(context.command_path)}")
    yield from _filled(" ".join(command.collect_usage_pieces(context)))
    filled, unfilled = _paragraphs(command)
    yield ".SH DESCRIPTION"
    for number, paragraph in enumerate(filled):
        yield from (*[".PP"][:number], *_filled(paragraph))
    if commands:
        yield ".SH COMMANDS"
    for each in commands:
        yield from (".TP", f".BR {_escaped(_name(each))} (1)", *_filled(_summary(each.command)))
    yield ".SH OPTIONS"
    for option in command.get_params(context):
        if isinstance(option, click.Option) and (record := option.get_help_record(context)):
            yield from (".TP", _OPTION.sub(r"\\fB\g<0>\\fR", record[0]).replace("-", r"\-"), *_filled(record[1]))
    sections = {heading.removesuffix(":").upper(): lines for heading, *lines in unfilled}
    examples = sections.pop("EXAMPLES")
    sections.pop("EXIT STATUSES", None)
    for heading, lines in sections.items():
        yield from _unfilled(heading, lines)
    yield from _unfilled("EXIT STATUS", EXIT_STATUSES.splitlines()[2:])
    yield from _definitions("ENVIRONMENT", ENVIRONMENT)
    yield from _definitions("FILES", FILES.get(_topic(context), _TEMPORARY if commands else {}))
    yield from _unfilled("EXAMPLES", examples)
    yield from (".SH SEE ALSO", ",\n".join(f".BR {_escaped(each)} (1)" for each in _related(context)))


def _unfilled(heading: str, lines: list[str]) -> Iterator[str]:
    yield from (f".SH {heading}", ".nf", *map(_escaped, lines), ".fi")


def _definitions(heading: str, texts: dict[str, str]) -> Iterator[str]:
    """Yield a section that explains each term in a text."""
    if texts:
        yield f".SH {heading}"
    for term, text in texts.items():
        yield from (".TP", f".B {_escaped(term)}", *_filled(text))


def _topic(context: click.Context) -> str:
    """Return the first word after ``catindex`` in the name of a command, or an empty string."""
    return context.command_path.removeprefix("catindex").strip().partition(" ")[0]


def _related(context: click.Context) -> list[str]:
    """Return the names of the pages to see."""
    if context.parent is None:
        return [_name(each) for each in _children(context)]
    others = [_name(each) for each in _children(context) or _children(context.parent)]
    if context.parent.parent is None and not _children(context):
        others = []
    parents = ["catindex"] if context.parent.parent is None else ["catindex", _name(context.parent)]
    related = RELATED[_topic(context)] if context.parent.parent is None else ()
    return [name for name in (*parents, *others, *related) if name != _name(context)]


def _paragraphs(command: click.Command) -> tuple[list[str], list[list[str]]]:
    """Return the paragraphs of a command's help: those to be filled, and the lines of those that keep theirs."""
    texts = [cleandoc(text or "") for text in (command.help, command.epilog)]
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n\n") if paragraph]
    unfilled = [each.split("\n")[1:] for each in paragraphs if each.startswith(_UNFILLED)]
    return [each for each in paragraphs if not each.startswith(_UNFILLED)], unfilled


def _name(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")


def _summary(command: click.Command) -> str:
    """Return the first sentence of a command's help as it stands in a list of pages."""
    sentence = _paragraphs(command)[0][0].partition(". ")[0].removesuffix(".")
    return sentence[:1].lower() + sentence[1:]


def _filled(text: str) -> list[str]:
    return [_escaped(line) for line in wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)]


def _escaped(text: str) -> str:
    """Escape text: nothing in it may be a request to the formatter."""
    escaped = text.translate(_ESCAPES)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.1"):
        old.unlink()
    for file, page in pages().items():
        (FOLDER / file).write_text(page, encoding="ascii")
