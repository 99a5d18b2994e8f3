"""`peerbridge calibrate`: fit the model to what studies found."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import shared_options as option
from experiments.cli.common import goes_on, print_json
from experiments.support.errors import InputError, Stopped
from experiments.support.limits import check_workers

if TYPE_CHECKING:
    from experiments.uncertainty.draws import ParameterDraws


PROFILE = "people_who_use_drugs"

WAVES = {
    "wave-1": "first wave", "chance": "runs made twice", "wave-2": "second wave", "wave-3": "third wave",
    "wave-4": "fourth wave", "check": "what the posterior predicts", "planted": "a model wrong on purpose",
}  # fmt: skip
SITE_WAVES = {"wave-1": "first look", "wave-2": "near your records", "check": "what the result predicts"}


@click.command()
@click.option("--out", type=click.Path(path_type=Path),
              help="Folder; a stopped command goes on there.  "
                   "[default: results/calibration; results/site with --data]")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), metavar="TABLE",
              help="Fit one site to its own records instead: a folder made by peerbridge import, or a table of "
                   "stays in any layout that it reads.")  # fmt: skip
@click.option("--staff", type=click.Path(path_type=Path), metavar="STAFF.csv", help="With --data: its table of posts.")
@click.option(
    "--mapping", metavar="FILE_OR_NAME", help="With a table as --data: how it is read (see peerbridge import)."
)
@click.option("--extract-end", metavar="DAY",
              help="With a table as --data: last day that it covers.  "
                   "[default: day of the last admission]")  # fmt: skip
@click.option("--scenario", metavar="NAME_OR_FILE",
              help="With --data: what describes the site.  "
                   "[default: bridge with peer workers, else usual-care]")  # fmt: skip
@click.option("--posterior", metavar="FILE",
              help="With --data: what is believed of hospitals in general.  [default: the shipped one]")  # fmt: skip
@click.option("--profile", type=click.Choice(["people_who_use_drugs", "serious_mental_illness"]),
              help="Population that is fitted.  "
                   "[default: people_who_use_drugs; that of --posterior with --data]")  # fmt: skip
@click.option("--targets", "file", type=click.Path(path_type=Path), metavar="FILE",
              help="Own targets (docs/reference/scenarios.md, Targets).  [default: the bundled ones]")  # fmt: skip
@click.option("--elicited", "elicited", type=click.Path(path_type=Path), metavar="FILE", multiple=True,
              help="What experts believe of a parameter, in the place of its prior (docs/how-to/elicitation.md); may "
                   "be repeated; not with --data.")  # fmt: skip
@click.option("--first", type=int, help="Draws of the first wave.  [default: 1000; 600 with --data]")
@click.option("--second", type=int, help="Draws of each later wave.  [default: 500; 1000 with --data]")
@click.option("--waves", type=int, help="Most waves; not with --data.  [default: 4]")
@click.option("--check", "checked", type=int, help="Draws of the result to simulate.  [default: 200; 300 with --data]")
@click.option("--steps", type=int, help="Steps of each chain of the sampler; not with --data.  [default: 800]")
@click.option("--worlds", type=int, help="Known truths that the method is tried on; not with --data.  [default: 40]")
@click.option("--discrepancy", type=float, metavar="D",
              help="With --data, assumed: how far the model may be off a site's number, as a share of it.  "
                   "[default: 0.03]")  # fmt: skip
@option.seed("Root seed.")
@option.workers()
@option.dask
@option.as_json
def calibrate(out: Path | None, data: Path | None, staff: Path | None, mapping: str | None, extract_end: str | None,
              scenario: str | None, posterior: str | None, file: Path | None, elicited: tuple[Path, ...],
              profile: str | None, as_json: bool, workers: int | None, dask: str | None,
              **given: Any) -> None:  # fmt: skip
    """Fit the parameters that no study gives to the numbers that studies found.

    Draws of the priors are simulated in waves; an emulator of the model's expectations is fitted to them, and a sample
    of parameters, not one best set, is drawn that agrees with what studies and trials found (scenarios/targets), each
    at its own site. Every study is left out in turn, to see whether the model predicts it.

    \b
    Examples:
      peerbridge calibrate
      peerbridge calibrate --second 5000 --out results/long --workers 16
      peerbridge calibrate --data discharges.csv --staff staff.csv --out results/our-hospital

    With --data the tables are checked, a report on what they hold comes first, and a posterior for this site is made:
    few stays move it a little, many a lot. Nothing of a single row is shown, kept or sent
    anywhere (docs/how-to/own-records.md).

    Exit codes: 0 fine, 2 bad input, 130 stopped with Ctrl-C; the same command then goes on.
    """
    from experiments.calibration.calibrate import Design
    from experiments.calibration.calibrate import calibrate as fit
    from experiments.calibration.report import as_json as to_json
    from experiments.calibration.report import show, write_report
    from experiments.reporting.progress import Waves
    from experiments.uncertainty.elicitation import read_elicitation

    check_workers(workers)
    sizes = {name: value for name, value in given.items() if value is not None}
    if data is not None:
        if file is not None:
            raise InputError("--targets does not go with --data")
        if elicited:
            raise InputError("--elicited does not go with --data: give the draws of peerbridge elicit as --posterior")
        for name in ("waves", "steps", "worlds"):
            if name in sizes:
                raise InputError(f"--{name} does not go with --data")
        base = _general(posterior, profile)
        folder = out or Path("results/site")
        _calibrate_to_data(data, staff, mapping, extract_end, scenario, base, folder, as_json, workers, dask, sizes)
        return
    for name, value in (
        ("--staff", staff), ("--mapping", mapping), ("--extract-end", extract_end), ("--scenario", scenario),
        ("--posterior", posterior), ("--discrepancy", sizes.get("discrepancy")),
    ):  # fmt: skip
        if value is not None:
            raise InputError(f"{name} goes with --data")
    out = out or Path("results/calibration")
    again = shlex.join(["peerbridge", *sys.argv[1:]])
    chosen = _targets(file)
    pools = [read_elicitation(path) for path in elicited]
    with Waves(WAVES) as progress:
        try:
            result = fit(
                out, Design(profile or PROFILE, **sizes), chosen=chosen, pools=pools, workers=workers, dask=dask,
                on_start=progress.begin, on_standing=progress.show, on_message=progress.say, command_line=again,
            )  # fmt: skip
        except (Stopped, KeyboardInterrupt):
            goes_on(out, again)
    write_report(result, out / "report.html")
    if as_json:
        print_json(to_json(result))
    else:
        show(result)
        click.echo(f"\nFiles are in {out}; start with {out / 'report.html'}")


def _calibrate_to_data(
    stays: Path, staff: Path | None, mapping: str | None, extract_end: str | None, scenario: str | None,
    base: ParameterDraws, out: Path, as_json: bool, workers: int | None, dask: str | None, sizes: dict[str, Any],
) -> None:  # fmt: skip
    """Read a site's records, show what they hold, fit, and show what came of it.

    Args:
        stays: Table of stays in any known layout, or an imported folder.
        staff: Table of posts, or None.
        mapping: Mapping file or name of a shipped mapping, or None.
        extract_end: Last day that the table covers, or None.
        scenario: Scenario that describes the site; chosen by what the records hold if None.
        base: Posterior of hospitals in general.
        out: Folder.
        as_json: JSON instead of words.
        workers: Worker processes.
        dask: Address of a Dask scheduler.
        sizes: Fields of `SiteDesign` that were given.
    """
    from experiments.calibration.site import report as site_report
    from experiments.calibration.site.calibrate import SiteDesign, calibrate_site
    from experiments.calibration.site.page import write_report
    from experiments.calibration.site.scenario import site_config
    from experiments.calibration.site.targets import quality
    from experiments.reporting.progress import Waves
    from experiments.site_data.folder import read_site

    data = read_site(stays, staff, mapping, extract_end)
    config = site_config(data, scenario, base.profile)
    again = shlex.join(["peerbridge", *sys.argv[1:]])
    if not as_json:
        site_report.show_quality(quality(data), data.remarks)
        p = config.programme
        posts = f"{p.peers} peer workers and {p.navigators} navigators" if p.peers + p.navigators else "no peer workers"
        click.echo(f"Compared with the scenario {config.name} ({posts}), starting from: {base.label}.\n")
    with Waves(SITE_WAVES) as progress:
        try:
            result = calibrate_site(
                out, data, base, config, SiteDesign(**sizes), workers=workers, dask=dask, on_start=progress.begin,
                on_standing=progress.show, on_message=progress.say, command_line=again,
            )  # fmt: skip
        except (Stopped, KeyboardInterrupt):
            goes_on(out, again)
    try:
        write_report(result)
    except OSError as error:
        raise InputError(f"--out {out}: {error.strerror or error}") from None
    if as_json:
        print_json(site_report.as_json(result))
        return
    site_report.show(result)
    click.echo(f"\nFiles are in {out}; start with {out / 'report.html'}\n{site_report.next_step(result)}")


def _general(posterior: str | None, profile: str | None) -> ParameterDraws:
    """What is believed of hospitals in general before a site's records."""
    from experiments.uncertainty.shipped import NONE, given, resolve_posterior

    if posterior == NONE:
        raise InputError("--data needs a posterior to start from: --posterior none does not go with it")
    base = resolve_posterior(given(posterior), [profile or PROFILE], lambda line: click.echo(line, err=True))
    assert base is not None  # of one profile there is always a sample
    if profile not in (None, base.profile):
        raise InputError(f"--posterior {posterior}: is for {base.profile}, not for --profile {profile}")
    return base


def _targets(file: Path | None) -> Any:
    from scenarios import ScenarioError
    from scenarios.calibration_targets import targets

    if file is None:
        return None
    try:
        return targets(file)
    except ScenarioError as error:
        raise InputError(f"--targets: {error}") from None
