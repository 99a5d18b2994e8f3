"""`peerbridge rerun`, and `peerbridge study info | merge | compact | export`: looking after the folders of studies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli import shared_options as option
from experiments.cli.common import FAILED, print_json
from experiments.cli.sweep import study
from experiments.support.csv_text import csv_text
from experiments.support.errors import InputError
from experiments.support.result_folders import check_new

if TYPE_CHECKING:
    from experiments.studies.maintenance import Info
    from experiments.studies.rerun import Rerun

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("folder", metavar="STUDY", type=FOLDER)
@click.argument("key", metavar="KEY")
@click.option("--out", type=FOLDER, help="Keep the scenario, outcomes and discharges of the run in this new folder.")
@click.option("--daily", is_flag=True, help="With --out: keep the daily series too.")
@option.as_json
def rerun(folder: Path, key: str, out: Path | None, daily: bool, as_json: bool) -> None:
    """Make one run of a study again and compare it with its row, bit by bit.

    STUDY is the folder of the study, KEY what stands in the column "key", or its first digits.

    \b
    Examples:
      peerbridge rerun results/peer-dose 3f9a12
      peerbridge rerun results/peer-dose 3f9a12 --out results/one-run --daily

    Exit codes: 0 the same bits, 1 something differs, 2 bad input.
    """
    if daily and out is None:
        raise InputError("--daily needs --out DIR, where the daily series goes")
    if out is not None:
        check_new(out)
    from experiments.studies.rerun import rerun as again

    found = again(folder, key)
    if out is not None:
        _keep(found, out, daily)
    if as_json:
        row = {name: found.row[name] for name in ("key", "point", "plan", "future", "replication", "seed", "status")}
        differences = {name: {"then": then, "now": now} for name, (then, now) in _defined(found).items()}
        print_json({"same": found.same, **row, "error": found.error, "differences": differences})
    else:
        _show_rerun(found)
        if out is not None:
            click.echo(f"Files are in {out}: {', '.join(sorted(path.name for path in out.iterdir()))}")
    if not found.same:
        raise click.exceptions.Exit(FAILED)


def _defined(found: Rerun) -> dict[str, tuple[float | None, float | None]]:
    return {
        name: (None if then != then else then, None if now != now else now)
        for name, (then, now) in found.differences.items()
    }


def _show_rerun(found: Rerun) -> None:
    from experiments.outcomes.registry import OUTCOMES

    row = found.row
    where = f"plan {row['plan']}, future {row['future']}, replication {row['replication']}, seed {row['seed']}"
    click.echo(f"{row['key']}: {where}, scenario {row['scenario']}")
    if not found.same_model:
        click.echo(f"It was made by model {found.model}, which is not the one installed here: numbers may differ.")
    if found.same and found.result is None:
        click.echo(f"It fails again, in the same way: {found.error}")
    elif found.same:
        click.echo(f"The same bits: all {len(OUTCOMES)} outcomes.")
    elif found.result is None:
        click.echo(f"It fails now: {found.error}")
    elif row["status"] != "ok":
        click.echo(f"It does not fail now. Then: {row['status']}, {row['message']}")
    else:
        click.echo(f"{len(found.differences)} of {len(OUTCOMES)} outcomes differ:")
        for name, (then, now) in found.differences.items():
            click.echo(f"  {name:32} then {then!r:>24}  now {now!r:>24}")


def _keep(found: Rerun, out: Path, daily: bool) -> None:
    from experiments.outcomes.registry import OUTCOMES
    from experiments.support.atomic_files import write_atomically, write_text
    from scenarios import dump

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {out}: {error.strerror or error}") from None
    write_text(out / "scenario.toml", dump(found.config))
    if found.result is None:
        return
    result = found.result
    rows = [(name, value, OUTCOMES[name].unit) for name, value in result.values.items()]
    write_text(out / "outcomes.csv", csv_text(["outcome", "value", "unit"], rows))
    write_atomically(out / "discharges.csv", lambda path: result.discharges.to_csv(path, index=False))
    if daily:
        write_atomically(out / "daily.csv", lambda path: result.daily.to_csv(path))


@study.command()
@click.argument("folder", metavar="STUDY", type=FOLDER)
@option.as_json
def info(folder: Path, as_json: bool) -> None:
    """Say what the folder of a study holds, what is missing and how long that will take.

    \b
    Examples:
      peerbridge study info results/peer-dose
      peerbridge study info results/peer-dose --json
    """
    from experiments.studies.maintenance import info as look

    found = look(folder)
    if as_json:
        print_json(found.as_dict())
    else:
        _show_info(folder, found)


def _show_info(folder: Path, found: Info) -> None:
    from experiments.reporting.terminal import duration, size
    from experiments.studies.analysis.uncertainty import READ

    total = found.done + sum(found.failed.values()) + found.missing
    failed = ", ".join(f"{n:,} {status}" for status, n in found.failed.items()) or "none"
    futures = f" in {found.futures:,} futures" if found.futures > 1 else ""
    state = {"running": "unfinished"}.get(found.state, found.state) if not found.at_work else "at work now"
    lines = [
        ("state", state),
        ("design", f"{found.plans:,} plans and the baseline{futures}: {found.points:,} points"),
        ("runs", f"{found.done:,} of {total:,} finished; failed: {failed}; missing: {found.missing:,}"),
    ]
    if found.missing and found.seconds_left == found.seconds_left:
        lines.append(
            ("to go", f"about {duration(found.seconds_left)} (one run takes {1e3 * found.run_seconds:.0f} ms)")
        )
    set_aside = f", {found.quarantined} set aside as unreadable" if found.quarantined else ""
    lines += [
        ("disk", f"{size(found.bytes)}, {found.files} file{'s' * (found.files != 1)} of runs{set_aside}"),
        ("model", found.model + ("" if found.same_model else " (not the one installed here)")),
        ("made with", ", ".join(f"{name} {version}" for name, version in found.made_with.items())),
        ("sessions", str(found.sessions)),
        ("parameters", found.parameters),
    ]
    lines += [
        (
            "how sure",
            f"{part.outcome}: chance {part.chance}, nobody knows {part.unknown} ({part.share} of a run's variance)",
        )
        for part in found.doubt
    ]
    click.echo(f"{found.title}\n{found.question}\n")
    for name, text in lines:
        click.echo(f"{name:10} {text}")
    if found.doubt:
        click.echo(f"\nHow sure: {READ}; differences from the baseline, the median over plans.")
    if found.missing and not found.at_work:
        click.echo(f"\nThe same sweep with --out {folder} goes on.")


@study.command()
@click.argument("folders", metavar="STUDY...", type=FOLDER, nargs=-1, required=True)
@click.option("--out", type=FOLDER, required=True, help="New folder, or one of the same study, that takes everything.")
def merge(folders: tuple[Path, ...], out: Path) -> None:
    """Join folders that hold parts of one study; other studies are refused.

    \b
    Examples:
      peerbridge study merge results/node-1 results/node-2 --out results/whole
      peerbridge study merge results/node-* --out results/whole
    """
    from experiments.studies.maintenance import info as look
    from experiments.studies.maintenance import merge as join

    held = join(folders, out)
    missing = look(out).missing
    rest = f"; {missing:,} are missing, a sweep with --out {out} makes them" if missing else ", none is missing"
    click.echo(f"{out} holds {held:,} runs{rest}.")


@study.command()
@click.argument("folder", metavar="STUDY", type=FOLDER)
def compact(folder: Path) -> None:
    """Put the many small files of a study together, for example after a job array.

    \b
    Examples:
      peerbridge study compact results/peer-dose
      peerbridge study info results/peer-dose
    """
    from experiments.studies.maintenance import compact as put_together

    before, after = put_together(folder)
    click.echo(f"{folder}: {before} files of runs, now {after}.")


@study.command()
@click.argument("folder", metavar="STUDY", type=FOLDER)
@click.argument("file", metavar="FILE", type=FOLDER)
@click.option(
    "--format", "kind", type=click.Choice(["table", "salib", "ema"]), default="table", show_default=True,
    help="The table of runs, or what SALib or the EMA workbench reads.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def export(folder: Path, file: Path, kind: str, force: bool) -> None:
    """Write every run as one table: FILE ends in .csv, .parquet or .xlsx.

    A study gives the same bytes however its runs were made. For tables of results see "peerbridge report".

    \b
    Examples:
      peerbridge study export results/peer-dose runs.csv
      peerbridge study export results/peer-dose peer-dose.npz --format salib
    """
    if file.exists() and not force:
        raise InputError(f"{file}: is there already; --force replaces it")
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise InputError(f"{file}: {'is a folder' if file.is_dir() else 'there is no such folder'}; name a file")
    if kind == "table":
        from experiments.studies.maintenance import export as write

        click.echo(f"{file}: {write(folder, file):,} runs.")
        return
    from experiments.studies import external_formats
    from experiments.studies.analysis.results import read_study

    {"salib": external_formats.export_salib, "ema": external_formats.export_ema}[kind](read_study(folder), file)
    click.echo(f"{file}: written for {'SALib' if kind == 'salib' else 'the EMA workbench'}.")
