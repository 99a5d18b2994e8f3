"""What would it take: a visitor's goal or budget as a question of `peerbridge decide`, answered in this process."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tomli_w

from dashboard.catalogue.levers import MAIN, Settings, config
from dashboard.compute import pool
from dashboard.compute.pool import Stopped
from dashboard.compute.posterior import drawn
from experiments.decisions.decide import Decision, decide
from experiments.decisions.question import read_question
from experiments.outcomes.registry import OUTCOMES
from scenarios import dump

LEVELS: dict[str, tuple[float, ...]] = {
    "programme.peers": (0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20),
    "programme.peers_per_supervisor": (2.4, 4.0, 8.0),
    "programme.follow_up_days": (0, 30, 90, 180, 365),
}
"""What the search may set, from one end of the sliders to the other; everything else is as in the visitor's plan."""

assert set(LEVELS) == {lever.name for lever in MAIN}

RUNS = max(150, int(os.environ.get("PEERBRIDGE_DECISION_RUNS", "1000")))
"""Most runs of an answer: some minutes on two cores."""

FIRST, PLANS = 8, 40
"""Runs of each plan that the search looks at, and most such plans."""

_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor wants.

    Attributes:
        kind: "goal", the cheapest plan that reaches it; "budget", the best plan that it pays.
        outcome: Outcome to reach, or to be best in.
        cases: Change wanted, cases in 100, in the direction that is better for people; of a goal.
        dollars: Most that all posts, filled, may cost a year, US$ of 2022; of a budget.
        probability: Share of the draws in which it must hold, between 0 and 1.
    """

    kind: Literal["goal", "budget"]
    outcome: str
    cases: int
    dollars: int
    probability: float

    @property
    def sentence(self) -> str:
        """The constraint in the words of a question file."""
        if self.kind == "budget":
            return f"at most {self.dollars:,} US$ a year with all posts filled"
        way = "down" if OUTCOMES[self.outcome].better == "lower" else "up"
        return f"{OUTCOMES[self.outcome].label.lower()} {way} by {self.cases} in 100"


class _GivenUp(KeyboardInterrupt):
    """Ends `decide` as Ctrl-C does: runs that are finished are kept, processes end."""


def answer(
    world: Settings, now: Settings, plan: Settings, asked: Asked,
    *, alive: Callable[[], bool], progress: Callable[[float], None],
) -> Decision:  # fmt: skip
    """Search plans for what was asked, on the draws of every page.

    Args:
        world: People, hospital and assumptions.
        now: The current service, with which plans are compared.
        plan: The visitor's plan: what the search does not set is as in it.
        asked: What is wanted.
        alive: Asked often; when it says no, the work ends.
        progress: Called with the share of the runs that may be used, from 0 to 1.

    Raises:
        Stopped: `alive` said no.
        InputError: The question has no answer, in one line.
    """
    while not _one_at_a_time.acquire(timeout=0.2):  # each takes all cores: visitors take turns
        if not alive():
            raise Stopped
    try:
        with tempfile.TemporaryDirectory(prefix="peerbridge-decision-") as name:
            folder = Path(name)
            for file, layer in (("now", now), ("plan", plan)):
                (folder / f"{file}.toml").write_text(dump(config(world, layer)), encoding="utf-8")
            asked_in = folder / "question.toml"
            asked_in.write_text(tomli_w.dumps(_question(folder, asked)), encoding="utf-8")
            question = read_question(asked_in, pool.SEED, asked.sentence if asked.kind == "goal" else None)

            def tell(used: int, _: float) -> None:
                if not alive():
                    raise _GivenUp
                progress(min(1.0, used / RUNS))

            draws = drawn(config(world).population.profile)
            return decide(question, draws, folder / "runs", workers=pool.WORKERS, on_progress=tell, on_stage=_quiet)
    except _GivenUp:
        raise Stopped from None
    finally:
        _one_at_a_time.release()


def _question(folder: Path, asked: Asked) -> dict[str, object]:
    better = "lowest" if OUTCOMES[asked.outcome].better == "lower" else "highest"
    return {
        "schema": 1, "title": "What would it take?", "question": asked.sentence,
        "scenario": str(folder / "plan.toml"), "baseline": str(folder / "now.toml"),
        "goal": f"{better} {asked.outcome}", "constraints": [asked.sentence] if asked.kind == "budget" else [],
        "probability": asked.probability,
        "levers": {name: {"values": list(values)} for name, values in LEVELS.items()},
        "search": {"runs": RUNS, "first": FIRST, "plans": PLANS},
    }  # fmt: skip


def _quiet(_: str) -> None:
    """Stages are for a terminal; the page shows the share done."""
