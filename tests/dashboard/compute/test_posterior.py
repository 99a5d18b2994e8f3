"""The posterior in the pages: used where it is shipped, and its absence said."""

import csv
import io
import json

import numpy as np
import pytest

import simulation
from dashboard.catalogue.headline_outcomes import LOOKS
from dashboard.catalogue.levers import config
from dashboard.compute import pool
from dashboard.compute import posterior as knowledge
from dashboard.compute.paired_summary import picture
from dashboard.compute.worker import Runs, run
from dashboard.pages import posterior, sure
from dashboard.ui import sentences
from experiments.uncertainty import shipped as posteriors
from experiments.uncertainty.draws import ParameterDraws

PROFILE = "people_who_use_drugs"
PREDICTIVE = """id,quantity,study,unit,median,low,high,found,found_low,found_high,study_low,study_high,verdict,sign
C1,Left early,A 2020,share,0.2,0.1,0.3,0.16,0.15,0.17,0.1,0.4,met,
C2,Return <b>odds</b> ratio,B 2021,share,2,1,3,4,,,1,3,missed,
S1,Trust and leaving,C 2022,correlation,-0.1,-0.2,0.1,,,,,,allowed,negative
"""
PARAMETERS = """parameter,kind,unit,prior_low,prior_median,prior_high,low,median,high,sd_ratio,identified
relationship.contact_gain,assumed,per contact,0.01,0.1,1,0.05,0.1,0.2,0.4,True
supervision.exit,assumed,effect,-1,0,1,-1,0,1,1.0,False
"""


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A posterior of four draws of one parameter."""
    values = np.array([[0.05], [0.1], [0.15], [0.2]])
    draws = ParameterDraws(("relationship.contact_gain",), values, "posterior of tests", PROFILE)
    draws.write(tmp_path / f"{PROFILE}.parquet")
    made = {"specification": {"model": f"{simulation.VERSION}+abc"}, "made": "2026-01-02T03:04:05",
            "least_size": 12.3, "identified": 1, "parameters": 2, "coverage_90": 0.88, "worst_r_hat": None}  # fmt: skip
    (tmp_path / f"{PROFILE}.json").write_text(json.dumps(made), encoding="utf-8")
    (tmp_path / f"{PROFILE}.predictive.csv").write_text(PREDICTIVE, encoding="utf-8")
    (tmp_path / f"{PROFILE}.parameters.csv").write_text(PARAMETERS, encoding="utf-8")
    yield from _at(tmp_path, monkeypatch)


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    yield from _at(tmp_path, monkeypatch)


def _at(folder, monkeypatch):
    for module in (knowledge, posteriors):
        monkeypatch.setattr(module, "FOLDER", folder)
    caches = knowledge.known, knowledge.record, knowledge.table
    for each in caches:
        each.cache_clear()
    yield folder
    for each in caches:
        each.cache_clear()


def test_without_a_posterior_futures_are_prior_ones_and_the_pages_say_so(nothing):
    assert knowledge.known(PROFILE) is None and knowledge.table(PROFILE, "predictive") == ()
    assert knowledge.drawn(PROFILE).kind == "prior"
    assert "There is no fit of this model to data" in sure._drawn(None)


def test_a_file_that_does_not_fit_the_model_is_not_used(nothing, caplog):
    (nothing / f"{PROFILE}.parquet").write_bytes(b"no parquet")
    assert knowledge.known(PROFILE) is None and "no posterior is used" in caplog.text


def test_runs_take_their_draws_in_pairs_and_are_called_futures(shipped):
    draws = knowledge.known(PROFILE)
    assert knowledge.drawn(PROFILE) is draws
    small = config({"population.size": 200}, {"programme.peers": 1})
    made = run(small, pool.SEED, range(4), {r: (draws.number(r), draws.of(r)) for r in range(4)})
    assert made.draw.tolist() == [0, 0, 1, 1] and made.first(3).draw.tolist() == [0, 0, 1]
    look = LOOKS["readmission_30d"]
    p = picture(look, made, made)
    assert p.kind == "simulated futures" and sentences.made_from(4, p.kind) == "4 simulated futures of each plan."
    alone = run(small, pool.SEED, range(1))
    assert alone.draw is None and picture(look, alone, alone).kind == "simulated years"


def test_how_sure_splits_chance_from_what_nobody_knows():
    day = np.zeros((64, 91))
    draw = np.repeat(np.arange(32), 2)
    unknown, chance = np.linspace(-0.05, 0.01, 32)[draw], np.tile([-0.002, 0.002], 32)
    base = Runs({"readmission_30d": np.zeros(64)}, {"readmission_30d": day}, draw)
    plan = Runs({"readmission_30d": unknown + chance}, {"readmission_30d": day}, draw)
    draws = ParameterDraws(("relationship.contact_gain",), np.linspace(0.2, 0.01, 32)[:, None], "x", PROFILE)
    html = sure.page(LOOKS["readmission_30d"], base, plan, draws, "simulated futures")
    assert "about <b>0 are chance</b>" in html and "<b>10 are what nobody knows</b>" in html
    assert "Nobody can say yet whether the plan is better: −2.0 (−2.7 to −1.3); 9 of 10 draws: −4.9 to +0.9." in html
    assert "better in 16 and worse in 4 of 20" in html
    assert "The larger this is, the <b>better</b> the plan looks." in html


def test_researchers_see_targets_against_predictions_and_diagnostics(shipped):
    made, targets = knowledge.record(PROFILE), knowledge.table(PROFILE, "predictive")
    facts = dict(posterior.facts(made, targets))
    assert facts["Numbers met"] == facts["Numbers missed"] == "1 of 3" and facts["Parameters pinned down"] == "1 of 2"
    assert "(this model)" in facts["Model"] and "Agreement of chains" not in facts
    rows = [{name: cell.replace("\u00a0", " ") for name, cell in row.items()} for row in posterior.rows(targets)]
    assert rows[0]["found"] == "16.0 % (15.0 % to 17.0 %)" and rows[0]["model"] == "20.0 % (10.0 % to 30.0 %)"
    assert rows[1]["found"] == "4.00" and rows[1]["reading"] == "✗ missed"
    assert rows[2]["found"] == "negative"
    drawn = posterior.against_studies(targets)
    assert drawn.count("<circle") == 4 and "<b>odds" not in drawn
    assert posterior.narrowed(knowledge.table(PROFILE, "parameters")).count("<circle") == 4
    read = list(csv.DictReader(io.StringIO(knowledge.draws_text(knowledge.known(PROFILE)))))
    assert [float(row["relationship.contact_gain"]) for row in read] == [0.05, 0.1, 0.15, 0.2]
    assert knowledge.table_text(targets).splitlines()[1].startswith("C1,Left early")
