"""Care-seeking: low trust and experienced stigma make people wait, and untreated need grows.

Reads trust, experienced stigma and the dose of contact; writes the SEEK and NEED (easing) clocks, treatment need
and residual illness. Sources: Lennox 2021 (delayed presentation; "bidirectional" navigation), Haywood 2010 (sign).
Emergency visits can rise when trust rises: need that would have eased at home untreated is then treated. Off:
everybody comes on the day.
"""

from __future__ import annotations

import math

from simulation import clocks
from simulation.kernel import kernel
from simulation.state import NEED, SEEK, WAITING


@kernel
def begin_waiting(w, i):
    """Person `i` begins to wait: thresholds of seeking care and of easing by itself."""
    p = w.patients[i]
    p["place"] = WAITING
    for k in (SEEK, NEED):
        clocks.draw_threshold(w, i, k, p["needs"], 0, 1)


@kernel
def set_hazards(w, i, day):
    """Hazards of seeking care, which grows with urgency, and of easing, for a person who waits."""
    P = w.parameters[0]
    p = w.patients[i]
    waited = day - p["need_day"]
    seek = w.clocks[i, SEEK]
    seek["rate"] = (
        0.5
        * P["care_seeking.rate"]
        * math.exp(
            P["care_seeking.trust"] * (p["trust"] - 0.5)
            + P["care_seeking.stigma"] * (p["stigma"] - 0.4)
            + P["effect.seeking"] * p["benefit"]
        )
    )
    seek["bump"] = w.remains[SEEK, waited]
    seek["fade"] = 0.0
    ease = w.clocks[i, NEED]
    ease["rate"] = P["care_seeking.easing"]
    ease["bump"] = 0.0
    ease["fade"] = 0.0


@kernel
def stop_waiting(w, i):
    """The SEEK clock stands; the NEED clock gets a new threshold of onset."""
    w.clocks[i, SEEK]["rate"] = 0.0
    clocks.draw_threshold(w, i, NEED, w.patients[i]["needs"], 0, 0)


@kernel
def worsen(w, i, day):
    """Treatment need at arrival grows with the days waited; returns these days."""
    P = w.parameters[0]
    p = w.patients[i]
    if p["minor"]:
        return 0
    waited = day - p["need_day"]
    if w.switches[0]["care_seeking"]:
        p["need"] *= math.exp(P["care_seeking.worsening"] * min(float(waited), P["care_seeking.worsening_days"]))
    return waited


@kernel
def eased(w, i):
    """Need eased without treatment: it leaves residual illness."""
    p = w.patients[i]
    p["residual"] = max(p["residual"], w.parameters[0]["care_seeking.untreated"])
