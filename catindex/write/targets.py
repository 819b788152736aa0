"""The paths of the outputs of a run that writes one file per medium."""

# ruff: noqa: PTH110, PTH113 - Path.exists can raise PermissionError

from __future__ import annotations

import contextlib
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from catindex.errors import CannotCreateError
from catindex.rules.formats import DVD, STREAMING
from catindex.write.output import STDOUT
from catindex.write.xml import UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    StrPath = str | os.PathLike[str]

REJECTS = "rejects.xml"


def split_targets(
    output_dir: StrPath | None,
    streaming: StrPath | None,
    dvd: StrPath | None,
    unavailable: StrPath | None,
    compression: str | None,
) -> dict[str, str]:
    """Return the path of each output: the paths that are named, and files in ``output_dir`` for the other media.

    Without ``output_dir``, only named outputs are written. ``compression`` sets the suffix in the directory.
    """
    targets = {}
    suffix = f".{compression}" if compression else ""
    for medium, path in ((STREAMING, streaming), (DVD, dvd)):
        if path is not None:
            targets[medium] = os.fspath(path)
        elif output_dir is not None:
            targets[medium] = str(Path(output_dir, f"{medium}.xml{suffix}"))
    if unavailable is not None:
        targets[UNAVAILABLE] = os.fspath(unavailable)
    return targets


def rejects_beside(targets: Iterable[str]) -> str | None:
    """Return the default path of the rejects: in the directory of the first output that is a file, if there is one."""
    for target in targets:
        if target != STDOUT and (os.path.isfile(target) or not os.path.exists(target)):
            return str(Path(target).parent / REJECTS)
    return None


@contextlib.contextmanager
def new_directory(path: StrPath | None) -> Iterator[None]:
    """Create a directory if it does not exist. Remove it again if the block raises. Raises CannotCreateError."""
    created = False
    if path is not None and not os.path.exists(path):
        try:
            Path(path).mkdir()
        except OSError as error:
            parent = shlex.quote(str(Path(path).parent))
            missing = isinstance(error, FileNotFoundError)
            next_step = f"create its parent first: mkdir -p {parent}" if missing else "choose another path"
            raise CannotCreateError(f"{path}: cannot be created ({error.strerror}); {next_step}") from error
        created = True
    try:
        yield
    except BaseException:
        if created:
            with contextlib.suppress(OSError):  # another program has put a file into it
                Path(path or "").rmdir()
        raise
