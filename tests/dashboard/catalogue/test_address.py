"""Links: what they keep, and that nothing in them can do harm."""

from dataclasses import replace

import pytest

from dashboard.catalogue.address import LOOKS, Pin, Situation, is_sound, read, write
from dashboard.catalogue.levers import STARTS, config, differing, limits

PAGES = ("explore", "compare")


def test_a_link_keeps_everything():
    situation = Situation(
        page="compare", look=LOOKS[1],
        plan={"programme.peers": 9, "programme.peers_per_supervisor": 3.5, "programme.door": "clinician",
              "programme.champion": True},
        now={"programme.peers": 2}, world={"population.size": 3000, "relationship.contact_gain": 0.123456789},
        pins=(Pin("Ours, first ~ try", {"programme.peers": 3}), Pin("B", {})),
    )  # fmt: skip
    back, bad = read(write(situation, PAGES), PAGES)
    assert bad == []
    assert back == situation


def test_no_link_is_the_bundled_bridge():
    situation, bad = read("", PAGES)
    assert bad == [] and situation.plan == STARTS["bridge"].settings and situation.now == {}


def test_the_current_service_itself_can_be_the_plan():
    assert read(write(Situation(plan={}), PAGES), PAGES)[0].plan == {}


def test_values_are_clamped_and_bad_parts_named():
    situation, bad = read("?peers=1e9&follow_up_days=-5&peers_per_supervisor=nan&door=window&look=x&v=9", PAGES)
    assert situation.plan == {"programme.peers": 60, "programme.follow_up_days": 0}
    assert len(bad) == 6
    assert "peers: 60 is as far as it goes, and stands in for “1e9”" in bad


def test_four_plans_are_kept_at_most():
    situation, _ = read("?" + "&".join(f"pin=P{i}~peers:{i}" for i in range(1, 7)), PAGES)
    assert [pin.name for pin in situation.pins] == ["P1", "P2", "P3", "P4"]


def test_settings_that_do_not_fit_are_left_out():
    situation, bad = read("?share_unit=1&share_ed=1", PAGES)
    config(situation.world, situation.plan)
    assert len(bad) == 1 and "share_ed" in bad[0]


HOSTILE = [
    "?peers=__import__('os').system('id')",
    "?pin=" + "~" * 500,
    "?pin=" + "%00" * 50,
    "?" + "a=1&" * 5000,
    "?peers=" + "9" * 5000,
    "?population.size=10000000",
    "?hospital.count=1000",
    "?run.days=20000",
    "?mechanisms.beds=false",
    "?page=../../etc/passwd",
    "?parameters=/etc/passwd",
    "?extends=/etc/passwd",
    "?name=x",
    "?contact_schedule=[[1,1]]",
    "?peers=1&peers=2&peers=zz",
    "?=&&==&",
    "?%ff%fe=%ff",
    "?peers=%F0%9F%92%A5",
    "?relationship.contact_gain=inf",
    "?relationship.contact_gain=1e400",
    "?now.peers=-1",
    "?now.now.peers=1",
    "?now.relationship.contact_gain=1",
    "?pin=x~peers:a:b,c,:,,",
    "?pin=x~population.size:9&pin=&pin=&pin=&pin=&pin=",
    "?supervision_hours_per_week=NaN",
    "?champion=maybe",
    "?champion=",
    "?autonomy=\u0664",
    "?caseload_cap=0x10",
]


@pytest.mark.parametrize("search", HOSTILE)
def test_hostile_links_end_in_a_situation_that_can_be_run(search):
    situation, bad = read(search, PAGES)
    for settings in (situation.plan, situation.now, *(pin.plan for pin in situation.pins)):
        made = config(situation.world, settings)
        assert made.population.size <= 20_000 and made.run.days == 365 and made.mechanisms.beds
        assert differing(settings) == settings
    assert all("Traceback" not in text and "/work" not in text and len(text) < 300 for text in bad)
    assert read(write(situation, PAGES), PAGES)[0] == situation


def test_limits_are_no_wider_than_those_of_the_model():
    assert limits("programme.peers") == (0, 60)
    assert limits("programme.autonomy") == (0, 1)


def test_what_a_browser_sends_is_sound_or_not_taken():
    usual = Situation()
    assert is_sound(usual)
    for start in STARTS.values():
        programme = {k: v for k, v in start.settings.items() if k.startswith("programme.")}
        world = {k: v for k, v in start.settings.items() if k not in programme}
        assert is_sound(replace(usual, plan=programme, world=world)), start.name
    for change in (
        {"plan": {"programme.peers": 10**9}}, {"plan": {"programme.peers": -1}}, {"now": {"programme.peers": "<b>"}},
        {"plan": {"programme.peers": float("nan")}}, {"plan": {"run.days": 10**6}}, {"look": "secrets"},
        {"world": {"population.size": 10**7}}, {"plan": {"nothing": 1}}, {"pins": (Pin("x", {}),) * 5},
        {"pins": (Pin("x", {"programme.peers": 10**9}),)},
    ):  # fmt: skip
        assert not is_sound(replace(usual, **change)), change
