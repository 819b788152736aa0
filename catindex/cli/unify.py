"""The command ``catindex unify``."""

from __future__ import annotations

from typing import Any

import click

from catindex.cli.options import series_options, single_options
from catindex.cli.runner import execute


@click.command("unify")
@single_options
@series_options
def command(
    input_path: str,
    output: str,
    compression: str | None,
    report: str | None,
    jobs: int | None,
    series_limit: int | None,
    episodes: str,
    *,
    no_clobber: bool,
    **common: Any,  # noqa: ANN401 - passed on unchanged
) -> int:
    """Combine each series with its seasons, episodes and discs into one title, and keep all media in one file.

    INPUT is a catalog index, plain or compressed (gzip, bzip2, xz, zstd), or - for standard input. Without INPUT,
    standard input is read if it is not a terminal.

    \b
    Examples:
      catindex unify catalog.xml.gz -o unified.xml.gz
      catindex unify catalog.xml.gz | xmllint --format - | less
    """
    from catindex.pipeline import Job  # noqa: PLC0415 - lxml is loaded only where it is needed

    targets = {"titles": output}
    job = Job(
        input_path,
        targets,
        unify=True,
        series_limit=series_limit,
        episodes_alone=episodes == "records",
        compression=compression,
        report=report,
        jobs=jobs,
        no_clobber=no_clobber,
    )
    return execute(job, **common)
