"""A calibration on the stand-in in a process of its own, to be killed: `calibration_driver.py OUT`.

It prints each wave as it starts, then how many of its runs are done.
"""

import json
import sys
from pathlib import Path
from typing import Any

from calibration_cases import few_parameters, run

from experiments.calibration import fitting
from experiments.execution import scheduler
from experiments.studies import session


def main() -> None:
    session.FLUSH_SECONDS = 0.1
    scheduler.AIM_SECONDS = 0.1
    scheduler.IN_PROCESS_SECONDS = 0.0
    fitting.free_parameters = few_parameters
    wave = [""]

    def start(name: str, todo: int, found: int) -> None:
        wave[0] = name
        print(json.dumps({"wave": name, "todo": todo, "found": found, "done": found}), flush=True)

    def standing(now: Any) -> None:
        print(json.dumps({"wave": wave[0], "done": now.done}), flush=True)

    run(Path(sys.argv[1]), workers=2, on_start=start, on_standing=standing)
    print(json.dumps({"wave": "end"}), flush=True)


if __name__ == "__main__":
    main()
