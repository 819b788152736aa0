"""The manual pages: made from the help, up to date, and valid for the programs that show them."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from catindex.cli import COMMANDS
from tests.manual import FOLDER, pages


def test_the_pages_shipped_say_what_the_help_says() -> None:
    """After a change of the help, run python -m tests.manual."""
    assert {path.name: path.read_text(encoding="ascii") for path in FOLDER.iterdir()} == pages()


def test_every_command_has_a_page() -> None:
    """There is one page for the program and one for each command, also for those of archive."""
    archive = {f"catindex-archive-{name}.1" for name in ("add", "info", "changes", "history", "sql")}
    assert set(pages()) == {"catindex.1", *(f"catindex-{name}.1" for name in COMMANDS), *archive}


@pytest.mark.parametrize("name", pages())
def test_a_page_has_the_usual_sections(name: str) -> None:
    """Every page has a date, exit statuses, the environment, examples and other pages to see."""
    page = pages()[name]
    headings = [line.removeprefix(".SH ") for line in page.split("\n") if line.startswith(".SH ")]
    usual = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES", "SEE ALSO"]
    assert [heading for heading in headings if heading in usual] == usual
    assert re.search(r"^\.TH \S+ 1 \d{4}-\d\d-\d\d ", page, re.MULTILINE)
    for other in re.findall(r"^\.BR (catindex\S*) \(1\)", page, re.MULTILINE):
        assert f"{other.replace(chr(92), '')}.1" in pages()


def test_pages_list_files() -> None:
    """The pages of commands that write files name the files that no option names."""
    assert "streaming.xml, dvd.xml" in pages()["catindex-process.1"]
    assert ".SH FILES" in pages()["catindex-archive-add.1"]
    assert ".SH FILES" not in pages()["catindex-rules.1"]


@pytest.mark.parametrize(
    "line",
    [
        r"catindex\-get \-",  # by which apropos finds it
        "[OPTIONS] INPUT KEY...",
        r"\fB\-f\fR, \fB\-\-format\fR [xml|ndjson]",
        "  catindex get catalog.xml.gz 70023522 \\-f ndjson",
        ".BR catindex (1),",
    ],
)
def test_a_page_has_what_a_manual_has(line: str) -> None:
    """Name, synopsis, options, examples and references have the usual form."""
    assert line in pages()["catindex-get.1"].split("\n")


def test_nothing_in_a_text_is_a_request() -> None:
    """Only the lines of the generator begin with a dot."""
    requests = {line.split()[0] for page in pages().values() for line in page.split("\n") if line[:1] in {".", "'"}}
    assert requests <= {'.\\"', ".TH", ".SH", ".PP", ".TP", ".B", ".BR", ".nf", ".fi"}


@pytest.mark.parametrize(
    "checker", [["mandoc", "-T", "lint", "-W", "unsupp"], ["groff", "-man", "-ww", "-Tascii", "-z"]]
)
def test_formatters_take_the_pages(checker: list[str]) -> None:
    """Neither mandoc nor groff finds an error."""
    if shutil.which(checker[0]) is None:
        pytest.skip(f"not installed: {checker[0]}")
    result = subprocess.run([*checker, *sorted(FOLDER.iterdir())], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
