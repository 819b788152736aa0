"""The command ``catindex process``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from catindex.cli.options import as_of_option, series_options, split_options
from catindex.cli.rules import EPILOG
from catindex.cli.runner import execute, split_targets

if TYPE_CHECKING:
    from datetime import date


@click.command("process", epilog=EPILOG)
@split_options
@series_options
@as_of_option
@click.option("--keep-ids", is_flag=True, help="Keep AMG and TMS references.")
def command(
    input_path: str,
    output_dir: str | None,
    streaming: str | None,
    dvd: str | None,
    unavailable: str | None,
    compression: str | None,
    report: str | None,
    jobs: int | None,
    series_limit: int | None,
    episodes: str,
    as_of: date | None,
    *,
    keep_stragglers: bool,
    keep_ids: bool,
    no_clobber: bool,
    **common: Any,  # noqa: ANN401 - passed on unchanged
) -> int:
    """Split a dump into streaming and DVD files, with unified series and without AMG and TMS references.

    INPUT is a catalog index, plain or compressed (gzip, bzip2, xz, zstd), or - for standard input. Without INPUT,
    standard input is read if it is not a terminal.

    \b
    Examples:
      catindex process catalog.xml.gz -o new/
      catindex process catalog.xml.gz --streaming - | xmllint --format - | less
    """
    from catindex.pipeline import Job  # noqa: PLC0415 - lxml is loaded only where it is needed

    job = Job(
        input_path,
        split_targets(output_dir, streaming, dvd, unavailable, compression),
        strip=not keep_ids,
        unify=True,
        split=True,
        keep_stragglers=keep_stragglers,
        as_of=as_of,
        series_limit=series_limit,
        episodes_alone=episodes == "records",
        compression=compression,
        report=report,
        jobs=jobs,
        no_clobber=no_clobber,
    )
    return execute(job, output_dir=output_dir, **common)
