"""A worker's list of people: joining and leaving it."""

from __future__ import annotations

from simulation.kernel import kernel
from simulation.state import ENROLLED, NOT_REFERRED


@kernel
def join(w, i, j):
    """Person `i` joins the list of worker `j`, who has room."""
    p = w.patients[i]
    slot = 0
    while w.caseloads[j, slot] >= 0:
        slot += 1
    w.caseloads[j, slot] = i
    p["worker"] = j
    p["slot"] = slot
    p["referral"] = ENROLLED
    w.workers[j]["caseload"] += 1


@kernel
def leave(w, i):
    """Person `i` leaves the list they are on, if any."""
    p = w.patients[i]
    j = p["worker"]
    if j >= 0:
        w.caseloads[j, p["slot"]] = -1
        w.workers[j]["caseload"] -= 1
    p["worker"] = -1
    p["slot"] = -1
    p["followed"] = 0
    p["peer_trust"] = 0.0
    p["referral"] = NOT_REFERRED


@kernel
def go_over(w, i, j, kept):
    """Person `i` goes over to the list of worker `j`, who has room; `kept`: share of trust in the one before."""
    p = w.patients[i]
    followed = p["followed"]
    trust = p["peer_trust"]
    leave(w, i)
    join(w, i, j)
    p["followed"] = followed
    p["peer_trust"] = trust * kept


@kernel
def sort_tasks(w, n):
    """Sort the first `n` scratch tasks by key (insertion sort: the lists are short)."""
    t = w.tasks
    for a in range(1, n):
        key = t[a, 0]
        who = t[a, 1]
        b = a
        while b > 0 and t[b - 1, 0] > key:
            t[b, 0] = t[b - 1, 0]
            t[b, 1] = t[b - 1, 1]
            b -= 1
        t[b, 0] = key
        t[b, 1] = who
