"""Worker processes with one call at a time each, so that a crash or hang identifies the call that caused it.

`concurrent.futures.ProcessPoolExecutor` loses every call in flight with one worker, does not say which was guilty, and
waits for ever for a worker that hangs.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

_CONTEXT = multiprocessing.get_context("spawn")  # by name: Mesa 3.3 sets it globally at import, Mesa 4 does not
_STARTING = threading.Lock()


HUNG = 1
"""Exit code of a process that was ended because it did not answer (that of `faulthandler` too)."""


class WorkerDied(BrokenExecutor):
    """The worker process ended in the middle of this call: it crashed, was killed, ran out of memory, or hung.

    Attributes:
        code: Its exit code; negative for a signal, `HUNG` if it did not answer in time, None if nobody knows.
    """

    def __init__(self, message: str, code: int | None) -> None:
        super().__init__(message)
        self.code = code


class Processes(Executor):
    """Worker processes that take calls from one queue, one call at a time.

    A worker that dies is replaced, and only its own call fails, with `WorkerDied`. Workers die with this process.

    Args:
        workers: Number of processes, ≥ 1.
        first: Called in each new process before its first call, such as an import.
        patience: Seconds that a call may take before its worker counts as hung and is ended; None for no limit.
    """

    def __init__(
        self, workers: int, *, first: Callable[[], object] | None = None, patience: float | None = None
    ) -> None:
        self._calls: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        self._ended = False
        self._lanes = [_Lane(self._calls, i, first, patience) for i in range(workers)]
        for lane in self._lanes:
            lane.thread.start()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that are there now."""
        processes = [lane.process for lane in self._lanes]
        return [process.pid for process in processes if process is not None and process.pid]

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Queue a call of a function that can be imported, with arguments that can be pickled."""
        if self._ended:
            raise RuntimeError("no calls after shutdown")
        future: Future[T] = Future()
        self._calls.put((future, _packed(fn, args, kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers once the queue is empty; with `cancel_futures`, at once: what they have begun is lost."""
        self._ended = True
        while cancel_futures and not self._calls.empty():
            left = self._calls.get()
            if left is not None:
                left[0].cancel()
        for _ in self._lanes:
            self._calls.put(None)
        if cancel_futures:
            for lane in self._lanes:
                lane.stop()
        if wait:
            for lane in self._lanes:
                lane.thread.join()


class _Lane:
    """A thread of the driver with its worker process."""

    def __init__(
        self, calls: queue.SimpleQueue[Any], number: int, first: Callable[[], object] | None, patience: float | None
    ) -> None:
        self._calls, self._first, self._patience = calls, first, patience
        self._stopped = False
        self.process: Any = None
        self._connection: Any = None
        self.thread = threading.Thread(target=self._serve, name=f"peerbridge-{number}", daemon=True)

    def stop(self) -> None:
        """End the process now; from another thread."""
        self._stopped = True
        process = self.process
        if process is not None:
            process.kill()

    def _serve(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # processes started here never hear Ctrl-C: the driver tells them
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self._try_to_start()  # before the first call, so that workers get ready side by side
        while (item := self._calls.get()) is not None:
            future, call = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if self.process is None:
                    self._start()
                done, answer = self._ask(call, self._patience)
            except Exception as error:  # no process, a dead one, an answer that cannot be read: the caller's
                self._end()
                future.set_exception(error)
                self._try_to_start()
            else:
                future.set_result(answer) if done else future.set_exception(answer)
        self._end()

    def _try_to_start(self) -> None:
        try:
            self._start()
        except Exception:  # whatever it is: the next call meets it again and says so
            self._end()

    def _start(self) -> None:
        here, there = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=_work, args=(there,), name="peerbridge worker", daemon=True)
        with _STARTING, bare_main():
            process.start()
        there.close()
        self.process, self._connection = process, here
        if self._stopped:
            process.kill()
        if self._first is not None:
            done, answer = self._ask(_packed(self._first, (), {}), None)
            if not done:
                raise answer

    def _ask(self, call: bytes, patience: float | None) -> tuple[bool, Any]:
        try:
            self._connection.send_bytes(call)
            if not self._connection.poll(patience):
                raise WorkerDied("the worker process did not answer", HUNG)
            done, answer = self._connection.recv()
        except (EOFError, OSError):
            self.process.join(5)
            raise WorkerDied(_why(self.process.exitcode), self.process.exitcode) from None
        return done, answer

    def _end(self) -> None:
        process, connection = self.process, self._connection
        self.process = self._connection = None
        if process is not None:
            process.kill()
            process.join(5)
            connection.close()


def _packed(fn: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    return pickle.dumps((fn, args, kwargs), pickle.HIGHEST_PROTOCOL)


def _why(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in {int(s) for s in signal.Signals} else f"signal {-code}"
        return f"the worker process was ended by {name}"
    return f"the worker process ended with code {code}"


@contextmanager
def bare_main() -> Iterator[None]:
    """Prevent workers from importing the user's script, which would run again without `if __name__ == "__main__"`."""
    real = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = real


def _work(calls: Connection) -> None:
    """Main loop of a worker process: one call after the other until its driver is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            call = calls.recv_bytes()
            try:
                fn, args, kwargs = pickle.loads(call)
                answer: tuple[bool, Any] = True, fn(*args, **kwargs)
            except Exception as error:  # whatever the call raises is the caller's, in result()
                answer = False, error
            calls.send(answer)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()
    if sys.platform == "linux":  # also where this process is stuck and no thread of it runs
        import ctypes

        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
