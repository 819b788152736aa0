"""The command ``catindex split``."""

from __future__ import annotations

from typing import Any

import click

from catindex.cli.options import SPLIT, options
from catindex.cli.runner import execute


@click.command("split")
@options(*SPLIT)
def command(**given: Any) -> int:  # noqa: ANN401 - passed on unchanged
    """Split a dump into streaming and DVD files without changing the structure of its titles.

    INPUT is a catalog index, plain or compressed (gzip, bzip2, xz, zstd), or - for standard input. Without INPUT,
    standard input is read if it is not a terminal.

    \b
    Examples:
      catindex split catalog.xml.gz -o new/
      catindex strip catalog.xml.gz | catindex unify - | catindex split - -o new/
    """
    return execute(split=True, **given)
