"""Work in several processes: tasks go out, results come back in the order of the tasks.

The workers are fresh processes that talk over pipes: unlike forked ones they inherit neither locks nor threads nor open
files, and they end by themselves when the main process does, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import secrets
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from catindex.errors import CatindexError, FaultError
from catindex.usage import peak_rss_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from types import TracebackType

    from typing_extensions import Self

Task = TypeVar("Task")
Result = TypeVar("Result")

# A worker finds the package where the main process found it, whatever the current folder or the environment.
_START = "import sys; sys.path[:] = {path!r}; from catindex.jobs import serve; serve()"


def processors() -> int:
    """Give how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Jobs:
    """Does tasks in so many processes; with one, in this process. Use it as a context manager."""

    def __init__(self, count: int) -> None:
        """Start ``count`` workers, or none for 1."""
        with _signals_blocked():
            seed = str(secrets.randbits(32))  # what one worker hashes is compared with what another one does
            self._workers = [_Worker(seed) for _ in range(count)] if count > 1 else []
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(max_workers=count) if self._workers else None

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Give each task with its result, in order. Only a few tasks are taken ahead, so memory stays flat.

        ``function`` and tasks are sent to the workers: a function of a module, and what can be pickled. What it raises
        is raised here, when its turn comes.
        """
        if self._threads is None:
            for task in tasks:
                yield task, function(task)
            return
        ahead: deque[tuple[Task, Future[Result]]] = deque()
        left: Iterator[Task] | None = iter(tasks)
        failure: Exception | None = None
        while left is not None or ahead:
            while left is not None and len(ahead) <= len(self._workers):
                upcoming: Task | None
                try:
                    upcoming = next(left, None)
                except Exception as error:  # noqa: BLE001 - its turn comes after what was read before it
                    upcoming, failure = None, error
                if upcoming is None:
                    left = None
                else:
                    ahead.append((upcoming, self._threads.submit(self._do, function, upcoming)))
            if ahead:
                first, future = ahead.popleft()
                yield first, future.result()
        if failure is not None:
            raise failure

    def _do(self, function: Callable[[Task], Result], task: Task) -> Result:
        worker = self._idle.get()
        try:
            result: Result = worker.do(function, task)
        finally:
            self._idle.put(worker)
        return result

    def peak_rss_bytes(self) -> int:
        """Give the sum of the peaks of all processes, in bytes."""
        return peak_rss_bytes() + sum(worker.do(_peak, None) for worker in self._workers)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the workers, also in the middle of a task."""
        for worker in self._workers:
            worker.end(at_once=kind is not None)
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Keep signals from the workers, which begin with the same mask: a terminal sends them to all processes.

    What to do is up to the main process. If it ends, so do they.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """The main process' end of one worker."""

    def __init__(self, seed: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", _START.format(path=sys.path)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=1 << 20,
        )

    def do(self, function: Callable[[Task], Result], task: Task) -> Result:
        """Have a task done. Raises what the function raises, and FaultError where the worker has gone."""
        to_worker, from_worker = self._process.stdin, self._process.stdout
        assert to_worker is not None
        assert from_worker is not None
        try:
            pickle.dump((function, task), to_worker, pickle.HIGHEST_PROTOCOL)
            to_worker.flush()
            result, error = pickle.load(from_worker)  # noqa: S301 - from our own worker
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as gone:
            raise FaultError("a worker process has ended before its work was done") from gone
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def end(self, *, at_once: bool) -> None:
        """End the process: as it finds nothing more to do, or at once."""
        if at_once:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


def _peak(_: None) -> int:
    return peak_rss_bytes()


def serve() -> None:
    """Be a worker: do tasks from standard input until there are no more."""
    # Ctrl-C goes to all processes of a terminal: the main process decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may get in between the results
    answer: tuple[Any, BaseException | None]
    try:
        while True:
            try:
                message = pickle.load(tasks)  # noqa: S301 - from our own main process
            except (EOFError, pickle.UnpicklingError):  # that has ended, maybe in the middle of a message
                return
            except CatindexError as error:  # a task that cannot be taken: what lies behind it in the pipe is lost
                answer, is_last = (None, error), True
            else:
                answer, is_last = _answer(*message), False
            pickle.dump(answer, results, pickle.HIGHEST_PROTOCOL)
            results.flush()
            if is_last:
                return
    except BrokenPipeError:
        os._exit(0)  # the main process has gone, and what is left in the buffer with it


def _answer(function: Callable[[Any], Any], task: Any) -> tuple[Any, BaseException | None]:  # noqa: ANN401
    try:
        return function(task), None
    except Exception as error:  # noqa: BLE001 - it is raised again in the main process
        return None, error
