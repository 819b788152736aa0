"""Executors for the tasks of a run: worker processes on this machine, or a Dask cluster."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from catindex.errors import CatindexError, MissingExtraError, TransferError, UsageError
from catindex.parallel import executor, submit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Executor, Future
    from contextlib import AbstractContextManager

Item = TypeVar("Item")
Task = TypeVar("Task")
Result = TypeVar("Result")

_CONNECT_SECONDS = 10
_WORKER_SECONDS = 10
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ucx|wss?)://)?(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[0-9]+")


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[tuple[Executor, int]]:
    """Provide an executor with worker processes, and how many tasks to submit ahead of the results.

    If the block is left by an exception, running tasks are stopped, because each can take minutes.
    """
    others = set(multiprocessing.active_children())  # of the program that uses the Python API
    with executor(jobs) as pool:
        try:
            yield pool, jobs + 1 if jobs > 1 else 1
        except BaseException:
            for worker in set(multiprocessing.active_children()) - others:
                worker.kill()
            raise


@contextlib.contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """Connect to the scheduler of a Dask cluster. Yields an executor, and how many tasks to submit ahead.

    Raises MissingExtraError without the package, TransferError if the scheduler cannot be reached or a worker does not
    have this version of catindex.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtraError("a Dask cluster needs the package distributed", "dask") from error
    if not _ADDRESS.fullmatch(address):
        raise UsageError(
            f"{address!r} is not the address of a Dask scheduler; use an address such as tcp://10.0.0.1:8786"
        )
    try:
        client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise TransferError(
            f"{address}: no Dask scheduler answers at this address; start one with: dask scheduler"
        ) from error
    with client:
        with contextlib.suppress(TimeoutError):  # a cluster that has just started
            client.wait_for_workers(1, timeout=_WORKER_SECONDS)
        _check_workers(client, address)
        yield client.get_executor(pure=False), 2 * sum(client.nthreads().values())


def _check_workers(client: Any, address: str) -> None:  # noqa: ANN401 - distributed need not be installed
    """Raise an error if a worker cannot run the tasks, or would write other files than this process."""
    versions = client.get_versions(packages=["catindex", "pyarrow"])
    if not versions["workers"]:
        raise TransferError(f"{address}: this Dask cluster has no workers; start some: dask worker {address}")
    ours = versions["client"]["packages"]["catindex"]
    for worker, found in sorted(versions["workers"].items()):
        packages = found["packages"]
        if missing := [name for name in ("catindex", "pyarrow") if packages[name] is None]:
            problem = f"does not have {' and '.join(missing)}"
        elif packages["catindex"] != ours:
            problem = f"has catindex {packages['catindex']}"
        else:
            continue
        raise TransferError(f"worker {worker}: {problem}; install it there: pip install 'catindex[archive]=={ours}'")


def in_order(
    open_pool: Callable[[], AbstractContextManager[tuple[Executor, int]]],
    function: Callable[[Task], Result],
    items: Iterable[Item],
    make_task: Callable[[Item], Task],
) -> Generator[tuple[Item, Result | Exception], None, None]:
    """Yield each item with the result of its task, in the order of the items.

    Tasks are created when they are submitted, a few ahead of the results. If a worker dies, its task runs once more,
    alone in a new pool. If that worker dies too, the exception replaces the result. ``function`` raises nothing.
    """
    waiting = deque(items)
    alone = False
    while waiting:
        batch = list(islice(waiting, 1 if alone else None))
        try:
            with open_pool() as (pool, ahead):
                for result in _results(pool, function, map(make_task, batch), ahead):
                    yield waiting.popleft(), result
            alone = False
        except CatindexError:  # the pool could not be opened
            raise
        except Exception as error:  # noqa: BLE001 - executors have different exceptions for this
            if alone:
                yield waiting.popleft(), error
            alone = not alone


def _results(pool: Executor, function: Callable[[Task], Result], tasks: Iterator[Task], ahead: int) -> Iterator[Result]:
    submitted: deque[Future[Result]] = deque()
    while True:
        submitted.extend(submit(pool, function, task) for task in islice(tasks, ahead - len(submitted)))
        if not submitted:
            return
        yield submitted.popleft().result()
