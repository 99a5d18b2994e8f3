"""The dashboard answers in time: the figures of the benchmark, with room for a machine that does other things too."""

import pytest

ROOM = 4


@pytest.mark.slow
def test_answers_come_in_time(browser, compiled):  # the browser's fixture says loudly where there is none
    from benchmarks.dashboard import figures
    from benchmarks.server import started

    with started() as url:
        measured = figures(browser, url, 4)
    late = [f"{f.what}: {f.text}, target {f.target}" for f in measured if f.at_most and not f.value <= ROOM * f.at_most]
    assert not late, late
