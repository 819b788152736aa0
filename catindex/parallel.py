"""Runs functions in worker processes, through the interface of ``concurrent.futures``."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, TypeVar

from catindex.errors import FaultError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Task = TypeVar("Task")
Result = TypeVar("Result")


# The signals that end a worker at once: the pool ends its workers by SIGTERM if one of them died.
_ENDING_WORKERS = {signal.SIGTERM, signal.SIGHUP}

# In these versions of Python, a pool whose worker died waits forever for the thread that sends it the next task
# (gh-94777).
_WAITS_FOR_DEAD_WORKERS = sys.version_info < (3, 11, 7) or (3, 12) <= sys.version_info < (3, 12, 1)

# Each worker process has its own memory, and results for each wait in this process.
_MOST_JOBS = 256

_M_ARENA_MAX = -8  # in glibc's malloc.h


class InlineExecutor(Executor):
    """Runs every task at once, in this process."""

    def submit(self, function: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:  # noqa: ANN401
        """Run the task and return a future that is done."""
        future: Future[Result] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - raised again by future.result()
            future.set_exception(error)
        return future


@contextlib.contextmanager
def executor(jobs: int) -> Iterator[Executor]:
    """Provide an executor with this number of worker processes; with one job, tasks run in this process.

    Workers end with this process, however it ends. If the block is left by an exception, waiting tasks are dropped.
    Raises UsageError for more than 256 jobs.
    """
    if jobs > _MOST_JOBS:
        raise UsageError(f"{jobs} worker processes are too many; use at most {_MOST_JOBS} jobs")
    if jobs == 1:
        yield InlineExecutor()
        return
    # Fresh processes: unlike forked ones, they inherit neither locks nor threads nor open files.
    context = multiprocessing.get_context("spawn")
    _share_freed_memory()
    _start_resource_tracker()
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)
    try:
        yield pool
    except BaseException:
        if _WAITS_FOR_DEAD_WORKERS:  # without a reader on this side, the sending thread ends
            pool._call_queue._reader.close()  # type: ignore[attr-defined]  # noqa: SLF001
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _share_freed_memory() -> None:
    """Make all threads of this process allocate from one arena, if the C library is glibc.

    The pool has a thread for tasks and one for results. In arenas of their own, what one of them frees is of no use to
    the others: that took 16 MiB for a dump of 1.4 GB.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _start_resource_tracker() -> None:
    """Start the process by which Python removes the semaphores of a killed run, without its warning about them."""
    option = "ignore:resource_tracker"
    sys.warnoptions.append(option)
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(option)


def _start_worker() -> None:
    """Make a worker end when its parent does: a worker of ProcessPoolExecutor alone survives a killed parent.

    A terminal sends Ctrl-C to all processes, but only the parent handles it.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING_WORKERS)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def in_order(
    pool: Executor, function: Callable[[Task], Result], tasks: Iterable[Task], *, ahead: int
) -> Iterator[tuple[Task, Result]]:
    """Yield each task with its result, in the order of the tasks.

    At most ``ahead`` tasks are submitted before the first result is taken, so memory stays flat. An exception of the
    function or of ``tasks`` is raised when its turn comes. Raises FaultError if a worker process died.
    """
    waiting: deque[tuple[Task, Future[Result]]] = deque()
    remaining = iter(tasks)
    failure: Exception | None = None
    exhausted = False
    while waiting or not exhausted:
        while not exhausted and len(waiting) < ahead:
            try:
                task = next(remaining)
            except StopIteration:  # noqa: PERF203 - one per task
                exhausted = True
            except Exception as error:  # noqa: BLE001 - raised below, after the results of earlier tasks
                exhausted, failure = True, error
            else:
                waiting.append((task, submit(pool, function, task)))
        if waiting:
            task, future = waiting.popleft()
            yield task, _result(future)
    if failure is not None:
        raise failure


def submit(pool: Executor, function: Callable[[Task], Result], task: Task) -> Future[Result]:
    """Submit a task and return its future.

    A signal must not interrupt the start of a worker, and no worker gets Ctrl-C at all. If a worker process died, the
    error is that of the future.
    """
    with _signals_blocked():
        try:
            return pool.submit(function, task)
        except BrokenProcessPool as error:
            future: Future[Result] = Future()
            future.set_exception(error)
            return future


def _result(future: Future[Result]) -> Result:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise FaultError("a worker process ended before its work was done") from error


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block the signals that end a run. Threads and processes that are started meanwhile inherit that."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, *_ENDING_WORKERS})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def peak_rss_bytes() -> int:
    """Return the peak resident memory of this process so far, in bytes; 0 if the system does not report it."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@contextlib.contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Turn off the search for reference cycles. Trees of elements have none, and it takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
