"""The command ``catindex strip``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from catindex.cli.options import as_of_option, single_options
from catindex.cli.rules import EPILOG
from catindex.cli.runner import execute

if TYPE_CHECKING:
    from datetime import date


@click.command("strip", epilog=EPILOG)
@single_options
@as_of_option
def command(
    input_path: str,
    output: str,
    compression: str | None,
    report: str | None,
    jobs: int | None,
    as_of: date | None,
    *,
    no_clobber: bool,
    **common: Any,  # noqa: ANN401 - passed on unchanged
) -> int:
    """Remove AMG and TMS references, and change nothing else.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input. With --as-of, it can be any document of the Netflix API, for example a title_states response.

    \b
    Examples:
      catindex strip catalog.xml.gz -o stripped.xml.gz
      catindex strip search.xml | xmllint --format -
      catindex strip --as-of 2012-09-15 title_states.xml
    """
    from catindex.pipeline import Job  # noqa: PLC0415 - lxml is loaded only where it is needed

    targets = {"titles": output}
    job = Job(
        input_path,
        targets,
        strip=True,
        as_of=as_of,
        compression=compression,
        report=report,
        jobs=jobs,
        no_clobber=no_clobber,
    )
    return execute(job, **common)
