"""Why not compare people who met a worker with people who did not?

Because people choose. Those who accept a worker would often have stayed anyway. Here is a world in which workers change
nothing, beside the world as modelled, and in each the comparison that a hospital could make from its records.
"""

import numpy as np

import peerbridge as pb
from docs.build.gallery.example import Example, Size, dots
from experiments.reporting.figures import Row
from experiments.statistics.estimates import mean_interval, paired_difference

NOTHING = [f"mechanisms.{name}=false" for name in ("relationship", "bridging", "advocacy", "follow_up", "barriers")]
WORLDS = {"workers as modelled": [], "workers who change nothing": NOTHING}


def early(result: pb.Result, accepted: bool | None) -> float:
    """People who left before treatment was complete, of 100: of those offered a worker, or of everybody."""
    stays = result.discharges
    stays = stays[stays["admission_day"] >= 180]
    if accepted is not None:
        stays = stays[stays["offered"] & (stays["accepted"] == accepted)]
    return float(100 * (stays["discharge_type"] == "patient-initiated").mean())


def example(size: Size) -> Example:
    """Make both comparisons in both worlds."""
    naive, fair = {}, {}
    for world, switches in WORLDS.items():
        plan, usual = (pb.load(name, [*size.settings, *switches]) for name in ("bridge", "usual-care"))
        with_workers = [pb.simulate(plan, replication=r) for r in range(size.replications)]
        without = [pb.simulate(usual, replication=r) for r in range(size.replications)]
        naive[world] = mean_interval(np.array([early(r, True) - early(r, False) for r in with_workers]))
        fair[world] = paired_difference(*(np.array([early(r, None) for r in runs]) for runs in (with_workers, without)))

    title = "Early departure: a comparison from records, and the same people with and without workers"
    made = [Row("accepted against declined", naive), Row("everybody, with workers against without", fair)]
    text = "Difference in people who leave before treatment is complete, of 100, with 95 % intervals."
    picture, head, rows = dots(made, list(WORLDS), "difference, in 100", title, text)
    seen, real = naive["workers who change nothing"], fair["workers who change nothing"]
    answer = (
        f"Where workers change nothing, early departure still differs by {seen.mean:+.1f} in 100 between people who "
        f"accepted one and people who declined. With and without workers, the same people differ by {real.mean:+.1f}."
    ).replace("-", "−")
    runs = (
        f"{size.replications} simulated years of each plan in each world, {size.people:,} people; seed 0. Parameters: "
        "start values."
    )
    caution = (
        "How strongly acceptance goes with staying is assumed; that it does is why trials assign people by chance."
    )
    return Example(answer, picture, head, rows, runs, caution)
