"""README and docs are true: their commands run, their examples come out, and every option is documented."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest
from lxml import etree

from catindex.cli import main
from catindex.errors import Status
from catindex.export.tables import TABLES
from catindex.write.report import WARNINGS, Input, Records, Report
from tests.running import catindex

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = "README.md"
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / README, ROOT / "samples" / README, *sorted((ROOT / "docs").glob("*.md")))
}
OTHERS = ("CHANGELOG.md", "CONTRIBUTING.md")
# Pages whose examples need other files. Tests of their own run them.
OWN_TESTS = ("docs/archive.md", "docs/python.md")
TEXT = "\n".join(PAGES.values())
COMMANDS_PAGE, GUARANTEES = PAGES["docs/commands.md"], PAGES["docs/guarantees.md"]
MOST_LINES = 150  # of the README
SLOW = bool(os.environ.get("CATINDEX_SLOW") or os.environ.get("CI"))
CONTEXT = main.make_context("catindex", [], resilient_parsing=True)
#: What the dots in the README's XML stand for.
HOSTS = (('rel="…/', 'rel="http://schemas.netflix.com/'), ("…/", "http://api.netflix.com/"))


class Block(NamedTuple):
    """A code block in the shell's language: its page, its line there, and its commands, one per line."""

    page: str
    line: int
    commands: tuple[str, ...]

    def __str__(self) -> str:
        """Return the place of the block."""
        return f"{self.page}:{self.line}"


def blocks(language: str, page: str = README) -> list[str]:
    """Return the code blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.DOTALL | re.MULTILINE)


def is_set_up(block: str) -> bool:
    """Return whether a block creates a virtual environment."""
    return "-m venv" in block


def recipes() -> Iterator[Block]:
    """Yield every block of commands to run, of all pages."""
    for page, text in PAGES.items():
        for match in re.finditer(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            if page not in OWN_TESTS and not is_set_up(match[1]):
                yield Block(page, text.count("\n", 0, match.start(1)) + 1, tuple(match[1].splitlines()))


SET_UPS = [block.strip() for block in blocks("sh") if is_set_up(block)]
RECIPES = list(recipes())


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its name, the program itself first."""
    yield "catindex", main
    for name in main.list_commands(CONTEXT):
        command = main.get_command(CONTEXT, name)
        assert command is not None
        yield f"catindex {name}", command


def options(command: click.Command) -> list[click.Option]:
    """Return all options of a command, including ``--help``."""
    context = CONTEXT if command is main else click.Context(command, parent=CONTEXT)
    return [option for option in command.get_params(context) if isinstance(option, click.Option)]


def names(command: click.Command) -> list[str]:
    """Return all names of all options of a command."""
    return [name for option in options(command) for name in option.opts + option.secondary_opts]


COMMANDS = dict(commands())


def environment(home: Path) -> dict[str, str]:
    """Return an environment in which ``catindex`` is the one under test."""
    return {**os.environ, "HOME": str(home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def run(line: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in a directory."""
    return subprocess.run(
        ["/bin/bash", "-c", line],
        cwd=directory,
        env=environment(directory),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def skip_without_programs(line: str) -> None:
    """Skip a test if a program or package that the line needs is not installed, except in CI."""
    programs = {word for word in re.findall(r"[a-z]+", line) if word in {"jq", "xmllint"}}
    missing = sorted(name for name in programs if shutil.which(name) is None)
    if missing and not os.environ.get("CI"):
        pytest.skip(f"not installed: {', '.join(missing)}")
    if "--format parquet" in line:
        pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a user's directory: the samples, a dump, an installed program, and the outputs of the README's command."""
    made = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "samples", made / "samples")
    shutil.copy(ROOT / "samples" / "index-2.0.xml.gz", made / "catalog.xml.gz")
    (made / "catalog").mkdir()
    shutil.copy(made / "catalog.xml.gz", made / "catalog")
    scripts = made / "catindex" / ".venv" / "bin"
    scripts.mkdir(parents=True)
    program = shutil.which("catindex", path=environment(made)["PATH"])
    assert program is not None, "the package is not installed here: pip install -e '.[dev]'"
    (scripts / "catindex").symlink_to(program)
    (command,) = re.findall(r"`(catindex process [^`]* --report [^`]*)`", COMMANDS_PAGE)
    assert run(command, made).returncode == 0
    return made


@pytest.fixture
def directory(prepared: Path, tmp_path: Path) -> Path:
    """Copy the user's directory for one test."""
    return Path(shutil.copytree(prepared, tmp_path / "home", symlinks=True))


#: What identifies a command -> how its output begins.
PRINTED = {
    "grep -c '^<catalog_title>'": "6\n",
    "jq -r '.outputs[]": "streaming: 6 titles, ",
    "jq -r '.warnings[]": "2 duplicate, first movie/90000003\n",
    "grep -c 'term=\"Blu-ray\"'": "4\n",
    "--strict": "ended with status 1\n",
    "--year 2000..2010 --medium": "The Glass Orchard\nThe Paper Hussar\n",
    "--invert --count": "22\n",
    "index-2.0.xml.gz | head -2": "\n".join(shown.strip() for shown in blocks("diff", "docs/commands.md")),
    '"left"': "Brass Weather left dvd\n",
    "&& echo": "the same\n",
    "release_year == 1996": "Marigold Station\n",
    "--arg from": "2013-02-01T00:00:00Z The Paper Hussar\n",
    'select(.title == "The Sarah': "1x1 ",
    '"no TMS ids"': "0\nno TMS ids\n",
    "<show id=": "24\n",
}


@pytest.mark.parametrize("block", RECIPES, ids=str)
def test_recipes_run(block: Block, directory: Path) -> None:
    """Every command ends with status 0, prints its answer, and nothing on standard error without ``--verbose``."""
    skip_without_programs("\n".join(block.commands))
    for line in block.commands:
        result = run(line, directory)
        complaints = [] if "--verbose" in line else result.stderr.splitlines()
        assert (line, result.returncode, complaints) == (line, 0, [])
        for part, printed in PRINTED.items():
            assert part not in line or result.stdout.startswith(printed), line


@pytest.mark.parametrize("part", PRINTED)
def test_answers_are_of_one_command(part: str) -> None:
    """Each answer above is checked, with one command."""
    assert sum(part in line for block in RECIPES for line in block.commands) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_works_as_documented(shell: str, directory: Path) -> None:
    """The line for a shell's start file completes the commands of catindex."""
    (line,) = re.findall(rf"^\| {shell}[^|]*\| `(.*)` \|$", COMMANDS_PAGE, re.MULTILINE)
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"not installed: {shell}")
    known = {"bash": "complete -p catindex", "zsh": "print $_comps[catindex]", "fish": "complete -C 'catindex uni'"}
    compinit = "autoload -Uz compinit; compinit -u -D; " if shell == "zsh" else ""
    script = f"{compinit}{line.replace(chr(92), '')}\n{known[shell]}"
    result = subprocess.run(
        [program, "-c", script], env=environment(directory), capture_output=True, text=True, check=True, timeout=60
    )
    assert re.search("_catindex_completion|unify", result.stdout)


def test_the_crontab_line_runs_silently(directory: Path) -> None:
    """The line for a crontab has five fields, a command that prints nothing, and no percent sign."""
    (line,) = (line for block in blocks("cron", "docs/commands.md") for line in block.splitlines())
    command = line.split(maxsplit=5)[5]
    result = run(command, directory)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (directory / "catalog" / "report.json").exists()
    assert "%" not in command  # which cron turns into a line break


def test_set_up_takes_one_command_each() -> None:
    """Each set-up command creates the environment, installs from the checkout and runs something."""
    steps = [[shlex.split(step) for step in line.split(" && ")] for line in SET_UPS]
    make = ["python3", "-m", "venv", ".venv"]
    assert [
        [
            make,
            [".venv/bin/pip", "install", "."],
            [".venv/bin/catindex", "process", "samples/index-2.0.xml.gz", "-o", "out"],
        ],
        [make, [".venv/bin/pip", "install", ".[test]"], [".venv/bin/python", "-m", "pytest", "-n", "auto"]],
    ] == steps


def test_ci_runs_the_same_set_up() -> None:
    """CI creates an environment, installs the test extra (as part of ``dev``) and runs the tests in the same way."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    positions = [
        script.find(step) for step in ("python3 -m venv", 'pip" install', "'.[dev]'", "python -m pytest -n auto")
    ]
    assert positions == sorted(positions)
    assert min(positions) >= 0
    assert '"catindex[test,' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.skipif(not SLOW, reason="makes an environment: set CATINDEX_SLOW")
@pytest.mark.parametrize("line", SET_UPS, ids=["process", "tests"])
def test_set_up_runs(line: str, tmp_path: Path) -> None:
    """Both set-up commands work in a fresh copy of the checkout."""
    checkout = tmp_path / "checkout"
    unwanted = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "out")
    shutil.copytree(ROOT, checkout, ignore=unwanted)
    shutil.copytree(ROOT / ".ci", checkout / ".ci")
    inside = {name: value for name, value in os.environ.items() if name not in {"CI", "CATINDEX_SLOW"}}
    inside |= {"PYTEST_ADDOPTS": "--collect-only -q"}  # the tests themselves are running already
    result = subprocess.run(
        ["/bin/bash", "-c", line], cwd=checkout, env=inside, capture_output=True, text=True, check=False, timeout=900
    )
    assert result.returncode == 0, result.stdout + result.stderr
    if "-o out" in line:
        want = ROOT / "samples" / "expected" / "index-2.0" / "dvd.xml"
        assert want.read_bytes() == (checkout / "out" / "dvd.xml").read_bytes()
        assert (checkout / ".venv" / "share" / "man" / "man1" / "catindex-process.1").exists()  # where man looks


def test_the_series_comes_out_as_shown() -> None:
    """The records in the README become the title that it shows, apart from the format links that it leaves out."""
    before, after = (_with_hosts(block) for block in blocks("xml"))
    outcome = catindex("process", f"<catalog_titles>{before}</catalog_titles>".encode())
    (title,) = outcome.titles["streaming"]
    for formats in list(title.iter("delivery_formats")):
        link = formats.getparent()
        parent = link.getparent() if link is not None else None
        assert link is not None
        assert parent is not None
        parent.remove(link)
    assert _canonical(etree.fromstring(after)) == _canonical(title)


def _with_hosts(xml: str) -> str:
    for short, host in HOSTS:
        xml = xml.replace(short, host)
    return xml


def _canonical(element: etree._Element) -> str:
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True)
    bare = etree.fromstring(etree.tostring(element), parser)
    return str(etree.canonicalize(etree.tostring(bare, encoding="unicode")))


def test_the_report_comes_out_as_shown(directory: Path) -> None:
    """The report in the docs is that of the sample, apart from version, time, memory and shortened sums."""
    (shown,) = map(json.loads, blocks("json", "docs/guarantees.md"))
    result = run("catindex process samples/index-2.0.xml.gz -o out --report -", directory)
    report = json.loads(result.stdout)
    for output, other in zip(report["outputs"], shown["outputs"], strict=True):
        length = len(other["sha256"]) - 1
        output["sha256"] = f"{output['sha256'][:length]}…"
    for name in ("catindex", "elapsed_seconds", "peak_rss_bytes"):
        assert type(report.pop(name)) is type(shown.pop(name))
    assert shown == report


def test_the_report_has_the_keys_shown() -> None:
    """The docs show every part of the report."""
    (shown,) = map(json.loads, blocks("json", "docs/guarantees.md"))
    assert list(shown) == list(Report(Input("-"), Records()).as_dict())


def test_the_identity_is_documented() -> None:
    """The docs state the equation of the counts that the program checks."""
    names = [name for name in Records.__slots__ if name not in {"read", "conflicts"}]
    assert f"read = {' + '.join(names)}" in GUARANTEES


def test_warnings_are_documented() -> None:
    """The table of warnings has every warning of the report, and no other."""
    table = GUARANTEES.partition("| warning |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    assert sorted(code for row in rows for code in re.findall(r"`([^`]+)`", row)) == sorted(WARNINGS)


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_documented(name: str) -> None:
    """Every name of every option of a command is in the docs, in code."""
    code = {word for span in re.findall(r"`([^`\n]+)`", TEXT) for word in re.findall(r"--?[a-zA-Z][a-z-]*", span)}
    assert [option for option in names(COMMANDS[name]) if option not in code] == []


def test_documented_options_exist() -> None:
    """Every option in the tables of the docs exists."""
    known = {option for command in COMMANDS.values() for option in names(command)}
    rows = [row.split(" |")[0] for row in TEXT.splitlines() if row.startswith("| `-")]
    named = {word for row in rows for word in re.findall(r"(?<=`)--?[a-zA-Z][a-z-]*", row)}
    assert set() == named - known


@pytest.mark.parametrize("name", COMMANDS)
def test_options_have_help(name: str) -> None:
    """Every command and every option of it has a help text."""
    command = COMMANDS[name]
    silent = [option.name for option in options(command) if not option.help]
    assert (bool(command.help), silent) == (True, [])


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "catindex"])
def test_commands_are_documented(name: str) -> None:
    """Every command is in the table of commands, and in an example on some page."""
    assert re.search(rf"^\| `{name} [^`]+` \|", COMMANDS_PAGE, re.MULTILINE)
    examples = "\n".join(block for page in PAGES for block in blocks("sh", page))
    assert f"{name} " in examples


def test_statuses_are_documented() -> None:
    """The table of exit statuses has every status, and no other."""
    table = GUARANTEES.partition("## Exit statuses")[2].partition("##")[0]
    rows = re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE)
    assert sorted(Status) == sorted(int(number) for row in rows for number in row.split(","))


def test_the_readme_is_short() -> None:
    """The README has at most 150 lines."""
    assert len(PAGES[README].splitlines()) <= MOST_LINES


def test_the_readme_links_every_page() -> None:
    """Every page of the docs is linked from the README."""
    assert [page for page in PAGES if page != README and f"({page})" not in PAGES[README]] == []


@pytest.mark.parametrize("page", [*PAGES, *OTHERS])
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link leads to a file, and to a heading in it."""
    broken = []
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            broken.append(target)
    assert broken == []


def _anchors(path: Path) -> list[str]:
    """Return the anchors of a page's headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_tables_are_documented() -> None:
    """The page about export lists the tables with all columns."""
    found = re.findall(r"^\| `(\w+)` \| [^|`]+ \| (`.*`) \|$", PAGES["docs/export.md"], re.MULTILINE)
    assert {name: re.findall(r"`(\w+)`", columns) for name, columns in found} == {
        name: [column.name for column in table.columns] for name, table in TABLES.items()
    }
