"""What the process uses."""

from __future__ import annotations

import contextlib
import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


# Options of mallopt(3), and up to how many bytes are kept: the most that it takes.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 32 << 20


def peak_rss_bytes() -> int:
    """Give the peak resident memory of this process so far, in bytes; 0 where the system does not tell."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def keep_freed_memory() -> None:
    """Have the process keep what it frees for what it needs next: slice after slice takes and frees the same amounts.

    glibc would give large blocks back to the system at once, and the system clears them anew each time; that was a tenth
    of a run. Elsewhere nothing happens.
    """
    try:
        import ctypes  # noqa: PLC0415 - only runs need it

        option = ctypes.CDLL(None).mallopt
    except (ImportError, OSError, AttributeError, TypeError):
        return
    option(_M_MMAP_THRESHOLD, _KEPT_BYTES)
    option(_M_TRIM_THRESHOLD, _KEPT_BYTES)


@contextlib.contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Keep Python from looking for cycles meanwhile: trees of elements have none, and the looking takes a third."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
