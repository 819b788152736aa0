"""What the README says is true: its commands run, its examples come out, and no option is missing or made up."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from lxml import etree

from catindex.cli import main
from catindex.errors import Status
from catindex.write.report import WARNINGS, Input, Records, Report
from tests.running import catindex

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SLOW = bool(os.environ.get("CATINDEX_SLOW") or os.environ.get("CI"))
CONTEXT = main.make_context("catindex", [], resilient_parsing=True)
#: What the dots in the README's XML stand for.
HOSTS = (('rel="…/', 'rel="http://schemas.netflix.com/'), ("…/", "http://api.netflix.com/"))


def blocks(language: str) -> list[str]:
    """Give the README's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def is_set_up(block: str) -> bool:
    """Whether a block makes a virtual environment."""
    return "-m venv" in block


SET_UPS = [block.strip() for block in blocks("sh") if is_set_up(block)]
RECIPES = [line for block in blocks("sh") if not is_set_up(block) for line in block.splitlines()]


def commands() -> Iterator[tuple[str, click.Command]]:
    """Give every command with its name, the program itself first."""
    yield "catindex", main
    for name in main.list_commands(CONTEXT):
        command = main.get_command(CONTEXT, name)
        assert command is not None
        yield f"catindex {name}", command


def options(command: click.Command) -> list[click.Option]:
    """Give all options of a command, that for help included."""
    context = CONTEXT if command is main else click.Context(command, parent=CONTEXT)
    return [option for option in command.get_params(context) if isinstance(option, click.Option)]


def names(command: click.Command) -> list[str]:
    """Give all names of all options of a command."""
    return [name for option in options(command) for name in option.opts + option.secondary_opts]


COMMANDS = dict(commands())


def environment(home: Path) -> dict[str, str]:
    """Give an environment in which ``catindex`` is the one under test."""
    return {**os.environ, "HOME": str(home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in a folder."""
    return subprocess.run(
        ["/bin/bash", "-c", line],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def needs(line: str) -> list[str]:
    """Give the programs named in a line that are not installed."""
    named = {word for word in re.findall(r"[a-z]+", line) if word in {"jq", "xmllint"}}
    return sorted(name for name in named if shutil.which(name) is None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a user's folder: the samples, a dump of the README's name, an environment in the home, and first outputs."""
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
    assert run(RECIPES[0], made).returncode == 0  # the outputs that later recipes look at
    return made


@pytest.mark.parametrize("line", RECIPES)
def test_recipes_run(line: str, folder: Path) -> None:
    """Every recipe ends well and prints no complaint; only ``--verbose`` prints warnings."""
    missing = needs(line)
    if missing and not os.environ.get("CI"):
        pytest.skip(f"not installed: {', '.join(missing)}")
    if "steps/" in line:
        run(next(recipe for recipe in RECIPES if "-o steps" in recipe), folder)
    if "packed/" in line:
        run(next(recipe for recipe in RECIPES if "-o packed" in recipe), folder)
    result = run(line, folder)
    complaints = [] if "--verbose" in line else result.stderr.splitlines()
    assert (result.returncode, complaints) == (0, [])


@pytest.mark.parametrize(
    ("part", "printed"),
    [
        ("grep -c", "6\n"),
        ("jq -r '.outputs[]", "streaming: 6 titles, "),
        ("jq -r '.warnings[]", "2 duplicate, first movie/90000003\n"),
        ("--xpath", ' episode_short="Vow Wow"\n'),
        (
            "--dvd - | head",
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<catalog_titles>\n<catalog_title>',
        ),
        ("--strict", "ended with status 1\n"),
        ("--expires-before", 8 * " " + "<title>Saltwater Telegraph</title>\n"),
        ("--year 2000..2010", "The Glass Orchard\nThe Paper Hussar\n"),
        ("--invert --count", "22\n"),
        ("| head -5", "\n".join(shown.strip() for shown in blocks("diff"))),
        ('"left"', "Brass Weather left dvd\n"),
        ("&& echo", "the same\n"),
        ("release_year == 1996", "Marigold Station\n"),
        ("--arg from", "2013-02-01T00:00:00Z The Paper Hussar\n"),
        ('select(.title == "The Sarah', "1x1 "),
    ],
)
def test_recipes_print(part: str, printed: str, folder: Path) -> None:
    """A recipe that asks for something prints it."""
    (line,) = (recipe for recipe in RECIPES if part in recipe)
    missing = needs(line)
    if missing and not os.environ.get("CI"):
        pytest.skip(f"not installed: {', '.join(missing)}")
    assert run(line, folder).stdout.startswith(printed)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_switched_on_as_told(shell: str, folder: Path) -> None:
    """The line for a shell's start file makes that shell know catindex."""
    (line,) = re.findall(rf"^\| {shell}[^|]*\| `(.*)` \|$", README, re.MULTILINE)
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"not installed: {shell}")
    known = {"bash": "complete -p catindex", "zsh": "print $_comps[catindex]", "fish": "complete -C 'catindex uni'"}
    compinit = "autoload -Uz compinit; compinit -u -D; " if shell == "zsh" else ""
    script = f"{compinit}{line.replace(chr(92), '')}\n{known[shell]}"
    result = subprocess.run(
        [program, "-c", script], env=environment(folder), capture_output=True, text=True, check=True, timeout=60
    )
    assert re.search("_catindex_completion|unify", result.stdout)


def test_the_crontab_line_runs_silently(folder: Path) -> None:
    """The line for a crontab has five fields and a command that prints nothing, and reads without a percent sign."""
    (line,) = (line for block in blocks("cron") for line in block.splitlines())
    command = line.split(maxsplit=5)[5]
    result = run(command, folder)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (folder / "catalog" / "report.json").exists()
    assert "%" not in command  # which cron turns into a line break


def test_set_up_takes_one_command_each() -> None:
    """Both ways to begin are one line that makes the environment, installs from the checkout and runs something."""
    steps = [[shlex.split(step) for step in line.split(" && ")] for line in SET_UPS]
    make = ["python3", "-m", "venv", ".venv"]
    assert [
        [
            make,
            [".venv/bin/pip", "install", "."],
            [".venv/bin/catindex", "process", "samples/index-2.0.xml.gz", "-o", "out"],
        ],
        [make, [".venv/bin/pip", "install", ".[test]"], [".venv/bin/python", "-m", "pytest"]],
    ] == steps


def test_ci_runs_the_same_set_up() -> None:
    """What CI runs makes an environment, installs the test extra (as part of ``dev``) and runs the tests likewise."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    positions = [script.find(step) for step in ("python3 -m venv", 'pip" install', "'.[dev]'", "python -m pytest")]
    assert positions == sorted(positions)
    assert min(positions) >= 0
    assert 'dev = ["catindex[test]"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.skipif(not SLOW, reason="makes an environment: set CATINDEX_SLOW")
@pytest.mark.parametrize("line", SET_UPS, ids=["process", "tests"])
def test_set_up_runs(line: str, tmp_path: Path) -> None:
    """Both ways to begin work in a fresh copy of the checkout."""
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
    """The records shown first become the title shown after them, but for the formats, which are only spoken of."""
    before, after = (_with_hosts(block) for block in blocks("xml"))
    outcome = catindex("process", f"<catalog_titles>{before}</catalog_titles>".encode())
    (title,) = outcome.titles["streaming"]
    for link in title.findall(".//link[@title='formats']"):
        parent = link.getparent()
        assert parent is not None
        parent.remove(link)
    assert _canonical(etree.fromstring(after)) == _canonical(title)


def test_the_disc_is_where_the_readme_says() -> None:
    """The DVD file has the disc of the example, with the numbers that the README gives it."""
    outcome = catindex("process", f"<catalog_titles>{_with_hosts(blocks('xml')[0])}</catalog_titles>".encode())
    (disc,) = outcome.titles["dvd"][0].findall("link[@title='discs']/catalog_titles/catalog_title")
    assert (disc.findtext("season_number"), disc.findtext("disc_number")) == ("1", "1")


def _with_hosts(xml: str) -> str:
    for short, host in HOSTS:
        xml = xml.replace(short, host)
    return xml


def _canonical(element: etree._Element) -> str:
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True)
    bare = etree.fromstring(etree.tostring(element), parser)
    return str(etree.canonicalize(etree.tostring(bare, encoding="unicode")))


def test_the_report_comes_out_as_shown(folder: Path) -> None:
    """The report that the README shows is the sample's, but for version, time and memory; sums are shortened."""
    (shown,) = map(json.loads, blocks("json"))
    result = run("catindex process samples/index-2.0.xml.gz -o out --report -", folder)
    report = json.loads(result.stdout)
    for output, other in zip(report["outputs"], shown["outputs"], strict=True):
        length = len(other["sha256"]) - 1
        output["sha256"] = f"{output['sha256'][:length]}…"
    for name in ("catindex", "elapsed_seconds", "peak_rss_bytes"):
        assert type(report.pop(name)) is type(shown.pop(name))
    assert shown == report


def test_the_report_has_the_keys_shown() -> None:
    """The README shows every part of the report."""
    (shown,) = map(json.loads, blocks("json"))
    assert list(shown) == list(Report(Input("-"), Records()).as_dict())


def test_the_identity_stands_in_the_readme() -> None:
    """What the counts of the records add up to is said as the program checks it."""
    names = [name for name in Records.__slots__ if name not in {"read", "conflicts"}]
    assert f"read = {' + '.join(names)}" in README


def test_warnings_shown_exist() -> None:
    """The warnings in the README are warnings of the program."""
    (shown,) = map(json.loads, blocks("json"))
    assert {warned["code"] for warned in shown["warnings"]} <= set(WARNINGS)


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_in_the_readme(name: str) -> None:
    """Every name of every option of a command stands in the README, in code."""
    code = {word for span in re.findall(r"`([^`\n]+)`", README) for word in re.findall(r"--?[a-zA-Z][a-z-]*", span)}
    assert [option for option in names(COMMANDS[name]) if option not in code] == []


def test_no_option_is_made_up() -> None:
    """Every option in the README's tables exists."""
    known = {option for command in COMMANDS.values() for option in names(command)}
    rows = [row.split(" |")[0] for row in README.splitlines() if row.startswith("| `-")]
    named = {word for row in rows for word in re.findall(r"(?<=`)--?[a-z][a-z-]*", row)}
    assert set() == named - known


@pytest.mark.parametrize("name", COMMANDS)
def test_options_have_help(name: str) -> None:
    """Every command and every option of it says what it is for."""
    command = COMMANDS[name]
    silent = [option.name for option in options(command) if not option.help]
    assert (bool(command.help), silent) == (True, [])


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "catindex"])
def test_commands_are_in_the_readme(name: str) -> None:
    """Every command is in the table of commands and in a recipe."""
    assert re.search(rf"^\| `{name} [^`]+` \|", README, re.MULTILINE)
    assert any(f"{name} " in line for line in RECIPES)


def test_statuses_are_in_the_readme() -> None:
    """The table of exit statuses has every status, and no other."""
    table = README.partition("## Exit statuses")[2].partition("##")[0]
    rows = re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE)
    assert sorted(Status) == sorted(int(number) for row in rows for number in row.split(","))


def test_modules_are_in_the_readme() -> None:
    """The layout of the code names what is there."""
    (layout,) = blocks("text")
    names = [Path(name).name for name in re.findall(r"[\w/]+(?:\.py|/)", layout)]
    there = {path.name for path in (ROOT / "catindex").rglob("*")}
    assert [name for name in names if name not in there] == []
