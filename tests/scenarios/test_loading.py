"""Files, `extends`, overrides, lines of keys, and the frozen text."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import check, dump, load, load_with_origins
from scenarios.error_messages import LISTED, SECTIONS, fields
from scenarios.key_lines import key_lines
from simulation.config import MECHANISMS, PROFILES, Config
from simulation.parameters import PARAMETERS


def write(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


# extends


def test_child_replaces_key_by_key_and_keeps_the_rest(tmp_path):
    write(tmp_path, "base.toml", "extends = 'bridge'\n[programme]\npeers = 9\nfollow_up_days = 30\n[run]\ndays = 100\n")
    config = load(write(tmp_path, "plan.toml", "extends = 'base.toml'\n[programme]\npeers = 3\n"))
    assert (config.programme.peers, config.programme.follow_up_days, config.run.days) == (3, 30, 100)
    assert config.population.size == 6_000


def test_path_counts_from_the_folder_of_the_file(tmp_path, monkeypatch):
    write(tmp_path, "shared/base.toml", "[run]\ndays = 77\n")
    plan = write(tmp_path, "plans/plan.toml", "extends = '../shared/base.toml'\n")
    monkeypatch.chdir(tmp_path / "shared")
    assert load(plan).run.days == 77
    assert load(os.path.relpath(plan)).run.days == 77


def test_bundled_name_wins_over_a_file_without_suffix_but_a_path_reaches_the_file(tmp_path, monkeypatch):
    write(tmp_path, "bridge", "[programme]\npeers = 1\n")
    monkeypatch.chdir(tmp_path)
    assert load("bridge").programme.peers == 6
    assert load("./bridge").programme.peers == load(Path("bridge")).programme.peers == 1


def test_texts_for_people_are_not_inherited(tmp_path):
    config = load(write(tmp_path, "our plan.toml", "extends = 'bridge'\n"))
    assert (config.name, config.title, config.description, config.sources) == ("our plan", "", "", ())
    assert config.content_hash() == load("bridge").content_hash()


def test_two_branches_may_extend_the_same_file(tmp_path):
    write(tmp_path, "b.toml", "extends = 'bridge'\n")
    assert load(write(tmp_path, "a.toml", "extends = 'b.toml'\n")).programme.peers == 6


def test_origins(tmp_path):
    base = write(tmp_path, "base.toml", "[programme]\npeers = 9\nchampion = true\n")
    text = "extends = 'base.toml'\n\n[programme]\npeers = 3\n[parameters]\npopulation.injecting = 0.2\n"
    plan = write(tmp_path, "plan.toml", text)
    _, origins = load_with_origins(plan, ["run.days=5"])
    assert origins == {
        "programme.champion": f"{base}, line 3",
        "programme.peers": f"{plan}, line 4",
        "parameters.population.injecting": f"{plan}, line 6",
        "run.days": "settings run.days=5",
    }


# files


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_bytes(b"\xef\xbb\xbf[run]\r\n# a comment\r\ndays = 12\r\n")
    assert load(file).run.days == 12
    file.write_bytes(b"\xef\xbb\xbf[run]\r\n# a comment\r\ndays = 0\r\n")
    assert f"{file}, line 3: run.days" in check(file)[0]


def test_every_way_to_write_a_key_means_the_same(tmp_path):
    ways = [
        "[programme]\npeers = 4\n",
        "programme.peers = 4\n",
        "programme = { peers = 4 }\n",
        '"programme"."peers" = 0x4\n',
        "programme . 'peers' = +4\n",
    ]
    assert len({load(write(tmp_path, "a.toml", text)).content_hash() for text in ways}) == 1


@pytest.mark.parametrize(
    "text",
    [
        '[parameters]\n"population.injecting" = 0.3\n',
        "[parameters]\npopulation.injecting = 0.3\n",
        "[parameters.population]\ninjecting = 0.3\n",
        "parameters = { population.injecting = 0.3 }\n",
        "[parameters]\npopulation = { injecting = 0.3 }\n",
    ],
)
def test_parameters_with_and_without_quotes(text, tmp_path):
    assert load(write(tmp_path, "a.toml", text)).parameters == {"population.injecting": 0.3}


def test_parameters_of_parent_and_child_are_joined(tmp_path):
    write(tmp_path, "base.toml", "[parameters]\npopulation.injecting = 0.3\npopulation.stable_housing = 0.4\n")
    plan = write(tmp_path, "plan.toml", "extends = 'base.toml'\n[parameters]\n\"population.injecting\" = 0.1\n")
    assert load(plan).parameters == {"population.injecting": 0.1, "population.stable_housing": 0.4}


def test_whole_numbers_do_for_shares_and_hash_alike(tmp_path):
    whole = load(write(tmp_path, "a.toml", "[programme]\nautonomy = 1\n"))
    assert whole.content_hash() == load(write(tmp_path, "b.toml", "[programme]\nautonomy = 1.0\n")).content_hash()


# overrides


@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("programme.peers=7", "programme", "peers", 7),
        (" programme.peers = 7 ", "programme", "peers", 7),
        ("population.size=100_000", "population", "size", 100_000),
        ("mechanisms.bridging=false", "mechanisms", "bridging", False),
        ("programme.door=proactive", "programme", "door", "proactive"),
        ('programme.door="proactive"', "programme", "door", "proactive"),
        ("programme.autonomy=1", "programme", "autonomy", 1.0),
        ("programme.contact_schedule=[[7, 1], [30, 7]]", "programme", "contact_schedule", ((7, 1), (30, 7))),
    ],
)
def test_override(override, section, key, value):
    assert getattr(getattr(load("bridge", [override]), section), key) == value


@pytest.mark.parametrize("key", ['parameters."population.injecting"', "parameters.population.injecting"])
def test_override_of_a_parameter(key):
    assert load("bridge", [f"{key}=0.2"]).parameters == {"population.injecting": 0.2}


def test_last_override_wins_and_one_text_will_do():
    assert load("bridge", ("programme.peers=1", "programme.peers=2")).programme.peers == 2
    assert load("bridge", "programme.peers=2").programme.peers == 2


def test_override_can_mend_a_file(tmp_path):
    file = write(tmp_path, "a.toml", "[programme]\npeers = -1\n")
    assert check(file) and load(file, ["programme.peers=1"]).programme.peers == 1


def test_overrides_of_the_titles(tmp_path):
    assert load("bridge", ["name=b2", "title=Two words"]).title == "Two words"


# lines


def test_lines_of_tables_dotted_quoted_and_inline_keys():
    text = '''# a # comment
title = """
[not] = a table
x = 1
"""
inline = { a = 1, b = { "c d" = "}" }, e = [1, "]"] }
list = [  # [
    "]", 'x = 1',
    { k = "]" },
]
a.b . 'c' = 3

[one.two]  # comment
"three four" = \'\'\'
[y]\'\'\'

[[many]]
z = 1979-05-27 07:32:00
[[many]]
z = 2
[last]
n = -1e5
'''
    tomllib.loads(text)
    assert key_lines(text) == {
        ("title",): 2,
        ("inline",): 6,
        ("inline", "a"): 6,
        ("inline", "b"): 6,
        ("inline", "b", "c d"): 6,
        ("inline", "e"): 6,
        ("list",): 7,
        ("a",): 11,
        ("a", "b"): 11,
        ("a", "b", "c"): 11,
        ("one",): 13,
        ("one", "two"): 13,
        ("one", "two", "three four"): 14,
        ("many",): 17,
        ("many", "z"): 18,
        ("many", "0"): 17,
        ("many", "0", "z"): 18,
        ("many", "1"): 19,
        ("many", "1", "z"): 20,
        ("last",): 21,
        ("last", "n"): 22,
    }


VALUES = st.sampled_from(
    ["1", "'#'", '"\\""', '"""\n[a]\nb = 1\n"""', "'''\n]]\n'''", "[1, [2,\n# ]\n3]]",
     "{ x = 1, 'y z' = [{}] }", "{}", "[]", "nan",
     "2020-01-01", "['''\n''', \"\"\"\"q\"\"\"\"]", '""', "''", "1_0.5e-3"]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["", "#[x]\n", "\n", "\r\n", " \t"]), VALUES), max_size=12), st.booleans())
def test_lines_of_any_keys(items, tables):
    text, expected = "", {}
    for number, (before, value) in enumerate(items):
        text += before.replace(" \t", "\n \t")
        if text and not text.endswith(("\n", "\t")):
            text += "\n"
        key = (f"t{number}", "k") if tables else (f"k{number}",)
        if tables:
            text += f"[ t{number} ] # c\n"
        expected[key] = text.count("\n") + 1
        text += f"{key[-1]} = {value} # c\n"
    tomllib.loads(text)
    found = key_lines(text)
    assert {key: found[key] for key in expected} == expected


# the frozen text


def value_of(name, field):
    """Values that one setting may have, from its own bounds."""
    if name == "programme.contact_schedule":
        days = st.lists(st.integers(1, 365), min_size=1, max_size=8, unique=True).map(sorted)
        return days.flatmap(
            lambda until: st.lists(st.integers(1, 365), min_size=len(until), max_size=len(until)).map(
                lambda every: tuple(zip(until, every, strict=True))
            )
        )
    if name == "population.seasons":
        return st.just(()) | st.lists(st.floats(0.1, 10), min_size=12, max_size=12).map(tuple)
    if field.annotation is bool:
        return st.booleans()
    low = next((item.ge for item in field.metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in field.metadata if hasattr(item, "le")), None)
    if field.annotation in (int, int | None):
        return st.integers(low, high)
    if field.annotation in (float, float | None):
        return st.floats(low, high)
    return st.sampled_from(field.annotation.__args__)


@st.composite
def configs(draw):
    data = {section: {} for section in SECTIONS if section not in ("parameters", *LISTED)}
    for name, field in fields().items():
        section, key = name.split(".")
        data[section][key] = draw(value_of(name, field))
    shares = [draw(st.floats(0, 1)) for _ in range(4)]
    total = sum(shares) or 1
    data["programme"] |= {
        key: share / total for key, share in zip(("share_ed", "share_community", "share_unit"), shares, strict=False)
    }
    data["money"] = draw(st.sampled_from([{}, {"year": 2024, "index": 1.08}]))
    data["run"]["burn_in_days"] = draw(st.sampled_from([0, 365]))
    data["local"]["length_of_stay"] = None  # stays and days together must fit the beds
    data["programme"]["ends_after_days"] = 0
    days = sorted(draw(st.sets(st.integers(1, 20_000), max_size=3)))
    data["phases"] = [{"day": day, "peers": draw(st.integers(0, 50))} for day in days]
    sites = draw(st.integers(0, 3))
    if sites:
        del data["hospital"]["count"]
        data["hospitals"] = [{"posts": draw(st.floats(0.1, 9)), "beds_per_unit": 7 + n} for n in range(sites)]
    chosen = draw(st.lists(st.sampled_from(sorted(PARAMETERS)), unique=True, max_size=4))
    data["parameters"] = {name: draw(st.floats(PARAMETERS[name].low, PARAMETERS[name].high)) for name in chosen}
    text = st.text(max_size=30)
    data |= {key: draw(text) for key in ("name", "title", "description")}
    return Config.model_validate({**data, "sources": draw(st.lists(text, max_size=3))})


@settings(max_examples=60, deadline=None)
@given(config=configs())
def test_frozen_text_loads_back_to_the_same_hash(config, tmp_path_factory):
    file = tmp_path_factory.mktemp("frozen") / "plan.toml"
    file.write_text(dump(config), encoding="utf-8")
    back = load(file)
    assert back.content_hash() == config.content_hash()
    assert back.settings() == config.settings()
    assert dump(back) == dump(config)


def test_frozen_text_has_every_setting():
    data = tomllib.loads(dump(Config()))
    tables = {section: values for section, values in data.items() if isinstance(values, dict)}
    assert {f"{section}.{key}" for section, values in tables.items() for key in values} == {
        name for name, field in fields().items() if field.default is not None
    }
    assert set(data["mechanisms"]) == set(MECHANISMS)


def test_texts_with_odd_characters_survive(tmp_path):
    text = 'Hôpital "été" \\ \u2028 \u200d\n\ttab 🙂'
    config = Config(name="été 🙂", title="a", description=text, sources=(text,))
    file = write(tmp_path, "a.toml", dump(config))
    assert load(file) == config


# what the loader rests on


def test_every_setting_has_a_unit_and_a_description():
    for name, field in fields().items():
        if not name.startswith("mechanisms."):
            assert field.description and field.json_schema_extra["unit"], name


def test_profiles_of_the_model_are_those_of_the_settings():
    assert fields()["population.profile"].annotation.__args__ == PROFILES


def test_import_and_load_stay_light():
    code = (
        "import sys; from scenarios import load; load('bridge'); "
        "print([m for m in ('pandas', 'numba', 'mesa', 'scipy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
