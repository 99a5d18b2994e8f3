"""The calendar of sleepers against asking everybody every day."""

from __future__ import annotations

from benchmarks.figures import Benchmark, Figure
from benchmarks.timing import in_turns
from scenarios import load
from simulation.engine import Engine


def measure(quick: bool) -> list[Figure]:
    figures = []
    for title, scenario, overrides in (
        ("`bridge`", "bridge", ()),
        (
            "nothing but people at home",
            "usual-care",
            ("parameters.acute_need.rate=0.01", "hospital.background_occupancy=0.0"),
        ),
    ):
        config = load(scenario, overrides)
        engines = {}

        def make(scan: bool, config=config, engines=engines) -> None:
            engines[scan] = Engine(config, 1, scan=scan)

        for scan in (False, True):
            make(scan)
            engines[scan].run()
        same = {scan: engine.result().values for scan, engine in engines.items()}
        if any(a != b and a == a for a, b in zip(same[False].values(), same[True].values(), strict=True)):
            raise RuntimeError("calendar and daily scan differ")
        seconds = in_turns(
            {
                "make": lambda make=make: make(False),
                "calendar": lambda engines=engines: engines[False].run(),
                "make scan": lambda make=make: make(True),
                "scan": lambda engines=engines: engines[True].run(),
            },
            3 if quick else 11,
        )
        figures.append(Figure(f"{title}: daily scan against calendar", seconds["scan"] / seconds["calendar"], "×"))
        figures.append(Figure(f"{title}: days with the calendar", 1e3 * seconds["calendar"], "ms"))
        figures.append(Figure(f"{title}: days with the daily scan", 1e3 * seconds["scan"], "ms"))
    return figures


BENCHMARK = Benchmark(
    "calendar",
    "The calendar",
    "Days of a run with the calendar of next events, and with everybody asked every day whether a threshold is "
    "reached; both "
    "give the same outcomes, bit for bit. The second scenario has hardly any acute need, so that nearly "
    "everybody sleeps: "
    "the gain of the calendar without the work that both share.",
    measure,
)
