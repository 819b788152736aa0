"""The entry point of ``catindex`` and ``python -m catindex``."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

_SIGNALS = ("SIGHUP", "SIGINT", "SIGTERM")


def run() -> NoReturn:
    """Run the program. A signal that arrives while it is still being imported ends it without a message."""
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: os._exit(128 + number))
    from catindex.cli import run as run_commands  # noqa: PLC0415 - see above

    run_commands()


if __name__ == "__main__":
    run()
