"""`peerbridge calibrate --data`: the part of the command that fits a site."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from experiments.cli.common import goes_on
from experiments.support.errors import BadInput, Stopped
from experiments.uncertainty.draws import ParameterDraws

WAVES = {"wave-1": "first look", "wave-2": "near your records", "check": "what the result predicts"}


def calibrate_to_data(
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
    with Waves(WAVES) as progress:
        try:
            result = calibrate_site(
                out, data, base, config, SiteDesign(**sizes), workers=workers, dask=dask, on_start=progress.begin,
                on_standing=progress.stand, on_message=progress.say, command_line=again,
            )  # fmt: skip
        except (Stopped, KeyboardInterrupt):
            goes_on(out, again)
    try:
        site_report.write_report(result)
    except OSError as error:
        raise BadInput(f"--out {out}: {error.strerror or error}") from None
    if as_json:
        from experiments.cli.common import print_json

        print_json(site_report.as_json(result))
        return
    site_report.show(result)
    click.echo(f"\nFiles are in {out}; start with {out / 'report.txt'}\n{site_report.next_step(result)}")
