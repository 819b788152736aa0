"""The command ``catindex export``."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catindex.cli.options import COMPRESSIONS, EXPORT, RECOVER, options
from catindex.cli.progress import progress_when
from catindex.cli.runner import refuse_binary, report_rejects
from catindex.errors import CannotCreateError, Status, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catindex.export.columns import Column
    from catindex.export.tables import Table
    from catindex.model import Title
    from catindex.write.files import Outputs
    from catindex.write.report import Report

STDOUT = "-"
FORMS = ("ndjson", "json", "jsonld", "csv", "sqlite", "parquet")
TABLES = ("titles", "seasons", "episodes", "discs", "availability", "people", "genres")
NAMES = ("imdb", "tmdb", "schema.org")
_PARTITION = re.compile(r"[A-Za-z_]\w*=[\w.:+-]+")

#: Suffix of an output, before that of a compression -> its format.
_SUFFIXES = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".jsonld": "jsonld",
    ".csv": "csv",
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".parquet": "parquet",
}

#: Option -> the formats that have it.
_ONLY_FOR = {"table": ("csv",), "partition": ("parquet",), "names": ("ndjson", "json", "csv", "parquet")}
_ONLY_FOR |= {"safe_csv": ("csv",)}


def _print_schema(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - as click calls it
    if asked and not context.resilient_parsing:
        import json  # noqa: PLC0415 - rarely needed

        from catindex.export.documents import schema  # noqa: PLC0415 - lxml is loaded only where it is needed

        click.echo(json.dumps(schema(), indent=2))
        context.exit()


@click.command("export")
@options(*EXPORT)
@RECOVER
@click.option(
    "--format", "form", type=click.Choice(FORMS), help="Output format.  [default: by the suffix of -o, or ndjson]"
)
@click.option("--table", type=click.Choice(TABLES), help="The table to write as CSV.  [default: titles]")
@click.option("--names", type=click.Choice(NAMES), help="Use the field names of IMDb, TMDB or schema.org (JSON-LD).")
@click.option(
    "--partition",
    metavar="NAME=VALUE",
    help="Write one partition of a Parquet data set, for example dump_date=2012-09-15.",
)
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of a title in NDJSON and exit.",
)
@click.option("--safe-csv", is_flag=True, help="Put ' before CSV cells that a spreadsheet would run as formulas.")
def command(
    input_path: str,
    output: str,
    compression: str | None,
    form: str | None,
    table: str | None,
    names: str | None,
    partition: str | None,
    jobs: int | None,
    *,
    recover: bool,
    huge: bool,
    safe_csv: bool,
    no_clobber: bool,
    quiet: bool,
    progress: bool | None,
) -> Status:
    """Write titles as NDJSON, JSON, JSON-LD, CSV, SQLite or Parquet.

    INPUT is a catalog index, a regional index or a search response, plain or compressed (gzip, bzip2, xz, zstd), or -
    for standard input. Titles are those that catindex unify writes: a series is one title with its seasons, episodes
    and discs. Dates are in UTC. An end of 2100-01-01 means no end and is written as null. Parquet needs the extra
    'catindex[parquet]'.

    \b
    Examples:
      catindex export catalog.xml.gz | jq -r 'select(.kind == "movie") | .title'
      catindex export catalog.xml.gz --format csv --table episodes -o episodes.csv
      catindex export catalog.xml.gz -o catalog.db
      catindex export catalog.xml.gz --format parquet -o archive --partition dump_date=2012-09-15
    """
    form = form or _form_of(output)
    _check(form, output, {"table": table, "partition": partition, "names": names, "safe_csv": safe_csv or None})
    refuse_binary(output, form == "sqlite" or compression is not None)
    # lxml is loaded only where it is needed
    from catindex.extract import TitleRenderer  # noqa: PLC0415
    from catindex.pipeline import read_titles  # noqa: PLC0415
    from catindex.write.files import Outputs  # noqa: PLC0415

    bar = progress_when(asked=progress, quiet=quiet)
    made = contextlib.ExitStack()  # new directories, which are removed after the files in them
    reports: list[Report] = []
    with made, Outputs(no_clobber=no_clobber, inputs=(input_path,)) as outputs, bar as on_progress:
        titles = read_titles(
            input_path,
            TitleRenderer(),
            jobs=jobs,
            recover=recover,
            huge=huge,
            on_progress=on_progress,
            on_report=reports.append,
        )
        if form == "parquet":
            _write_folder(titles, outputs, _folders(output, partition, made), names)
            made.pop_all()
        else:
            _write_file(titles, outputs, output, compression, form, table or TABLES[0], names, safe_csv=safe_csv)
    damaged = report_rejects(reports, quiet=quiet)
    return Status.VERDICT if damaged else Status.OK


def _form_of(output: str) -> str:
    """Return the format for the suffix of an output, without a compression suffix. Raises UsageError."""
    path = Path(output.lower())
    if path.suffix.removeprefix(".") in COMPRESSIONS:
        path = path.with_suffix("")
    if path.suffix and path.suffix not in _SUFFIXES:
        suffixes = ", ".join(_SUFFIXES)
        raise UsageError(f"{output}: the suffix {path.suffix} does not name a format; use {suffixes} or --format")
    return _SUFFIXES.get(path.suffix, FORMS[0])


def _check(form: str, output: str, given: dict[str, object]) -> None:
    """Check that the options fit together. Raises UsageError."""
    for option, forms in _ONLY_FOR.items():
        if given[option] is not None and form not in forms:
            raise UsageError(f"--{option.replace('_', '-')} is for --format {' or '.join(forms)}, not for {form}")
    if given["names"] == "schema.org" and form != "ndjson":
        raise UsageError("--names schema.org is for --format ndjson; use --format jsonld for one JSON-LD document")
    if given["partition"] is not None and not _PARTITION.fullmatch(str(given["partition"])):
        raise UsageError(f"--partition {given['partition']}: is not NAME=VALUE, for example dump_date=2012-09-15")
    if form == "parquet" and output == STDOUT:
        raise UsageError("Parquet is written as a directory of tables; name it with -o DIR")


def _write_file(
    titles: Iterator[Title],
    outputs: Outputs,
    output: str,
    compression: str | None,
    form: str,
    table: str,
    names: str | None,
    *,
    safe_csv: bool,
) -> None:
    from catindex.export import to_csv, to_json, to_ndjson, to_sqlite  # noqa: PLC0415 - lxml is loaded only where it is needed
    from catindex.export.documents import DOCUMENT  # noqa: PLC0415
    from catindex.export.names import JSON_LD  # noqa: PLC0415

    if form == "sqlite" and to_sqlite.is_foreign(output):
        raise CannotCreateError(f"{output}: is a database of another program; choose another path")
    sink = outputs.open(output, compression)
    if form == "sqlite":
        to_sqlite.write(titles, sink)
    elif form == "csv":
        to_csv.write(titles, sink, _named_tables(names)[table], safe=safe_csv)
    elif form == "json":
        to_json.write_array(titles, sink, _named(DOCUMENT, names))
    elif form == "jsonld":
        to_json.write_graph(titles, sink)
    elif names == "schema.org":
        to_ndjson.write(titles, sink, JSON_LD, pruned=True)
    else:
        to_ndjson.write(titles, sink, _named(DOCUMENT, names))
    outputs.publish()


def _write_folder(titles: Iterator[Title], outputs: Outputs, folders: dict[str, Path], names: str | None) -> None:
    from catindex.export import to_parquet  # noqa: PLC0415 - lxml is loaded only where it is needed

    to_parquet.arrow()
    sinks = {name: outputs.open(str(folder / "data.parquet"), "none") for name, folder in folders.items()}
    to_parquet.write(titles, sinks, _named_tables(names))
    outputs.publish()


def _folders(output: str, partition: str | None, made: contextlib.ExitStack) -> dict[str, Path]:
    """Create the directory of each table. ``made`` removes the new ones again. Raises CannotCreateError."""
    folders = {name: Path(output, name, partition or "") for name in TABLES}
    for folder in folders.values():
        _make_folder(folder, made)
    return folders


def _make_folder(folder: Path, made: contextlib.ExitStack) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, made)
    try:
        folder.mkdir()
    except OSError as error:
        raise CannotCreateError(f"{folder}: cannot be created ({error.strerror}); choose another path") from error
    made.callback(_remove_folder, folder)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # another program has put a file into it
        folder.rmdir()


def _named(columns: tuple[Column, ...], names: str | None) -> tuple[Column, ...]:
    from catindex.export.names import RENAMINGS, renamed  # noqa: PLC0415 - see above

    return columns if names is None else renamed(columns, RENAMINGS[names])


def _named_tables(names: str | None) -> dict[str, Table]:
    from catindex.export.tables import TABLES as ALL  # noqa: PLC0415 - see above

    return {name: dataclasses.replace(table, columns=_named(table.columns, names)) for name, table in ALL.items()}
