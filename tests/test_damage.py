"""Dumps damaged in any way: the run ends as documented, nothing is lost, and every output is well-formed."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.damage import LAYOUTS
from tests.examples import examples
from tests.fuzz import DAMAGE, DUMPS, LOOKING, PACKINGS, Case, damaged, main, outcome
from tests.running import COMMANDS

CASES = st.builds(
    Case,
    st.sampled_from(LAYOUTS),
    st.integers(0, DUMPS - 1),
    st.sampled_from(list(PACKINGS)),
    st.booleans(),
    st.lists(st.sampled_from(list(DAMAGE)), min_size=1, max_size=3).map(tuple),
    st.sampled_from([*COMMANDS, *LOOKING]),
    st.booleans(),
)


@settings(max_examples=examples(60))
@given(case=CASES, seed=st.integers(0, 10**9))
def test_any_damage_ends_as_documented(case: Case, seed: int) -> None:
    """Bytes flipped, deleted, doubled, swapped, cut off, overwritten, markup put in: in a dump or its packed form."""
    with tempfile.TemporaryDirectory() as folder:
        assert outcome(case, damaged(random.Random(seed), case), Path(folder))


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is the judge")
@pytest.mark.parametrize("command", COMMANDS)
def test_xmllint_accepts_what_recovery_writes(command: str, tmp_path: Path) -> None:
    """The outputs and the rejects of damaged dumps, however they are laid out."""
    names = []
    for seed, layout in enumerate(LAYOUTS):
        folder = tmp_path / layout
        folder.mkdir()
        kinds = ("flip", "delete", "overwrite")
        case = Case(layout, 5, "plain", packed_first=False, kinds=kinds, command=command, recover=True)
        assert outcome(case, damaged(random.Random(seed), case), folder) in ("1, with rejects", "65")
        names += [path for path in folder.glob("*.xml") if path.read_bytes() != b"old"]
    assert names
    subprocess.run(["xmllint", "--noout", *map(str, names)], check=True)


def test_the_long_run_tells_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    """As a program it prints a table, and nothing else where every run ends as documented."""
    assert main(["--runs", "20", "--seed", "7"]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.split()[:3] == ["damage", "--recover", "runs"]
    assert last.split()[:2] == ["all", "20"]
