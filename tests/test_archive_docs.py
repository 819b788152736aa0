"""What docs/archive.md and the help say is true: every command, query and Python example runs."""

from __future__ import annotations

import contextlib
import gzip
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import catindex
from catindex.cli.archive import command
from tests.nights import dump, movie

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

from catindex.archive import Archive, Change, Dump, Period
from catindex.export.tables import TABLES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
COMMANDS = {name: sub for name, sub in command.commands.items() if isinstance(sub, click.Command)}


def blocks(language: str) -> list[str]:
    """Return the page's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def examples(name: str) -> list[str]:
    """Return the examples in the help of a command."""
    text = CliRunner().invoke(command, [name, "--help"]).output
    return re.findall(r"^ +(catindex .*)$", text.partition("Examples:")[2], re.MULTILINE)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a directory with the dumps that the examples name, and go there."""
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    (tmp_path / "dumps").mkdir()
    for day, number in ((1, 60001220), (2, 70142415)):
        path = dump(tmp_path / f"catalog-2012-09-0{day}.xml", movie(60001220), movie(number + day))
        (tmp_path / "dumps" / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    others = {"catalog-2012-09-13": movie(1), "catalog-2012-09-14": movie(60001220), "catalog": movie(2)}
    for name, records in others.items():
        (tmp_path / f"{name}.xml.gz").write_bytes(gzip.compress(dump(tmp_path / f"{name}.xml", records).read_bytes()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def archive(directory: Path) -> Archive:
    """Make the archive that the examples ask."""
    made = Archive(directory / "nights")
    made.add(sorted((directory / "dumps").iterdir()))
    return made


def shell(script: str, *, timeout: int = 60) -> subprocess.CompletedProcess[str]:
    """Run a script as a user would, and end the servers that it starts."""
    command = ["/bin/bash", "-e", "-o", "pipefail", "-c", script]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True, start_new_session=True) as process:
        try:
            out, err = "", ""
            process.wait(timeout)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = process.stdout.read(), process.stderr.read()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


LOCAL = [block for block in blocks("sh") if "pip install" not in block and "s3://" not in block]
REMOTE = "".join(block for block in blocks("sh") if "pip install" not in block and "s3://" in block)


def test_commands_of_the_page(directory: Path) -> None:
    """They end well, in the order in which they stand."""
    ended = shell("".join(LOCAL))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (directory / "nights.html").exists()


@pytest.mark.usefixtures("directory")
def test_commands_with_urls() -> None:
    """They end well with a server that speaks the protocol of S3, and with a cluster that they start."""
    for package in ("s3fs", "distributed"):
        pytest.importorskip(package)
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (settings | {"AWS_DEFAULT_REGION": "us-east-1"}).items():
            patch.setenv(name, value)
        prepare = (
            "import fsspec; s3 = fsspec.filesystem('s3'); s3.mkdir('catalog'); "
            "s3.put('dumps/', 'catalog/dumps/', recursive=True)"
        )
        subprocess.run([sys.executable, "-c", prepare], check=True)
        ended = shell(REMOTE.replace("8786", str(20000 + os.getpid() % 20000)), timeout=120)
    server.stop()
    assert ended.returncode == 0, ended.stderr
    changes = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    assert changes == []  # at that point, the archive has one dump


@pytest.mark.parametrize("query", blocks("sql"))
def test_queries_of_the_page(archive: Archive, query: str) -> None:
    """Other programs read the layout as the page says."""
    found = importlib.import_module("duckdb").sql(query).fetchall()
    assert [(day, titles) for day, titles in found] == [(row.dump_date, row.titles) for row in archive.dumps()]


@pytest.mark.parametrize("code", blocks("python"))
def test_python_of_the_page(archive: Archive, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example runs."""
    assert archive.dumps()
    for name in re.findall(r"^(?:import|from) (pandas|pyspark)", code, re.MULTILINE):
        pytest.importorskip(name)
    monkeypatch.setattr(catindex, "Archive", Archive, raising=False)
    exec(compile(code, "docs/archive.md", "exec"), {})


def test_examples_in_the_help(directory: Path) -> None:
    """They end well, in the order of the commands; each command has some."""
    assert all(examples(name) for name in COMMANDS)
    if shutil.which("jq") is None:
        pytest.skip("not installed: jq")
    ended = shell("\n".join(line for name in COMMANDS for line in examples(name)))
    assert (ended.returncode, ended.stderr) == (0, ""), directory


@pytest.mark.parametrize("name", COMMANDS)
def test_options_have_help(name: str) -> None:
    """Every command and every option of it is described."""
    silent = [option.name for option in COMMANDS[name].params if isinstance(option, click.Option) and not option.help]
    assert (bool(COMMANDS[name].help), silent) == (True, [])


def test_names_are_in_the_page() -> None:
    """All columns, statuses, tables and methods are described."""
    from catindex.archive import results  # noqa: PLC0415

    statuses = [results.ADDED, results.REPLACED, results.SKIPPED, results.DUPLICATE, results.REFUSED, results.FAILED]
    fields = [*Dump.__dataclass_fields__, *Change._fields, *Period._fields, *TABLES, *statuses]
    missing = [name for name in dict.fromkeys(fields) if f"`{name}`" not in PAGE and f"{name}/" not in PAGE]
    assert missing == []
    methods = [name for name, value in vars(Archive).items() if callable(value) and not name.startswith("_")]
    assert [name for name in methods if f"`{name}(" not in PAGE] == ["database"]
