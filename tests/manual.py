"""Makes the manual pages out of the texts of ``--help``: ``python -m tests.manual`` writes them to ``catindex/man``."""

from __future__ import annotations

import re
from inspect import cleandoc
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from catindex import __version__
from catindex.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent.parent / "catindex" / "man"

_OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][a-z-]*")
_ESCAPES = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", "…": "..."})
_WIDTH = 72  # of the lines in a page's source
_UNFILLED = "\b"  # with which click marks paragraphs that keep their lines


def pages() -> dict[str, str]:
    """Give every page by the name of its file."""
    top = main.make_context("catindex", [], resilient_parsing=True)
    commands = {name: main.get_command(top, name) for name in main.list_commands(top)}
    contexts = [click.Context(command, top, info_name=name) for name, command in commands.items() if command]
    return {f"{_name(context)}.1": "\n".join(_page(context, contexts)) + "\n" for context in (top, *contexts)}


def _page(context: click.Context, commands: list[click.Context]) -> Iterator[str]:
    """Give the lines of a page; ``commands`` are all that catindex has."""
    name, command, is_top = _name(context), context.command, context.parent is None
    yield r".\" Made by tests/manual.py out of the texts of --help."
    yield f'.TH {_escaped(name.upper())} 1 "" "catindex {__version__}" "catindex"'
    yield from (".SH NAME", f"{_escaped(name)} \\-", *_filled(_summary(command)))
    yield from (".SH SYNOPSIS", f".B {_escaped(context.command_path)}")
    yield from _filled(" ".join(command.collect_usage_pieces(context)))
    filled, unfilled = _paragraphs(command)
    yield ".SH DESCRIPTION"
    for number, paragraph in enumerate(filled):
        yield from (*[".PP"][:number], *_filled(paragraph))
    if is_top:
        yield ".SH COMMANDS"
        for each in commands:
            yield from (".TP", f".BR {_escaped(_name(each))} (1)", *_filled(_summary(each.command)))
    yield ".SH OPTIONS"
    for option in command.get_params(context):
        if isinstance(option, click.Option) and (record := option.get_help_record(context)):
            yield from (".TP", _OPTION.sub(r"\\fB\g<0>\\fR", record[0]).replace("-", r"\-"), *_filled(record[1]))
    for heading, *lines in unfilled:
        yield from (f".SH {heading.removesuffix(':').upper()}", ".nf", *map(_escaped, lines), ".fi")
    yield ".SH SEE ALSO"
    yield ",\n".join(f".BR {_escaped(_name(each))} (1)" for each in commands) if is_top else ".BR catindex (1)"


def _paragraphs(command: click.Command) -> tuple[list[str], list[list[str]]]:
    """Give the paragraphs of a command's help: those to be filled, and the lines of those that keep theirs."""
    texts = [cleandoc(text or "") for text in (command.help, command.epilog)]
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n\n") if paragraph]
    unfilled = [each.split("\n")[1:] for each in paragraphs if each.startswith(_UNFILLED)]
    return [each for each in paragraphs if not each.startswith(_UNFILLED)], unfilled


def _name(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")


def _summary(command: click.Command) -> str:
    """Give the first sentence of a command's help as it stands in a list of pages."""
    sentence = _paragraphs(command)[0][0].removesuffix(".")
    return sentence[:1].lower() + sentence[1:]


def _filled(text: str) -> list[str]:
    return [_escaped(line) for line in wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)]


def _escaped(text: str) -> str:
    """Write text so that nothing in it is a request to the formatter."""
    escaped = text.translate(_ESCAPES)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.1"):
        old.unlink()
    for file, page in pages().items():
        (FOLDER / file).write_text(page, encoding="ascii")
