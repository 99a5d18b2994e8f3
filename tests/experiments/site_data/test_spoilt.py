"""Records made by the model and then spoilt: the numbers are those of the clean table, or the import refuses."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import qmc

from experiments.calibration.site import template
from experiments.calibration.site.targets import site_numbers
from experiments.site_data.records import read
from experiments.support.errors import InputError
from scenarios import load
from simulation import simulate

SPOILS = ("copies", "ward moves", "no person", "no discharge", "negative", "nines", "unknown codes", "mixed")


def spoil(table, how, share, seed):
    """A table of text with some of its rows spoilt in one way, or in all."""
    chance = qmc.Halton(2, rng=seed).random(len(table))
    hit = chance[:, 0] < share
    out = table.copy()
    day = pd.to_numeric(out["discharge_day"])
    if how in ("ward moves", "mixed"):
        cut = (
            hit
            & (chance[:, 1] < (0.3 if how == "mixed" else 1))
            & (day - pd.to_numeric(out["admission_day"]) >= 2).to_numpy()
        )
        first = out[cut].assign(discharge_day=(day[cut] - 1).astype(str), peer_contacts="")
        out.loc[cut, "admission_day"] = (day[cut] - 1).astype(str)
        out = pd.concat([out, first], ignore_index=True)
    if how in ("copies", "mixed"):
        out = pd.concat([out, out.head(len(table))[hit]], ignore_index=True)
    where = np.flatnonzero(hit)
    if how == "no person":
        out.loc[where, "person"] = "NULL"
    elif how == "no discharge":
        out.loc[where, "discharge_day"] = ""
    elif how == "negative":
        out.loc[where, "discharge_day"] = "-1"
    elif how == "nines":
        out.loc[where, "discharge_day"] = "99999"
    elif how == "unknown codes":
        out.loc[where, "discharge_type"] = "zzz"
    return out


@pytest.mark.slow
def test_spoilt_records_give_the_numbers_of_the_clean_table_or_are_refused(tmp_path):
    result = simulate(load("usual-care", ["population.size=20000", "hospital.count=3"]), 5)
    path = tmp_path / "clean.csv"
    path.write_text(template.tables(result)[0])
    clean = site_numbers(read(path))
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    outcome = {}
    for how in SPOILS:
        for share in (0.002, 0.01, 0.05, 0.2):
            other = tmp_path / "spoilt.csv"
            spoil(table, how, share, 3).to_csv(other, index=False)
            try:
                found = site_numbers(read(other))
            except InputError:
                outcome[how, share] = "refused"
                continue
            assert found.names == clean.names
            off = np.abs(found.values - clean.values) / clean.errors
            outcome[how, share] = float(off.max())
    for (how, share), off in outcome.items():
        assert off == "refused" or off < (0.01 if how in ("copies", "ward moves", "mixed") else 0.5), (how, share, off)
    assert sum(off != "refused" for off in outcome.values()) >= 12
