"""The report of a study: whole, in plain words, its titles agreeing with its numbers, whatever the design."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.outcomes.registry import OUTCOMES
from experiments.reporting import wording
from experiments.studies.analysis.findings import Findings
from experiments.studies.analysis.results import StudyData
from experiments.studies.report.page import render
from experiments.studies.report.plan_figures import futures
from experiments.support.errors import InputError
from tests.experiments.keyed import normals
from tests.experiments.page import Page, accessible, self_contained, words
from tests.experiments.study_cases import DESIGNS, design, grid, make, point
from tests.experiments.synthetic_study import FACTORS

LEAD = "patient_initiated_discharge"


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    return make(tmp_path_factory.mktemp("three"), "grid", grid((2, 4, 8), (2.0, 8.0), (30, 90)), 12)


@pytest.fixture(scope="module")
def report(three: StudyData) -> str:
    return render(three)


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_makes_a_whole_page(name: str, tmp_path: Path) -> None:
    page = render(make(tmp_path / "study", *DESIGNS[name]))
    self_contained(page)
    accessible(page)
    text = words(page)
    assert not re.search(r"\bnan\b|\bNaN\b|\binf\b", text)
    for word in ("addict", "abuser", "non-complian", "relapse", "against medical advice"):
        assert word not in text.lower()
    assert "randomised against" in text and "no controlled estimate" in text.lower()


def test_what_it_says_first(report: str, three: StudyData) -> None:
    text = words(report)
    heading = re.search(r"<h1>(.*?)</h1>", report)
    assert heading and re.match(
        r"Patient-initiated discharge: \d+\.\d fewer in 100 stays from 2 to 8 peer workers", heading[1]
    )
    peers, matrix = three.design["programme.peers"].to_numpy(), three.matrix(LEAD)
    change = 100 * (matrix[peers == 2].mean() - matrix[peers == 8].mean())
    assert f"{change:.1f} fewer" in heading[1]
    assert "12 plans were simulated (every combination of the levels below), 12 times each" in text
    assert "What would be?" in text
    for section in (
        "In short",
        "The plans that matter",
        "Value for money",
        "What this cannot tell",
        "How these numbers",
    ):
        assert section in text
    assert "keeps every assumed parameter at one value" in text


def test_the_best_plan_is_the_one_with_the_lowest_mean(report: str, three: StudyData) -> None:
    matrix = three.matrix(LEAD)
    best = three.design["plan"].iloc[int(np.argmin(matrix[1:].mean(axis=1))) + 1]
    gain = 100 * (matrix[0] - matrix[three.design["plan"].eq(best)][0]).mean()
    title = re.search(r'<figure id="surface-patient_initiated_discharge">\s*<h3>(.*?)</h3>', report)
    assert title and f"{gain:.1f} fewer in 100 stays than usual-care" in title[1]
    row = three.design[three.design["plan"] == best].iloc[0]
    assert f"{row['programme.peers']} peer workers" in title[1]
    assert f"{row['programme.follow_up_days']} days of follow-up" in title[1]


def test_cells_print_the_paired_differences(report: str, three: StudyData) -> None:
    figure = re.search(r'<figure id="surface-patient_initiated_discharge">.*?</figure>', report, re.DOTALL)
    assert figure
    printed = re.findall(r'class="value[^"]*"[^>]*>([^<]+)<', figure[0])
    matrix = three.matrix(LEAD)
    expected = [wording.signed(float(d), OUTCOMES[LEAD]) for d in (matrix[1:] - matrix[0]).mean(axis=1)]
    assert sorted(cell.rstrip("?") for cell in printed) == sorted(expected)


def test_a_lever_that_does_nothing_is_said_to_do_little(tmp_path: Path) -> None:
    rows = design([point(f"P{i:03d}", peers, **{"hospital.beds": beds}) for i, (peers, beds) in enumerate(
        [(p, b) for p in (2, 4, 8) for b in (80, 120)], 1)])  # fmt: skip
    rows[0]["hospital.beds"] = 80
    beds = {"name": "hospital.beds", "role": "lever", "unit": "beds", "label": "beds", "low": 80, "high": 120}
    peers = {"name": "programme.peers", "role": "lever", "unit": "posts", "label": "peers", "low": 2, "high": 8}
    found = Findings(make(tmp_path, "grid", rows, 12, manifest={"factors": [peers, beds]}))
    assert found.headline().startswith("Patient-initiated discharge:") and "peer workers" in found.headline()
    assert "Little or no change with beds." in words(render(found.data))


def test_futures_that_change_nothing_are_drawn_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make(tmp_path, "grid", None, 6)
    same = {outcome: np.repeat(data.matrix(outcome)[:1] + 1e-16, 26, axis=0) for outcome in OUTCOMES}
    same |= {"programme_cost": data.matrix("programme_cost")}
    for name, values in same.items():
        values[2:14] -= 0.02
        values[14:] -= 0.02 + 1e-16
        data._matrices[name] = values
    assert 'id="assumptions"' in render(data)


def test_the_standing_of_plans_is_that_of_best(three: StudyData) -> None:
    found = Findings(three)
    for outcome in (LEAD, "readmission_30d"):
        table = three.best(outcome).set_index("plan").drop("baseline")
        assert found.plans.names[found.best(outcome)] == table["rank"].idxmin()
        mine = {found.plans.names[row] for row in [found.best(outcome), *found.as_good(outcome)]}
        assert mine == set(table.index[table["standing"] != "clearly worse"])


def test_chance_beside_futures_is_that_of_one_future(tmp_path: Path) -> None:
    data = make(tmp_path, "grid", None, 8)
    picture = futures(Findings(data))
    assert picture is not None
    half = data.across_futures([LEAD]).set_index("plan")["half_width"]
    for row in picture.body:
        plan = re.search(r"P\d+", row[0])
        printed = re.findall(r"\d+\.\d+", row[2].replace("−", ""))
        assert plan and abs(float(printed[2]) - float(printed[1])) == pytest.approx(200 * half[plan[0]], abs=0.11)


def test_no_clear_difference_is_said(tmp_path: Path) -> None:
    rows = grid((4,), (4.0,), (30,)) + [
        {"point": i, **point(f"P{i:03d}", 4, 4.0, 30, **{"hospital.beds": 60 + i})} for i in (2, 3)
    ]
    for row in rows:
        row.setdefault("hospital.beds", 60)
    beds = {"name": "hospital.beds", "role": "lever", "unit": "beds", "label": "beds", "low": 60, "high": 63}
    page = render(make(tmp_path, "grid", rows, 6, manifest={"factors": [beds]}))
    assert "no lever of this study makes a clear difference" in words(page)
    assert "No clear difference between the 3 plans" in words(page)


def test_equal_plans_and_lone_runs(tmp_path: Path) -> None:
    same = design([point("P001", 0, 0, 0, scenario="usual-care"), point("P002", 2)])
    accessible(render(make(tmp_path / "same", "list", same, 3)))
    page = render(make(tmp_path / "single", "grid", grid((2, 8)), 1))
    accessible(page)
    assert "no clear difference" in words(page).lower()


def test_failed_and_unfinished_studies_say_so(tmp_path: Path) -> None:
    failed = [(1, r) for r in range(8)] + [(2, 3)]
    data = make(tmp_path, "grid", grid((2, 4, 8)), 8, failed=failed, manifest={"state": "stopped"})
    text = words(render(data))
    assert "9 runs failed" in text and "ZeroDivisionError: on purpose" in text
    assert "not finished (stopped): it shows the 23 runs" in text
    assert "0 to 8 times each" in text


def test_a_precision_rule_is_said(tmp_path: Path) -> None:
    rule = {"outcome": "readmission_30d", "half_width": 0.005, "minimum": 3, "maximum": 40}
    text = words(render(make(tmp_path, "grid", grid((2, 8)), 4, rule=rule)))
    assert "until its difference in readmission, 30 d was known to within 0.5 in 100 (95 % interval), 3 to 40" in text


def test_nothing_to_report_is_one_line(tmp_path: Path) -> None:
    data = make(tmp_path, "grid", grid((2,)), 2, failed=[(p, r) for p in (0, 1) for r in (0, 1)])
    with pytest.raises(InputError, match="nothing to report"):
        render(data)


def test_several_futures_show_their_range(tmp_path: Path) -> None:
    text = words(render(make(tmp_path, *DESIGNS["three levers, two futures"])))
    assert "in 2 futures of the assumed parameters" in text
    assert "No fit to data says yet which futures are likelier" in text
    assert "range over 2 futures" in text and "of the assumed parameters, the answer depends most on" in text


def test_kept_curves_and_subgroups_are_shown(tmp_path: Path) -> None:
    page = render(make(tmp_path, "grid", grid((2, 8)), 12, keep=True))
    accessible(page)
    text = words(page)
    curve = re.search(
        r"Within 30 days of discharge: readmission after (\d+\.\d) of 100 discharges with usual-care", text
    )
    assert curve and 15 < float(curve[1]) < 25
    assert "Readmission, 30 d by housing: difference from usual-care, in 100 discharges" in text
    assert "few stays" in text and "unhoused" in text
    assert 'class="band' in page


def test_hostile_names_are_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'&"
    said: dict[str, Any] = {"title": evil, "question": evil, "baseline": evil, "sources": [evil]}
    rows = design([point("P001", scenario=evil), point("P002", 8, scenario="=1+1")])
    rows[0]["scenario"] = evil
    folder = tmp_path / "study"
    data = make(folder, "list", rows, 4, manifest=said)
    page = render(data)
    assert "<script" not in page and "&lt;script" in page
    Page(page)


def test_bytes_do_not_depend_on_the_moment(three: StudyData, report: str) -> None:
    assert render(StudyData(three.folder, three.manifest)) == report


class Huge(StudyData):
    """A thousand plans without files."""

    def __init__(self) -> None:
        rows = [point(f"P{i:04d}", 1 + i % 10, 1.0 + i // 10 % 10, 18 * (i // 100)) for i in range(1000)]
        super().__init__(Path("huge"), {"factors": FACTORS, "design": {"kind": "grid"}, "baseline": "usual-care"})
        self.design = pd.DataFrame(design(rows))
        self.failed = pd.DataFrame(columns=["status", "stage", "message"])

    def matrix(self, outcome: str) -> Any:
        effect = np.zeros(1001)
        effect[1:] = self.design["programme.peers"].to_numpy()[1:] / 100
        return 0.5 - effect[:, None] + 0.01 * normals(list(OUTCOMES).index(outcome), 1001, 3)

    def subgroups(self, *_: Any) -> pd.DataFrame:
        return pd.DataFrame()

    curves = subgroups


def test_a_thousand_plans() -> None:
    page = render(Huge())
    assert "leaves out the table of all 1000 plans" in words(page)
    assert len(page) < 1_000_000
