"""A sweep in a process of its own, to be killed: `sweep_driver.py STUDY OUT ADDRESS-or-empty`.

It prints its process id and those of its workers once runs come in, then how far it is.
"""

import json
import sys
from pathlib import Path

from experiments import sweep
from experiments.execution import scheduler
from experiments.execution.worker_processes import Processes
from experiments.studies import session
from experiments.studies.definition.reader import read_study_file


def main() -> None:
    study, out, address = sys.argv[1:4]
    session.FLUSH_SECONDS = 0.2
    scheduler.AIM_SECONDS = 0.1

    made: list[Processes] = []
    start = Processes.__init__

    def remember(self: Processes, *args: object, **options: object) -> None:
        made.append(self)
        start(self, *args, **options)  # type: ignore[arg-type]

    Processes.__init__ = remember  # type: ignore[method-assign, assignment]

    def say(standing: session.Progress) -> None:
        pids = made[-1].pids if made else []
        print(json.dumps({"done": standing.done, "total": standing.total, "workers": pids}), flush=True)

    data = sweep(
        read_study_file(Path(study)), out=out, workers=None if address else 2, dask=address or None, on_standing=say
    )
    print(json.dumps({"ended": data.ended}), flush=True)


if __name__ == "__main__":
    main()
