"""The command ``catindex strip``."""

from __future__ import annotations

from typing import Any

import click

from catindex.cli.options import single_options
from catindex.cli.runner import execute


@click.command("strip")
@single_options
def command(
    input_path: str,
    output: str,
    compression: str | None,
    report: str | None,
    jobs: int | None,
    *,
    no_clobber: bool,
    **common: Any,  # noqa: ANN401 - passed on as it comes
) -> int:
    """Take AMG and TMS references out, and leave everything else as it is.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input.

    \b
    Examples:
      catindex strip catalog.xml.gz -o stripped.xml.gz
      catindex strip search.xml | xmllint --format -
    """
    from catindex.pipeline import Job  # noqa: PLC0415 - lxml is loaded only where it is needed

    targets = {"titles": output}
    job = Job(input_path, targets, strip=True, compression=compression, report=report, jobs=jobs, no_clobber=no_clobber)
    return execute(job, **common)
