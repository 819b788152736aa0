"""What ``--help`` says is true: every command shows examples, and they run as they stand."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from catindex.cli import COMMANDS, main

SAMPLES = Path(__file__).parent.parent / "samples"
#: What the examples look for -> what of the sample is made to be that: two titles, and an offer that ends.
LOOKED_FOR = {b"60001220": b"90000001", b"70023522": b"90000100", b"1349308800": b"1359676800"}


def examples(name: str) -> list[str]:
    """Give the examples in the help of a command, or of catindex itself."""
    text = CliRunner().invoke(main, [*name.split()[1:], "--help"], prog_name="catindex").output
    shown = re.search(r"^ *Examples:\n((?: +catindex .*\n)+)", text, re.MULTILINE)
    assert shown is not None, text
    return [line.strip() for line in shown[1].splitlines()]


NAMES = ["catindex", *(f"catindex {name}" for name in COMMANDS)]
EXAMPLES = list(dict.fromkeys(line for name in NAMES for line in examples(name)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with the files that the examples name."""
    made = tmp_path_factory.mktemp("examples")
    data = (SAMPLES / "index-2.0.xml").read_bytes()
    for shown, ours in LOOKED_FOR.items():
        data = data.replace(ours, shown)
    older = (SAMPLES / "index-1.x.xml").read_bytes()
    for name in ("catalog", "2012-09", "catalog-2012-09-14"):
        (made / f"{name}.xml.gz").write_bytes(gzip.compress(data))
    for name in ("2012-08", "catalog-2012-09-13"):
        (made / f"{name}.xml.gz").write_bytes(gzip.compress(older))
    (made / "search.xml").write_bytes(data)
    shutil.copy(SAMPLES / "expected" / "index-2.0" / "streaming.xml", made)
    (made / "title_states.xml").write_text("<title_states/>")
    (made / "wanted.txt").write_text("movie/60001220\n")
    return made


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_examples(name: str) -> None:
    """The help of every command ends its description with examples of its use, each on a line of its own."""
    assert all(f"{name} " in f"{line} " for line in examples(name))


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_run(line: str, folder: Path) -> None:
    """Every example ends well; that a dump is not without findings, and two not without differences, is status 1."""
    programs = {word for word in re.findall(r"(?<=\| )[a-z]+", line) if shutil.which(word) is None} - {"catindex"}
    if programs and not os.environ.get("CI"):
        pytest.skip(f"not installed: {', '.join(programs)}")
    result = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    tells = re.match(r"catindex (diff|validate catalog)", line) is not None
    complaints = [] if tells else result.stderr.splitlines()
    assert (result.returncode, complaints) == (int(tells), [])
