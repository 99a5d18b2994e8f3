"""Schedules of contacts in words."""

import pytest

from scenarios.trial_files.schedule import LONGEST, check_schedule, in_words
from scenarios.trial_files.schedule_words import read_schedule

WORDS = {
    "weekly": ((LONGEST, 7.0),),
    "Twice a week for a month, then monthly": ((30, 3.5), (LONGEST, 30.0)),
    "daily for 3 days, then 3 times a week for two weeks, then every 10 days": ((3, 1.0), (17, 7 / 3), (LONGEST, 10.0)),
    "once a week for the first 8 weeks; then fortnightly for 2 months": ((56, 7.0), (116, 14.0)),
    "every two weeks": ((LONGEST, 14.0),),
    "twice per month for a quarter then quarterly": ((91, 15.0), (LONGEST, 91.0)),
    "on days 1, 7, 14 and 30": ((1, 6.0), (7, 7.0), (14, 16.0), (31, 365.0)),
    "On day 1": ((2, 365.0),),
    "once": ((2, 365.0),),
    "twice weekly for 2 weeks, then weekly": ((14, 3.5), (LONGEST, 7.0)),
    "weekly for the first month and monthly thereafter": ((30, 7.0), (LONGEST, 30.0)),
    "every day for one week, twice a week for three weeks, then weekly": ((7, 1.0), (28, 3.5), (LONGEST, 7.0)),
    "2x/week for 4 weeks, followed by at least 1 contact a month": ((28, 3.5), (LONGEST, 30.0)),
    "10 contacts over 6 months": ((180, 18.0),),
    "12 sessions in 12 weeks, then monthly": ((84, 7.0), (LONGEST, 30.0)),
    "on days 1 and 3, then weekly for a month": ((1, 2.0), (33, 7.0)),
}


@pytest.mark.parametrize("words", WORDS)
def test_words_become_phases(words: str) -> None:
    assert [list(phase) for phase in read_schedule(words).phases] == [pytest.approx(phase) for phase in WORDS[words]]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("often", '"often" is no frequency'),
        ("weekly then monthly", '"weekly" needs a length'),
        ("weekly for ages, then monthly", '"ages" is no length of time'),
        ("twenty times a day", "no frequency"),
        ("10 times a week", "from 1 to 365"),
        ("", '"" is no frequency'),
        ("weekly for 0 days, then monthly", "no length of time"),
        ("; then ".join(["weekly for a week"] * 30), "1 to 24 phases"),
        ("on days 0, 7 and 30", "first contact comes on day 1"),
        ("on days 1, 7 and 7", "must rise"),
        ("on days 1 to 7", "no frequency"),
        ("biweekly", 'means two things; write "twice a week" or "every two weeks"'),
        ("within 3 days", "a frequency follow it"),
        ("0 contacts over 6 months", "has no contacts"),
        ("weekly for 9999999999 years", "must rise, from 1 to 1,095"),
    ],
)
def test_words_that_are_not_understood(words: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_schedule(words)


@pytest.mark.parametrize(
    ("words", "as_said"),
    [
        ("at 2, 7, 30 and 90 days", "on days 2, 7, 30, 90"),
        ("calls in weeks 1, 2, 4 and 8", "on days 7, 14, 28, 56"),
        ("at 1 week, 1 month and 3 months", "on days 7, 30, 90"),
        ("one call on day 14", "on day 14"),
        ("within 72 hours, then weekly", "first on day 3, then every 7 days"),
        ("within 2 days of discharge, then daily for a week, then weekly",
         "first on day 2, then every day until day 7; every 7 days"),
        ("weekly", "every 7 days"),
    ],
)  # fmt: skip
def test_the_first_contact_may_come_later_than_the_day_after_discharge(words: str, as_said: str) -> None:
    assert said(words) == as_said


def said(words: str, days: int = 90) -> str:
    contacts = read_schedule(words)
    return in_words(contacts.phases, days, contacts.first)


def test_a_schedule_is_said_in_words() -> None:
    assert said("on days 1, 7, 14 and 30") == "on days 1, 7, 14, 30"
    assert said("on days 1, 7, 14 and 30", 10) == "on days 1, 7"
    assert said("twice a week for a month, then monthly") == ("every 3.5 days until day 30; every 30 days")
    assert said("twice a week for a month, then monthly", 20) == "every 3.5 days"
    assert in_words(((365, 7.0),), 90) == "every 7 days"


def test_phases_must_rise() -> None:
    assert check_schedule([(30, 4), (90, 7)]) == ((30, 4.0), (90, 7.0))
    for phases in ([], [(30, 7), (30, 14)], [(0, 7)], [(30, 0.5)], [(2_000, 7)]):
        with pytest.raises(ValueError):
            check_schedule(phases)
