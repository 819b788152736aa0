"""Completion in shells: what is offered, and that bash, zsh and fish take it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import CompletionItem, ShellComplete
from click.testing import CliRunner

from catindex.cli import COMMANDS, main

#: What has been typed -> what is offered, or some of it.
OFFERED = {
    "catindex ": set(COMMANDS),
    "catindex un": {"unify"},
    "catindex -": {"--help", "-h", "--version"},
    "catindex process --st": {"--streaming", "--strict"},
    "catindex get -h": {"-h"},
    "catindex validate --schemas --prof": {"--profile"},
    "catindex export --schema --par": {"--partition"},
    "catindex export --format ": {"ndjson", "csv", "sqlite", "parquet"},
    "catindex filter catalog.xml.gz --kind s": {"series", "season"},
}


def offered(typed: str) -> set[str]:
    """Ask catindex what it would offer after these words."""
    return {item.value for item in items(typed)}


def items(typed: str) -> list[CompletionItem]:
    """Ask catindex what it would offer, with what kind of thing it is."""
    _, *words, last = typed.split(" ")
    return ShellComplete(main, {}, "catindex", "").get_completions(words, last)


@pytest.mark.parametrize("typed", OFFERED)
def test_words_are_completed(typed: str) -> None:
    """Commands, their options and the choices of these are offered, also behind options that only print something."""
    found = offered(typed)
    assert OFFERED[typed] <= found
    assert [word for word in found if not word.startswith(typed.rpartition(" ")[2])] == []


def test_every_command_is_completed() -> None:
    """Commands are imported only when they are called, and yet each offers its options."""
    assert [name for name in COMMANDS if "--help" not in offered(f"catindex {name} -")] == []


@pytest.mark.parametrize(
    "typed",
    [
        *(f"catindex {name} " for name in COMMANDS if name not in {"archive", "rules"}),
        *(f"catindex process x --{name} " for name in ("output-dir", "dvd", "unavailable", "report", "rejects")),
        "catindex unify x -o ",
        "catindex info x --html ",
        "catindex get x --keys ",
    ],
)
def test_paths_are_left_to_the_shell(typed: str) -> None:
    """Where a file is asked for the shell completes its name."""
    (item,) = items(typed)
    assert item.type == "file"


#: Shell -> a program of it that completes $TYPED after it has taken the script, and prints what is offered.
TAKEN = {
    "bash": """
        eval "$SCRIPT"
        read -ra COMP_WORDS <<< "$TYPED"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        complete -p catindex >/dev/null || exit
        _catindex_completion catindex 2>/dev/null
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        compdef() { [[ $1 == _catindex_completion ]] }
        compadd() { print -l $completions }
        _describe() { print -l ${completions_with_descriptions%%:*} }
        eval "$SCRIPT"
        words=(${=TYPED}); CURRENT=$#words
        _catindex_completion
    """,
    "fish": """
        echo $SCRIPT | source
        complete -C $TYPED
    """,
}


@pytest.mark.parametrize("shell", TAKEN)
def test_shells_complete(shell: str, tmp_path: Path) -> None:
    """The script for a shell is printed, and makes the shell complete commands and choices."""
    script = CliRunner().invoke(main, env={"_CATINDEX_COMPLETE": f"{shell}_source"}, prog_name="catindex").output
    program = shutil.which(shell)
    if program is None:
        assert "_catindex_completion" in script
        pytest.skip(f"not installed: {shell}")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(tmp_path), "SCRIPT": script}
    for typed in ("catindex exp", "catindex export --format parq"):
        result = subprocess.run(
            [program, "-c", TAKEN[shell]],
            env={**environment, "TYPED": typed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert {line.partition("\t")[0] for line in result.stdout.split("\n")} - {""} == offered(typed)
