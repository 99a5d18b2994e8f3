"""No number twice: what sets an input or a prior is not fitted, and what is a check is never fitted."""

import re

import pytest

from scenarios.calibration_targets import Target, targets
from scenarios.evidence_roles import Number, evidence
from simulation.parameters import PARAMETERS

ALL = evidence()
BY_ID = {number.id: number for number in ALL}
TARGETS = {t.id: t for t in targets()}
WORDS = ("fitted to", "free parameter", "sign", "set so", "a definition", "no trial shows")
"""How the source of a parameter begins that takes no number of a study for its prior."""


def trespasses(numbers: tuple[Number, ...], found: dict[str, Target]) -> list[str]:
    """What stands twice, in words."""
    wrong = []
    for number in numbers:
        for name in number.targets:
            fitted = found[name].role == "target" and found[name].prediction is not None
            if fitted and number.role != "target":
                wrong.append(f"{name} is fitted, and {number.id} is of role {number.role}")
        if number.role == "target":
            for name in number.parameters:
                source = PARAMETERS[name].source
                whole = all(found[t].role == "target" for t in number.targets)
                if whole and not source.startswith(WORDS):
                    wrong.append(f"{number.id} is fitted and sets {name} ({source})")
    return wrong


def test_ids_and_roles_are_in_order() -> None:
    assert len(BY_ID) == len(ALL) > 120
    for number in ALL:
        assert number.role in ("input", "prior", "target", "check", "sign", "unused")
        assert number.quantity and number.study
        assert all(name in PARAMETERS for name in number.parameters), number.id
        assert all(name in TARGETS for name in number.targets), number.id
        assert (number.role != "unused") or number.why, number.id


def test_every_target_has_its_row() -> None:
    rowed = [name for number in ALL for name in number.targets]
    assert sorted(rowed) == sorted(set(rowed))
    assert set(rowed) == {t.id for t in TARGETS.values() if t.prediction or t.id in rowed}


def test_no_number_stands_twice() -> None:
    assert trespasses(ALL, TARGETS) == []


def test_a_number_that_stands_twice_is_found() -> None:
    """The check is worth something: a target made of what sets a prior is named."""
    again = TARGETS["C11"].model_copy(update={"role": "target", "why": None, "kind": "contact"})
    assert any("C11 is fitted" in line for line in trespasses(ALL, TARGETS | {"C11": again}))


@pytest.mark.parametrize("profile", ["people_who_use_drugs", "serious_mental_illness"])
def test_checks_of_the_evidence_are_not_fitted(profile: str) -> None:
    checks = [number.id for number in ALL if number.role == "check"]
    for target in targets(profile=profile):
        if any(re.fullmatch(rf"{name}([a-z-].*)?", target.id) for name in checks):
            assert target.role == "check", target.id
