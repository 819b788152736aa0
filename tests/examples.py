"""Settings of Hypothesis: short runs repeat the same examples, long ones (CATINDEX_SLOW) try many new ones."""

from __future__ import annotations

import os

from hypothesis import settings

SLOW = bool(os.environ.get("CATINDEX_SLOW"))
LONGER = 20
PROFILE = "long" if SLOW else "short"

settings.register_profile("short", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None, print_blob=True)


def examples(count: int) -> int:
    """Return how many examples a test tries that tries ``count`` in a short run."""
    return count * LONGER if SLOW else count
