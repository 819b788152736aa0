"""catindex against the contract on random families of series; `python -m tests.oracle` runs many more."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.oracle.__main__ import DIALECTS
from tests.oracle.facts import DISC, EPISODE, SEASON
from tests.oracle.trial import agreement_differences, random_families, verdict_differences
from tests.oracle.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.facts import Family

SEED = 14
FAMILIES = 150
FAMILIES_PER_DUMP = 50
DUMPS = range(0, FAMILIES, FAMILIES_PER_DUMP)


@cache
def families(dialect: str, *, ambiguous: bool = False) -> list[Family]:
    """Return the families of the suite."""
    return random_families(SEED, FAMILIES, dialect, ambiguous=ambiguous)


def assert_none(differences: Iterator[str]) -> None:
    """Fail with what differs, if anything."""
    found = list(differences)
    assert not found, "\n".join([f"{len(found)} differences:", *found])


@pytest.mark.parametrize("first", DUMPS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_families_come_out_as_the_contract_says(dialect: str, first: int) -> None:
    """Titles, parts, order, numbers, names, availability and warnings are those that the contract's rules yield."""
    assert_none(verdict_differences(families(dialect)[first : first + FAMILIES_PER_DUMP], dialect))


@pytest.mark.parametrize("first", DUMPS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_runs_agree(dialect: str, first: int) -> None:
    """One pass equals three, a second run changes nothing, and the limit changes no availability."""
    assert_none(agreement_differences(families(dialect, ambiguous=True)[first : first + FAMILIES_PER_DUMP], dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_families_have_numbers_from_every_source(dialect: str) -> None:
    """The families of the suite are varied: each source of each number occurs, and so does each way to lack one."""
    verdicts = [judge(family) for family in families(dialect)]
    found = Counter((counted, number.source) for verdict in verdicts for counted, number in verdict.numbers())
    own = {"element", "series sequence", "title", "position", "position in series", None}
    assert {source for counted, source in found if counted == SEASON} == {
        "element", "label", "title", "sequence", "season", "weak", "year", "position", None,
    }  # fmt: skip
    assert {source for counted, source in found if counted == EPISODE} == own | {"sequence", "weak"}
    assert {source for counted, source in found if counted == DISC} == own
    assert any(verdict.claimed_twice for verdict in verdicts)
    assert any(not title.series.recorded for verdict in verdicts for title in verdict.titles)
