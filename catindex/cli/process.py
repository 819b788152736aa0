"""The command ``catindex process``."""

from __future__ import annotations

from typing import Any

import click

from catindex.cli.options import AS_OF, SERIES, SPLIT, options
from catindex.cli.rules import EPILOG
from catindex.cli.runner import execute


@click.command("process", epilog=EPILOG)
@options(*SPLIT, *SERIES, AS_OF)
@click.option("--keep-ids", is_flag=True, help="Keep AMG and TMS references.")
def command(*, keep_ids: bool, **given: Any) -> int:  # noqa: ANN401 - passed on unchanged
    """Split a dump into streaming and DVD files, with unified series and without AMG and TMS references.

    INPUT is a catalog index, plain or compressed (gzip, bzip2, xz, zstd), or - for standard input. Without INPUT,
    standard input is read if it is not a terminal.

    \b
    Examples:
      catindex process catalog.xml.gz -o new/
      catindex process catalog.xml.gz --streaming - | xmllint --format - | less
    """
    return execute(strip=not keep_ids, unify=True, split=True, **given)
