"""What the drivers of faults work on: a small study on the stand-in, in this process or in a child of it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]

STUDY = """
title = "Posts and follow-up"
question = "What do more posts and longer follow-up change?"
scenarios = ["bridge"]
baseline = "usual-care"
[design]
kind = "grid"
[levers]
"programme.peers" = { values = [2, 4] }
"programme.follow_up_days" = { values = [30, 90] }
[replications]
number = 4
[keep]
daily = true
"""


def fake_model() -> ModuleType:
    """The stand-in for the model, put in its place for this process and its children."""
    sys.path.insert(0, str(ROOT / "tests" / "experiments"))
    import fake_model as made

    import simulation
    from experiments.execution import executors, scheduler
    from experiments.execution.kept_tables import SERIES_DAILY
    from experiments.execution.tasks import RunOptions
    from experiments.studies import session
    from experiments.studies import sweep as sweeping

    made.install()
    for name, value in {"simulate": made.simulate, "VERSION": "fake", "SOURCE_HASH": "fake"}.items():
        setattr(simulation, name, value)
    simulation.kernel_is_compiled = lambda: True
    session.FLUSH_SECONDS = -1.0
    scheduler.AIM_SECONDS = 0.0
    sweeping._hire = lambda *_: scheduler.WorkerPool(
        executors.serial(), 1, RunOptions((SERIES_DAILY,), limit=None), ahead=1
    )
    return made


def peerbridge(*words: object) -> int:
    """A command of `peerbridge` in this process; its exit code. A traceback is whatever is raised."""
    from experiments.cli.entry import main

    try:
        main([str(word) for word in words])
    except SystemExit as ended:
        return int(ended.code or 0)
    raise AssertionError("main returns by SystemExit")


def in_child(work: Callable[[], object], kill_at: int | None = None, folder: Path | None = None) -> int:
    """Do `work` in a child of this process, silently; its exit code, or minus the signal that ended it.

    Args:
        work: What to do.
        kill_at: Number of the file operation in `folder`, from 0, before which the child is killed; None for none.
        folder: Where operations count.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(os.open(str(os.environ.get("FAULTS_LOG", os.devnull)), os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
            if kill_at is not None:
                assert folder is not None
                _die_at(kill_at, folder)
            found = work()
            code = found if isinstance(found, int) else 0
        except BaseException:  # whatever it is, it is told by the exit code, and the log has it
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


OPERATIONS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile", "os.truncate", "os.link"}


def _die_at(number: int, folder: Path) -> None:
    """Kill this process before file operation `number` in `folder`."""
    left, place = number, str(folder)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in OPERATIONS) and any(place in str(word) for word in arguments):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
