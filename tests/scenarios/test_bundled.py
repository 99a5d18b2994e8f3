"""The bundled scenarios: they load, they say what they are, and they differ only in what their names say."""

import re
import tomllib

import pytest

from scenarios import dump, load, load_with_origins, names
from scenarios.loader import LIBRARY

FIXED_NAMES = {
    "usual-care", "bridge", "hospital-only", "community-only", "ed-only", "thin-supervision", "peer-mentors",
    "overloaded", "all-recommendations", "large-system", "smi-discharge",
}  # fmt: skip

UNKIND = re.compile(
    r"\b(addicts?|abusers?|abuse|junkies|clean|dirty|non-?complian\w*|against medical advice|ama|relapse\w*"
    r"|the mentally ill|schizophrenics?|drug users?|suffer\w*|victims?)\b",
    re.IGNORECASE,
)


def flat(config):
    return {f"{section}.{key}": value for section, values in config.settings().items() for key, value in values.items()}


def changed(name, base):
    before, after = flat(load(base)), flat(load(name))
    return {key: after[key] for key in after if after[key] != before.get(key)}


def test_names_are_the_fixed_ones_with_usual_care_first():
    assert set(names()) == FIXED_NAMES
    assert names()[0] == "usual-care"


@pytest.mark.parametrize("name", sorted(FIXED_NAMES))
def test_says_what_it_is(name):
    config = load(name)
    assert config.name == name
    assert 10 <= len(config.title) <= 70
    assert config.description.endswith(".") and config.question.endswith("?") and config.question[0].isupper()
    assert config.sources
    assert all(re.search(r"10\.\d{4,}/\S|PMC\d+|(19|20)\d\d|OMNI Institute", source) for source in config.sources)
    words = " ".join([config.title, config.question, config.description, *config.sources])
    assert not UNKIND.search(words)


@pytest.mark.parametrize("name", sorted(FIXED_NAMES))
def test_sentences_are_short(name):
    config = load(name)
    sentences = re.split(r"(?<=[.?:;])\s+", f"{config.description} {config.question}")
    assert max(len(sentence.split()) for sentence in sentences) <= 25


@pytest.mark.parametrize("name", sorted(FIXED_NAMES))
def test_hash_does_not_depend_on_how_the_file_is_written(name, tmp_path):
    data = tomllib.loads((LIBRARY / f"{name}.toml").read_text())
    lines = ["# another hand", "title = 'other'"]
    if "extends" in data:
        lines.append(f"extends   =   '{data['extends']}'")
    for section in ("population", "programme", "hospital"):
        for key, value in reversed(data.get(section, {}).items()):
            shown = repr(value).lower() if isinstance(value, bool) else repr(value)
            lines.append(f'{section} . "{key}" = {shown}  # same')
    file = tmp_path / "rewritten.toml"
    file.write_bytes("\r\n".join(lines).encode())
    assert load(file).content_hash() == load(name).content_hash()


@pytest.mark.parametrize("name", sorted(FIXED_NAMES))
def test_frozen_text_gives_the_same_scenario(name, tmp_path):
    file = tmp_path / "frozen.toml"
    file.write_text(dump(load(name)), encoding="utf-8")
    assert load(file) == load(name)


@pytest.mark.parametrize(
    ("name", "base", "changes"),
    [
        ("hospital-only", "bridge", {"programme.follow_up_days": 0}),
        ("community-only", "bridge", {"programme.share_unit": 0.0, "programme.share_community": 1.0}),
        ("ed-only", "bridge", {"programme.share_unit": 0.0, "programme.share_ed": 1.0}),
        ("overloaded", "bridge", {"programme.peers": 2, "programme.caseload_cap": 80}),
        ("large-system", "bridge", {"programme.peers": 120, "population.size": 120_000, "hospital.count": 20}),
        ("bridge", "usual-care", {"programme.peers": 6}),
    ],
)
def test_changes_only_what_its_name_says(name, base, changes):
    assert changed(name, base) == changes


def test_usual_care_has_no_programme():
    programme = load("usual-care").programme
    assert programme.peers == programme.navigators == 0


def test_large_system_has_the_ratios_of_bridge():
    small, large = load("bridge"), load("large-system")
    factor = large.population.size / small.population.size
    assert large.population.size >= 100_000 and large.hospital.count > 1
    assert large.programme.peers == small.programme.peers * factor
    assert large.hospital.count == small.hospital.count * factor
    assert large.hospital.model_copy(update={"count": 1}) == small.hospital


def test_all_recommendations_has_the_four():
    programme = load("all-recommendations").programme
    assert programme.cross_training_hours > 0 and programme.champion
    assert programme.referral_delay_days == 0 and programme.door == "both"
    assert programme.autonomy == 1
    assert programme.supervisor_lived_experience == 1 and programme.peers_per_supervisor <= 2.4


def test_origins_name_the_file_of_the_chain_that_set_a_value():
    _, origins = load_with_origins("all-recommendations", ["programme.peers=7"])
    assert origins["programme.peers"] == "settings programme.peers=7"
    assert origins["programme.autonomy"].startswith("all-recommendations.toml (bundled), line ")
    assert origins["programme.peers_per_supervisor"].startswith("peer-mentors.toml (bundled), line ")
    assert origins["programme.follow_up_days"].startswith("bridge.toml (bundled), line ")
    assert origins["population.size"].startswith("usual-care.toml (bundled), line ")
    assert "programme.shift_minutes" not in origins
