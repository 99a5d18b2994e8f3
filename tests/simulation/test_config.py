"""The configuration: bounds, refusals, immutability and the hash of what changes numbers."""

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from simulation.config import MECHANISMS, PROFILES, Config, Mechanisms, Section

pytestmark = pytest.mark.interpreted

LEVER_SECTIONS = ("programme", "population", "hospital", "run")


def levers() -> list[tuple[str, str]]:
    return [(section, name) for section in LEVER_SECTIONS for name in section_of(section).model_fields]


def section_of(name: str) -> type[BaseModel]:
    section = Config.model_fields[name].annotation
    assert section is not None and issubclass(section, Section)
    return section


def bounds(section: str, name: str) -> dict[str, float]:
    metadata = section_of(section).model_fields[name].metadata
    return {
        kind: getattr(m, kind)
        for m in metadata
        for kind in ("ge", "le", "gt", "lt")
        if getattr(m, kind, None) is not None
    }


def test_the_fixed_names_exist() -> None:
    fixed = """programme.peers programme.navigators programme.peers_per_supervisor programme.supervisor_lived_experience
        programme.follow_up_days programme.caseload_cap programme.start_day population.size population.profile
        run.warm_up_days run.days"""
    assert set(tuple(name.split(".")) for name in fixed.split()) <= set(levers())
    assert tuple(Mechanisms.model_fields) == MECHANISMS
    assert len(MECHANISMS) == 23


@pytest.mark.parametrize(("section", "name"), levers())
def test_every_lever_has_a_sentence_a_unit_and_bounds(section: str, name: str) -> None:
    field = section_of(section).model_fields[name]
    assert field.description and field.description.strip().endswith(".")
    assert isinstance(field.json_schema_extra, dict) and field.json_schema_extra["unit"]
    if field.annotation in (int, float):
        assert {"ge", "le"} <= bounds(section, name).keys() | ({"ge"} if "gt" in bounds(section, name) else set())


@pytest.mark.parametrize(("section", "name"), [(s, n) for s, n in levers() if bounds(s, n)])
def test_bounds_are_kept(section: str, name: str) -> None:
    whole = section_of(section).model_fields[name].annotation in (int, int | None)
    for kind, bound in bounds(section, name).items():
        inside = int(bound) if whole else float(bound)
        step = 1 if whole else 1e-6 + 1e-9 * abs(bound)
        outside = inside + (step if kind == "le" else -step)
        others = {"share_unit": 0.0} if name in ("share_ed", "share_community") else {}
        Config.model_validate({section: others | {name: inside}})
        with pytest.raises(ValidationError, match=name):
            Config.model_validate({section: others | {name: outside}})


@pytest.mark.parametrize(
    "bad",
    [
        {"programme": {"peer": 6}}, {"dogs": {}}, {"mechanisms": {"bridge": False}}, {"programme": {"peers": 1.5}},
        {"programme": {"peers": "6"}}, {"programme": {"peers": True}}, {"programme": {"hand_over": 1}},
        {"programme": {"peers_per_supervisor": math.nan}}, {"programme": {"autonomy": math.inf}},
        {"programme": {"priority": "bridging"}}, {"population": {"profile": "everybody"}}, {"run": 5},
        {"programme": {"share_ed": 0.6, "share_unit": 0.6}}, {"mechanisms": {"bridging": "off"}},
        {"programme": {"contact_schedule": []}}, {"programme": {"contact_schedule": [[30, 7], [30, 14]]}},
        {"programme": {"contact_schedule": [[30, 0]]}}, {"programme": {"contact_schedule": [[400, 7]]}},
        {"programme": {"contact_schedule": [[30, 7, 1]]}},
        {"programme": {"contact_schedule": [[d, 1] for d in range(1, 10)]}},
        {"programme": {"contact_schedule": "weekly"}},
        {"parameters": {"acute_need.rat": 1.0}}, {"parameters": {"acute_need.rate": 100.0}},
        {"parameters": {"cost.wage": math.nan}},
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate(bad)


def test_values_cannot_change_afterwards() -> None:
    config = Config()
    with pytest.raises(ValidationError, match="frozen"):
        config.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        config.programme.peers = 3  # type: ignore[misc]


def test_schedules_are_tuples_however_they_are_written() -> None:
    config = Config.model_validate({"programme": {"contact_schedule": [[30, 4], (365, 30)]}})
    assert config.programme.contact_schedule == ((30, 4), (365, 30))


def test_all_mechanisms_off() -> None:
    assert not any(Mechanisms.none().model_dump().values())
    assert all(Mechanisms().model_dump().values())


def test_the_horizon_is_warm_up_and_measurement() -> None:
    assert Config.model_validate({"run": {"warm_up_days": 3, "days": 4}}).horizon == 7


def test_the_hash_is_of_numbers_not_of_names() -> None:
    plain = Config()
    assert re.fullmatch("[0-9a-f]{24}", plain.content_hash())
    named = Config(name="a", title="b", description="c", sources=("d",))
    assert named.content_hash() == plain.content_hash()
    assert named.settings() == plain.settings()
    assert (
        Config.model_validate({"programme": {"autonomy": 1}}).content_hash()
        == Config.model_validate({"programme": {"autonomy": 1.0}}).content_hash()
    )


@pytest.mark.parametrize("section", [*LEVER_SECTIONS, "mechanisms"])
def test_the_hash_tells_any_change_of_a_number(section: str) -> None:
    hashes = {Config().content_hash()}
    fields = section_of(section).model_fields
    for name, field in fields.items():
        if field.annotation is bool:
            other: Any = not field.default
        elif name in ("priority", "door", "profile", "supervision_paid"):
            other = {
                "priority": "follow_up_first",
                "door": "proactive",
                "profile": PROFILES[1],
                "supervision_paid": "hours used",
            }[name]
        elif name == "contact_schedule":
            other = [[30, 7]]
        elif name == "starts":
            other = "with measuring"
        elif name == "seasons":
            other = [1.0] * 11 + [2.0]
        elif name == "supervisors":
            other = 3
        elif name == "share_unit":
            other = 0.25
        elif name in ("share_ed", "share_community"):
            hashes.add(Config.model_validate({section: {name: 0.25, "share_unit": 0.5}}).content_hash())
            continue
        else:
            low = bounds(section, name)["ge"]
            other = field.annotation(low if field.default != low else low + 1)  # type: ignore[misc]
        hashes.add(Config.model_validate({section: {name: other}}).content_hash())
    assert len(hashes) == len(fields) + 1
    assert Config.model_validate({"parameters": {"cost.wage": 20.0}}).content_hash() not in hashes


@given(
    st.integers(0, 50),
    st.floats(0, 1),
    st.floats(1, 100),
    st.sampled_from(PROFILES),
    st.dictionaries(st.sampled_from(["cost.wage", "cost.loading"]), st.floats(1, 4)),
    st.sets(st.sampled_from(MECHANISMS)),
)
def test_settings_survive_json(
    peers: int, share: float, span: float, profile: str, parameters: dict[str, float], off: set[str]
) -> None:
    config = Config.model_validate(
        {
            "programme": {"peers": peers, "share_unit": share, "peers_per_supervisor": span},
            "population": {"profile": profile},
            "mechanisms": dict.fromkeys(off, False),
            "parameters": parameters,
        }
    )
    again = Config.model_validate(json.loads(json.dumps(config.settings())))
    assert again.settings() == config.settings()
    assert again.content_hash() == config.content_hash()
