"""Prepares a run of the tests: bytecode for the processes that they start, and the settings of Hypothesis."""

from __future__ import annotations

import compileall
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings

from tests import examples

if TYPE_CHECKING:
    import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Compile the package once, and load the profile of Hypothesis.

    Tests start hundreds of processes. Without bytecode, which PYTHONDONTWRITEBYTECODE and new checkouts lack, each of
    them spends 60 ms on compiling catindex.
    """
    if not hasattr(config, "workerinput"):  # in the main process, before the workers of pytest-xdist start
        compileall.compile_dir(Path(__file__).parent.parent / "catindex", quiet=2)
    settings.load_profile(examples.PROFILE)
