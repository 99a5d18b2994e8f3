"""Every parameter: whole, bounded, with prior, kind and source, used by the model; and refusals in plain words."""

import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulation import parameters
from simulation.config import MECHANISMS, PROFILES
from simulation.engine import complete
from simulation.parameters import NAMES, PARAMETERS, Alternative, Parameter, Prior, check_values, defaults, record
from tests.simulation.small import small

pytestmark = pytest.mark.interpreted

WHOLE: dict[str, Any] = {
    "name": "acute_need.example",
    "value": 0.5,
    "unit": "share",
    "low": 0.0,
    "high": 1.0,
    "prior": Prior("uniform", 0.2, 0.8),
    "kind": "assumed",
    "source": "gap",
    "text": "An example.",
}
SMI = Alternative(0.4, Prior("uniform", 0.2, 0.8), "assumed", "gap")


def values_of_both_profiles() -> list[tuple[str, Parameter, Parameter | Alternative]]:
    return [(name, p, which) for name, p in PARAMETERS.items() for which in ((p, p.smi) if p.smi else (p,))]


def test_a_whole_declaration_is_accepted() -> None:
    assert Parameter(**WHOLE).value == 0.5
    assert Parameter(**WHOLE, smi=SMI).smi is SMI


@pytest.mark.parametrize(
    "gap",
    [
        {"name": ""}, {"unit": " "}, {"source": ""}, {"text": ""}, {"kind": "guessed"}, {"prior": None},
        {"prior": Prior("fixed")}, {"kind": "calibrated", "prior": Prior("fixed")}, {"value": 1.5}, {"value": math.nan},
        {"low": math.nan}, {"high": math.inf}, {"low": 0.6}, {"low": 1.0, "high": 0.0},
        {"smi": Alternative(2.0, SMI.prior, "assumed", "gap")},
        {"smi": Alternative(0.4, SMI.prior, "assumed", "")},
        {"smi": Alternative(0.4, Prior("fixed"), "assumed", "gap")},
        {"smi": Alternative(0.4, SMI.prior, "guessed", "gap")},  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_a_declaration_that_lacks_anything_is_refused(gap: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="parameter '.*'(:| lacks| is)"):
        Parameter(**(WHOLE | gap))


@pytest.mark.parametrize("field", ["unit", "low", "high", "prior", "kind", "source", "text"])
def test_no_field_has_a_default(field: str) -> None:
    with pytest.raises(TypeError, match=field):
        Parameter(**{name: value for name, value in WHOLE.items() if name != field})


@pytest.mark.parametrize(
    ("shape", "a", "b"),
    [
        ("uniform", 1.0, 1.0), ("uniform", 2.0, 1.0), ("uniform", math.nan, 1.0), ("normal", 0.0, 0.0),
        ("normal", 0.0, math.nan),
        ("lognormal", 0.0, 1.0), ("lognormal", 1.0, -1.0), ("beta", 0.0, 1.0), ("fixed", 1.0, 2.0),
        ("triangle", 0.0, 1.0),
    ],
)  # fmt: skip
def test_a_prior_without_width_is_refused(shape: Any, a: float, b: float) -> None:
    with pytest.raises(ValueError, match="no prior"):
        Prior(shape, a, b)


def test_a_parameter_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        parameters._measured("cost.wage", 1.0, "US$", 0, 2, "source", "text")


def test_names_are_of_a_mechanism_or_of_what_is_around_them() -> None:
    prefixes = {name.split(".")[0] for name in NAMES}
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_0-9]+", name) for name in NAMES)
    assert prefixes - {"population", "cost", "effect", "lived_experience", "visible_need"} == set(MECHANISMS)


def test_texts_are_sentences_and_sources_name_a_study_or_a_gap() -> None:
    for _, p, which in values_of_both_profiles():
        assert p.text.endswith(".") and p.text[0].isupper(), p.name
        gap = re.search(
            r"no number|gap|assumed|definition|no direct|no trial|sign|no controlled|design|held at", which.source
        )
        study = re.search(r"\d{4}|PMID|PMC|INREACH|pilot|10\.\d{4}|KFF|Los Angeles", which.source)
        assert study or (gap and which.kind != "measured"), (p.name, which.source)


def distribution(prior: Prior) -> Any:
    a, b = prior.a, prior.b
    if prior.shape == "uniform":
        return stats.uniform(a, b - a)
    if prior.shape == "normal":
        return stats.norm(a, b)
    if prior.shape == "lognormal":
        return stats.lognorm(b, scale=a)
    return stats.beta(a, b)


@pytest.mark.parametrize("profile", PROFILES)
def test_priors_lie_within_the_bounds_and_around_the_start_value(profile: str) -> None:
    for name, p, which in values_of_both_profiles():
        if (which is p) != (profile == PROFILES[0]) or which.prior.shape == "fixed":
            continue
        prior = distribution(which.prior)
        assert prior.cdf(p.high) - prior.cdf(p.low) > 0.9, name
        assert 0.01 < prior.cdf(which.value) < 0.99, name
        if which.kind == "assumed":
            spread = prior.ppf(0.975) - prior.ppf(0.025)
            assert spread > 0.2 * max(abs(which.value), 0.05 * (p.high - p.low) / 100), (name, "is assumed and narrow")


def test_most_parameters_say_that_nobody_has_measured_them() -> None:
    kinds = Counter(p.kind for p in PARAMETERS.values())
    assert set(kinds) == {"measured", "calibrated", "assumed"}
    assert kinds["assumed"] > kinds["calibrated"] + kinds["measured"]


def names_used() -> set[str]:
    folder = Path(parameters.__file__).parent
    texts = [
        path.read_text(encoding="utf-8")
        for path in folder.rglob("*.py")
        if path.name not in ("parameters.py", "config.py")
    ]
    sections = "|".join({name.split(".")[0] for name in NAMES})
    whole = {f"effect.{name}" for name in ("bedside", "planning", "follow_up")}  # read by `effects.paths`
    return whole | {found for text in texts for found in re.findall(rf'\["((?:{sections})\.[^"]+)"\]', text)}


def test_the_model_uses_every_parameter_and_no_other() -> None:
    assert names_used() == set(NAMES)


def test_defaults_of_both_profiles_are_valid_and_differ() -> None:
    one, other = (defaults(profile) for profile in PROFILES)
    assert list(one) == list(other) == list(NAMES)
    assert check_values(one) == one and check_values(other) == other
    assert {name for name in NAMES if one[name] != other[name]} <= {name for name, p in PARAMETERS.items() if p.smi}
    assert one != other
    with pytest.raises(ValueError, match="unknown profile 'dogs'"):
        defaults("dogs")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"acute_need.rat": 1.0}, "unknown parameter 'acute_need.rat'; did you mean 'acute_need.rate'?"),
        ({"xyz": 1.0}, "unknown parameter 'xyz'"),
        ({"acute_need.rate": "1"}, "parameter 'acute_need.rate' must be a number, not '1'"),
        ({"acute_need.rate": True}, "parameter 'acute_need.rate' must be a number, not True"),
        ({"acute_need.rate": None}, "must be a number, not None"),
        ({"acute_need.rate": 21}, "parameter 'acute_need.rate' must lie from 0.01 to 20 per person-year, not 21"),
        ({"acute_need.rate": math.nan}, "must lie from 0.01 to 20 per person-year, not nan"),
        ({"cost.wage": math.inf}, "must lie from 1 to 500 US$ of 2016 per hour, not inf"),
        ({"cost.wage": 20.0, "discharge.trust": 0.1}, "parameter 'discharge.trust' must lie from -6 to 0"),
    ],
)
def test_wrong_values_are_refused_in_plain_words(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        check_values(given)


def test_numbers_of_any_kind_become_floats() -> None:
    checked = check_values({"acute_need.rate": 1, "cost.wage": np.float32(20), "peer_time.visit": np.int16(30)})
    assert checked == {"acute_need.rate": 1.0, "cost.wage": 20.0, "peer_time.visit": 30.0}
    assert {type(value) for value in checked.values()} == {float}


def test_kernels_read_the_values_by_the_same_names() -> None:
    values = {name: float(i) for i, name in enumerate(NAMES)}
    row = record(values)
    assert {name: float(row[0][name]) for name in NAMES} == values


def test_a_scenario_wins_over_a_draw_and_a_draw_over_the_start_value() -> None:
    config = small(parameters={"cost.wage": 30.0})
    values = complete(config, {"cost.wage": 20.0, "cost.loading": 2.0})
    assert (values["cost.wage"], values["cost.loading"]) == (30.0, 2.0)
    assert values["acute_need.rate"] == PARAMETERS["acute_need.rate"].value
    smi = complete(small(parameters={}, profile="serious_mental_illness"), None)
    assert smi == defaults("serious_mental_illness")
