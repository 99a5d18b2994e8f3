"""Targets: strict reading, and errors as the studies' own numbers imply them."""

import math

import pytest

from experiments.outcomes.target_predictions import NAMES
from scenarios import ScenarioError, names
from scenarios.calibration_targets import is_ratio, targets

GOOD = """
profile = "people_who_use_drugs"
[[target]]
id = "T"
quantity = "a share"
population = "somewhere"
study = "Somebody 2020"
source = "10.1/x"
read = "computed"
value = 0.2
error = { proportion_of = 100 }
weight = "low"
scenario = "usual-care"
prediction = "reach"
kind = "contact"
"""


def write(folder, text):
    (folder / "t.toml").write_text(text)
    return folder


def test_every_bundled_target_names_a_scenario_and_a_number_of_the_model():
    found = targets()
    assert len(found) >= 20
    for target in found:
        assert target.scenario is None or target.scenario in names(), target.id
        assert target.trial or target.prediction is None or target.prediction in NAMES, target.id
        assert target.source and target.study


def test_a_share_has_a_binomial_error(tmp_path):
    (target,) = targets(write(tmp_path, GOOD))
    assert target.error.standard_error(target.value) == pytest.approx(0.04)
    low, high = target.interval()
    assert (low, high) == (pytest.approx(0.2 - 0.0784, abs=1e-4), pytest.approx(0.2 + 0.0784, abs=1e-4))


def test_a_ratio_has_its_error_on_the_log_scale(tmp_path):
    text = GOOD.replace("{ proportion_of = 100 }", '{ low = 0.1, high = 0.4, scale = "log" }')
    (target,) = targets(write(tmp_path, text))
    assert target.interval() == (0.1, 0.4)
    assert target.error.standard_error(0.2) == pytest.approx(math.log(4) / 3.92, rel=1e-4)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value = 0.2", "value = nan", "value"),
        ("value = 0.2", 'sign = "positive"', "value with its error, or a sign"),
        ("{ proportion_of = 100 }", "{ proportion_of = 0 }", "proportion_of"),
        ("{ proportion_of = 100 }", "{ low = 0.4, high = 0.1 }", "low < high"),
        ("{ proportion_of = 100 }", "{ standard_deviation = 1.0 }", "standard_deviation and of"),
        ("{ proportion_of = 100 }", "{ proportion_of = 100, unknown = true }", "unknown = true"),
        ('prediction = "reach"', "", "`missing`"),
        ('prediction = "reach"', 'prediction = "reach"\nmissing = "x"', "`missing`"),
        ('scenario = "usual-care"', "", "scenario or a trial"),
        ('scenario = "usual-care"', 'scenario = "usual-care"\narm = "usual"', "an arm is one of a trial"),
        ('scenario = "usual-care"', 'trial = "navstar"', "compared by its arms"),
        ('kind = "contact"', "", "needs its kind"),
        ('kind = "contact"', 'kind = "speed"', "kind"),
        ('kind = "contact"', 'kind = "contact"\ncomparator = true', "comparator"),
        ('kind = "contact"', 'role = "check"', "its reason in why"),
        ('kind = "contact"', 'kind = "contact"\nwhy = "x"', "its reason in why"),
        ('weight = "low"', 'weight = "huge"', "weight"),
        ('id = "T"', 'id = ""', "id"),
        ('id = "T"', 'id = "T"\nidd = 3', "idd"),
        ('profile = "people_who_use_drugs"', 'profile = "everybody"', "profile"),
        ('profile = "people_who_use_drugs"', "colour = 1", "colour"),
        ("[[target]]", "[[target", "t.toml"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, old, new, said):
    with pytest.raises(ScenarioError) as caught:
        targets(write(tmp_path, GOOD.replace(old, new)))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "t.toml" in str(caught.value)


def test_an_id_stands_once(tmp_path):
    with pytest.raises(ScenarioError, match="target T: is there twice"):
        targets(write(tmp_path, GOOD + GOOD.split('drugs"\n')[1]))


def test_a_duration_is_no_ratio() -> None:
    assert is_ratio("Readmission, hazard ratio") and not is_ratio("Duration of contact, days")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("0.0", "{ proportion_of = 100 }"), ("-0.0", "{ proportion_of = 100 }"), ("1.0", "{ proportion_of = 100 }"),
        ("7", "{ proportion_of = 100 }"), ("0.0", '{ low = 0.1, high = 2.0, scale = "log" }'),
        ("1.0", '{ low = -0.1, high = 2.0, scale = "log" }'),
    ],
)  # fmt: skip
def test_a_number_without_a_standard_error_is_refused_before_anything_runs(tmp_path, value, error):
    text = GOOD.replace("value = 0.2", f"value = {value}").replace("{ proportion_of = 100 }", error)
    with pytest.raises(ScenarioError, match="t.toml, target T: .*(between 0 and 1|above 0)"):
        targets(write(tmp_path, text))


@pytest.mark.parametrize("value", ["0", "0.0", "-0.0", "1.0", "7"])
@pytest.mark.parametrize("error", ["{ proportion_of = 100 }", "{ low = -1.0, high = 9.0 }", "{ unknown = true }",
                                   "{ standard_deviation = 0.1, of = 9 }"])  # fmt: skip
def test_a_share_of_none_or_all_is_refused_before_anything_runs(tmp_path, value, error):
    text = GOOD.replace("value = 0.2", f"value = {value}").replace("{ proportion_of = 100 }", error)
    write(tmp_path, text)
    with pytest.raises(ScenarioError, match="lies between 0 and 1, both left out"):
        targets(tmp_path)


@pytest.mark.parametrize("value", ["0", "-0.0", "-3.5"])
@pytest.mark.parametrize("unit", ["days", "per 1,000 person-years", "ratio"])
def test_a_count_or_ratio_without_a_logarithm_is_refused(tmp_path, value, unit):
    text = GOOD.replace("value = 0.2", f'value = {value}\nunit = "{unit}"').replace(
        "proportion_of = 100", "unknown = true"
    )
    write(tmp_path, text.replace('"a share"', '"a ratio"') if unit == "ratio" else text)
    with pytest.raises(ScenarioError, match="is above 0"):
        targets(tmp_path)


def test_an_interval_holds_its_number(tmp_path):
    write(tmp_path, GOOD.replace("{ proportion_of = 100 }", "{ low = 0.3, high = 0.4 }"))
    with pytest.raises(ScenarioError, match="lies outside its own interval, 0.3 to 0.4"):
        targets(tmp_path)
