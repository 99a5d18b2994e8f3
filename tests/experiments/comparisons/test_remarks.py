"""What the loader solves and rounds is said, and only that."""

from typing import Any

import pytest

from experiments import compare
from experiments.comparisons.remarks import remarks
from experiments.comparisons.terminal import show
from simulation.config import Config
from tests.experiments.page import words


def said(**sections: object) -> list[str]:
    return remarks(Config.model_validate(sections))


def test_nothing_is_said_where_nothing_is_solved_or_rounded() -> None:
    assert said() == []
    assert said(programme={"peers": 8}, hospitals=[{"posts": 5}, {"posts": 3}]) == []


def test_what_is_solved_and_what_is_held() -> None:
    (one,) = said(local={"stays_per_year": 14_000.0, "readmission_30d": 0.2})
    assert "14,000 stays a year by population.size (within 0.9 %; acute_need.rate is held)" in one
    assert "20 % readmitted within 30 days by acute_need.residual (within 1 in 100)" in one
    (other,) = said(local={"stays_per_year": 300.0, "solve": "acute_need.rate"}, population={"size": 900})
    assert "by acute_need.rate" in other and "population.size at 900 is held" in other


def test_posts_that_do_not_divide_are_said_with_their_exact_shares() -> None:
    sites = [{"title": "North", "posts": 5.0}, {"title": "South", "posts": 3.0}]
    phases = [{"day": 90, "peers": 8}]
    (one,) = said(programme={"peers": 3}, hospitals=sites, phases=phases)  # of 8, five and three are whole
    assert one == (
        "Posts for 3 peer workers are rounded to whole posts: 2 in North (1.88 by its share), 1 in South (1.12 by its "
        "share)."
    )
    (two,) = said(programme={"peers": 5, "share_unit": 0.5, "share_community": 0.5})
    assert "3 on units (2.5 by its share), 2 in the community (2.5 by its share)" in two


@pytest.mark.parametrize("plans", [["bridge"], ["usual-care", "bridge"]])
def test_run_compare_and_report_say_it(
    plans: list[str], fake: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["programme.peers=5", "programme.share_unit=0.5", "programme.share_community=0.5"]
    result = compare(plans, settings=settings, replications=2, workers=1, draws=None, out=tmp_path / "out")
    show(result)
    (expected,) = remarks(result.configs["bridge"])
    assert expected in " ".join(capsys.readouterr().out.split())
    if len(plans) > 1:
        assert expected in words((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
