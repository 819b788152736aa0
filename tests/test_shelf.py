"""Where the records of series wait: every byte and key comes back, in families, whatever the order they came in."""

from __future__ import annotations

import itertools

import pytest

from catindex.errors import TransferError
from catindex.series.relations import Edge
from catindex.series.shelf import Shelf


def put(shelf: Shelf, *records: tuple[str, list[Edge]]) -> None:
    """Put records on the shelf, with their keys as their bytes."""
    for number, (key, edges) in enumerate(records, start=1):
        shelf.put(number, key, 10 * number, key.encode(), edges)
    shelf.settle()


def own(child: str, parent: str) -> Edge:
    """Say that a child names its parent."""
    return Edge(child, parent, own=True)


def listed(parent: str, child: str) -> Edge:
    """Say that a parent lists its child."""
    return Edge(child, parent, own=False)


def homes(shelf: Shelf) -> dict[str, list[str]]:
    """Give the keys of each family, in order."""
    return {str(group.key): [record.key for record in group.records] for group in shelf.families()}


def test_what_was_put_comes_back() -> None:
    """A record comes back with its number, key, line and bytes."""
    with Shelf() as shelf:
        put(shelf, ("series/1", []), ("episode/2", [own("episode/2", "series/1")]))
        (group,) = shelf.families()
    assert group.key == "series/1"
    assert group.records == ((1, "series/1", 10, b"series/1"), (2, "episode/2", 20, b"episode/2"))


def test_copies() -> None:
    """The first record with a key is new; each later one gets the number and the digest of the first."""
    with Shelf() as shelf:
        assert [
            shelf.first_copy(number, "movie/1", digest) for number, digest in ((1, b"a"), (2, b"b"), (3, b"a"))
        ] == [
            None,
            (1, b"a"),
            (1, b"a"),
        ]
        assert shelf.first_copy(4, "episode/1", b"a") is None


def test_a_record_on_the_shelf_can_be_read_again() -> None:
    """By its number, also between records that are put there."""
    with Shelf() as shelf:
        for number in range(1, 4):
            shelf.put(number, f"episode/{number}", number, b"x" * number, [])
            assert [shelf.data_of(one) for one in range(1, number + 1)] == [b"x" * one for one in range(1, number + 1)]


RECORDS = [
    ("series/1", [listed("series/1", "season/1")]),
    ("season/1", [listed("season/1", "disc/2"), listed("season/1", "episode/4")]),
    ("disc/2", [listed("disc/2", "episode/3")]),
    ("episode/3", []),
    ("episode/4", []),
]


@pytest.mark.parametrize("order", list(itertools.permutations(RECORDS))[::17])
def test_a_chain_of_links_in_any_order(order: tuple[tuple[str, list[Edge]], ...]) -> None:
    """An episode listed by a disc listed by a season listed by a series belongs to the series."""
    with Shelf() as shelf:
        put(shelf, *order)
        assert homes(shelf) == {"series/1": [key for key, _ in order]}
        assert list(shelf.orphans()) == []


def test_families_come_as_they_were_first_met() -> None:
    """The order of families is that of their first records, series or part."""
    with Shelf() as shelf:
        put(
            shelf,
            ("episode/1", [own("episode/1", "series/8")]),
            ("series/9", []),
            ("series/8", []),
            ("episode/2", [own("episode/2", "series/9")]),
        )
        assert homes(shelf) == {"series/8": ["episode/1", "series/8"], "series/9": ["series/9", "episode/2"]}


def test_orphans_come_one_by_one_in_input_order() -> None:
    """A part that leads to no series is a group without a key, also where parts lead to each other."""
    with Shelf() as shelf:
        put(shelf, ("episode/3", []), ("disc/1", [listed("disc/1", "episode/3")]), ("series/1", []))
        assert [(group.key, group.records[0].key) for group in shelf.orphans()] == [
            (None, "episode/3"),
            (None, "disc/1"),
        ]


def test_what_a_child_says_goes_before_what_a_list_says() -> None:
    """A part listed by one series that itself names another belongs to the latter, though the list came first."""
    with Shelf() as shelf:
        put(
            shelf,
            ("series/1", [listed("series/1", "episode/3")]),
            ("episode/3", [own("episode/3", "series/2")]),
            ("series/2", []),
        )
        assert homes(shelf) == {"series/1": ["series/1"], "series/2": ["episode/3", "series/2"]}
        assert list(shelf.claimed_twice()) == [("episode/3", 20)]


def test_a_direct_claim_goes_before_one_through_a_season() -> None:
    """A series that lists an episode has it before one whose season lists it."""
    with Shelf() as shelf:
        put(
            shelf,
            ("season/5", [own("season/5", "series/1"), listed("season/5", "episode/3")]),
            ("episode/3", []),
            ("series/2", [listed("series/2", "episode/3")]),
        )
        assert homes(shelf) == {"series/1": ["season/5"], "series/2": ["episode/3", "series/2"]}


def test_what_belongs_elsewhere() -> None:
    """A family knows which keys in its lists belong to another series, but not those that nobody else has."""
    with Shelf() as shelf:
        put(
            shelf,
            ("series/1", [listed("series/1", "episode/3"), listed("series/1", "episode/4")]),
            ("episode/3", [own("episode/3", "series/2")]),
        )
        assert {group.key: set(group.elsewhere) for group in shelf.families()} == {
            "series/1": {"episode/3"},
            "series/2": set(),
        }


def test_a_circle_of_links_ends() -> None:
    """Edges that go round, or from a part to itself, lead to no series and do no harm."""
    with Shelf() as shelf:
        put(
            shelf,
            ("season/1", [own("season/1", "disc/2"), own("season/1", "season/1")]),
            ("disc/2", [own("disc/2", "season/1")]),
        )
        assert homes(shelf) == {}
        assert len(list(shelf.orphans())) == 2


def test_a_full_disk_is_an_error_with_the_folder_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk takes no more, the message names the folder and how to choose another."""

    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, f"No space left on device for {len(data)} bytes")

        def close(self) -> None:
            pass

    with Shelf() as shelf:
        shelf._data.close()  # noqa: SLF001
        monkeypatch.setattr(shelf, "_data", Full())
        with pytest.raises(TransferError, match="TMPDIR"):
            shelf.put(1, "series/1", 1, b"x", [])
