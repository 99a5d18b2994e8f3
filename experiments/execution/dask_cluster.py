"""Executor on the workers of a Dask scheduler, whose versions are checked first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar

from experiments.execution.scheduler import WorkerPool
from experiments.execution.tasks import RunOptions
from experiments.execution.worker import fingerprint
from experiments.support.errors import InputError

T = TypeVar("T")

CONNECT_SECONDS = 10
"""Longest wait for a scheduler to answer."""

LOOK_SECONDS = 2.0
"""Seconds between counts of the workers, which may come and go."""


class _Calls(Executor):
    """Dask's own executor; its futures can be dropped at once."""

    def __init__(self, client: Any) -> None:
        # pure: equal calls are still calls. retries: whether a batch is made again is for the engine to say.
        self._executor = client.get_executor(pure=False, retries=0)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = self._executor.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)


class Cluster:
    """The workers behind a Dask scheduler."""

    def __init__(self, address: str, client: Any) -> None:
        self.address, self._client = address, client
        self._slots, self._looked = 0, float("-inf")

    def slots(self) -> int:
        """How many runs they do at once; 0 while there are no workers."""
        now = time.monotonic()
        if now - self._looked > LOOK_SECONDS:
            try:
                self._slots, self._looked = sum(self._client.nthreads().values()), now
            except OSError:
                raise ConnectionError(f"the Dask scheduler at {self.address} is gone") from None
        return self._slots

    def pool(self, orders: RunOptions) -> WorkerPool:
        """The workers as the engine takes them."""
        from distributed import KilledWorker

        return WorkerPool(lambda: _Calls(self._client), self.slots, orders, died=(KilledWorker,))

    def check(self) -> None:
        """Raise unless every worker runs the same package versions as this process.

        Raises:
            InputError: A worker lacks the model or has other versions.
        """
        try:
            found = self._client.run(fingerprint)
        except ImportError as error:
            raise InputError(
                f"{self.address}: its workers cannot import Peerbridge ({error}); install the same version there",
                argument="dask",
            ) from None
        for worker, theirs in found.items():
            if theirs != fingerprint():
                raise InputError(
                    f"{self.address}: worker {worker} has {theirs}; here is {fingerprint()}", argument="dask"
                )


@contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """Connect to the scheduler at `address` and check its workers.

    Raises:
        InputError: Dask is not installed, nobody answers, or the workers have other versions.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("needs Dask: pip install 'peerbridge[distributed]'", argument="dask") from None
    for name in ("distributed", "tornado.application"):  # a lost connection is said once, by us
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{address}: no scheduler answers there ({reason})", argument="dask") from None
    try:
        cluster = Cluster(address, client)
        cluster.check()
        yield cluster
    finally:
        client.close(timeout=CONNECT_SECONDS)
