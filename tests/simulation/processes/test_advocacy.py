"""Mechanism 10: on days of contact a credible worker softens stigma and finds compromises; nothing when off."""

from simulation.state import E_COMPROMISE, E_CONFLICT, E_REFERRED, E_STIGMA, E_VISIT
from tests.simulation.pairs import Lives, assert_nothing_changes, assert_same_until, lives, scenario

FULL = {
    "advocacy.softening": 1.0, "relationship.burnout": 0.0, "relationship.list": 0.0,
    "lived_experience.credibility": 0.0,
    "clinicians_change.credibility_start": 1.0,
    "encounters.conflict": 0.3, "encounters.enacted": 0.2,
}  # fmt: skip


def on_days_of_visits(run: Lives, kind: int) -> int:
    visits = run.of(E_VISIT)
    days = set(zip(visits["person"].tolist(), visits["day"].tolist(), strict=True))
    chosen = run.of(kind)
    return len(days & set(zip(chosen["person"].tolist(), chosen["day"].tolist(), strict=True)))


def test_compromises_only_when_on_and_only_with_a_worker_at_the_bedside() -> None:
    on, off = lives(scenario(parameters=FULL), scenario("advocacy", parameters=FULL))
    assert on.count(E_COMPROMISE) > 50
    assert on_days_of_visits(on, E_COMPROMISE) == on.count(E_COMPROMISE)
    assert off.count(E_COMPROMISE) == 0
    assert on_days_of_visits(off, E_CONFLICT) > 50
    assert on_days_of_visits(off, E_STIGMA) > 50


def test_full_advocacy_of_a_fully_credible_worker_ends_stigma_and_conflict_at_the_bedside() -> None:
    full = {**FULL, "clinicians_change.credibility_fade": 0.0}
    (on,) = lives(scenario("clinicians_change", programme={"share_unit": 1.0}, parameters=full))
    visits, conflicts, stigma = on.of(E_VISIT), on.of(E_CONFLICT), on.of(E_STIGMA)
    assert min(len(visits), len(conflicts), len(stigma)) > 100
    assert on_days_of_visits(on, E_CONFLICT) == 0
    assert on_days_of_visits(on, E_STIGMA) == 0


def test_advocacy_without_effect_changes_nothing() -> None:
    flat = dict.fromkeys(("advocacy.softening", "effect.bedside"), 0.0)
    assert_nothing_changes(scenario(parameters=flat), scenario("advocacy", parameters=flat))


def test_lives_are_the_same_until_the_first_referral() -> None:
    cut = ("beds", "clinicians_change", "well_being")
    assert_same_until(*lives(scenario(*cut), scenario("advocacy", *cut)), E_REFERRED)


def test_without_a_programme_the_switch_changes_nothing() -> None:
    assert_nothing_changes(scenario(peers=0), scenario("advocacy", peers=0))
