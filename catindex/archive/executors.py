"""Executors for the tasks of a run: worker processes on this machine, or a Dask cluster."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import re
import threading
from collections import deque
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, TypeVar

from catindex.errors import CatindexError, MissingExtraError, TransferError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from contextlib import AbstractContextManager

Item = TypeVar("Item")
Task = TypeVar("Task")
Result = TypeVar("Result")

_CONNECT_SECONDS = 10
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ucx|wss?)://)?(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[0-9]+")


# To be replaced by catindex.parallel.executor, which has the same signature.
@contextlib.contextmanager
def executor(jobs: int) -> Iterator[Executor]:
    """Provide an executor with this number of worker processes; with one job, tasks run in this process.

    Workers end with this process, however it ends. If the block is left by an exception, running tasks are stopped.
    """
    if jobs == 1:
        yield _InlineExecutor()
        return
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 - terminate_workers() is in Python 3.14
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


class _InlineExecutor(Executor):
    def submit(self, function: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:  # noqa: ANN401
        future: Future[Result] = Future()
        future.set_result(function(*args, **kwargs))
        return future


def _start_worker() -> None:
    """Make a worker end when its parent does."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[tuple[Executor, int]]:
    """Provide an executor with worker processes, and how many tasks to submit ahead of the results."""
    with executor(jobs) as pool:
        yield pool, jobs + 1 if jobs > 1 else 1


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
        raise UsageError(f"{address!r} is not the address of a Dask scheduler, such as tcp://10.0.0.1:8786")
    try:
        client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise TransferError(f"{address}: no Dask scheduler answers there") from error
    with client:
        _check_workers(client, address)
        yield client.get_executor(pure=False), 2 * sum(client.nthreads().values())


def _check_workers(client: Any, address: str) -> None:  # noqa: ANN401 - distributed need not be installed
    """Refuse workers that cannot do the tasks, or would write other files than this process."""
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

    Tasks are made when they are submitted, a few ahead of the results. A task whose worker died runs once more, alone
    in a new pool. If that worker dies too, the exception takes the place of the result. ``function`` raises nothing.
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
        except CatindexError:  # from opening the pool
            raise
        except Exception as error:  # noqa: BLE001 - executors have different exceptions for this
            if alone:
                yield waiting.popleft(), error
            alone = not alone


def _results(pool: Executor, function: Callable[[Task], Result], tasks: Iterator[Task], ahead: int) -> Iterator[Result]:
    submitted: deque[Future[Result]] = deque()
    while True:
        submitted.extend(pool.submit(function, task) for task in islice(tasks, ahead - len(submitted)))
        if not submitted:
            return
        yield submitted.popleft().result()
