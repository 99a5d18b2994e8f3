"""The pages show the mean, the interval, the range over draws and the verdict of `peerbridge compare --json`."""

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from dashboard.catalogue.address import read
from dashboard.catalogue.levers import config
from dashboard.compute import attribution, pool
from dashboard.pages.researchers import plan_file
from experiments.outcomes.registry import OUTCOMES
from simulation.outcome_definitions import HEADLINES
from tests.dashboard.conftest import ROOT, Server

RUNS = 24
"""Twelve draws: enough for the range over draws."""

LINK = "population.size=400&hospital.beds_per_unit=10&peers=4&peers_per_supervisor=6&follow_up_days=90"
MARKS = {"better": "✓ better", "worse": "✗ worse", "unclear": "? unclear", "higher": "▲ higher", "lower": "▼ lower"}


@pytest.fixture(scope="module")
def told(tmp_path_factory, compiled):
    """What the terminal's command says of the plan of `LINK`, by number of replications."""
    folder = tmp_path_factory.mktemp("plans")
    situation, bad = read(LINK)
    assert not bad
    for name, settings in (("now", situation.now), ("plan", situation.plan)):
        text = plan_file(config(situation.world, settings)).replace("dashboard-plan", name)
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")

    def run(replications):
        command = [
            sys.executable, "-m", "experiments.cli", "compare", str(folder / "now.toml"), str(folder / "plan.toml"),
            "--seed", str(pool.SEED), "--replications", str(replications), "--json",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        return {row["outcome"]: row for row in found["differences"]}

    return run


@pytest.fixture(scope="module")
def many(compiled):
    started = Server(PEERBRIDGE_RUNS=str(RUNS))
    yield started
    started.stop()


def numbers(text):
    """Every number of a text; money as it is, in dollars."""
    found = re.findall(r"([−+]?)\$?(\d[\d,]*\.?\d*)( million)?", text.replace("\u2060", ""))
    return [float(x.replace(",", "")) * (1e6 if big else 1) * (-1 if sign == "−" else 1) for sign, x, big in found]


def same(text, row, *names):
    """Whether the numbers of a text are those of the row, as far as they are written out."""
    what = OUTCOMES[row["outcome"]]
    wanted = [row[name] * (100 if what.is_share else 1) for name in names]
    shown = numbers(text)
    assert len(shown) == len(wanted), (text, wanted)
    for x, y in zip(shown, wanted, strict=True):
        step = max(0.006 * abs(y), 0.51) if what.is_money else 0.51 * 10.0 ** -len(text.split(" ")[0].partition(".")[2])
        assert abs(x - y) <= max(step, 0.051), (row["outcome"], text, wanted)


def verdict(row):
    if OUTCOMES[row["outcome"]].is_money and row["reading"] in ("better", "worse"):
        return "▲ more" if row["difference"] > 0 else "▼ less"
    return MARKS.get(row["reading"], "none to compare with")


def change_is(row, change, drawn, reading):
    """Compare a change, its range over draws and its verdict as shown with the row of the command."""
    assert reading == verdict(row), row["outcome"]
    if row["difference"] is None:
        return
    constant = row["low"] == row["high"]
    same(change, row, *(("difference",) if constant else ("difference", "low", "high")))
    if row["unknown_low"] is not None and row["unknown_low"] != row["unknown_high"]:
        same(drawn, row, "unknown_low", "unknown_high")


def test_explore_and_compare_show_what_the_command_says(many, told, visit, settled):
    rows = told(RUNS)
    page = settled(visit(f"{many.url}/?{LINK}"))
    for name, line in zip(HEADLINES, page.locator("table.else tbody tr").all(), strict=True):
        assert line.locator("th").inner_text().startswith(OUTCOMES[name].plain_label)
        now, plan, change, drawn, reading = line.locator("td").all_inner_texts()
        if rows[name]["baseline_mean"] is not None:
            same(now, rows[name], "baseline_mean")
        same(plan, rows[name], "mean")
        change_is(rows[name], change, drawn, reading)
    lead = rows["readmission_30d"]
    headline = {"better": "Clearly better", "worse": "Clearly worse"}.get(lead["reading"], "Not clear")
    expect(page.get_by_test_id("card-sure")).to_contain_text(headline)
    card = page.get_by_test_id("card-change").inner_text()
    same(re.search(r"in 100: (.*?)[;.]? ?(?:9 of|That|$)", card).group(1), lead, "difference", "low", "high")
    assert ("No clear change" in card) == (lead["reading"] == "unclear")
    assert ("No clear change" in page.locator(".chart .finding").inner_text()) == (lead["reading"] == "unclear")
    page.get_by_role("link", name="Compare plans").click()
    expect(page.locator("table.compare tbody tr")).to_have_count(len(HEADLINES), timeout=60_000)
    settled(page)
    for name, line in zip(HEADLINES, page.locator("table.compare tbody tr").all(), strict=True):
        cell = line.locator("td").nth(1)
        same(cell.locator("b").inner_text(), rows[name], "mean")
        small = cell.locator("small").inner_text()
        change = cell.locator(".delta").inner_text() if cell.locator(".delta").count() else ""
        drawn = cell.locator(".drawn").inner_text() if cell.locator(".drawn").count() else ""
        change_is(rows[name], change, drawn.removeprefix("9 of 10 draws:"), small.strip())


@pytest.mark.slow
def test_why_splits_the_difference_that_the_command_says(many, told, visit, settled):
    row = told(attribution.RUNS)["readmission_30d"]
    page = settled(visit(f"{many.url}/?{LINK}"))
    page.get_by_test_id("why-ways").click()
    bars = page.locator("figure.bars")
    expect(bars).to_be_visible(timeout=180_000)
    same(bars.locator("text.value").all_text_contents()[-1], row, "difference", "low", "high")
    headline = {"better": "clearly better", "worse": "clearly worse"}.get(row["reading"], "not clear")
    expect(bars.locator("figcaption")).to_contain_text(f"All together: {headline}.")
