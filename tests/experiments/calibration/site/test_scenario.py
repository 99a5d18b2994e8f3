"""A site as a scenario: at its own size, to two digits, and one that every command reads."""

import pytest

from experiments.calibration.site.scenario import scenario_text
from experiments.site_data.records import read
from scenarios import load
from tests.experiments.site_data.test_records import rows, write


def site(tmp_path, n=2_000, days=365, staff="a,peer,0,,\nb,peer,0,,19\nc,navigator,0,182,\n"):
    lines = [f"q{k},{k % days},{k % days + 4},planned,1,a,stable" for k in range(n)]
    table = write(tmp_path, f"post,role,start_day,end_day,hours_per_week\n{staff}", "staff.csv") if staff else None
    return read(write(tmp_path, rows(*lines)), table)


def test_a_site_becomes_a_scenario_of_its_own_size(tmp_path):
    config = load("bridge")
    text = scenario_text(site(tmp_path), config, 2 * 2_000 / 365)  # the scenario has twice the admissions of the site
    path = tmp_path / "site.toml"
    path.write_text(text)
    found = load(str(path))
    assert found.name == "site"
    assert found.population.size == pytest.approx(config.population.size / 2, rel=0.05)
    beds = [c.hospital.count * c.hospital.units * c.hospital.beds_per_unit for c in (found, config)]
    assert beds[0] == pytest.approx(beds[1] / 2, rel=0.05)
    assert found.programme.peers == 1 and found.programme.navigators == 0  # one and a half, and half of the year


def test_what_is_too_short_too_small_or_undated_is_no_scenario(tmp_path):
    config = load("bridge")
    assert scenario_text(site(tmp_path, 60), config, 5.0) is None
    assert scenario_text(site(tmp_path, 2_000, days=60), config, 5.0) is None
    header = "person,length_of_stay,discharge_type"
    undated = read(write(tmp_path, rows(*(f"q{k},3,planned" for k in range(2_000)), header=header)))
    assert scenario_text(undated, config, 5.0) is None


def test_two_digits_do_not_tell_one_stay_from_none(tmp_path):
    config = load("usual-care")
    texts = {scenario_text(site(tmp_path, n, staff=None), config, 5.0) for n in (2_000, 2_001, 2_002)}
    assert len(texts) == 1
