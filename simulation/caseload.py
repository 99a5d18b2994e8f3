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
    p["meetings"] = 0
    p["slot"] = slot
    p["referral"] = ENROLLED
    w.workers[j]["caseload"] += 1


@kernel
def leave(w, i):
    """Person `i` leaves the list they are on, if any."""
    p = w.patients[i]
    j = p["worker"]
    if j >= 0:
        p["known_worker"] = j
        p["known_holder"] = w.workers[j]["ordinal"]
        p["known_trust"] = p["peer_trust"]
        w.caseloads[j, p["slot"]] = -1
        w.workers[j]["caseload"] -= 1
    p["worker"] = -1
    p["slot"] = -1
    p["followed"] = 0
    p["peer_trust"] = 0.0
    p["referral"] = NOT_REFERRED


@kernel
def remembers(w, i, j):
    """Whether person `i` has known worker `j` before."""
    p = w.patients[i]
    return p["known_worker"] == j and p["known_holder"] == w.workers[j]["ordinal"]


@kernel
def meet_again(w, i, j, kept):
    """Person `i`, now on the list of worker `j`, trusts them as they did, if they have known them; `kept`: share."""
    p = w.patients[i]
    if remembers(w, i, j):
        p["peer_trust"] = max(p["peer_trust"], kept * p["known_trust"])


@kernel
def go_over(w, i, j, kept, memory):
    """Person `i` goes over to the list of worker `j`, who has room.

    `kept`: share of trust in the one before; `memory`: share kept in one who was known before.
    """
    p = w.patients[i]
    followed = p["followed"]
    trust = p["peer_trust"]
    known = p["known_trust"]
    again = remembers(w, i, j)
    meetings = p["meetings"]
    leave(w, i)
    join(w, i, j)
    p["meetings"] = meetings
    p["followed"] = followed
    p["peer_trust"] = trust * kept
    if again:
        p["peer_trust"] = max(p["peer_trust"], memory * known)


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
