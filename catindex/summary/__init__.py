"""Counts what is in a file (`statistics`) and shows it: as `tables`, as `text`, and as a `page` with `charts`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from catindex import __version__
from catindex.extract import TitleRenderer
from catindex.pipeline import read_titles
from catindex.rules.keys import KINDS
from catindex.summary.statistics import Statistics
from catindex.write.report import WARNINGS, Input, Records, Report, Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catindex.passes import Progress

#: Dictionaries with fixed names, to which a file can add further ones.
_GROWING = ("titles.by_format",)


def describe(
    path: str,
    *,
    jobs: int | None = None,
    recover: bool = False,
    huge: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> dict[str, Any]:
    """Read a file of any dialect once, and return all counts for JSON. Every name is always present.

    ``recover`` leaves out malformed records, which ``warnings.rejected`` counts. ``huge`` lifts the limits on sizes.
    Raises the errors of `catindex.pipeline.read_titles`.
    """
    reports: list[Report] = []
    titles = read_titles(
        path,
        TitleRenderer(),
        jobs=jobs,
        recover=recover,
        huge=huge,
        on_progress=on_progress,
        on_report=reports.append,
    )
    statistics = Statistics()
    for title in titles:
        statistics.add(title)
    return _together(_run(reports[0]), statistics)


def _together(run: dict[str, Any], statistics: Statistics) -> dict[str, Any]:
    warnings = run.pop("warnings")
    return {"catindex": __version__, **run, **statistics.as_dict(), "warnings": warnings}


def _run(report: Report) -> dict[str, Any]:
    """Return the input, the records and the warnings of a report."""
    return {
        "input": {
            "path": report.input.path,
            "compression": report.input.compression,
            "dialect": report.input.dialect,
            "bytes": report.input.bytes,
            "uncompressed_bytes": report.input.uncompressed_bytes,
        },
        "records": {"total": report.records.read, "by_kind": {kind: report.kinds[kind] for kind in KINDS}},
        "warnings": {code: _warned(report.warnings.get(code, Warned(code))) for code in WARNINGS},
    }


def _warned(warned: Warned) -> dict[str, Any]:
    return {"count": warned.count, "examples": warned.examples}


def check_name(variable: str) -> None:
    """Check a dotted path before the file is read.

    Raises KeyError with similar names if no file can have such a value. Names of genres, months and unknown formats are
    accepted, because they depend on the file.
    """
    empty = dict(_paths(_together(_run(Report(Input("-"), Records())), Statistics())))
    of_files = [name for name, value in empty.items() if value in ({}, []) or name in _GROWING]
    if variable not in empty and not any(variable.startswith(f"{name}.") for name in of_files):
        raise KeyError(*get_close_matches(variable, empty))


def _paths(value: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every dotted path into nested dictionaries with its value."""
    for name, inner in value.items():
        yield above + name, inner
        if isinstance(inner, dict):
            yield from _paths(inner, f"{above}{name}.")


def value_of(info: dict[str, Any], variable: str) -> Any:  # noqa: ANN401 - any value of the JSON
    """Return the value at a dotted path such as ``titles.total``. Names can contain dots; items of lists have numbers.

    Raises KeyError with similar names if there is no such value.
    """
    found = _look_up(info, variable)
    if not found:
        raise KeyError(*get_close_matches(variable, dict(_paths(info))))
    return found[0]


def _look_up(value: Any, path: str) -> list[Any]:  # noqa: ANN401 - see above
    if isinstance(value, list):
        value = {str(number): entry for number, entry in enumerate(value)}
    if not isinstance(value, dict):
        return []
    if path in value:
        return [value[path]]
    names = [name for name in value if path.startswith(f"{name}.")]
    return next((found for name in names if (found := _look_up(value[name], path[len(name) + 1 :]))), [])
