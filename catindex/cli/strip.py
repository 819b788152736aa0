"""The command ``catindex strip``."""

from __future__ import annotations

from typing import Any

import click

from catindex.cli.options import AS_OF, SINGLE, options
from catindex.cli.rules import EPILOG
from catindex.cli.runner import execute


@click.command("strip", epilog=EPILOG)
@options(*SINGLE, AS_OF)
def command(**given: Any) -> int:  # noqa: ANN401 - passed on unchanged
    """Remove AMG and TMS references, and change nothing else.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input. With --as-of, it can be any document of the Netflix API, for example a title_states response.

    \b
    Examples:
      catindex strip catalog.xml.gz -o stripped.xml.gz
      catindex strip search.xml | xmllint --format -
      catindex strip --as-of 2012-09-15 title_states.xml
    """
    return execute(strip=True, **given)
