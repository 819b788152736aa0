"""The command ``catindex unify``."""

from __future__ import annotations

from typing import Any

import click

from catindex.cli.options import SERIES, SINGLE, options
from catindex.cli.runner import execute


@click.command("unify")
@options(*SINGLE, *SERIES)
def command(**given: Any) -> int:  # noqa: ANN401 - passed on unchanged
    """Combine each series with its seasons, episodes and discs into one title, and keep all media in one file.

    INPUT is a catalog index, plain or compressed (gzip, bzip2, xz, zstd), or - for standard input. Without INPUT,
    standard input is read if it is not a terminal.

    \b
    Examples:
      catindex unify catalog.xml.gz -o unified.xml.gz
      catindex unify catalog.xml.gz | xmllint --format - | less
    """
    return execute(unify=True, **given)
