"""Schedules of contacts in words."""

import pytest

from scenarios.trial_schedule import LONGEST, check_schedule, in_words, read_schedule

WORDS = {
    "weekly": ((LONGEST, 7.0),),
    "Twice a week for a month, then monthly": ((30, 3.5), (LONGEST, 30.0)),
    "daily for 3 days, then 3 times a week for two weeks, then every 10 days": ((3, 1.0), (17, 7 / 3), (LONGEST, 10.0)),
    "once a week for the first 8 weeks; then fortnightly for 2 months": ((56, 7.0), (116, 14.0)),
    "every two weeks": ((LONGEST, 14.0),),
    "twice per month for a quarter then quarterly": ((91, 15.0), (LONGEST, 91.0)),
    "on days 1, 7, 14 and 30": ((1, 6.0), (7, 7.0), (14, 16.0), (31, 365.0)),
    "On day 1": ((2, 365.0),),
}


@pytest.mark.parametrize("words", WORDS)
def test_words_become_phases(words: str) -> None:
    assert [list(phase) for phase in read_schedule(words)] == [pytest.approx(phase) for phase in WORDS[words]]


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
        ("; then ".join(["weekly for a week"] * 12), "1 to 8 phases"),
        ("on days 2, 7 and 30", "first contact is due on day 1"),
        ("on days 1, 7 and 7", "must rise"),
        ("on days 1 to 7", "no frequency"),
        ("weekly for 9999999999 years", "must rise, from 1 to 1,095"),
    ],
)
def test_words_that_are_not_understood(words: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_schedule(words)


def test_a_schedule_is_said_in_words() -> None:
    assert in_words(read_schedule("on days 1, 7, 14 and 30"), 90) == "on days 1, 7, 14, 30"
    assert in_words(read_schedule("on days 1, 7, 14 and 30"), 10) == "on days 1, 7"
    assert in_words(read_schedule("twice a week for a month, then monthly"), 90) == (
        "every 3.5 days until day 30; every 30 days"
    )
    assert in_words(read_schedule("twice a week for a month, then monthly"), 20) == "every 3.5 days"
    assert in_words(((365, 7.0),), 90) == "every 7 days"


def test_phases_must_rise() -> None:
    assert check_schedule([(30, 4), (90, 7)]) == ((30, 4.0), (90, 7.0))
    for phases in ([], [(30, 7), (30, 14)], [(0, 7)], [(30, 0.5)], [(2_000, 7)]):
        with pytest.raises(ValueError):
            check_schedule(phases)
