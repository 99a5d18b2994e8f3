"""Bad values of every setting, found from its declaration: each ends in one line that names it and its place."""

import math
from pathlib import Path
from typing import Any

import annotated_types
import pytest

from scenarios import ScenarioError, load
from simulation.config import Config, Hospital, Local, Money, Phase, Population, Programme, Run, Section, Site

SECTIONS: dict[str, tuple[type[Section], str]] = {
    "programme": (Programme, "[programme]"), "population": (Population, "[population]"),
    "hospital": (Hospital, "[hospital]"), "run": (Run, "[run]"), "local": (Local, "[local]"),
    "money": (Money, "[money]"), "site": (Site, "[[hospital]]"), "phase": (Phase, "[[phase]]"),
}  # fmt: skip


def beyond(metadata: list[Any]) -> list[str]:
    """Values on the wrong side of each declared bound, as TOML."""
    found = []
    for rule in metadata:
        if isinstance(rule, annotated_types.Ge):
            found.append(rule.ge - 1)
        elif isinstance(rule, annotated_types.Gt):
            found.append(rule.gt)
        elif isinstance(rule, annotated_types.Le):
            found.append(rule.le + 1)
        elif isinstance(rule, annotated_types.Lt):
            found.append(rule.lt)
    return [str(value) for value in found]


def bad_values() -> list[tuple[str, str, str]]:
    cases = []
    for section, (made, _) in SECTIONS.items():
        for key, field in made.model_fields.items():
            values = beyond(field.metadata)
            if values:
                values += ["nan", "inf", '"many"', "[1, 2]", "true"]
            cases += [(section, key, value) for value in values or ["nan", "{ a = 1 }"]]
    return cases


CASES = bad_values()


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        load(path)
    said = str(error.value)
    assert said.startswith(f"{path}") and "\n" not in said and "Traceback" not in said, said
    return said


def test_every_setting_is_tried() -> None:
    tried = {(section, key) for section, key, _ in CASES}
    assert tried == {(section, key) for section, (made, _) in SECTIONS.items() for key in made.model_fields}
    for section, key in (
        ("programme", "supervisors"), ("programme", "leave_weeks"), ("programme", "ends_after_days"),
        ("local", "stays_per_year"), ("local", "length_of_stay"), ("local", "readmission_30d"), ("money", "index"),
        ("site", "posts"), ("site", "people"), ("site", "beds_per_unit"), ("phase", "day"), ("phase", "peers"),
    ):  # fmt: skip
        assert sum((s, k) == (section, key) for s, k, _ in CASES) >= 6, key


@pytest.mark.parametrize(("section", "key", "value"), CASES)
def test_a_bad_value_ends_in_one_line_that_names_it(tmp_path: Path, section: str, key: str, value: str) -> None:
    day = "day = 30\n" if section == "phase" and key != "day" else ""
    said = refused(tmp_path, f"{SECTIONS[section][1]}\n{day}{key} = {value}\n")
    assert key in said and "line " in said, said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[phase]]\nday = 90\n[[phase]]\nday = 30\n", "must rise; they are 90, 30"),
        ("[[phase]]\nday = 30\n[[phase]]\nday = 30\n", "must rise; they are 30, 30"),
        ("[programme]\nends_after_days = 60\n[[phase]]\nday = 60\n", "the programme ends after 60 days"),
        ("[[phase]]\npeers = 3\n", "day: is missing"),
        ("[hospital]\ncount = 3\n[[hospital]]\n[[hospital]]\n", "[[hospital]] is set twice"),
        ("[[hospital]]\nposts = 0\n[[hospital]]\nposts = 0\n", "no hospital has a share of the posts"),
        ("[local]\nstays_per_year = 5000000\nlength_of_stay = 10\n", "the hospitals have"),
        ("[money]\nindex = 1.2\n", "year and index belong together"),
        ("[money]\nyear = 2024\n", "year and index belong together"),
        ("[parameters]\n'cost.wage' = -3\n", "must lie from 1 to 500"),
        ("[parameters]\n'cost.navigator_wage' = -3\n", "must lie from 1 to 500"),
        ("[parameters]\n'cost.marginal_share' = 1.5\n", "must lie from 0 to 1"),
    ],
)
def test_settings_that_do_not_fit_together_are_told_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text)


def test_a_count_beside_tables_of_hospitals_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("[[hospital]]\n[[hospital]]\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="leave count out") as error:
        load(path, ["hospital.count=3"])
    assert "\n" not in str(error.value)


def test_good_values_of_the_same_settings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        "[programme]\npeers = 3\nsupervisors = 2\nends_after_days = 540\n"
        "[local]\nstays_per_year = 900\nlength_of_stay = 5\n[money]\nyear = 2024\nindex = 1.07\n"
        "[[hospital]]\nposts = 2\n[[hospital]]\n[[phase]]\nday = 90\npeers = 6\n",
        encoding="utf-8",
    )
    config = load(path)
    assert isinstance(config, Config) and config.hospital.count == 2 and config.phases[0].peers == 6
    assert config.local.stays_per_year == 900 and math.isclose(config.money.index, 1.07)
