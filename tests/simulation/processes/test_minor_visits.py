"""Visits without need of a bed differ lastingly between people, are never admitted, and do not happen when off."""

import numpy as np

from simulation.state import E_ADMITTED, E_ED, E_NEED, E_OVERDOSE
from tests.simulation.pairs import lives, scenario


def test_visits_happen_only_when_on_and_need_no_bed() -> None:
    on, off = lives(*(scenario(*x, peers=0, parameters={"beds.admission": 1.0}) for x in ((), ("minor_visits",))))
    assert on.total("minor_visits") > 300
    assert off.total("minor_visits") == 0
    visits = on.count(E_ED)
    assert visits - on.total("minor_visits") <= on.count(E_NEED) + on.count(E_OVERDOSE)
    assert on.count(E_ADMITTED) < visits - 0.9 * on.total("minor_visits")


def test_people_differ_lastingly() -> None:
    (run,) = lives(scenario("acute_need", "after_discharge", "stability", peers=0, size=6000, days=600))
    visits = run.patients["minor_visits"]
    assert visits.var() > 1.5 * visits.mean()
    order = np.argsort(run.patients["visit_proneness"])
    assert visits[order[-600:]].sum() > 0.25 * visits.sum()
