"""The command ``catindex split``."""

from __future__ import annotations

from typing import Any

import click

from catindex.cli.options import split_options
from catindex.cli.runner import execute, split_targets


@click.command("split")
@split_options
def command(
    input_path: str,
    output_dir: str | None,
    streaming: str | None,
    dvd: str | None,
    unavailable: str | None,
    compression: str | None,
    report: str | None,
    jobs: int | None,
    *,
    keep_stragglers: bool,
    no_clobber: bool,
    **common: Any,  # noqa: ANN401 - passed on unchanged
) -> int:
    """Split a dump into streaming and DVD files without changing the structure of its titles.

    INPUT is a catalog index, plain or compressed (gzip, bzip2, xz, zstd), or - for standard input. Without INPUT,
    standard input is read if it is not a terminal.

    \b
    Examples:
      catindex split catalog.xml.gz -o new/
      catindex strip catalog.xml.gz | catindex unify - | catindex split - -o new/
    """
    from catindex.pipeline import Job  # noqa: PLC0415 - lxml is loaded only where it is needed

    job = Job(
        input_path,
        split_targets(output_dir, streaming, dvd, unavailable, compression),
        split=True,
        keep_stragglers=keep_stragglers,
        compression=compression,
        report=report,
        jobs=jobs,
        no_clobber=no_clobber,
    )
    return execute(job, output_dir=output_dir, **common)
