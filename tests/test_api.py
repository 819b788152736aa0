"""The Python API: its names, its functions, its errors, and the examples of docs/python.md."""

from __future__ import annotations

import ast
import gzip
import importlib
import inspect
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import catindex

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "samples" / "index-2.0.xml.gz"
OLDER_SAMPLE = ROOT / "samples" / "index-1.x.xml"
EXPECTED = ROOT / "samples" / "expected" / "index-2.0"
DOCS = (ROOT / "docs" / "python.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", DOCS, re.DOTALL | re.MULTILINE)
FUNCTIONS = ("process", "titles", "tables", "info", "diff")

MALFORMED = b"""<catalog_titles>
<catalog_title><id>http://api.netflix.com/catalog/titles/movies/1</id><title regular="One"/></catalog_title>
<catalog_title><id>http://api.netflix.com/catalog/titles/movies/2</id><title regular="Two"></catalog_title>
<catalog_title><id>http://api.netflix.com/catalog/titles/movies/3</id><title regular="Three"/></catalog_title>
</catalog_titles>
"""


@pytest.fixture
def malformed(tmp_path: Path) -> Path:
    """Write an index whose second record, on line 3, is malformed."""
    path = tmp_path / "malformed.xml"
    path.write_bytes(MALFORMED)
    return path


# Names.


def python(code: str) -> str:
    """Run code in a new interpreter and return what it prints."""
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def test_import_loads_no_other_package() -> None:
    """Importing catindex loads none of its dependencies."""
    code = "import sys, catindex; print({'lxml', 'click', 'rich', 'pyarrow'} & set(sys.modules))"
    assert python(code) == "set()"


def test_import_loads_no_other_module() -> None:
    """Importing catindex loads only modules that describe types; the first use of a function loads the others."""
    code = (
        "import __future__, importlib, sys, typing; before = set(sys.modules); import catindex;"
        "print(*sorted(set(sys.modules) - before))"
    )
    names = {name for name in python(code).split() if not re.fullmatch(r"_?typing(\..*)?|collections\.abc", name)}
    assert names == {"catindex"}


@pytest.mark.parametrize("name", catindex.__all__)
def test_names_of_the_api_exist(name: str) -> None:
    """Every name in ``__all__`` can be used, and is completed by editors."""
    assert getattr(catindex, name) is not None
    assert name in dir(catindex)


def test_other_names_are_attribute_errors() -> None:
    """A misspelled name raises AttributeError, which names it."""
    with pytest.raises(AttributeError, match="'tilles'"):
        _ = catindex.tilles  # type: ignore[attr-defined]


def test_names_for_type_checkers_are_the_names_at_run_time() -> None:
    """Type checkers see every lazily imported name, from the module that it is imported from."""
    tree = ast.parse((ROOT / "catindex" / "__init__.py").read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name))
    typed = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert typed == catindex._MODULES  # noqa: SLF001 - the table under test
    assert sorted([*typed, "__version__"]) == sorted(catindex.__all__)


def test_no_module_hides_a_function() -> None:
    """No module or package has the name of a name of the API."""
    assert {module.name for module in pkgutil.iter_modules(catindex.__path__)}.isdisjoint(catindex.__all__)


def test_a_submodule_import_leaves_the_functions() -> None:
    """The functions are still functions after the modules of the commands are imported."""
    for name in ("process", "info", "diff", "export"):
        importlib.import_module(f"catindex.cli.{name}")
    assert all(inspect.isfunction(getattr(catindex, name)) for name in FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_are_complete(name: str) -> None:
    """A function's docstring describes each argument in order, the result and the errors."""
    function = getattr(catindex, name)
    arguments, _, rest = inspect.getdoc(function).partition("\nArgs:\n")[2].partition("\nReturns:\n")  # type: ignore[union-attr]
    assert re.findall(r"^    (\w+): ", arguments, re.MULTILINE) == list(inspect.signature(function).parameters)
    assert "\nRaises:\n" in rest


# Functions.


def test_process_writes_the_files_of_the_command(tmp_path: Path) -> None:
    """The outputs are byte for byte the expected ones, and the report describes them."""
    report = catindex.process(SAMPLE, tmp_path / "out")
    for written in report.outputs:
        assert Path(written.path).read_bytes() == (EXPECTED / f"{written.medium}.xml").read_bytes()
        assert written.bytes == Path(written.path).stat().st_size
    assert [written.medium for written in report.outputs] == ["streaming", "dvd"]
    assert report.records.read == report.input.records == 23


@pytest.mark.parametrize("kind", [str, Path])
def test_paths_are_strings_or_path_objects(kind: Any, tmp_path: Path) -> None:
    """Every function takes both kinds of paths."""
    catindex.process(kind(SAMPLE), kind(tmp_path / "out"))
    assert len(list(catindex.titles(kind(SAMPLE)))) == 11
    assert catindex.info(kind(SAMPLE))["input"]["path"] == str(SAMPLE)
    assert list(catindex.diff(kind(SAMPLE), kind(SAMPLE))) == []


def test_functions_print_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output and standard error stay empty, also if there are warnings."""
    assert catindex.process(SAMPLE, tmp_path).warnings
    list(catindex.titles(SAMPLE))
    catindex.info(SAMPLE)
    list(catindex.diff(OLDER_SAMPLE, SAMPLE))
    assert capfd.readouterr() == ("", "")


def test_only_named_outputs_are_written(tmp_path: Path) -> None:
    """Without a directory, ``process`` writes only the outputs that are named."""
    report = catindex.process(SAMPLE, dvd=tmp_path / "discs.xml", unavailable=tmp_path / "neither.xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["discs.xml", "neither.xml"]
    assert report.records.not_requested > 0


def test_a_named_output_leaves_the_other_in_the_directory(tmp_path: Path) -> None:
    """With a directory and a named output, the other output is in the directory; its suffix is that of ``compress``."""
    catindex.process(SAMPLE, tmp_path / "out", dvd=tmp_path / "discs.xml.gz", compress="gz")
    with gzip.open(tmp_path / "out" / "streaming.xml.gz") as file:
        assert file.read() == (EXPECTED / "streaming.xml").read_bytes()
    assert not (tmp_path / "out" / "dvd.xml.gz").exists()
    assert (tmp_path / "discs.xml.gz").exists()


def test_options_of_process_reach_the_run(tmp_path: Path) -> None:
    """Ids are kept and episodes become records on request."""
    plain = catindex.process(SAMPLE, tmp_path)
    other = catindex.process(SAMPLE, tmp_path, keep_ids=True, episodes="records", series_limit=10)
    assert plain.removed_ids
    assert not other.removed_ids
    assert other.outputs[0].titles > plain.outputs[0].titles


def test_jobs_give_the_same_files(tmp_path: Path) -> None:
    """Two worker processes write the same bytes as none."""
    reports = [catindex.process(SAMPLE, tmp_path / str(jobs), jobs=jobs) for jobs in (1, 2)]
    one, two = ([written.sha256 for written in report.outputs] for report in reports)
    assert one == two


def test_titles_are_unified() -> None:
    """A series is one title with numbered episodes, and series come last."""
    titles = list(catindex.titles(SAMPLE))
    assert all(isinstance(title, catindex.Title) for title in titles)
    series = titles[-1]
    assert (series.key, series.season_count, len(series.episodes)) == ("series/70142415", 2, 22)
    assert [title.kind for title in titles].index("series") == 9


def test_tables_have_the_columns_of_the_export(tmp_path: Path) -> None:
    """The tables are those of the Parquet export: names, types and rows."""
    pytest.importorskip("pyarrow")
    from pyarrow import parquet  # type: ignore[import-untyped]  # noqa: PLC0415

    from catindex.export import tables, to_parquet  # noqa: PLC0415
    from catindex.write.files import Outputs  # noqa: PLC0415

    with Outputs() as outputs:
        sinks = {name: outputs.open(str(tmp_path / f"{name}.parquet")) for name in tables.TABLES}
        to_parquet.write(catindex.titles(SAMPLE), sinks, tables.TABLES)
        outputs.publish()
    found = catindex.tables(SAMPLE)
    assert list(found) == list(tables.TABLES)
    for name, table in found.items():
        assert table.equals(parquet.read_table(tmp_path / f"{name}.parquet")), name


def test_tables_of_many_groups_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are converted in several groups are all there, in order."""
    pytest.importorskip("pyarrow")
    whole = catindex.tables(SAMPLE)
    monkeypatch.setattr("catindex.export.to_parquet.GROUP_ROWS", 2)
    grouped = catindex.tables(SAMPLE)
    assert grouped["episodes"].column("episode_number").num_chunks > 1
    assert all(grouped[name].equals(table) for name, table in whole.items())


def test_tables_without_pyarrow_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow, the error has status 69 and the command that installs it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(catindex.MissingExtraError, match=r"pip install 'catindex\[parquet\]'") as caught:
        catindex.tables(SAMPLE)
    assert caught.value.status == 69


def test_info_is_the_json_of_the_command() -> None:
    """The dictionary can be written as JSON and counts the titles."""
    info = json.loads(json.dumps(catindex.info(SAMPLE)))
    assert (info["titles"]["total"], info["records"]["total"]) == (11, 23)


def write_index(path: Path, *titles: str) -> Path:
    """Write an index of movies with these titles, numbered from 1."""
    records = "".join(
        f"<catalog_title><id>http://api.netflix.com/catalog/titles/movies/{number}</id>"
        f'<title short="{title}" regular="{title}"/><updated>{number}</updated></catalog_title>'
        for number, title in enumerate(titles, 1)
    )
    path.write_text(f"<catalog_titles>{records}</catalog_titles>", "utf-8")
    return path


def test_diff_yields_events(tmp_path: Path) -> None:
    """What the new file has is added, and what only the old one has is removed."""
    one, two = write_index(tmp_path / "1.xml", "One"), write_index(tmp_path / "2.xml", "One", "Two")
    (added,) = catindex.diff(one, two)
    (removed,) = catindex.diff(two, one)
    assert isinstance(added, catindex.Event)
    assert (added.name, added.about.key, added.about.name) == ("added", "movie/2", "Two")
    assert removed.as_dict() == {"event": "removed", "key": "movie/2", "kind": "movie", "title": "Two"}


def test_diff_ignores_fields(tmp_path: Path) -> None:
    """Fields in ``ignore`` are not compared, and ``updated`` never is."""
    old, new = write_index(tmp_path / "1.xml", "One"), write_index(tmp_path / "2.xml", "Uno")
    new.write_text(new.read_text("utf-8").replace("<updated>1<", "<updated>9<"), "utf-8")
    (event,) = catindex.diff(old, new)
    assert sorted(event.details["fields"]) == ["title", "title_short"]
    assert list(catindex.diff(old, new, ignore=["title", "title_short"])) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda path, huge: catindex.process(path, path.parent / "out", huge=huge),
        lambda path, huge: list(catindex.titles(path, huge=huge)),
        lambda path, huge: catindex.tables(path, huge=huge),
        lambda path, huge: catindex.info(path, huge=huge),
        lambda path, huge: list(catindex.diff(path, path, huge=huge)),
    ],
    ids=FUNCTIONS,
)
def test_huge_lifts_the_limits(call: Any, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A record that is nested too deep is refused, unless the limits are lifted."""
    if "tables" in request.node.name:
        pytest.importorskip("pyarrow")
    path = write_index(tmp_path / "huge.xml", "One")
    nested = f"{'<a>' * 300}{'</a>' * 300}</catalog_title>"
    path.write_text(path.read_text("utf-8").replace("</catalog_title>", nested), "utf-8")
    with pytest.raises(catindex.DataError):
        call(path, huge=False)
    call(path, huge=True)


# Errors.


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: catindex.process(SAMPLE), "no output"),
        (lambda: catindex.process(SAMPLE, streaming="-"), "must be a file"),
        (lambda: catindex.process(SAMPLE, "out", rejects="rejects.xml"), "recover=True"),
        (lambda: catindex.process(SAMPLE, "out", series_limit=0), "series_limit=0"),
        (lambda: catindex.process(SAMPLE, "out", episodes="alone"), "episodes='alone'"),  # type: ignore[arg-type]
        (lambda: catindex.process(SAMPLE, "out", compress="zip"), "compress='zip'"),  # type: ignore[arg-type]
        (lambda: catindex.process(SAMPLE, "out", jobs=0), "jobs=0"),
        (lambda: catindex.titles(SAMPLE, jobs=0), "jobs=0"),
        (lambda: catindex.tables(SAMPLE, jobs=0), "jobs=0"),
        (lambda: catindex.info(SAMPLE, jobs=0), "jobs=0"),
        (lambda: catindex.diff(SAMPLE, SAMPLE, jobs=0), "jobs=0"),
        (lambda: catindex.diff(SAMPLE, SAMPLE, ignore=["caste"]), "ignore='caste'"),
        (lambda: catindex.diff("-", "-"), "only one"),
    ],
)
def test_wrong_usage_is_found_in_the_call(
    call: Any, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong arguments raise UsageError before anything is read or written."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(catindex.UsageError, match=re.escape(problem)) as caught:
        call()
    assert caught.value.status == 2
    assert list(tmp_path.iterdir()) == []


def test_a_missing_input_has_its_own_error(tmp_path: Path) -> None:
    """An input that does not exist raises NoInputError, and the output directory is gone again."""
    with pytest.raises(catindex.NoInputError, match=r"missing\.xml: ") as caught:
        catindex.process(tmp_path / "missing.xml", tmp_path / "out")
    assert caught.value.status == 66
    assert not (tmp_path / "out").exists()


def test_a_missing_parent_of_the_output_directory_is_not_created(tmp_path: Path) -> None:
    """The output directory is created, but not its parent."""
    with pytest.raises(catindex.CannotCreateError, match="create its parent first"):
        catindex.process(SAMPLE, tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_existing_files_are_refused_on_request(tmp_path: Path) -> None:
    """With ``no_clobber``, an existing output raises CannotCreateError and stays."""
    (tmp_path / "dvd.xml").write_text("old", "utf-8")
    with pytest.raises(catindex.CannotCreateError, match=r"dvd\.xml"):
        catindex.process(SAMPLE, tmp_path, no_clobber=True)
    assert [path.name for path in tmp_path.iterdir()] == ["dvd.xml"]
    assert (tmp_path / "dvd.xml").read_text("utf-8") == "old"


def test_a_malformed_record_has_its_place(malformed: Path) -> None:
    """The DataError of an iteration has path, line, record number and the key of the record before."""
    titles = catindex.titles(malformed)
    with pytest.raises(catindex.DataError) as caught:
        list(titles)
    error = caught.value
    assert (error.path, error.line, error.record, error.after, error.status) == (str(malformed), 3, 2, "movie/1", 65)


def test_recover_counts_malformed_records(malformed: Path) -> None:
    """With ``recover``, iterations leave malformed records out and report them."""
    reports: list[catindex.Report] = []
    keys = [title.key for title in catindex.titles(malformed, recover=True, on_report=reports.append)]
    events = list(catindex.diff(malformed, malformed, recover=True, on_report=reports.append))
    assert (keys, events) == (["movie/1", "movie/3"], [])
    assert [report.records.rejected for report in reports] == [1, 1, 1]
    assert catindex.info(malformed, recover=True)["warnings"]["rejected"]["count"] == 1


def test_rejects_are_not_written_beside_a_device(malformed: Path) -> None:
    """/dev/rejects.xml would be a file among the devices."""
    with pytest.raises(catindex.UsageError, match="pass rejects"):
        catindex.process(malformed, streaming="/dev/null", recover=True)


def test_recover_writes_rejects_beside_the_first_output(malformed: Path, tmp_path: Path) -> None:
    """``process`` keeps the bytes of malformed records."""
    report = catindex.process(malformed, tmp_path / "out", recover=True)
    assert report.rejects == str(tmp_path / "out" / "rejects.xml")
    assert b"movies/2" in (tmp_path / "out" / "rejects.xml").read_bytes()


def test_recover_writes_no_rejects_of_a_sound_input(tmp_path: Path) -> None:
    """Without malformed records there is no file of rejects."""
    assert catindex.process(SAMPLE, tmp_path, recover=True).rejects is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dvd.xml", "streaming.xml"]


# Documentation.


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_run(code: str, printed: str, tmp_path: Path) -> None:
    """Every example of docs/python.md runs as a script beside the samples and prints what is shown."""
    for package, uses in (("pyarrow", "catindex.tables("), ("pandas", ".to_pandas(")):
        if uses in code:
            pytest.importorskip(package)
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    (tmp_path / "example.py").write_text(code, "utf-8")
    result = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, printed, "")


def test_the_page_has_every_name() -> None:
    """docs/python.md mentions every name of the API."""
    assert [name for name in catindex.__all__ if name not in DOCS and name != "__version__"] == []


def test_the_page_has_every_field_of_a_title() -> None:
    """docs/python.md lists every field of a title."""
    assert [name for name in catindex.Title.__dataclass_fields__ if f"`{name}`" not in DOCS] == []


def test_the_page_has_every_status() -> None:
    """The table of errors has each error with its status."""
    errors = [
        getattr(catindex, name) for name in catindex.__all__ if name.endswith("Error") and name != "CatindexError"
    ]
    rows = dict(re.findall(r"^\| `(\w+Error)` \| (\d+) \|", DOCS, re.MULTILINE))
    assert rows == {error.__name__: str(int(error.status)) for error in errors}
    assert all(issubclass(error, catindex.CatindexError) for error in errors)
