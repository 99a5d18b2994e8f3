"""On the real model, small: what is split is what compare gives, exactly, and what is off adds exactly nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.cli.entry import cli
from experiments.comparisons.run import compare
from experiments.explanation import explain as explaining
from experiments.explanation.chain import chain, people
from experiments.explanation.explain import explain
from experiments.explanation.result import Explanation, read_explanation
from experiments.explanation.terminal import as_json
from experiments.outcomes.registry import OUTCOMES
from experiments.support.errors import InputError
from scenarios import load

SMALL = ["population.size=400", "run.burn_in_days=0", "run.warm_up_days=30", "run.days=90"]
ROUNDING = 1e-9
"""Share of the total within which parts sum to it."""


@pytest.fixture(scope="module")
def why() -> Explanation:
    return explain("usual-care", "bridge", settings=SMALL, replications=4, workers=1, draws="prior")


def test_parts_sum_to_what_compare_prints_for_every_outcome(why: Explanation) -> None:
    other = compare(["usual-care", "bridge"], settings=SMALL, replications=4, workers=1, draws="prior")
    for name in OUTCOMES:
        assert repr(why.difference(name)) == repr(other.difference("bridge", name))
        split = why.split(name)
        if split.replications == 4:
            assert repr(split.total) == repr(other.difference("bridge", name))
            assert abs(split.gap) <= ROUNDING * max(1.0, abs(split.total.difference.mean))
    assert any(p.effect.difference.mean != 0 for p in why.split("reach").parts)


def test_a_mechanism_that_is_off_gets_exactly_zero() -> None:
    off = [*SMALL, "mechanisms.advocacy=false"]
    found = explain(
        "usual-care", "bridge", parts=["advocacy", "follow_up"], settings=off, replications=2, workers=1, draws=None
    )
    assert len(found.comparison.configs) == 3  # two plans, and bridge without keeping in touch
    for name in OUTCOMES:
        split = found.split(name)
        if split.replications:
            advocacy = next(p for p in split.parts if p.part.name == "advocacy")
            assert advocacy.effect.difference.mean == 0.0 and advocacy.effect.difference.sd in (0.0,)
    moved = next(p for p in found.split("contacts_made_per_enrolled").parts if p.part.name == "follow_up")
    assert moved.effect.difference.n == 0 or moved.effect.difference.mean != 0.0


def test_without_workers_what_only_workers_do_changes_no_bit() -> None:
    from simulation import simulate

    usual = load("usual-care", SMALL)
    off = usual.mechanisms.model_copy(update=dict.fromkeys(explaining_only(), False))
    values = [simulate(c, 0).values for c in (usual, usual.model_copy(update={"mechanisms": off}))]
    np.testing.assert_equal(values[0], values[1])


def explaining_only() -> tuple[str, ...]:
    from experiments.explanation.parts import ONLY_WITH_WORKERS

    return ONLY_WITH_WORKERS


def test_levers_sum_too_and_more_than_six_parts_are_sampled() -> None:
    after = load("bridge", [*SMALL, "programme.peers=3", "programme.follow_up_days=30", "programme.caseload_cap=10"])
    after = after.model_copy(update={"name": "smaller"})
    found = explain(load("bridge", SMALL), after, over="levers", replications=2, workers=1, draws=None)
    split = found.split("reach")
    assert [p.part.members for p in split.parts] == [
        ("programme.peers",), ("programme.follow_up_days",), ("programme.caseload_cap",)
    ]  # fmt: skip
    assert abs(split.gap) < 1e-12 and split.total.difference.mean != 0
    seven = ["bridging", "advocacy", "barriers", "clinicians_change", "follow_up", "supervision", "well_being"]
    many = explain("usual-care", "bridge", parts=seven, orders=4, settings=SMALL, replications=2, workers=1, draws=None)
    assert len(many.orders) == 4 and abs(many.split("reach").gap) < 1e-12


def test_people_are_counted_in_both_directions_and_lives_part(why: Explanation) -> None:
    found = people(why)
    everyone = {p.what: p for p in found if p.group == "everyone"}
    for what, p in everyone.items():
        parts = [
            q for q in found if q.what == what and q.group in ("met a worker in hospital", "met no worker in hospital")
        ]
        assert sum(q.better.mean for q in parts) == pytest.approx(p.better.mean)
        assert sum(q.number for q in parts) == pytest.approx(p.number)
        assert p.net.mean == pytest.approx(p.better.mean - p.worse.mean)
    assert sum(p.better.mean + p.worse.mean for p in everyone.values()) > 0
    assert why.lives and all(p.before != p.after for p in why.lives)
    first = why.lives[0]
    assert first.day <= min(p.day for p in why.lives)
    titles = [link.title for link in chain(why)]
    assert titles[0] == "Staff" and titles[-1].startswith("Back: vacancies")
    made = next(c for link in chain(why) for c in link.counters if c.name == "visits_made")
    assert made.before.mean == 0 and made.after.mean > 0


def test_a_folder_goes_on_and_is_read_back(tmp_path: Path) -> None:
    def ask(n: int) -> Explanation:
        return explain(
            "usual-care", "bridge", parts=["advocacy"], settings=SMALL, replications=n, workers=1, draws=None,
            out=tmp_path / "why",
        )  # fmt: skip

    started: list[tuple[int, int]] = []
    first = ask(2)
    page = (tmp_path / "why" / "report.html").read_text(encoding="utf-8")
    assert "What each part adds" in page and "Where lives part" in page and "</html>" in page
    read = read_explanation(tmp_path / "why")
    assert json.dumps(as_json(read)) == json.dumps(as_json(first))
    again = explain(
        "usual-care", "bridge", parts=["advocacy"], settings=SMALL, replications=2, workers=1, draws=None,
        out=tmp_path / "why", on_start=lambda todo, found: started.append((todo, found)),
    )  # fmt: skip
    assert started == [(0, 6)] and as_json(again)["splits"] == as_json(first)["splits"]
    result = CliRunner().invoke(cli, ["report", str(tmp_path / "why")])
    assert result.exit_code == 0 and (tmp_path / "why" / "report.html").read_text(encoding="utf-8") == page


def test_the_command_prints_parts_chain_people_and_lives(tmp_path: Path) -> None:
    settings = [part for s in SMALL for part in ("--set", s)]
    arguments = ["explain", "usual-care", "bridge", "--part", "advocacy", "--replications", "2", "--workers", "1"]
    shown = CliRunner().invoke(cli, [*arguments, *settings, "--posterior", "none", "--outcome", "reach"])
    assert shown.exit_code == 0, shown.output
    for words in ("together, as compare prints it", "→ Minutes", "Back: burnout", "Where lives part", "for the better"):
        assert words in shown.output
    plain = CliRunner().invoke(cli, [*arguments, *settings, "--posterior", "none", "--outcome", "reach", "--json"])
    value: Any = json.loads(plain.stdout)
    total = value["splits"][0]["total"]["mean"]
    assert sum(p["mean"] for p in value["splits"][0]["parts"]) == pytest.approx(total)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bridge", "bridge"], "same settings"),
        (["usual-care", "bridge", "--part", "briding"], "no mechanism 'briding'"),
        (["usual-care", "bridge", "--outcome", "reech"], "did you mean reach"),
        (["usual-care", "bridge", "--orders", "2"], "must be 4 or more"),
        (["usual-care", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_explained_ends_in_a_line(arguments: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        cli.main(["explain", *arguments], standalone_mode=False)
    assert "\n" not in str(error.value)


def test_a_stop_keeps_what_is_finished(tmp_path: Path, monkeypatch: Any) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    found = explain(
        "usual-care", "bridge", parts=["advocacy"], settings=SMALL, replications=3, workers=1, draws=None,
        out=tmp_path / "why", on_start=lambda *_: None, on_standing=stop,
    )  # fmt: skip
    assert found.stopped and not found.lives and found.comparison.finished < 9
    assert not (tmp_path / "why" / "report.html").exists()
    assert explaining.PAIRS not in [path.name for path in (tmp_path / "why").iterdir()]
