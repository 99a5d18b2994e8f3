"""Worker processes: a call that kills, stops or raises costs itself, and nothing outlives the driver."""

import os
import pickle
import signal
import time

import psutil
import pytest

from experiments.execution.worker_processes import HUNG, Processes, WorkerDied


def test_calls_that_kill_stop_or_raise_cost_only_themselves() -> None:
    with Processes(2, first=os.getpid, patience=1.5) as pool:
        fine = [pool.submit(pow, 2, n) for n in range(20)]
        killed = pool.submit(os._exit, 7)
        stopped = pool.submit(signal.raise_signal, signal.SIGSTOP)
        raised = pool.submit(divmod, 1, 0)
        more = [pool.submit(pow, 3, n) for n in range(20)]
        assert [call.result(20) for call in fine + more] == [2**n for n in range(20)] + [3**n for n in range(20)]
        with pytest.raises(WorkerDied, match="code 7") as died:
            killed.result(20)
        assert died.value.code == 7
        with pytest.raises(WorkerDied, match="did not answer") as died:
            stopped.result(20)
        assert died.value.code == HUNG
        with pytest.raises(ZeroDivisionError):
            raised.result(20)
        with pytest.raises((AttributeError, pickle.PicklingError)):
            pool.submit(lambda: 1)  # cannot be pickled: said at once
        pids = pool.pids
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(pow, 1, 1)
    assert not psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=5)[1]


def test_shutdown_without_waiting_for_calls() -> None:
    pool = Processes(1)
    running, waiting = pool.submit(time.sleep, 60), pool.submit(time.sleep, 60)
    while not running.running():
        time.sleep(0.01)
    began = time.monotonic()
    pool.shutdown(cancel_futures=True)
    assert time.monotonic() - began < 10
    assert waiting.cancelled()
    with pytest.raises(WorkerDied):
        running.result(0)
