"""Supervision: minutes available, with less and less to gain, times the match of experience.

A supervisor's hours are shared among the workers whom they have, and taken up to a limit. Adequacy moves climate,
boundaries, role clarity, isolation, learning and exits, each with both signs possible. The only trial found moved
climate a little (10.1176/appi.ps.20230112) and none shows an effect on exit: that prior is centred on zero and wide.
Sources: Scannell 2021, Lennox 2021 (mentorship), OMNI guide (rec. 4). Off: no supervision, no minutes taken, no
supervisors who leave.
"""

from __future__ import annotations

import math

from simulation import draws
from simulation.kernel import kernel
from simulation.state import UNSUPERVISED, VACANT

MOST = 4.0
"""Minutes beyond this many times those of half worth are not taken up."""


@kernel
def share_out(w, first, end):
    """Set the minutes a week of workers `first` to `end`, not included: posts of one supervisor at one hospital.

    Posts among them that the programme does not have at present do not count. A supervisor's hours go to hospitals by
    posts, so that hospitals do not touch one another, and there to the workers in post.
    """
    posts = 0
    in_post = 0
    supervisor = UNSUPERVISED
    for j in range(first, end):
        in_post += w.workers[j]["state"] != VACANT
        w.workers[j]["supervised"] = 0.0
        if w.workers[j]["open"]:
            posts += 1
            supervisor = w.workers[j]["supervisor"]
    if supervisor < 0:
        return
    b = w.supervisors[supervisor]
    if b["filled"] and in_post > 0 and w.switches[0]["supervision"]:
        hours = w.levers[0]["supervision_hours"] * posts / b["span"]
        minutes = min(hours * 60.0 / in_post, MOST * w.parameters[0]["supervision.half_minutes"])
        for j in range(first, end):
            w.workers[j]["supervised"] = minutes
        b["minutes"] = minutes
    b["in_post"] += in_post


@kernel
def attend(w, j):
    """Set the adequacy of worker `j`'s supervision (0 to 1); returns the minutes it takes in a week."""
    x = w.workers[j]
    x["adequacy"] = 0.0
    if not w.switches[0]["supervision"] or x["supervisor"] < 0:
        return 0.0
    P = w.parameters[0]
    half = P["supervision.half_minutes"]
    minutes = x["supervised"]
    match = 1.0
    if x["lived_experience"]:
        mentors = w.levers[0]["supervisor_lived_experience"]
        match = mentors + (1.0 - mentors) * P["supervision.match"]
    x["adequacy"] = minutes / (minutes + half) * match
    return minutes


@kernel
def end_of_day(w, k, day):
    """One day of supervisor post `k`; returns 1 (leaves), 2 (hired) or 0."""
    P = w.parameters[0]
    b = w.supervisors[k]
    if not w.switches[0]["supervision"]:
        return 0
    key = w.levers[0]["key"]
    if b["filled"]:
        b["tenure"] += 1
        b["left_exit"] -= P["supervision.turnover"] / 365.0
        if b["left_exit"] <= 0.0 and w.switches[0]["workforce"]:
            b["filled"] = 0
            b["minutes"] = 0.0
            b["ordinal"] += 1
            wait = (
                -math.log(draws.uniform(key, draws.SUPERVISOR_EXIT, k, b["ordinal"], 0, 1)) * P["workforce.hire_days"]
            )
            b["until"] = day + 1 + int(wait)
            return 1
    elif day >= b["until"]:
        b["filled"] = 1
        b["tenure"] = 0
        b["left_exit"] = draws.exponential(key, draws.SUPERVISOR_EXIT, k, b["ordinal"], 0, 0)
        return 2
    return 0
