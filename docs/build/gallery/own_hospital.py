"""What would it change in my own hospital?

The bundled plans describe a hospital of 112 beds. Yours is another: write down its size and what you can pay for, in a
few lines, and compare your plan with what happens today.
"""

import tempfile
from pathlib import Path

import peerbridge as pb
from docs.build.gallery.example import Example, Measure, Size, over_plans, runs_of

OURS = """
extends = "bridge"
title = "Three workers at St Elsewhere"

[hospital]
units = 6
beds_per_unit = 24
background_occupancy = 0.7

[programme]
peers = 3
follow_up_days = 60
"""
MEASURES = (
    Measure("patient_initiated_discharge", "early departure"),
    Measure("readmission_30d", "readmission within 30 days"),
    Measure("linkage_30d", "linkage to treatment within 30 days"),
    Measure("reach", "the share seen by a worker"),
)


def example(size: Size) -> Example:
    """Read the plan from a file, and compare it with the same hospital without workers and with six."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ours.toml"
        file.write_text(OURS, encoding="utf-8")
        plans = {
            "today": pb.load(file, [*size.settings, "programme.peers=0"]),
            "three workers": pb.load(file, size.settings),
            "six workers": pb.load(file, [*size.settings, "programme.peers=6"]),
        }
    result = pb.compare(plans, baseline="today", replications=size.replications, draws="shipped")

    title = "Three or six workers in a hospital of 144 beds, against today"
    picture, head, rows = over_plans(result, MEASURES, "difference from today, in 100", title)
    answer = (
        f"With three workers, {MEASURES[0].sentence(result, 'three workers')}; "
        f"{MEASURES[3].sentence(result, 'three workers')}."
    )
    caution = (
        "The hospital is described by its beds and people only. With records of your own, `peerbridge calibrate "
        "--data` fits the model to it."
    )
    return Example(answer, picture, head, rows, runs_of(result, size), caution)
