"""catindex against the contract on random families of series. `python -m tests.oracle` runs many more."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.oracle.expected import Expected, expect
from tests.oracle.facts import SEASON
from tests.oracle.numbers import OWN_NUMBER, SEASON_OF_PART, SEASON_OF_SEASON
from tests.oracle.runs import (
    DIALECTS,
    FAMILIES_PER_DUMP,
    agreement_differences,
    contract_differences,
    random_families,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracle.facts import Family

SEED = 1
FAMILIES = 150
FIRST = range(0, FAMILIES, FAMILIES_PER_DUMP)
FIRST_OF_RUNS = FIRST[:2]  # each dump is run 30 times


@cache
def families(dialect: str, *, ambiguous: bool = False) -> list[Family]:
    """Return the families of the suite."""
    return random_families(SEED, FAMILIES, dialect, ambiguous=ambiguous)


@pytest.fixture(name="expected", params=DIALECTS)
def fixture_expected(request: pytest.FixtureRequest) -> list[Expected]:
    """Return the expected output of the families of the suite in one dialect."""
    return [expect(family) for family in families(request.param)]


def fail_on(differences: Iterator[str]) -> None:
    """Fail if there are differences, and show them."""
    found = list(differences)
    if found:
        pytest.fail("\n".join([f"{len(found)} differences:", *found]), pytrace=False)


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_families_come_out_as_the_contract_says(dialect: str, first: int) -> None:
    """Titles, parts, order, numbers, names, availability and warnings are those that the rules yield."""
    fail_on(contract_differences(families(dialect)[first : first + FAMILIES_PER_DUMP], dialect))


@pytest.mark.parametrize("first", FIRST_OF_RUNS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_runs_agree(dialect: str, first: int) -> None:
    """One pass equals three, a second run changes nothing, and the limit changes no availability."""
    fail_on(agreement_differences(families(dialect, ambiguous=True)[first : first + FAMILIES_PER_DUMP], dialect))


def test_every_source_occurs(expected: list[Expected]) -> None:
    """The families of the suite have numbers from each source in the tables, and parts without numbers."""
    found = {(counted, number.source) for family in expected for counted, number in family.numbers()}
    tables = {SEASON: SEASON_OF_SEASON | SEASON_OF_PART, **OWN_NUMBER}
    assert found == {(counted, source) for counted, table in tables.items() for source in (*table, None)} | {
        (SEASON, "position")
    }


def test_every_warning_occurs(expected: list[Expected]) -> None:
    """The families of the suite have synthesized series, orphans, parts claimed twice, and repeated numbers."""
    titles = [title for family in expected for title in family.titles]
    assert any(not title.series.recorded for title in titles)
    assert any(family.orphans() for family in expected)
    assert any(family.claimed_twice for family in expected)
    assert any(title.repeats_a_number() for title in titles)
