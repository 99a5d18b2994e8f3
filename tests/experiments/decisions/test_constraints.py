import pytest

from experiments.decisions.constraints import contradiction, outcome_name, read_constraint, read_goal


@pytest.mark.parametrize(
    ("text", "outcome", "difference", "bound", "side", "probability", "group"),
    [
        ("at most 900,000 US$ a year", "programme_cost", False, 900_000, -1, 0.8, None),
        ("early departures down by 1 in 100 with probability 0.8", "patient_initiated_discharge", True, -0.01, -1, 0.8,
         None),
        ("share of workers with high burnout under 30 %", "peer_high_burnout", False, 0.3, -1, 0.8, None),
        ("no worse for people without housing", "readmission_30d", True, 0.0, -1, 0.8, ("housing", "unhoused")),
        ("linkage to care, 30 d at least 0.4 with probability 90 %", "linkage_30d", False, 0.4, 1, 0.9, None),
        ("net benefit up by 1.5 million US$ a year", "net_benefit", True, 1_500_000, 1, 0.8, None),
        ("linkage_30d no worse", "linkage_30d", True, 0.0, 1, 0.8, None),
        ("at most 900,000 US$ a year with all posts filled", "programme_cost_full", False, 900_000, -1, 0.8, None),
        ("budget at most 1.2 million US$ with probability 0.9", "programme_cost_full", False, 1_200_000, -1, 0.9, None),
        ("programme cost under 500,000 US$ with all posts filled", "programme_cost_full", False, 5e5, -1, 0.8, None),
        ("returns to use of workers at most 0.1", "peer_returns_to_use_per_year", False, 0.1, -1, 0.8, None),
    ],
)  # fmt: skip
def test_what_planners_say(
    text: str, outcome: str, difference: bool, bound: float, side: int, probability: float, group: object
) -> None:
    found = read_constraint(text)
    assert (found.outcome, found.difference, found.side, found.group) == (outcome, difference, side, group)
    assert (found.bound, found.probability) == (pytest.approx(bound), pytest.approx(probability))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("readmision_30d under 0.2", "unknown outcome 'readmision_30d'; did you mean readmission_30d?"),
        ("readmission_30d under 20", "is a share from 0 to 1"),
        ("readmission_30d near 0.2", "has no relation"),
        ("readmission_30d at most 900,000 US$", "not in money"),
        ("at most 0.3", "names no outcome"),
        ("readmission_30d under 1 in 0", "is no number"),
        ("readmission_30d under 1,2", "is no number"),
        ("deaths down by 1 in 100", "is no share"),
        ("readmission_30d down by -0.1", "takes a number above 0"),
        ("readmission_30d under 0.2 with probability 1.2", "a probability lies between 0 and 1"),
        ("no worse", "no worse in what"),
        ("total cost at most 900,000 US$ with all posts filled", "only what the programme costs"),
        ("programme cost no worse for people without housing", "programme_cost is not counted by group"),
        ("readmission_30d no worse for people with cats", "the groups of people that are known are"),
        ("length_of_stay_mean no worse", "neither more nor less"),
    ],
)
def test_what_is_wrong_is_one_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        read_constraint(text)
    assert "\n" not in str(error.value)


def test_goals() -> None:
    assert (read_goal("cheapest").outcome, read_goal("cheapest").sign) == ("programme_cost", -1)
    assert read_goal("cheapest", "hospital").outcome == "total_cost"
    assert (read_goal("best readmissions").sign, read_goal("highest net benefit").sign) == (-1, 1)
    with pytest.raises(ValueError, match="a goal is cheapest"):
        read_goal("nice")
    assert outcome_name("Readmission, 30 d") == "readmission_30d"


def test_contradictions() -> None:
    pair = [read_constraint("readmission_30d at least 0.3"), read_constraint("readmission_30d under 0.2")]
    assert "cannot both hold" in contradiction(pair)
    assert "cannot both hold" in contradiction([read_constraint("deaths down by 1"), read_constraint("deaths up by 1")])
    assert not contradiction([read_constraint("readmission_30d at least 0.1"), pair[1]])
    rare = [read_constraint(f"{text} with probability 0.3") for text in ("reach at least 0.6", "reach at most 0.5")]
    assert not contradiction(rare)
