"""What is handed to other tools, read by them: SALib's analyses find the indices of a known function."""

import json
import re
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import morris, rbd_fast, sobol
from SALib.sample import sobol as sobol_sample

from experiments.studies.analysis.results import StudyData, read_study
from experiments.studies.definition.reader import read_study_file
from experiments.studies.external_formats import export_ema, export_salib, to_ema, to_salib
from experiments.support.errors import InputError
from tests.experiments.synthetic_study import effect, points, write_study

OUTCOME = "readmission_30d"
RATIO, DAYS, GAIN = "programme.peers_per_supervisor", "programme.follow_up_days", "parameters.relationship.contact_gain"
BOUNDS = {RATIO: [2.0, 8.0], DAYS: [30, 90], GAIN: [0.4, 0.8]}
STUDY = f"""
title = "t"
question = "q"
scenarios = ["bridge"]
baseline = "usual-care"
[design]
%s
[levers]
"{RATIO}" = {{ low = 2.0, high = 8.0 }}
"{DAYS}" = {{ low = 30, high = 90 }}
[uncertainties]
"{GAIN}" = {{ low = 0.4, high = 0.8 }}
"""


def swept(folder: Path, design: str, replications: int = 4) -> StudyData:
    """A study of `design`, its runs made from the known function of `effect` with four peers, and a little noise."""
    text = STUDY % design
    (folder / "study.toml").write_text(re.sub(r"\{.*\}", '"column"', text) if "file" in design else text)
    plan = read_study_file(str(folder / "study.toml"))
    rows = [
        {
            "point": p.number,
            "plan": p.plan,
            "future": p.future,
            "scenario": p.scenario,
            "programme.peers": 4,
            **p.values,
        }
        for p in plan.points
    ]
    said: dict[str, Any] = {
        "specification": {"design": dict(plan.design)}, "factors": [f.as_dict() for f in plan.factors],
        "outcomes": [OUTCOME],
    }  # fmt: skip
    return read_study(write_study(folder / "out", replications, design=rows, only=[OUTCOME], specification=said))


def truth(x: np.ndarray) -> np.ndarray:
    """The known function at rows of ratio, days and gain."""
    return np.array([
        effect({"plan": "P", "programme.peers": 4, RATIO: ratio, DAYS: days, GAIN: gain}) for ratio, days, gain in x
    ])  # fmt: skip


def first_order() -> np.ndarray:
    """Exact Sobol indices: the function is a product, so they follow from mean and variance of each part."""
    grid = np.linspace(0, 1, 20_001)
    parts = [1 - (2 + 6 * grid) / 16, 1 + (30 + 60 * grid) / 90, 0.4 + 0.4 * grid]
    share = np.array([part.var() / part.mean() ** 2 for part in parts])
    return share / (np.prod(1 + share) - 1)


def test_morris(tmp_path: Path) -> None:
    form = to_salib(swept(tmp_path, 'kind = "morris"\ntrajectories = 12\nlevels = 4', 20))
    assert (form.kind, form.levels, form.x.shape) == ("morris", 4, (48, 3))
    assert form.problem["bounds"] == [[2, 8], [30, 90], [0.4, 0.8]] and form.problem["names"] == list(BOUNDS)
    found = morris.analyze(form.problem, form.x, form.y[OUTCOME], num_levels=4, seed=1)
    exact = morris.analyze(form.problem, form.x, truth(form.x), num_levels=4, seed=1)
    np.testing.assert_allclose(found["mu"], exact["mu"], atol=0.003)
    np.testing.assert_allclose(found["mu_star"], exact["mu_star"], atol=0.003)
    assert np.argmax(found["mu_star"]) == np.argmax(exact["mu_star"])
    # Every step moves one factor, by two thirds of its range.
    steps = np.abs(np.diff(form.x.reshape(12, 4, 3), axis=1)) / np.ptp(list(BOUNDS.values()), axis=1)
    np.testing.assert_allclose(np.sort(steps, axis=2), np.broadcast_to([0, 0, 2 / 3], steps.shape), atol=1e-6)


def test_sobol_by_a_list_that_salib_sampled(tmp_path: Path) -> None:
    problem = {"num_vars": 3, "names": list(BOUNDS), "bounds": list(BOUNDS.values())}
    sample = sobol_sample.sample(problem, 128, calc_second_order=False, seed=3)
    sample[:, 1] = np.round(sample[:, 1])
    table = pd.DataFrame(sample, columns=list(BOUNDS)).astype({DAYS: int})
    table.drop_duplicates().to_csv(tmp_path / "plans.csv", index=False)
    data = swept(tmp_path, 'kind = "list"\nfile = "plans.csv"')
    form = to_salib(data, sample=sample)
    assert len(table.drop_duplicates()) < len(table)
    np.testing.assert_allclose(form.x, sample)
    np.testing.assert_array_equal(data.design.set_index("point").loc[form.point, DAYS], sample[:, 1])
    found = sobol.analyze(form.problem, form.y[OUTCOME], calc_second_order=False, seed=1)
    np.testing.assert_allclose(found["S1"], first_order(), atol=0.08)
    assert (found["ST"] >= found["S1"] - 0.05).all()


def test_any_design_by_given_data(tmp_path: Path) -> None:
    form = to_salib(swept(tmp_path, 'kind = "latin-hypercube"\npoints = 300', 30))
    assert (np.abs(form.y[OUTCOME] - truth(form.x)) < 5 * form.error[OUTCOME]).all()
    found = rbd_fast.analyze(form.problem, form.x, form.y[OUTCOME], seed=1)
    np.testing.assert_allclose(found["S1"], first_order(), atol=0.1)


def test_the_file_for_salib(tmp_path: Path) -> None:
    data = read_study(write_study(tmp_path / "study", 5))
    export_salib(data, tmp_path / "salib.npz")
    held = np.load(tmp_path / "salib.npz")
    problem = json.loads(str(held["problem"]))
    assert problem["num_vars"] == 4 and held["x"].shape == (24, 4) and held["y"].shape == (24, 4)
    table = data.differences([OUTCOME]).set_index("point")["difference"]
    column = held["outcomes"].tolist().index(OUTCOME)
    np.testing.assert_allclose(held["y"][:, column], table[held["point"]])


def test_words_become_numbers_and_a_baseline_among_the_rows_is_0(tmp_path: Path) -> None:
    door = ["both", "clinician", "proactive", "both"]
    rows = [row | {"programme.door": door[i % 4], "programme.champion": i % 2 == 0} for i, row in enumerate(points())]
    factors = [
        {"name": "programme.door", "low": None, "high": None, "values": ["clinician", "proactive", "both"]},
        {"name": "programme.champion", "low": None, "high": None, "values": [False, True]},
    ]
    said = {"factors": factors, "design": {"kind": "sobol", "order": {"bridge": [5, 0, 6, 5]}}}
    form = to_salib(read_study(write_study(tmp_path, 3, design=rows, only=[OUTCOME], specification=said)), [OUTCOME])
    assert form.x.tolist() == [[0, 0], [2, 1], [1, 1], [0, 0]] and form.problem["bounds"] == [[0, 2], [0, 1]]
    assert form.words["programme.door"] == ["clinician", "proactive", "both"]
    assert form.y[OUTCOME][1] == 0.0 and form.y[OUTCOME][0] == form.y[OUTCOME][3] != 0.0


def test_what_cannot_be_indexed(tmp_path: Path) -> None:
    data = read_study(write_study(tmp_path, 2, only=[OUTCOME]))
    with pytest.raises(ValueError, match="no plan of the study has the scenario 'moon'; there are bridge"):
        to_salib(data, scenario="moon")
    with pytest.raises(ValueError, match="did not run row 1 of the sample"):
        to_salib(data, sample=[[2, 2.0, 30, 0.4], [3, 2.0, 30, 0.4]])
    with pytest.raises(ValueError, match="each of the 4 factors"):
        to_salib(data, sample=[[2, 2.0]])
    data.manifest["factors"] = []
    with pytest.raises(InputError, match="varies nothing"):
        to_salib(data)


def test_ema_workbench(tmp_path: Path) -> None:
    """The file by the rules of its `load_results`: dtypes from metadata.json, a column per scalar outcome."""
    data = read_study(write_study(tmp_path / "study", 4))
    experiments, outcomes = to_ema(data)
    assert len(experiments) == 24 and set(experiments["policy"]) == {f"P{i:03d}" for i in range(1, 13)}
    export_ema(data, tmp_path / "study.tar.gz")
    with tarfile.open(tmp_path / "study.tar.gz", "r:gz") as archive:
        said = json.loads(archive.extractfile("metadata.json").read())  # type: ignore[union-attr]
        table = pd.read_csv(archive.extractfile("experiments.csv"))
        for name, dtype in said["experiments"].items():
            table[name] = table[name].astype(np.dtype(dtype))
        assert table["programme.peers"].tolist() == experiments["programme.peers"].tolist()
        assert set(table["scenario"].astype(str)) == {"0", "1"} and set(table["model"]) == {"bridge"}
        for kind, name, file in said["outcomes"]:
            values = pd.read_csv(archive.extractfile(file), header=None).to_numpy().ravel()
            assert kind == "ScalarOutcome" and len(values) == 24
            if name in outcomes:
                np.testing.assert_array_equal(values, outcomes[name])
    levels, means = to_ema(data, [OUTCOME], of="level")
    assert len(levels) == 26 and (levels["policy"] == "baseline").sum() == 2
    np.testing.assert_allclose(means[OUTCOME], data.means([OUTCOME])["mean"])
