"""Adding dumps on a Dask cluster."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from catindex.cli import invoke
from catindex.errors import MissingExtraError, TransferError, UsageError
from tests.nights import files, movie, night
from tests.processes import catindex, eventually, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("pyarrow")

from catindex.archive import Archive

distributed = pytest.importorskip("distributed")

#: Dask leaves sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Start a cluster of two worker processes."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs="ERROR"
    ) as started:
        yield started


def add(archive: Path, *paths: Path | str, **options: Any) -> list[str]:
    """Add dumps and return what became of each."""
    return [result.status for result in Archive(str(archive)).add(map(str, paths), **options)]


def pids(cluster: Any) -> list[int]:
    """Return the processes of the workers."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


def test_a_cluster_writes_the_same_files(tmp_path: Path, cluster: Any) -> None:
    """An archive that a cluster wrote has the same files as that of one process."""
    paths = [night(tmp_path, number, *(movie(n) for n in range(50))) for number in range(1, 6)]
    bad = tmp_path / "missing.xml"
    expected = ["added"] * 5 + ["failed"]
    assert add(tmp_path / "cluster", *paths, bad, scheduler=cluster.scheduler_address) == expected
    assert add(tmp_path / "local", *paths, bad) == expected
    assert files(tmp_path / "cluster") == files(tmp_path / "local")


def test_paths_are_relative_to_the_directory_of_the_user(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers find them from other directories; the archive keeps the path as it was given."""
    monkeypatch.chdir(tmp_path)
    night(tmp_path, 1, movie(1))
    archive = Archive("archive")
    (result,) = archive.add(["2012-09-01.xml"], scheduler=cluster.scheduler_address)
    assert (result.status, archive.dumps()[0].path) == ("added", "2012-09-01.xml")


def test_a_path_that_a_worker_does_not_see(tmp_path: Path, cluster: Any) -> None:
    """One line says where it must be."""
    (result,) = Archive(str(tmp_path / "archive")).add(["missing.xml"], scheduler=cluster.scheduler_address)
    assert result.message.startswith("missing.xml: cannot be opened (No such file or directory); ")
    assert result.message.endswith(" must see it at " + os.path.abspath("missing.xml"))  # noqa: PTH100 - as it is shown


def test_a_worker_that_is_killed(tmp_path: Path, cluster: Any) -> None:
    """The dump that it converted is converted by another one; the archive is the same."""
    paths = [night(tmp_path, number, *(movie(n) for n in range(2000))) for number in range(1, 5)]
    archive = tmp_path / "archive"
    process = start("archive", "add", archive, *paths, "--scheduler", cluster.scheduler_address)
    assert eventually(lambda: any(archive.glob("_staging/*/*")), 30)
    os.kill(pids(cluster)[0], signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (0, b"", b"")
    add(tmp_path / "expected", *paths)
    assert files(archive) == files(tmp_path / "expected")


def test_a_killed_run_is_completed_by_the_next_one(tmp_path: Path, cluster: Any) -> None:
    """Workers that still work for the killed run do no harm."""
    paths = [night(tmp_path, number, *(movie(n) for n in range(1000))) for number in range(1, 5)]
    add(tmp_path / "expected", *paths)
    chance = random.Random(14)
    for _ in range(2):
        process = start("archive", "add", tmp_path / "archive", *paths, "--scheduler", cluster.scheduler_address)
        time.sleep(1 + chance.random() * 2)
        process.kill()
        process.communicate()
        ended = catindex("archive", "add", tmp_path / "archive", *paths, "--scheduler", cluster.scheduler_address)
        assert ended == (0, b"", "")
        assert files(tmp_path / "archive") == files(tmp_path / "expected")
        shutil.rmtree(tmp_path / "archive")


@pytest.mark.parametrize("address", ["nonsense", "nonsense://127.0.0.1:1", "tcp://127.0.0.1", ":8786"])
def test_an_address_that_is_not_of_a_scheduler(tmp_path: Path, address: str) -> None:
    """It is wrong usage."""
    with pytest.raises(UsageError, match="is not the address of a Dask scheduler; use an address such as tcp:"):
        add(tmp_path / "archive", night(tmp_path, 1, movie(1)), scheduler=address)


def test_a_scheduler_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The run ends with 74 and one line, and the archive is not created."""
    monkeypatch.setattr("catindex.archive.executors._CONNECT_SECONDS", 0.1)
    address, path = "tcp://127.0.0.1:9", night(tmp_path, 1, movie(1))
    assert invoke(["archive", "add", str(tmp_path / "archive"), str(path), "--scheduler", address]) == 74
    next_step = "start one with: dask scheduler"
    line = f"catindex: {address}: no Dask scheduler answers at this address; {next_step}\n"
    assert capfd.readouterr() == ("", line)
    assert not (tmp_path / "archive").exists()


def test_a_cluster_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to start some."""
    monkeypatch.setattr("catindex.archive.executors._WORKER_SECONDS", 0.1)
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty,
        pytest.raises(TransferError, match="has no workers; start some: dask worker tcp://"),
    ):
        add(tmp_path / "archive", night(tmp_path, 1, movie(1)), scheduler=empty.scheduler_address)


@pytest.mark.parametrize(
    ("packages", "problem"),
    [
        ({"catindex": None, "pyarrow": None}, "does not have catindex and pyarrow"),
        ({"catindex": "0.2.0", "pyarrow": None}, "does not have pyarrow"),
        ({"catindex": "0.0.1", "pyarrow": "1"}, "has catindex 0.0.1"),
    ],
)
def test_workers_without_catindex(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch, packages: dict[str, Any], problem: str
) -> None:
    """One line names the worker, what it lacks and the command that installs it."""
    ours = {"packages": {"catindex": "0.2.0", "pyarrow": "15"}}
    versions = {"client": ours, "workers": {"tcp://10.0.0.7:40000": {"packages": packages}}}
    monkeypatch.setattr(distributed.Client, "get_versions", lambda *_, **__: versions)
    with pytest.raises(TransferError) as caught:
        add(tmp_path / "archive", night(tmp_path, 1, movie(1)), scheduler=cluster.scheduler_address)
    install = "pip install 'catindex[archive]==0.2.0'"
    assert str(caught.value) == f"worker tcp://10.0.0.7:40000: {problem}; install it there: {install}"


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends with 69 and the command that installs it."""
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'catindex\[dask\]'"):
        add(tmp_path / "archive", night(tmp_path, 1, movie(1)), scheduler="tcp://127.0.0.1:9")
