"""Virtual trials: what they find where workers change nothing, and that every feature of the format runs."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.cli.entry import cli
from experiments.support.errors import InputError
from experiments.trials import run as trials
from experiments.trials.description import arm_words
from experiments.trials.effects import Effect
from experiments.trials.participants import People
from experiments.trials.power import sample_size
from experiments.trials.run import ITT, TREATED, drawn_trial, drawn_values, run_replication, run_trial
from experiments.trials.summary import as_json, doubt, lines, place, spread
from experiments.trials.terminal import _doubt_sentences, show_result
from experiments.uncertainty.draws import ParameterDraws
from scenarios.trial_files.plan import Endpoint, TrialPlan
from scenarios.trial_files.read import read_trial
from simulation.day import finish
from simulation.engine import Engine
from simulation.state import PATIENT_INITIATED

NULL = """\
title = "Workers who change nothing"
[settings]
"population.size" = 2500
[settings.mechanisms]
relationship = false
bridging = false
advocacy = false
barriers = false
[settings.parameters]
"effect.planning" = 0.0
"effect.follow_up" = 0.0
"effect.overdose" = 0.0
"effect.retention" = 0.0
"effect.return_to_use" = 0.0
"effect.seeking" = 0.0
"acute_need.rate" = 1.0
"linkage.engagement" = 0.8
"discharge.propensity" = 1.2
"population.selection" = 0.8
[enrolment]
people = 300
days = 100
[staff]
peers = 8
[arms.usual]
[arms.peer]
worker = "peer"
uptake = 0.7
contact_days = 60
[outcomes.linkage]
measure = "linkage"
effect = "risk difference"
days = 60
days_from = "discharge"
[outcomes.pid]
measure = "patient-initiated discharge"
effect = "risk ratio"
[outcomes.readmission]
measure = "readmission"
effect = "hazard ratio"
days = 60
days_from = "discharge"
"""


def plan_of(folder: Path, text: str) -> TrialPlan:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return read_trial(file)


@pytest.fixture(scope="module")
def null(tmp_path_factory: pytest.TempPathFactory) -> trials.TrialResult:
    return run_trial(plan_of(tmp_path_factory.mktemp("null"), NULL), replications=60, seed=5, workers=2, draws=None)


def test_workers_who_change_nothing_show_no_effect_by_assignment_but_one_as_treated(null: trials.TrialResult) -> None:
    assert len(null.fine) == 60
    found = {line.outcome: line for line in lines(null)}
    for name, line in found.items():
        itt = line.by_assignment
        middle = math.log(itt.mean) if line.effect.endswith("ratio") else itt.mean
        assert abs(middle) < 3 * itt.error, name
        assert itt.significant < 0.15
    linkage = found["linkage"].as_treated
    assert linkage.mean > 5 * linkage.error  # who accepts and keeps in touch would have linked anyway
    pid = found["pid"].as_treated
    assert math.log(pid.mean) < -5 * pid.error  # and would have stayed anyway


def test_workers_who_change_nothing_leave_every_life_as_it_was(tmp_path: Path) -> None:
    from dataclasses import replace

    # Clinicians notice when a worker returns to use, which depends on whom workers met; and a contact at home reckons
    # hazards anew from the trust of that day, which has drifted a little since the last time.
    text = NULL.replace("barriers = false", "barriers = false\nclinicians_change = false")
    plan = plan_of(tmp_path, text.replace("contact_days = 60\n", ""))
    worlds = []
    for salt in (0, 1):
        engine = Engine(plan.config, 5, trial=replace(plan.trial, salt=salt))
        engine.run()
        worlds.append(engine.world)
    one, other = worlds
    assert (one.participants["arm"] != other.participants["arm"]).sum() > 80
    for name in ("stays", "ed_visits", "overdoses", "in_care", "place", "trust", "stigma", "using"):
        assert np.array_equal(one.patients[name], other.patients[name]), name


def test_the_same_numbers_on_one_and_two_threads_and_by_themselves(null: trials.TrialResult) -> None:
    again = run_trial(null.plan, replications=6, seed=5, workers=1, draws=None)
    for one, other in zip(again.trials, null.trials, strict=False):
        assert one.effects == other.effects and one.means == other.means
        assert one.replication == other.replication
    assert run_replication(null.plan, 5, 3).effects == null.trials[3].effects
    assert run_replication(null.plan, 6, 3).effects != null.trials[3].effects


PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "trials.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_of_the_format_runs(number: int, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(EXAMPLES[number], encoding="utf-8")
    plan = read_trial(tmp_path / "mine.toml", ("population.size=2500", "parameters.acute_need.rate=1.0"))
    result = run_trial(plan, replications=2, workers=1, draws=None)
    assert not result.failed, result.failed[0].error
    trial = result.trials[0]
    assert sum(trial.enrolled) > 30 and min(trial.enrolled) > 5
    for line in lines(result):
        assert line.by_assignment.n == 2, line
        assert math.isfinite(line.as_treated.median) or plan.clustered
        assert math.isfinite(line.arm_mean) and math.isfinite(line.other_mean)
    for arm in plan.trial.arms:
        if arm.kinds:
            assert trial.treated[arm.name] > 0.1
        elif not arm.consult:
            assert trial.treated[arm.name] == 0
    assert json.dumps(as_json(result), allow_nan=False)
    assert all(arm_words(plan, name) for name in plan.arms)


def test_incentives_and_assumed_ratios_are_drawn_for_each_virtual_trial(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, EXAMPLES[1])
    values = [drawn_values(plan, 0, r, {}) for r in range(40)]
    assert set(values[0]) == {"follow_up.incentive", "linkage.incentive"}
    assert 0 <= min(v["follow_up.incentive"] for v in values) < 0.3
    assert 1.7 < max(v["follow_up.incentive"] for v in values) <= 2.0
    assert drawn_values(plan, 0, 1, {"follow_up.incentive": 0.4})["follow_up.incentive"] == 0.4
    plan = plan_of(tmp_path, EXAMPLES[3])
    ratios = [drawn_trial(plan, 0, r).arms[0].need_ratio for r in range(200)]
    low, middle, high = np.quantile(ratios, (0.025, 0.5, 0.975))
    assert (low, middle, high) == pytest.approx((0.8, 1.0, 1.1), abs=0.04)


def test_parameters_of_each_replication_are_taken(null: trials.TrialResult) -> None:
    result = run_trial(
        null.plan, replications=3, seed=5, workers=1, parameters=[{}, {"discharge.patient_initiated": 0.2}]
    )
    assert result.trials[0].effects == null.trials[0].effects and result.trials[2].effects == null.trials[2].effects
    more, usual = (trial.means["pid", "usual"][0] for trial in (result.trials[1], null.trials[1]))
    assert more > usual + 0.2


def test_draws_of_parameters_enter_the_spread(null: trials.TrialResult) -> None:
    values = np.array([[0.01 + 0.02 * k] for k in range(12)])
    sample = ParameterDraws(("discharge.patient_initiated",), values, "a sample", "people_who_use_drugs")
    result = run_trial(null.plan, replications=24, seed=5, workers=2, draws=sample)
    levels = [trial.means["pid", "usual"][0] for trial in result.fine]
    assert np.mean(levels[:4]) + 0.3 < np.mean(levels[-4:])
    found = doubt(result, null.plan.endpoints[1], ("peer", "usual"))
    assert found.draws == 12 and 0 <= found.share_unknown <= 1
    assert any("from what nobody knows" in sentence for sentence in _doubt_sentences(result))
    assert any("12 draws are too few to tell which assumptions" in sentence for sentence in _doubt_sentences(result))
    other = ParameterDraws(("discharge.patient_initiated",), values, "a sample", "serious_mental_illness")
    with pytest.raises(InputError, match="the parameter draws are for serious_mental_illness"):
        run_trial(null.plan, replications=2, draws=other)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_narrow_screen_loses_no_number(
    null: trials.TrialResult, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("experiments.reporting.terminal.PIPED_WIDTH", width)
    show_result(null)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= width
    line = lines(null)[0]
    found = f"{100 * line.by_assignment.right:.0f} %"
    row = re.search(r"by assignment.*?(?=\n  as treated)", shown, re.DOTALL)
    assert row and found in row[0] and len(re.findall(r"[0-9.]+", row[0])) == 6


def test_numbers_out_of_range_are_refused(null: trials.TrialResult) -> None:
    for options in ({"replications": 0}, {"replications": 1, "seed": -1}, {"replications": 1, "workers": 0}):
        with pytest.raises(InputError, match="must lie between"):
            run_trial(null.plan, **options)  # type: ignore[arg-type]


def test_a_virtual_trial_that_fails_is_kept_as_such(null: trials.TrialResult, monkeypatch: pytest.MonkeyPatch) -> None:
    real = trials.Engine

    def sometimes(config: Any, seed: int, **options: Any) -> Any:
        if options["replication"] == 1:
            raise RuntimeError("no\nluck")
        return real(config, seed, **options)

    monkeypatch.setattr(trials, "Engine", sometimes)
    result = run_trial(null.plan, replications=3, seed=5, workers=1, draws=None)
    assert [t.error for t in result.trials] == ["", "RuntimeError: no luck", ""]
    assert lines(result)[0].by_assignment.n == 2


def test_ctrl_c_keeps_what_is_finished(null: trials.TrialResult) -> None:
    def stop(new: int) -> None:
        seen.append(new)
        if sum(seen) >= 3:
            raise KeyboardInterrupt

    seen: list[int] = []
    result = run_trial(null.plan, replications=50, seed=5, workers=1, draws=None, on_done=stop)
    assert result.stopped and 3 <= len(result.trials) < 50
    assert result.trials[0].effects == null.trials[0].effects


def endpoint(measure: str, days: int = 0, **changes: Any) -> Endpoint:
    fields: dict[str, Any] = {
        "name": "x", "title": "x", "measure": measure, "effect": "risk difference", "days": days, "after_days": 0,
        "days_from": "discharge", "shift": 0, "primary": True, "one_sided": False, "published": None,
    }  # fmt: skip
    return Endpoint(**(fields | changes))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[People, Any, Any]:
    plan = plan_of(tmp_path_factory.mktemp("one"), NULL.replace("days = 60\n", "days = 120\n"))
    engine = Engine(plan.config, 9, trial=plan.trial)
    engine.run()
    finish(engine.world, engine.day)
    result = engine.result()
    tables = [dict(list(table.groupby("person"))) for table in (result.discharges, result.events)]
    return People(engine), tables[0], tables[1]


def by_hand(finished: tuple[People, Any, Any], until: int, count: Callable[[Any, Any, Any], float]) -> np.ndarray:
    """A number of each participant from the public tables of the run.

    NaN where it is not known: they died in the stay of enrolment, were still in it, or the window, up to `until` days
    after it, goes beyond the run's end.
    """
    people, discharges, events = finished
    found = []
    for m in people.rows[:80]:
        stays = discharges[m["person"]].sort_values("admission_day")
        stay = stays[(stays["admission_day"] <= m["day"]) & (stays["discharge_day"] >= m["day"])]
        known = len(stay) == 1 and stay.iloc[0].discharge_type != "died"
        known = known and stay.iloc[0].discharge_day + until <= people.last_day
        found.append(count(stay.iloc[0], stays, events[m["person"]]) if known else math.nan)
    return np.array(found)


def after(mine: Any, event: str, low: int, high: int) -> Any:
    return mine[(mine["event"] == event) & (mine["day"] > low) & (mine["day"] <= high)]


def test_outcomes_agree_with_a_count_by_hand(finished: tuple[People, Any, Any]) -> None:
    people = finished[0]
    assert people.n > 150

    def same(made: np.ndarray, expected: np.ndarray) -> None:
        np.testing.assert_array_equal(made[:80], expected)
        assert np.nanstd(expected) > 0

    day = "discharge_day"
    same(
        people.count(endpoint("readmission", 60)).value,
        by_hand(finished, 60, lambda i, s, e: float(len(after(e, "admitted", i[day], i[day] + 60)) > 0)),
    )
    same(
        people.count(endpoint("ED visits", 90, after_days=30)).value,
        by_hand(
            finished, 90, lambda i, s, e: len(after(e, "arrives at emergency department", i[day] + 30, i[day] + 90))
        ),
    )
    same(
        people.count(endpoint("hospital days", 60)).value,
        by_hand(
            finished,
            60,
            lambda i, s, e: sum(
                max(0, min(b - 1, i[day] + 60) - max(a, i[day] + 1) + 1)
                for a, b in zip(s["admission_day"], s[day], strict=True)
                if a != i["admission_day"]
            ),
        ),
    )
    same(
        people.count(endpoint("overdose", 90, shift=10)).value,
        by_hand(finished, 100, lambda i, s, e: float(len(after(e, "overdose", i[day] + 10, i[day] + 100)) > 0)),
    )
    same(
        people.count(endpoint("contacts", 60)).value,
        by_hand(
            finished,
            60,
            lambda i, s, e: (
                len(after(e, "visit", i[day] - 1, i[day] + 60)) + len(after(e, "contact made", i[day] - 1, i[day] + 60))
            ),
        ),
    )
    stays = people.count(endpoint("length of stay", effect="mean difference")).value
    same(
        np.where(np.isnan(people.count(endpoint("readmission", 60)).value), np.nan, stays),
        by_hand(finished, 60, lambda i, s, e: i["length_of_stay"]),
    )
    early = people.count(endpoint("patient-initiated discharge")).value
    assert np.nanmean(early) == pytest.approx(
        (people._index["type"][people._admitted] == PATIENT_INITIATED).mean(), abs=0.02
    )


def test_time_to_an_event_ends_with_it_with_death_or_with_the_window(finished: tuple[People, Any, Any]) -> None:
    people = finished[0]
    counted = people.count(endpoint("readmission", 60, effect="hazard ratio"))
    known = ~np.isnan(counted.value)
    assert known.sum() > 150 and counted.days[known].max() == 60
    assert (counted.days[known & (counted.value == 0) & (people.died > people.last_day)] == 60).all()
    care = people.count(endpoint("in care", 60)).value
    linked = people.count(endpoint("linkage", 60)).value
    assert set(care[~np.isnan(care)]) == {0.0, 1.0}
    assert np.isnan(linked[people.rows["in_care"] == 1]).all()
    home = people.count(endpoint("days at home", 60, effect="mean difference")).value
    away = people.count(endpoint("hospital days", 60, effect="mean difference")).value
    alive = known & (people.died > people.last_day)
    np.testing.assert_array_equal(home[alive], 60 - away[alive])


def effect(value: float, p: float = 0.5) -> Effect:
    return Effect(value, value - 1, value + 1, p, 0.5, 10)


def test_spread_and_place() -> None:
    effects = [effect(float(v), 0.01 if v < 10 else 0.9) for v in range(101)] + [effect(math.nan)]
    s = spread(effects, endpoint("admissions", 9, effect="mean difference"), 0.05)
    assert (s.n, s.median, s.low, s.high, s.lower) == (101, 50.0, 2.5, 97.5, 25.0)
    assert s.significant == pytest.approx(10 / 101) and s.right == 0.0
    assert place(effects, 25.0) == pytest.approx(25.5 / 101)
    assert place(effects, -1) == 0.0 and place(effects, 1e9) == 1.0
    assert math.isnan(place([], 1.0)) and math.isnan(spread([], endpoint("death", 9), 0.05).median)


def test_the_sample_size_finds_a_known_effect_with_the_power_asked_for(null: trials.TrialResult) -> None:
    from dataclasses import replace

    def virtual(r: int) -> trials.VirtualTrial:
        rows = np.arange(1_000) + 1_000 * r
        u = (rows * 0.6180339887498949) % 1.0  # evenly spread, so that risks are 0.30 and 0.40
        made = trials.VirtualTrial(r)
        ones = np.ones(1_000)
        made.primary = {
            "usual": ((u < 0.4).astype(float), ones),
            "peer": (((rows * 0.7548776662466927) % 1.0 < 0.3).astype(float), ones),
        }
        made.effects["linkage", "peer", "usual", ITT] = effect(-0.1)
        return made

    result = replace(null, trials=tuple(virtual(r) for r in range(40)))
    size = sample_size(result, ("peer", "usual"), 0.8)
    # n per arm = (1.96 + 0.84)² (0.3·0.7 + 0.4·0.6) / 0.1² = 353
    assert size.per_arm is not None and size.per_arm[0] == size.per_arm[1] == pytest.approx(353, rel=0.03)
    assert size.low is not None and size.high is not None and size.low[0] < 353 < size.high[0]
    assert size.slices > 90 and size.checked > 0.7
    none = sample_size(null, ("peer", "usual"), 0.8)
    assert none.per_arm is None or none.per_arm[0] > 1_000


def invoke(*words: str) -> Any:
    return CliRunner().invoke(cli, ["trial", *words], prog_name="peerbridge")


def test_the_command_shows_both_analyses_and_the_place_of_the_published_effect(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    published = "[outcomes.linkage.published]\neffect = 0.4\narms = { peer = 0.7, usual = 0.3 }\n"
    file.write_text(NULL + published + "[analysis]\nexposure_strata = [2]\nsubgroups = ['frailty']\n", encoding="utf-8")
    found = invoke(str(file), "--replications", "6", "--power", "--out", str(tmp_path / "out"))
    assert found.exit_code == 0, found.output
    words = " ".join(found.output.split())
    for text in (
        "6 virtual trials, seed 0", "by assignment", "as treated", "published", "Place of the published effect",
        "do not agree", "Subgroups", "2 or more", "Sample size", "Files are in",
    ):  # fmt: skip
        assert text in words, found.output
    assert max(len(line) for line in found.output.splitlines()) <= 100 + 2 * len(str(tmp_path))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"trial.json", "virtual-trials.csv", "provenance.json"}
    rows = (tmp_path / "out" / "virtual-trials.csv").read_text().splitlines()
    assert len(rows) == 1 + 6 * 3 * 2 and {row.split(",")[4] for row in rows[1:]} == {ITT, TREATED}
    again = invoke(str(file), "--replications", "2", "--out", str(tmp_path / "out"))
    assert isinstance(again.exception, InputError) and "new or empty folder" in str(again.exception)
    as_text = invoke(str(file), "--replications", "2", "--json")
    data = json.loads(as_text.stdout)  # that the draws are uncalibrated stands on stderr
    assert data["replications"] == 2 and data["outcomes"][0]["published"] == 0.4


def test_list_show_and_check(tmp_path: Path) -> None:
    assert "sledge-2011" in invoke("list").output
    assert [row["name"] for row in json.loads(invoke("list", "--json").output)][0] == "impact"
    shown = " ".join(invoke("show", "navstar").output.split())
    assert "a navigator who visits in hospital" in shown and "every 3.5 days until day 30" in shown
    bad = tmp_path / "bad.toml"
    bad.write_text("title = 'x'\n")
    found = CliRunner().invoke(cli, ["trial", "check", "sledge-2011", str(bad)])
    assert found.exit_code == 2 and "sledge-2011: fine" in found.output and "is missing" in found.output


def test_bad_words_end_in_one_line() -> None:
    for words in (["sledge-20"], ["navstar", "--replications", "0"], ["navstar", "--power", "1.5"]):
        error = invoke(*words).exception
        assert isinstance(error, InputError) and "\n" not in str(error)
    assert invoke().exit_code in (0, 2)
